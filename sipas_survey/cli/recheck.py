"""`sipas recheck …`: some forms are asked about again."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import (
    Column,
    DryRunOption,
    ExcelOption,
    Format,
    FormatOption,
    KeepValidOption,
    finish_import,
    show_json,
    show_problems,
    show_record,
    show_table,
)
from sipas_survey.formats import MISSING, Lang, number, word

app = typer.Typer(help="Re-check: asking some people again.", no_args_is_help=True, rich_markup_mode=None)


class Shown(StrEnum):
    """The tables of the report."""

    FINDINGS = "findings"
    ERRORS = "errors"
    ITEMS = "items"
    ROUND = "round"
    FORMS = "forms"
    PROPOSALS = "proposals"


@app.command()
def draw(
    context: typer.Context,
    share: Annotated[str, typer.Option(help="Share of each worker's forms, rounded up.")] = "0.2",
    per_worker: Annotated[int, typer.Option(min=1, help="At least so many of each post worker.")] = 2,
    per_village: Annotated[int, typer.Option(min=0, help="At least so many of each village.")] = 1,
    seed: Annotated[str | None, typer.Option(help="Only for tests and rehearsals: the ledger says so.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Draw forms for the re-check by chance, and seal which ones until they are ordered."""
    from sipas_survey.tracking.recheck import Rules
    from sipas_survey.workflow import recheck as workflow

    session = session_of(context)
    try:
        rules = Rules(Fraction(share.replace(",", ".")), per_worker, per_village)
    except (ValueError, ZeroDivisionError) as error:
        raise typer.BadParameter(f"{share}: 0.2", param_hint="--share") from error
    with session.store() as store:
        drawn = workflow.draw(store, rules, seed=seed)
    record = workflow.record_of_draw(drawn)
    if form is Format.JSON:
        show_json({**record, "problems": [p.as_dict(session.lang) for p in drawn.problems]})
        return
    show_problems(drawn.problems, lang=session.lang)
    _say(record, form, "cli_recheck_drawn", session.lang, digest=record["seed_digest"])


@app.command()
def order(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the papers go.")],
    form_file: Annotated[Path | None, typer.Option("--form", metavar="FILE", help="A short form of one's own.")] = None,
    worker: Annotated[str | None, typer.Option(help="All forms of a post worker, for a cause.")] = None,
    paper: Annotated[str | None, typer.Option(metavar="vi|en", help="Language of the papers.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Open the sealed selection, order the re-check, and write workbooks and papers for the two bodies."""
    from sipas_survey.workflow import recheck as workflow

    session = session_of(context)
    with session.store() as store:
        done = workflow.order(store, folder, form_file=form_file, worker=worker, paper=paper)
    record = workflow.record_of_order(done)
    if form is Format.JSON:
        show_json({**record, "problems": [p.as_dict(session.lang) for p in done.problems]})
        return
    show_problems(done.problems, lang=session.lang)
    said = "cli_recheck_ordered" if done.new else "cli_recheck_again"
    _say(record, form, said, session.lang, seed=record["seed"] or MISSING)
    if form is Format.TABLE:
        for file in done.files:
            typer.echo(str(file))


def _say(record: Mapping[str, Any], form: Format, key: str, lang: Lang, **details: object) -> None:
    if form is Format.TABLE:
        shown = {name: number(v, lang) if isinstance(v, int) else v for name, v in record.items()}
        typer.echo(word(key, lang, **{**shown, **details}))
    else:
        row = {name: v for name, v in record.items() if not isinstance(v, list)}
        show_record(record, [row], [], form=form)


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook of an order, filled in.")],
    keep_valid: KeepValidOption = False,
    dry_run: DryRunOption = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Take findings and short-form answers in; the same file again changes nothing."""
    from sipas_survey.workflow.recheck_findings import import_findings

    session = session_of(context)
    with session.store() as store:
        code = finish_import(
            lambda _: import_findings(store, file, keep_valid=keep_valid, dry_run=dry_run),
            form=form, lang=session.lang, keep_valid=keep_valid, dry_run=dry_run,
        )  # fmt: skip
    raise typer.Exit(code)


@app.command()
def report(
    context: typer.Context,
    show: Annotated[list[Shown] | None, typer.Option(help="Tables to show; CSV has the first one.")] = None,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """What was found, by worker and district, what it says of the whole round, and what a person may decide."""
    from sipas_survey.documents.recheck_tables import tables_of
    from sipas_survey.workflow import recheck_report as workflow

    session = session_of(context)
    with session.store() as store:
        record = workflow.record_of_report(workflow.report(store))
    asked, lang = show or list(Shown), session.lang
    if form is not Format.TABLE:
        show_record(record, record[asked[0]], [], form=form, excel=excel)
        return
    tables = [table for table in tables_of(record, lang) if table["name"] in asked]
    for table in sorted(tables, key=lambda table: asked.index(table["name"])):
        columns = [Column(str(i), heading, str, right=num) for i, (heading, num) in enumerate(table["heads"])]
        rows = [{str(i): cell for i, (cell, _) in enumerate(row["cells"])} for row in table["rows"]]
        show_table(rows, columns, title=table["title"])
    if any(table["small"] for table in tables):
        typer.echo(word("cli_recheck_small", lang))
    if Shown.PROPOSALS in asked and record[Shown.PROPOSALS]:
        typer.echo(word("cli_recheck_decide", lang))
