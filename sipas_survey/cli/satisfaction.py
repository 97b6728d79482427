"""`sipas satisfaction`: the indices against the target, and what can be asked about them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sipas_survey.cli import satisfaction_tables as tables
from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import ExcelOption, Format, FormatOption, show_problems, show_record
from sipas_survey.formats import Lang, percent, target_percent, word


class Aggregation(StrEnum):
    """Ways to roll criteria up."""

    POOLED = "pooled"
    CRITERIA = "criteria"
    ELEMENTS = "elements"


class Engine(StrEnum):
    """Who reads a file of answers."""

    AUTO = "auto"
    MEMORY = "memory"
    DUCKDB = "duckdb"


def satisfaction(
    context: typer.Context,
    by: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN", help="Also by these columns.")] = None,
    aggregation: Annotated[Aggregation, typer.Option(help="How criteria are rolled up.")] = Aggregation.POOLED,
    weighted: Annotated[bool, typer.Option("--weighted", help="Print the weighted figures first.")] = False,
    extras: Annotated[bool, typer.Option("--extras", help="Also the mean point and the net score.")] = False,
    league: Annotated[
        str | None, typer.Option("--league", metavar="INDEX", help="Rank the places of --by, with rank intervals.")
    ] = None,
    costs: Annotated[
        str | None, typer.Option("--costs", metavar="INDEX", help="What each criterion costs an index.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", metavar="FILE", help="Another round's answers, or published figures.")
    ] = None,
    against_questionnaire: Annotated[
        str | None, typer.Option("--against-questionnaire", metavar="NAME|FILE", help="Of the other round.")
    ] = None,
    against_year: Annotated[str | None, typer.Option("--against-year", metavar="YEAR", help="Of several.")] = None,
    paired_by: Annotated[
        str | None, typer.Option("--paired-by", metavar="COLUMN", help="Units that both rounds have in common.")
    ] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="INDEX", help="How an index came about, rule by rule.")
    ] = None,
    responses: Annotated[Path | None, typer.Option(metavar="FILE", help="Answers without a campaign.")] = None,
    questionnaire: Annotated[str | None, typer.Option(metavar="NAME|FILE", help="With --responses.")] = None,
    engine: Annotated[Engine, typer.Option(help="With --responses: by the file's size, or always.")] = Engine.AUTO,
    main_list: Annotated[bool, typer.Option("--main-list", help="Only the main list, without replacements.")] = False,
    on_units: Annotated[
        str | None, typer.Option("--on-units", metavar="NAME", help="Add what communes became: --by new_commune.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when the target is not reached.")] = False,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """The dimensions from raw answers.

    Each comes with its interval and its verdict against the target. --league, --costs, --against and --explain print
    their own tables instead; JSON holds them beside the indices.
    """
    from sipas_survey.workflow import verdict

    session = session_of(context)
    _refuse_what_does_not_go_together(
        {"--questionnaire": questionnaire, "--engine": engine is not Engine.AUTO}, responses is None, "--responses FILE"
    )
    _refuse_what_does_not_go_together(
        {"--main-list": main_list, "--on-units": on_units}, responses is not None, "without --responses"
    )
    others = {
        "--against-questionnaire": against_questionnaire,
        "--against-year": against_year,
        "--paired-by": paired_by,
    }
    _refuse_what_does_not_go_together(others, against is None, "--against FILE")
    asked = {"league": league, "costs": costs, "comparison": against, "explain": explain}
    if form is Format.CSV and sum(view is not None for view in asked.values()) > 1:
        raise typer.BadParameter("--format csv: --league | --costs | --against | --explain", param_hint="--format")
    if responses is not None:
        judged = verdict.judge_file(
            responses, questionnaire or "sipas_2022", by=by or [], aggregation=aggregation, extras=extras, engine=engine
        )  # fmt: skip
    else:
        with session.store() as store:
            judged = verdict.judge_campaign(
                store, by=by or [], aggregation=aggregation, main_list=main_list, extras=extras,
                on_units=on_units,
            )  # fmt: skip
    record = verdict.record_of_judged(judged, session.lang)
    record |= _views(judged, asked, session.lang, (against_questionnaire, against_year, paired_by, engine))
    if form is Format.TABLE:
        _print(judged, record, session.lang, weighted=weighted, extras=extras)
    else:
        show_record(record, _csv_rows(judged, record), [], form=form, excel=excel)
    if form is not Format.JSON:
        show_problems(judged.problems, lang=session.lang)
    if check and not judged.reached:
        raise typer.Exit(1)


def _refuse_what_does_not_go_together(options: dict[str, Any], wrong: bool, needed: str) -> None:
    for option, value in options.items():
        if value and wrong:
            raise typer.BadParameter(f"{option}: {needed}", param_hint=option)


def _views(judged: Any, asked: dict[str, Any], lang: Lang, other: tuple[Any, ...]) -> dict[str, Any]:
    """What was asked about the indices, under its key of the JSON."""
    from sipas_survey.workflow import comparison, explanation, standings

    found: dict[str, Any] = {}
    if asked["league"]:
        found["league"] = standings.record_of_league(judged, asked["league"], lang)
    if asked["costs"]:
        found["costs"] = standings.record_of_costs(judged, asked["costs"], lang)
    if asked["comparison"]:
        questionnaire, year, paired_by, engine = other
        compared = comparison.compare(
            judged, asked["comparison"], questionnaire=questionnaire, year=year, paired_by=paired_by, engine=engine
        )
        found["comparison"] = comparison.record_of_compared(compared, judged, lang)
    if asked["explain"]:
        found["explain"] = explanation.record_of_explanation(judged, asked["explain"], lang)
    return found


def _csv_rows(judged: Any, record: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the one table that a CSV file holds."""
    rows: list[dict[str, Any]] = record["rows"]
    for view in ("league", "costs", "comparison"):
        if view in record:
            rows = record[view]["rows"]
    if "explain" in record:
        rows = [{"by": one["by"], **row} for one in record["explain"] for row in one["criteria"]]
    if "costs" in record:
        return rows
    return [{**{name: row["by"].get(name, "") for name in judged.by}, **row} for row in rows]


def _print(judged: Any, record: dict[str, Any], lang: Lang, *, weighted: bool, extras: bool) -> None:
    """The tables that were asked for, else that of the indices."""
    out = tables.Printer(lang, judged.threshold, judged.few_forms, judged.by)
    views = {"league": tables.print_league, "costs": tables.print_costs, "comparison": tables.print_comparison}
    for view, show in views.items():
        if view in record:
            show(out, record[view])
    for explained in record.get("explain", []):
        tables.print_explanation(out, explained)
    if not {"league", "costs", "comparison", "explain"} & set(record):
        exact = [e.value for e, _ in judged.rows]  # people read the exact share, and the domain in columns of its own
        rows = [
            {**row, **row["by"], **row.get("extras", {}), "exact": value, "forms_shown": tables.shown_forms(row, lang)}
            for row, value in zip(record["rows"], exact, strict=True)
        ]
        show_record(record, rows, tables.main_columns(out, weighted=weighted, extras=extras), form=Format.TABLE)
        tables.print_few(out, record["rows"])
        typer.echo(_sentence(judged, record, lang))


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
