"""`sipas precision`: how sure the figures are while forms arrive."""

from datetime import date
from typing import Annotated, Any

import typer

from sipas_survey.cli.session import day, session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_record, show_table
from sipas_survey.formats import MISSING, Lang, number, percent, word


def precision(
    context: typer.Context,
    as_of: Annotated[date | None, typer.Option("--as-of", parser=day, metavar="DATE", help="As of a day.")] = None,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """While forms arrive: margins, whether further forms can change a verdict, where to push, who is missing."""
    from sipas_survey.workflow import precision as workflow

    session = session_of(context)
    lang = session.lang
    with session.store() as store:
        record = workflow.record_of_precision(workflow.live(store, as_of=as_of))
    rows = record["rows"]
    if form is Format.TABLE:  # of places people read the index that the target is about; JSON and CSV hold all
        rows = [row for row in rows if not row["by"] or row["index"] == record["check"]]
    show_record(record, rows, _columns(lang), form=form, excel=excel)
    if form is Format.TABLE:
        if record["push"]:
            show_table(record["push"], _push_columns(lang), title=word("precision_push", lang))
        if record["missing"]:
            typer.echo(_said(record["missing"], lang))


def _columns(lang: Lang) -> list[Column]:
    def count(value: float | None) -> str:
        return MISSING if value is None else number(value, lang)

    return [
        Column("index", word("column_index", lang)),
        Column("place", word("column_place", lang), lambda v: v or word("total", lang)),
        Column("forms", word("column_forms", lang), count, right=True),
        Column("remaining", word("column_remaining", lang), count, right=True),
        Column("value", word("column_value", lang), lambda v: percent(v, lang), right=True),
        Column(
            "margin",
            word("column_margin_now", lang),
            lambda v: MISSING if v is None else number(100 * v, lang, decimals=2),
            right=True,
        ),
        Column("effective", word("column_effective", lang), count, right=True),
        Column("deff", word("column_deff", lang), lambda v: number(v, lang, decimals=2), right=True),
        Column("verdict", word("column_verdict", lang), lambda v: word(f"verdict_{v}", lang)),
        Column("stays", word("column_stays", lang), lambda v: percent(v, lang), right=True),
        Column("stop", word("column_stop", lang), lambda v: word("yes" if v else "no", lang)),
    ]


def _push_columns(lang: Lang) -> list[Column]:
    return [
        Column("name", word("column_place", lang)),
        Column("forms", word("column_forms", lang), lambda v: number(v, lang), right=True),
        Column("remaining", word("column_remaining", lang), lambda v: number(v, lang), right=True),
        Column("gain", word("column_gain", lang), lambda v: percent(v, lang), right=True),
    ]


def _said(missing: dict[str, Any], lang: Lang) -> str:
    """The R-indicator, and the category that is most under-represented."""
    categories = [(gain, value) for variable in missing["variables"] for value, gain in variable["categories"].items()]
    lowest = min(categories, default=(0.0, ""))
    said = "precision_missing" if lowest[0] < 0 else "precision_nobody_missing"
    r = number(missing["r_adjusted"], lang, decimals=3)
    return word(
        said, lang, r=r, responded=number(missing["responded"], lang), cases=number(missing["cases"], lang),
        lowest=lowest[1] or MISSING,
    )  # fmt: skip
