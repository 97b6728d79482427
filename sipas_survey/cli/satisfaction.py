"""`sipas satisfaction`: the indices against the target."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sipas_survey.cli.session import Session, session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_problems, show_record
from sipas_survey.formats import MISSING, Lang, number, percent, target_percent, word


class Aggregation(StrEnum):
    """Ways to roll criteria up."""

    POOLED = "pooled"
    CRITERIA = "criteria"
    ELEMENTS = "elements"


def satisfaction(
    context: typer.Context,
    by: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN", help="Also by these columns.")] = None,
    aggregation: Annotated[Aggregation, typer.Option(help="How criteria are rolled up.")] = Aggregation.POOLED,
    weighted: Annotated[bool, typer.Option("--weighted", help="Print the weighted figures first.")] = False,
    responses: Annotated[Path | None, typer.Option(metavar="FILE", help="Answers without a campaign.")] = None,
    questionnaire: Annotated[str | None, typer.Option(metavar="NAME|FILE", help="With --responses.")] = None,
    main_list: Annotated[bool, typer.Option("--main-list", help="Only the main list, without replacements.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when the target is not reached.")] = False,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """The dimensions from raw answers.

    Each comes with its interval and its verdict against the target.
    """
    from sipas_survey.workflow import verdict

    session = session_of(context)
    if questionnaire is not None and responses is None:
        raise typer.BadParameter("--questionnaire: --responses FILE", param_hint="--questionnaire")
    if main_list and responses is not None:
        raise typer.BadParameter("--main-list: without --responses", param_hint="--main-list")
    if responses is not None:
        judged = verdict.judge_file(responses, questionnaire or "sipas_2022", by=by or [], aggregation=aggregation)
    else:
        with session.store() as store:
            judged = verdict.judge_campaign(store, by=by or [], aggregation=aggregation, main_list=main_list)
    record = verdict.record_of_judged(judged, session.lang)
    rows = record["rows"]
    if form is Format.TABLE:  # people read the exact share, and the domain in columns of its own
        exact = [e.value for e, _ in judged.rows]
        rows = [{**row, **row["by"], "exact": value} for row, value in zip(rows, exact, strict=True)]
    elif form is Format.CSV:
        rows = [{**{name: row["by"].get(name, "") for name in judged.by}, **row} for row in rows]
    show_record(record, rows, _columns(judged, session, weighted), form=form, excel=excel)
    if form is Format.TABLE:
        typer.echo(_sentence(judged, record, session.lang))
    if form is not Format.JSON:
        show_problems(judged.problems, lang=session.lang)
    if check and not judged.reached:
        raise typer.Exit(1)


def _columns(judged: Any, session: Session, weighted: bool) -> list[Column]:
    lang, targets = session.lang, [judged.threshold]

    def share(value: Any) -> str:
        return percent(value, lang, targets=targets)

    def count(value: Any) -> str:
        return number(value, lang)

    def beside(value: Any) -> str:
        return MISSING if not value else f"{share(value['value'])} [{share(value['lower'])}; {share(value['upper'])}]"

    columns = [Column(name, name, lambda v: v or "") for name in judged.by]
    columns += [Column("index", word("column_index", lang)), Column("label", word("column_label", lang))]
    weighted_column = Column("weighted", word("column_weighted", lang), beside, right=True)
    if weighted:
        columns.append(weighted_column)
    columns += [
        Column("satisfied", word("column_satisfied", lang), count, right=True),
        Column("valid", word("column_valid", lang), count, right=True),
        Column("blank", word("column_blank", lang), count, right=True),
        Column("exact", word("column_share", lang), share, right=True),
        Column("lower", word("column_lower", lang), share, right=True),
        Column("upper", word("column_upper", lang), share, right=True),
        Column("reached", word("column_reached", lang, target=target_percent(judged.threshold, lang)),
               lambda v: word(f"reached_{str(v).lower()}", lang)),
        Column("verdict", word("column_verdict", lang), lambda v: word(f"verdict_{v}", lang)),
    ]  # fmt: skip
    return columns if weighted else [*columns, weighted_column]


def _sentence(judged: Any, record: dict[str, Any], lang: Lang) -> str:
    row = judged.headline
    if row is None or row.value is None:
        return word("cli_satisfaction_none", lang)
    judgement = next(j for e, j in judged.rows if e is row)
    return word(
        "cli_satisfaction_met" if judgement.reached else "cli_satisfaction_not_met",
        lang,
        label=judged.questionnaire.label(row.index, lang),
        share=percent(row.value, lang, targets=[judged.threshold]),
        target=target_percent(judged.threshold, lang),
        verdict=word(f"verdict_{judgement.verdict}", lang),
        design=record["design"],
    )
