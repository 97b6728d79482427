"""`sipas par-index`: a scoring sheet of the administrative reform index, added up."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sipas_survey.cli.session import Session, session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_problems, show_record
from sipas_survey.formats import MISSING, Lang, percent, score, word

if TYPE_CHECKING:
    from sipas_survey.workflow.par_index import Scored


class By(StrEnum):
    """What the table has a row for."""

    LINE = "line"
    FIELD = "field"
    CRITERION = "criterion"
    AGENCY = "agency"
    SOURCE = "source"


def par_index(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The scoring sheet: code, title, maximum, reached, …")],
    survey: Annotated[list[Path] | None, typer.Option(metavar="DIR", help="Also the results of this survey.")] = None,
    by: Annotated[By, typer.Option("--by", help="A row for each of these.")] = By.LINE,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """Points of PAR INDEX from a scoring sheet.

    Reached, maximum, remainder, share; sums are checked and never copied. With a survey (-C DIR, --survey DIR) the
    points that follow from its results are filled in. It needs none.
    """
    from sipas_survey.workflow import par_index as workflow

    session = session_of(context)
    scored = workflow.score_sheet(file, surveys=_surveys(session, survey or []), author=session.author)
    record = {**workflow.record_of_sheet(scored), "problems": [p.as_dict(session.lang) for p in scored.problems]}
    rows = record["rows"]
    if form is Format.TABLE:
        rows = _lines(scored, session.lang) if by is By.LINE else _sums(scored, by, session.lang)
    elif by is not By.LINE:
        rows = [workflow.record_of_points(points, **{str(by): name}) for name, points in workflow.rows_by(scored, by)]
    show_record(record, rows, _columns(by, session.lang), form=form, excel=excel)
    if form is not Format.JSON:
        show_problems(scored.problems, lang=session.lang)


def _surveys(session: Session, others: list[Path]) -> list[Path]:
    """The folders whose results are used: that of the session where it is one, or was asked for, and the others."""
    own = session.folder != Path() or (session.folder / "survey.toml").is_file()
    return [session.folder, *others] if own else others


def _shown(points: Any, lang: Lang) -> dict[str, str]:
    """The figures as people read them."""
    return {
        "maximum": score(points.maximum, lang),
        "reached": MISSING if points.unscored else score(points.reached, lang, below=points.maximum),
        "remainder": score(points.remainder, lang),
        "share": percent(points.share, lang),
        "open": score(points.open, lang) if points.open else "",
    }


def _lines(scored: "Scored", lang: Lang) -> list[dict[str, str]]:
    rows = []
    for line in scored.sheet.lines:
        shown = _shown(scored.sheet.points(line.code), lang)
        interval = scored.interval(line)
        said = "" if interval is None else f" [{score(interval[0], lang)}; {score(interval[1], lang)}]"
        rows.append({"code": line.code, "title": line.label, **shown, "survey": line.survey + said})
    return [*rows, {"code": "", "title": word("par_index_total", lang), **_shown(scored.sheet.total, lang)}]


def _sums(scored: "Scored", by: By, lang: Lang) -> list[dict[str, str]]:
    from sipas_survey.workflow import par_index as workflow

    def name(key: str) -> str:
        return word(f"par_index_{key}", lang) if by is By.SOURCE else key or MISSING

    rows = [{"title": name(key), **_shown(points, lang)} for key, points in workflow.rows_by(scored, by)]
    return [*rows, {"title": word("par_index_total", lang), **_shown(scored.sheet.total, lang)}]


def _columns(by: By, lang: Lang) -> list[Column]:
    figures = [
        Column(key, word(f"column_par_{key}", lang), lambda v: v or "", right=True)
        for key in ("maximum", "reached", "remainder", "share", "open")
    ]
    title = Column("title", word(f"column_par_{by}", lang))
    if by is not By.LINE:
        return [title, *figures]
    survey = Column("survey", word("column_par_survey", lang), lambda v: v or "")
    return [Column("code", word("column_par_code", lang)), title, *figures, survey]
