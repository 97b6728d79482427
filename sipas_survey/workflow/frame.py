"""The first chapter: the frame comes in, is looked at, and is frozen."""

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from sipas_survey.exchange import headings
from sipas_survey.exchange.tables import Source, open_table
from sipas_survey.problems import Checked, Problem, SurveyError, problem, stop
from sipas_survey.sampling.frame import PERSONAL, Frame, FrameChecker
from sipas_survey.storage import frames, ledger
from sipas_survey.storage.frames import Comparison
from sipas_survey.storage.frozen import in_file
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.workflow.duplicates import dropped_units, without
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.reopening import Reopened, reopen

_CHUNK = 10_000  # rows in memory at a time; more is not faster


@dataclass(frozen=True)
class Change:
    """What an import would change of a form: its state before and after, and the acts between."""

    form: str
    before: str
    after: str
    acts: tuple[str, ...]


@dataclass(frozen=True)
class Imported:
    """What an import did: rows new, already known, clashing with what is stored, wrong; and whether it was stored.

    `changes` says of a dry run of events where each form would come to.
    """

    new: int
    known: int
    clash: int
    wrong: int
    stored: bool
    problems: tuple[Problem, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Frozen:
    """A frozen frame: how many units, both digests, when."""

    units: int
    frame_digest: str
    people_digest: str | None
    frozen_at: str


def import_frame(
    store: Store, file: Path, *, sheet: str | None = None, renames: Mapping[str, str] | None = None,
    keep_valid: bool = False, dry_run: bool = False, again: str | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Imported:  # fmt: skip
    """Take a file of people into the frame, in one transaction; the same file again changes nothing.

    An error stores nothing unless `keep_valid`; a unit that clashes with a stored one stores nothing at all.
    With `again`, a reason, the frame begins anew with this file, and what was frozen or drawn is set aside.
    `advance` is called with the number of rows of each piece that is done.
    Units that a decision about duplicates has taken out stay out, and count as known.
    Raises SurveyError where the file as a whole cannot be used.
    """
    source = open_table(file, sheet=sheet)
    names, checker = recognised(store, source, renames or {})
    if set(names.values()) & set(PERSONAL):
        store.unlocked()
    with without_cycles(), store.write() as transaction:
        replaced = _begin_anew(transaction, again) if again is not None else ()
        done = _take_in(transaction, source, names, checker, advance=advance)
        stored = done.clash == 0 and (done.wrong == 0 or keep_valid) and not dry_run
        if not stored or not done.new:
            transaction.abandon()
        else:
            transaction.note("import_frame", file=source.place.file, sha256=file_digest(file), new=done.new)
    told = (*replaced, *_left_aside(source, names), *done.problems)
    return Imported(done.new, done.known, done.clash, done.wrong, stored, told)


def _left_aside(source: Source, names: Mapping[str, str]) -> tuple[Problem, ...]:
    """A warning that names the columns nobody asked for: one of them may be a heading that was misspelt."""
    aside = [column.strip() for column in source.columns if column not in names and column.strip()]
    return (problem("FRAME_COLUMNS_ASIDE", source.place, found=", ".join(aside)),) if aside else ()


def _begin_anew(transaction: Transaction, reason: str) -> tuple[Problem, ...]:
    """Empty the frame; a warning tells how many units that were."""
    units = frames.size(transaction.connection)
    reopen(transaction, Reopened.FRAME, reason=reason)
    return (problem("FRAME_BEGUN_ANEW", found=str(units)),) if units else ()


@contextmanager
def without_cycles() -> Iterator[None]:
    """Without the collector of cycles: rows make none, and its walks cost an eighth of a large import or more."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def recognised(store: Store, source: Source, renames: Mapping[str, str]) -> tuple[dict[str, str], FrameChecker]:
    """Which of the file's columns are ours, and the checker for its rows."""
    matched = headings.match(
        source.columns,
        headings.FRAME_ALIASES,
        place=source.place,
        renames=renames,
        second_choice=headings.FRAME_NAMES,
    )
    names = matched.or_raise()
    checker = FrameChecker(units_of(store), store.today, source.place)
    if missing := checker.missing_columns(names.values()):
        raise SurveyError(missing)
    return names, checker


def _take_in(
    transaction: Transaction, source: Source, names: Mapping[str, str], checker: FrameChecker, *,
    advance: Callable[[int], None],
) -> Imported:  # fmt: skip
    connection, store = transaction.connection, transaction.store
    new = known = rows = kept = 0
    problems: list[Problem] = []
    clashing: list[Problem] = []
    first_file, dropped = not frames.size(connection), dropped_units(connection)
    for chunk in source.chunks(_CHUNK):
        checked = checker.check(headings.renamed(chunk.value, names))
        problems += [*chunk.problems, *checked.problems]
        frame = without(checked.value, dropped)
        taken_out = len(checked.value) - len(frame)
        # ids repeated inside a file are errors already: over an empty frame there is nothing to compare with
        standing = Comparison.all_new(frame) if first_file else frames.compare(connection, frame, key=store.key)
        clashing += _clashes(frame, standing.clashing, checker)
        fresh = _rows(frame, standing.new)
        frames.insert(connection, fresh, key=store.key)
        rows, kept = rows + len(chunk.value) + len(chunk.problems), kept + len(checked.value)
        new, known = new + len(standing.new), known + standing.known + taken_out
        advance(len(chunk.value))
    if new:
        _refuse_when_frozen(connection, new)
        problems += _duplicates(connection, checker)
    return Imported(new, known, len(clashing), rows - kept, False, (*problems, *clashing))


def _rows(frame: Frame, positions: tuple[int, ...]) -> Frame:
    if len(positions) == len(frame):
        return frame
    return Frame(frame.units.iloc[list(positions)], frame.people.iloc[list(positions)])


def _clashes(frame: Frame, positions: tuple[int, ...], checker: FrameChecker) -> list[Problem]:
    ids = frame.units["unit_id"].tolist()
    rows = frame.units.index.tolist()
    return [
        problem("FRAME_UNIT_CLASH", checker.place.at(row=int(rows[i]), column="unit_id"), found=ids[i])
        for i in positions
    ]


def _refuse_when_frozen(connection: Connection, new: int) -> None:
    frozen = ledger.standing(connection, "freeze_frame")
    if frozen:
        raise stop("FRAME_FROZEN", found=str(new), digest=frozen["frame_digest"])


def _duplicates(connection: Connection, checker: FrameChecker) -> list[Problem]:
    """A warning for each group of units that may be one person, where this file adds to it.

    It stands at the first row of the file that repeats somebody.
    """
    told = []
    for group in frames.possible_duplicates(connection):
        here = sorted((checker.seen[unit], unit) for unit in group if unit in checker.seen)
        if here:
            row, unit = here[1] if len(here) == len(group) else here[0]
            others = [other for other in group if other != unit]
            place = checker.place.at(row=row, column="full_name")
            told.append(problem("FRAME_POSSIBLE_DUPLICATE", place, found=unit, others=others))
    return sorted(told, key=lambda one: one.place.row or 0)


def file_digest(file: Path) -> str:
    """SHA-256 of a file's bytes, for the ledger."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def show(store: Store, *, by: str = "district_code") -> list[tuple[str, str, int]]:
    """How many units each district, commune or agency has: code, name, count."""
    names = units_of(store).names
    with store.read() as connection:
        return [(key[0], names.get(key[0], key[0]), size) for key, size in frames.sizes(connection, [by])]


def freeze(store: Store) -> Frozen:
    """Freeze the frame and put both digests in the ledger; a frozen frame stays as it is."""
    with store.write() as transaction:
        return freeze_in(transaction)


def freeze_in(transaction: Transaction) -> Frozen:
    """Freeze inside a transaction under way. Raises SurveyError FRAME_EMPTY."""
    connection = transaction.connection
    if in_file(connection):
        return frozen_of(connection)
    size = frames.size(connection)
    if not size:
        raise stop("FRAME_EMPTY")
    if ledger.standing(connection, "freeze_frame") is None:
        public, personal = frames.digests(connection, transaction.store.key)
        transaction.note("freeze_frame", frame_digest=public, people_digest=personal, units=size)
    return frozen_of(connection)


def frozen_of(connection: Connection) -> Frozen:
    """The frame as it was frozen, stored or in a file."""
    frozen = ledger.last_details(connection, "freeze_frame") or {}
    return Frozen(frozen["units"], frozen["frame_digest"], frozen["people_digest"], frozen["recorded_at"])


def read_file(store: Store, file: Path, *, sheet: str | None = None) -> Checked[Frame]:
    """A whole frame from a file, checked like an import but stored nowhere; units that were dropped are left out."""
    source = open_table(file, sheet=sheet)
    names, checker = recognised(store, source, {})
    read = source.frame()
    checked = checker.check(headings.renamed(read.value, names))
    with store.read() as connection:
        frame = without(checked.value, dropped_units(connection))
    return Checked(frame, (*read.problems, *checked.problems))


def public_extract(store: Store) -> list[tuple[str, ...]]:
    """The public columns of every unit, in the order in which the digest reads them: what may be published."""
    with store.read() as connection:
        return list(frames.public_rows(connection))
