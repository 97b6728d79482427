"""`sipas quality`: what should be looked at."""

from typing import Any

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_record
from sipas_survey.formats import MISSING, Lang, number, significant, word


def quality(context: typer.Context, form: FormatOption = Format.TABLE, excel: ExcelOption = False) -> None:
    """What in the fieldwork is unusual, and how unusual; never a verdict on anybody."""
    from sipas_survey.workflow import answer_quality
    from sipas_survey.workflow import quality as workflow

    session = session_of(context)
    with session.store() as store:
        rows = [workflow.record_of_flag(flag, session.lang) for flag in workflow.flags(store)]
        rows += [answer_quality.record_of_unusual(flag, session.lang) for flag in answer_quality.answer_flags(store)]
        effects = answer_quality.effects(store)
    rows.sort(key=lambda row: (row["chance"] is None, row["chance"] or 0.0))
    show_record({"rows": rows, "effects": effects}, rows, _columns(session.lang), form=form, excel=excel)
    if form is Format.TABLE:
        typer.echo(word("cli_quality" if rows else "cli_quality_none", session.lang))
        told = [f"{e['index']} {number(e['effect'], session.lang, decimals=2)}" for e in effects if e["effect"]]
        if told:
            typer.echo(word("cli_effect", session.lang, effects="; ".join(told)))


def _columns(lang: Lang) -> list[Column]:
    def chance(value: Any) -> str:
        return MISSING if value is None else significant(value, lang, digits=2)

    return [
        Column("flag", word("column_flag", lang), lambda v: word(v, lang)),
        Column("who", word("column_who", lang), lambda v: v or word("about_round", lang)),
        Column("count", word("column_count", lang), lambda v: MISSING if v is None else number(v, lang), right=True),
        Column("of", word("column_among", lang), lambda v: number(v, lang), right=True),
        Column("chance", word("column_chance", lang), chance, right=True),
        Column("message", word("column_message", lang)),
    ]
