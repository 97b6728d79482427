"""Reports of the round that an office can sign: daily, weekly and final, in five kinds of file."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

from sipas_survey.documents.chapters import compose
from sipas_survey.documents.report import KINDS, Kind, Report
from sipas_survey.formats import Lang
from sipas_survey.problems import stop
from sipas_survey.storage.store import Store
from sipas_survey.workflow.campaign import campaign_of
from sipas_survey.workflow.papers import writing

TEMPLATE = "templates/report.docx"
"""Where a survey's folder holds the office's own template of DOCX reports."""
_OF_NUMBERS = (".xlsx", ".json")


def write_report(
    store: Store, *files: Path, kind: str = "final", as_of: date | None = None, lang: Lang | None = None,
) -> Report:  # fmt: skip
    """Write the report of the round as .html, .pdf, .docx, .xlsx or .json each, and return it.

    The state of the round is gathered once for all files. Raises SurveyError WRONG_CHOICE, DRAW_MISSING,
    EXTRA_MISSING, PAPER_SIGN_MISSING, TEMPLATE_WRONG, OUTPUT_NOT_WRITABLE.
    """
    for file in files:
        if file.suffix.lower() not in _WRITERS:
            raise stop("WRONG_CHOICE", found=file.suffix, option="report", choices=tuple(_WRITERS))
    wanted, language = _kind(kind), lang or store.settings.language
    campaign = campaign_of(store, wanted, as_of=as_of)
    made = cache(lambda drawn: compose(campaign, wanted, language, drawn=drawn))
    for file in sorted(files, key=lambda file: file.suffix.lower() != ".docx"):  # a template may be refused
        suffix = file.suffix.lower()
        with writing(file):
            if suffix == ".docx":
                _docx(made(True), file, template_of(store))
            else:
                _WRITERS[suffix](made(suffix not in _OF_NUMBERS), file)
    return made(False)


def template_of(store: Store) -> bytes | None:
    """The office's own template of DOCX reports, where it has put one into the survey's folder."""
    own = store.folder / TEMPLATE
    return own.read_bytes() if own.is_file() else None


def write_template(file: Path) -> None:
    """Write the template of DOCX reports as it is shipped, to be restyled and put where `template_of` looks.

    Raises SurveyError FILE_EXISTS where there is such a file, OUTPUT_NOT_WRITABLE.
    """
    from sipas_survey.documents.report_docx import shipped_template

    if file.exists():
        raise stop("FILE_EXISTS", found=str(file))
    with writing(file):
        file.write_bytes(shipped_template())


def _kind(asked: str) -> Kind:
    match asked:
        case "final" | "weekly" | "daily":
            return asked
    raise stop("WRONG_CHOICE", found=asked, option="--kind", choices=KINDS)


def _html(report: Report, file: Path) -> None:
    from sipas_survey.documents.report_html import render_html

    file.write_text(render_html(report), encoding="utf-8")


def _json(report: Report, file: Path) -> None:
    from sipas_survey.documents.report_json import render_json

    file.write_text(render_json(report), encoding="utf-8")


def _xlsx(report: Report, file: Path) -> None:
    from sipas_survey.documents.report_xlsx import write_xlsx

    write_xlsx(report, file)


def _pdf(report: Report, file: Path) -> None:
    from sipas_survey.documents.report_pdf import render_pdf

    file.write_bytes(render_pdf(report))


def _docx(report: Report, file: Path, template: bytes | None = None) -> None:
    from sipas_survey.documents.report_docx import render_docx

    file.write_bytes(render_docx(report, template))


_WRITERS: Mapping[str, Callable[[Report, Path], None]] = {
    ".html": _html,
    ".pdf": _pdf,
    ".docx": _docx,
    ".xlsx": _xlsx,
    ".json": _json,
}
