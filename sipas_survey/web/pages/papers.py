"""What goes on paper and into files: lists, forms, hand-over sheets, labels, reminders, reports, as downloads."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.documents.report import KINDS
from sipas_survey.formats import Lang
from sipas_survey.problems import Problem, problem, stop
from sipas_survey.storage import casebook
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import State
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.downloads import at_length, download
from sipas_survey.web.shown import as_json, page
from sipas_survey.workflow import handover, overdue, papers, printing, progress, reports
from sipas_survey.workflow.office import units_of

router = APIRouter(tags=["papers"])
Known = Annotated[Asked, Depends(Door(Right.PAPERS))]
Reader = Annotated[Asked, Depends(Door(Right.RESULTS))]
PAPER = ("", "vi", "en", "both")
SIZES = ("3x8", "50x30")


@router.get("/papers", include_in_schema=False)
def listed(asked: Known) -> Response:
    """The papers that can be made, and what is still to be printed."""
    drawn = _is_drawn(asked)
    return page(
        asked, "papers.html", rows=_places(asked) if drawn else [], drawn=drawn, paper=PAPER, sizes=SIZES,
        reports=KINDS if asked.viewer.may(Right.RESULTS) else (),
    )  # fmt: skip


@router.get("/papers.json")
def twin(asked: Known) -> Response:
    """What is still to be printed and out for long, place by place."""
    return as_json({"rows": _places(asked) if _is_drawn(asked) else []})


def _is_drawn(asked: Asked) -> bool:
    with asked.store.read() as connection:
        return casebook.drawn(connection)


def _places(asked: Asked) -> list[dict[str, Any]]:
    """The places in scope with their forms: to be printed for the field, in reserve, printed, out for long."""
    column, names = papers.places_of(units_of(asked.store))
    today = asked.store.today
    rows: dict[str, dict[str, Any]] = {}
    for record in progress.form_records(asked.store, asked.viewer):
        code, state = record.place[column], record.state
        blank = dict.fromkeys(("unprinted", "unprinted_reserve", "printed", "overdue"), 0)
        row = rows.setdefault(code, {"place": code, "name": names.get(code, code), **blank})
        held = str(record.kind) == "reserve" and not record.released
        days = (today - state.issued_on).days if state.outstanding and state.issued_on else 0
        if record.last_of_case and state.state is State.PLANNED:
            row["unprinted_reserve" if held else "unprinted"] += 1
        row["printed"] += state.printed_on is not None
        row["overdue"] += days >= overdue.REMIND_AFTER
    return [rows[code] for code in sorted(rows)]


# ---------------------------------------------------------------- downloads that the ledger records
def _paper(asked: Asked) -> str | None:
    return asked.form.get("paper", "")[:10] or None


@contextmanager
def _workers(asked: Asked) -> Iterator[Path | None]:
    upload = asked.files.get("workers")
    if upload is None or not upload.content:
        yield None
        return
    with upload.as_file() as file:
        yield file


@router.post("/papers/lists", include_in_schema=False)
def lists(asked: Known) -> Response:
    """Respondent lists: a workbook for each place, with the sheet that a clerk fills in and hands back."""
    said = asked.form

    def write(folder: Path) -> Iterable[Problem]:
        with _workers(asked) as workers:
            return at_length(
                asked, papers.write_lists, folder, as_csv=said.get("kind") == "csv", excel=True, workers_file=workers,
                by_commune=bool(said.get("by_commune")), viewer=asked.viewer,
            ).problems  # fmt: skip

    return download(asked, "lists", write)


@router.post("/papers/forms", include_in_schema=False)
def forms(asked: Known) -> Response:
    """The forms of a place that are not printed yet, which records them as printed; or (`again`) the same pages."""
    said = asked.form
    place, sides = said.get("place", "")[:80] or None, 1 if said.get("sides") == "1" else 2
    if not asked.viewer.may_do("print"):
        raise stop("ACT_NOT_ALLOWED", found="print")

    def write(folder: Path) -> Iterable[Problem]:
        if said.get("do") == "again":
            return at_length(asked, printing.reprint_forms, folder, place=place, viewer=asked.viewer).problems
        return at_length(
            asked, printing.print_forms, folder, place=place, paper=_paper(asked), sides=sides, viewer=asked.viewer
        ).problems

    return download(asked, "forms", write)


@router.post("/papers/sheets", include_in_schema=False)
def sheets(asked: Known) -> Response:
    """Hand-over sheets and receipts for each post worker."""

    def write(folder: Path) -> Iterable[Problem]:
        with _workers(asked) as workers:
            return at_length(
                asked, handover.write_sheets, folder, workers_file=workers, everything=bool(asked.form.get("all")),
                paper=_paper(asked), viewer=asked.viewer,
            ).problems  # fmt: skip

    return download(asked, "sheets", write)


@router.post("/papers/labels", include_in_schema=False)
def labels(asked: Known) -> Response:
    """Labels, with names where that is asked for."""
    from sipas_survey.documents.field_papers import LabelSize

    size = asked.form.get("size") or SIZES[0]
    if size not in SIZES:
        raise stop("REQUEST_WRONG", found="size")

    def write(folder: Path) -> Iterable[Problem]:
        names = bool(asked.form.get("names"))
        handover.write_labels(
            asked.store, folder, size=LabelSize(size), with_names=names, paper=_paper(asked), viewer=asked.viewer
        )
        return ()

    return download(asked, "labels", write)


@router.post("/papers/overdue", include_in_schema=False)
def reminders(asked: Known) -> Response:
    """What is still out, by route, to go and ask."""

    def write(folder: Path) -> Iterable[Problem]:
        as_pdf = asked.form.get("kind") == "pdf"
        _, out = overdue.write_lists(asked.store, folder, as_pdf=as_pdf, paper=_paper(asked), viewer=asked.viewer)
        return () if out else (problem("OVERDUE_NOTHING"),)

    return download(asked, "overdue", write)


@router.get("/papers/report.{code}", include_in_schema=False)
def report(asked: Reader, code: str, paper: str = "", kind: str = "final") -> Response:
    """The report of the round: .html, .pdf, .docx, .xlsx or .json; final, weekly or daily."""

    def write(folder: Path) -> Iterable[Problem]:
        lang = papers.paper_language(asked.store, paper[:10] or asked.lang)
        at_length(asked, _write_report, folder / f"report.{code[:10]}", kind=kind[:10], lang=lang)
        return ()

    return download(asked, "report", write)


def _write_report(store: Store, file: Path, *, kind: str, lang: Lang) -> None:
    reports.write_report(store, file, kind=kind, lang=lang)  # what it returns is as large as the file
