"""`sipas papi`: the governance index from published tables."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sipas_survey.cli.session import Session, session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_record
from sipas_survey.formats import MISSING, Lang, number, points, word


def papi(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help="Published tables.")] = None,
    province: Annotated[str | None, typer.Option(metavar="CODE", help="Only this province, such as P10.")] = None,
    respondents: Annotated[Path | None, typer.Option(metavar="FILE", help="A province's own respondents.")] = None,
    scale: Annotated[Path | None, typer.Option(metavar="FILE", help="Indicators: year, sub_dimension, …")] = None,
    year: Annotated[int | None, typer.Option(help="Of the respondents.")] = None,
    strata: Annotated[str | None, typer.Option(metavar="COL", help="Strata of the respondents.")] = None,
    cluster: Annotated[list[str] | None, typer.Option(metavar="COL", help="Clusters; several are stages.")] = None,
    weight: Annotated[str | None, typer.Option(metavar="COL", help="Weights.")] = None,
    fpc: Annotated[list[str] | None, typer.Option(metavar="COL", help="Population counts, stage by stage.")] = None,
    appendix: Annotated[bool, typer.Option("--appendix", help="In the form of the plan's Appendix III.")] = False,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """Dimensions, total, ranks, groups and changes of PAPI.

    The year stands in a file's name or in a column. With --respondents, --scale and --year a province's own estimate
    with its interval, and the groups of the published tables that it reaches.
    """
    from sipas_survey.workflow import papi as workflow

    session = session_of(context)
    if respondents is not None:
        if scale is None or year is None:
            raise typer.BadParameter("--respondents: --scale, --year", param_hint="--respondents")
        from sipas_survey.workflow import papi_respondents as own

        design = own.SampleDesign(strata, cluster or (), weight, fpc or ())
        found = own.provincial(
            respondents, own.read_scale(scale, year), design=design, official=files or (), year=year
        )  # fmt: skip
        estimated = own.record_of_estimated(found)
        show_record({"rows": estimated}, estimated, _own_columns(session.lang), form=form, excel=excel)
        return
    if appendix:
        _appendix(session, files or [], province, form=form, excel=excel)
        return
    if not files:
        raise typer.BadParameter("FILE... | --respondents FILE", param_hint="FILE...")
    record = workflow.record_of_scores(workflow.scored(files, province=province))
    rows = record["rows"]
    if form is Format.TABLE:
        rows = [{**row, "remark": _remark(row, session.lang), "rank": _rank(row)} for row in rows]
    show_record(record, rows, _columns(session.lang), form=form, excel=excel)


def _appendix(session: Session, files: list[Path], province: str | None, *, form: Format, excel: bool) -> None:
    """Appendix III of the plan: from tables where there are some, else as the plan prints it."""
    from sipas_survey.documents.appendices import scores_table
    from sipas_survey.workflow.appendices import appendix_of_papi, record_of_scores

    found = appendix_of_papi(files, province=province, folder=session.folder)
    record = record_of_scores(found, session.lang)
    if form is not Format.TABLE:
        show_record(record, record["rows"], [], form=form, excel=excel)
        return
    table = scores_table(found, session.lang)
    rows = [{str(i): text for i, text in enumerate(row)} for row in table.texts]
    columns = [Column(str(i), c.text, right=c.right) for i, c in enumerate(table.columns)]
    show_record(record, rows, columns, form=form, title=table.title)
    for note in (*table.notes, table.source):
        typer.echo(note)


def _rank(row: dict[str, Any]) -> str:
    return f"{row['rank']}/{row['provinces']}" if row["rank"] else MISSING


def _remark(row: dict[str, Any], lang: Lang) -> str:
    """What there is to say beside the numbers."""
    said = {
        "withheld": row["score"] is None,
        "edge": row["at_edge"],
        "notable": row["notable"],
        "break": row["series_broken"],
    }
    sets = [sign + code for sign, codes in (("+", row["came"]), ("−", row["went"])) for code in codes]
    words = [word(f"papi_{name}", lang) for name, holds in said.items() if holds]
    return "; ".join(words) + (f" ({', '.join(sets)})" if sets else "")


def _own_columns(lang: Lang) -> list[Column]:
    """The columns of a province's own estimate."""
    from sipas_survey.satisfaction.papi_index import structure

    names = structure().names[lang]

    def four(value: float | None) -> str:
        return MISSING if value is None else number(value, lang, decimals=4)

    def groups(reached: list[str]) -> str:
        return " – ".join(word(f"papi_{group}", lang) for group in (reached[:1] + reached[1:][-1:])) or MISSING

    def dimension(code: str) -> str:
        return f"{code}. {names[code]}" if code in names else word("papi_total", lang)

    return [
        Column("dimension", word("column_dimension", lang), dimension),
        Column("score", word("column_papi_score", lang), four, right=True),
        Column("lower", word("column_lower", lang), four, right=True),
        Column("upper", word("column_upper", lang), four, right=True),
        Column("groups", word("column_papi_group", lang), groups),
    ]


def _columns(lang: Lang) -> list[Column]:
    from sipas_survey.satisfaction.papi_index import structure

    names = structure().names[lang]

    def dimension(code: str) -> str:
        return f"{code}. {names[code]}" if code in names else word("papi_total", lang)

    def four(value: float | None) -> str:
        return MISSING if value is None else number(value, lang, decimals=4)

    def signed(value: float | None) -> str:
        return MISSING if value is None else points(value / 100, lang, decimals=4)

    return [
        Column("year", word("column_year", lang)),
        Column("province", word("column_province", lang)),
        Column("dimension", word("column_dimension", lang), dimension),
        Column("score", word("column_papi_score", lang), four, right=True),
        Column("change", word("column_change", lang), signed, right=True),
        Column("rank", word("column_rank", lang), right=True),
        Column("group", word("column_papi_group", lang), lambda v: word(f"papi_{v}", lang) if v else MISSING),
        Column("remark", word("column_remark", lang)),
    ]
