"""Codes scanned back: which forms came back, which of their pages are missing; and the `return` of each."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TextIO

from sipas_survey.cases import COVER, is_batch_code, read_page_code
from sipas_survey.exchange.events import EventRow
from sipas_survey.exchange.scans import ScannedPage, read_lines, read_scan
from sipas_survey.problems import Place, Problem, SurveyError, problem, stop
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import RETURNED_STATES, Act
from sipas_survey.workflow import field as field_chapter
from sipas_survey.workflow.frame import Imported
from sipas_survey.workflow.handover import sheets_given
from sipas_survey.workflow.papers import writing
from sipas_survey.workflow.printing import printed_batches
from sipas_survey.workflow.progress import form_records

LINES = "-"
"""The name of standard input among the sources."""


@dataclass(frozen=True)
class FormSeen:
    """A form on a scan: its pages that were seen, and those that were printed and were not.

    `known`: it had come back before. A code that a scanner typed stands for the whole form.
    """

    form: str
    pages: tuple[int, ...]
    missing: tuple[int, ...]
    known: bool


@dataclass(frozen=True)
class ScanDone:
    """What a scan held and what was recorded of it. `unread` are the pictures of pages without a code."""

    imported: Imported
    pages: int = 0
    blank: int = 0
    forms: tuple[FormSeen, ...] = ()
    covers: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass
class _Tray:
    """What lies on the table while pages are read."""

    pages: int = 0
    blank: int = 0
    seen: dict[str, set[int]] = field(default_factory=dict)
    placed: dict[str, Place] = field(default_factory=dict)
    covers: dict[str, None] = field(default_factory=dict)
    batches: dict[str, None] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def scan(
    store: Store, sources: Sequence[str], *, review: Path, on: date | None = None, worker: str = "",
    keep_valid: bool = False, dry_run: bool = False, lines: TextIO | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> ScanDone:  # fmt: skip
    """Read the codes of scanned pages and record `return` of every form that is there and had not come back before.

    A page without a readable code is kept as a picture in `review`; on a dry run nothing is written. A form with a
    page missing has come back too: that is said, and what it is worth is judged when answers are accepted. A cover
    brings no form back. `lines` is what `-` among the sources reads. `advance` is called with the pages just read.

    Raises SurveyError where a source cannot be read, DRAW_MISSING.
    """
    tray = _Tray()
    for page in _pages(sources, lines):
        _lay(tray, page, None if dry_run else review)
        advance(1)
    printed = {form: batch.pages for batch in printed_batches(store) for form in batch.forms}
    back = {record.form for record in form_records(store) if record.state.state in RETURNED_STATES}
    forms = tuple(_seen(form, pages, printed.get(form, 0), form in back) for form, pages in tray.seen.items())
    rows = [
        EventRow(None, seen.form, str(Act.RETURN), on or store.today, worker=worker, place=tray.placed[seen.form])
        for seen in forms
        if not seen.known
    ]
    problems = [*tray.problems, *_told(store, tray, forms, printed)]
    done = field_chapter.take_in(store, rows, problems=problems, keep_valid=keep_valid, dry_run=dry_run)
    known = done.known + sum(seen.known for seen in forms)
    imported = Imported(done.new, known, done.clash, done.wrong, done.stored, done.problems, done.changes)
    return ScanDone(
        imported, tray.pages, tray.blank, forms, tuple(tray.covers), tuple(tray.batches), tuple(tray.unread)
    )


def _pages(sources: Sequence[str], lines: TextIO | None) -> Iterator[ScannedPage | Problem]:
    """The pages of all sources; a file that is not there or of no use stops before anything is read."""
    missing = [name for name in sources if name != LINES and not Path(name).is_file()]
    if missing:
        raise SurveyError(problem("FILE_NOT_FOUND", Place(file=Path(name).name), found=name) for name in missing)
    for name in sources:
        if name == LINES:
            if lines is None:
                raise stop("FILE_NOT_FOUND", found=LINES)
            yield from read_lines(lines)
        else:
            yield from read_scan(Path(name))


def _lay(tray: _Tray, page: ScannedPage | Problem, review: Path | None) -> None:
    """Put a page where it belongs."""
    tray.pages += 1
    if isinstance(page, Problem):
        tray.problems.append(page)
        return
    tray.blank += page.blank
    place = Place(file=page.source)
    if page.picture is not None:
        picture = _kept(page, review)
        tray.unread.append(picture)
        tray.problems.append(problem("SCAN_CODE_UNREAD", place, found=str(page.number), picture=picture))
    for text in page.texts:
        if is_batch_code(text):
            tray.batches[text] = None
        elif read := read_page_code(text):
            form, number = read
            if number == COVER:
                tray.covers[form] = None
            else:
                tray.placed.setdefault(form, Place(file=page.source, form=form))
                seen = tray.seen.setdefault(form, set())
                if number and not page.typed:
                    seen.add(number)


def _kept(page: ScannedPage, review: Path | None) -> str:
    """Keep the picture of a page for somebody to look at; the path, or what it would be."""
    name = f"{Path(page.source).stem}-{page.number:04d}.png"
    if review is None:
        return name
    file = review / name
    with writing(file):
        page.picture.save(file, format="PNG", optimize=False)
    return str(file)


def _seen(form: str, pages: set[int], printed: int, known: bool) -> FormSeen:
    missing = tuple(n for n in range(1, printed + 1) if n not in pages) if pages else ()
    return FormSeen(form, tuple(sorted(pages)), missing, known)


def _told(store: Store, tray: _Tray, forms: Iterable[FormSeen], printed: Mapping[str, int]) -> Iterator[Problem]:
    for seen in forms:
        if seen.missing:
            yield problem(
                "SCAN_PAGES_MISSING", tray.placed[seen.form], found=_listed(seen.missing), seen=_listed(seen.pages),
                pages=printed[seen.form],
            )  # fmt: skip
    if tray.covers:
        yield problem("SCAN_COVERS", found=str(len(tray.covers)), forms=tuple(tray.covers))
    if tray.batches:
        known = {*sheets_given(store), *(batch.batch for batch in printed_batches(store))}
        for code in tray.batches:
            if code not in known:
                yield problem("SCAN_BATCH_UNKNOWN", found=code)


def _listed(pages: Iterable[int]) -> str:
    return ", ".join(map(str, pages))
