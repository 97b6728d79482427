"""`sipas responses …`: raw answers come in."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    show_record,
)
from sipas_survey.formats import number, word

if TYPE_CHECKING:
    from sipas_survey.workflow.frame import Imported

app = typer.Typer(help="Raw answers.", no_args_is_help=True, rich_markup_mode=None)


@app.command("import")
def import_(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Answers: form, q01…")],
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    renames: Annotated[list[str] | None, typer.Option("--map", metavar="THEIRS=OURS", help="Name a column.")] = None,
    keep_valid: KeepValidOption = False,
    decide_validity: Annotated[
        bool, typer.Option("--decide-validity", help="Accept or reject returned forms by [validity] in survey.toml.")
    ] = False,
    dry_run: DryRunOption = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Take answers in under their form codes.

    CSV, XLSX, Parquet, SPSS, Stata, and what ODK Central and KoboToolbox export; with an error nothing is stored.
    """
    from sipas_survey.exchange.headings import parse_renames
    from sipas_survey.workflow import answers, validity

    session = session_of(context)
    names = parse_renames(renames or [])
    decided: list[validity.Decided] = []
    with session.store() as store:

        def done(_: object) -> "Imported":
            if decide_validity:
                validity.check_rule(store)
            imported = answers.import_responses(
                store, files, sheet=sheet, renames=names, keep_valid=keep_valid, dry_run=dry_run
            )
            if decide_validity and imported.stored:
                decided.append(validity.decide(store))
            return replace(imported, problems=(*imported.problems, *(p for d in decided for p in d.problems)))

        def beside() -> dict[str, object]:
            return {"decided": {"valid": decided[0].valid, "invalid": decided[0].invalid}} if decided else {}

        code = finish_import(
            done, form=form, lang=session.lang, keep_valid=keep_valid, dry_run=dry_run, beside=beside
        )  # fmt: skip
    for found in decided if form is Format.TABLE else ():
        counts = {name: number(getattr(found, name), session.lang) for name in ("valid", "invalid")}
        typer.echo(word("cli_decided", session.lang, **counts))
    raise typer.Exit(code)


@app.command()
def show(context: typer.Context, form: FormatOption = Format.TABLE, excel: ExcelOption = False) -> None:
    """How many forms have answers, by what the ledger says of them."""
    from sipas_survey.workflow import answers

    session = session_of(context)
    lang = session.lang
    with session.store() as store:
        rows = answers.show(store)
    columns = [
        Column("standing", word("column_standing", lang), lambda s: word(f"answers_{s}", lang)),
        Column("forms", word("column_forms", lang), lambda n: number(n, lang), right=True),
    ]
    show_record({"rows": rows}, rows, columns, form=form, excel=excel)


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="csv, xlsx or parquet")],
    smallest: Annotated[int, typer.Option(min=2, help="The fewest forms that a combination may have.")] = 5,
    excel: ExcelOption = False,
) -> None:
    """Write the answers without form codes, for others to compute with.

    Of place and respondent section no more is told than several forms share.
    """
    from sipas_survey.workflow import anonymous

    session = session_of(context)
    with session.store() as store:
        done = anonymous.export_answers(store, file, smallest=smallest, excel=excel)
    counts = {"forms": number(done.forms, session.lang), "blanked": number(done.blanked, session.lang)}
    typer.echo(word("cli_answers_exported", session.lang, file=file, smallest=smallest, **counts))
