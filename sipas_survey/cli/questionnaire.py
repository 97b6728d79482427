"""`sipas questionnaire …`"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_problems, show_record
from sipas_survey.formats import word

app = typer.Typer(help="Questionnaires as data.", no_args_is_help=True, rich_markup_mode=None)


class Target(StrEnum):
    """What a questionnaire is written as."""

    XLSFORM = "xlsform"
    CSV = "csv"


@app.command("list")
def list_(context: typer.Context, form: FormatOption = Format.TABLE, excel: ExcelOption = False) -> None:
    """The questionnaires that come with the package."""
    from sipas_survey.satisfaction import questionnaire

    lang = session_of(context).lang
    rows = []
    for name in questionnaire.shipped_names():
        loaded = questionnaire.load(name).or_raise()
        rows.append({"questionnaire": name, "criteria": len(loaded.criteria), "digest": loaded.digest()})
    columns = [
        Column("questionnaire", word("column_questionnaire", lang)),
        Column("criteria", word("column_criteria", lang), right=True),
        Column("digest", "SHA-256"),
    ]
    show_record({"rows": rows}, rows, columns, form=form, excel=excel)


@app.command()
def check(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A TOML file, or a shipped name.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Name every fault of a questionnaire's file, with its line.

    Exit code 3 where there is one.
    """
    from sipas_survey.satisfaction import questionnaire

    lang = session_of(context).lang
    checked = questionnaire.load(file)
    counts = {"criteria": len(checked.value.criteria), "indices": len(checked.value.indices)}
    if form is Format.TABLE:
        show_problems(checked.problems, lang=lang)
        typer.echo(word("cli_questionnaire_checked", lang, **counts, faults=len(checked.problems)))
    else:
        problems = [p.as_dict(lang) for p in checked.problems]
        show_record({**counts, "problems": problems}, problems, [], form=form)
    raise typer.Exit(3 if checked.problems else 0)


@app.command()
def export(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A shipped name or a TOML file.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The .xlsx or .csv to write.")],
    target: Annotated[Target, typer.Option("--to", help="A form for ODK and Kobo, or a codebook.")] = Target.XLSFORM,
    excel: ExcelOption = False,
) -> None:
    """Write a questionnaire as an XLSForm for ODK and KoboToolbox, or as a codebook."""
    from sipas_survey.exchange import xlsform
    from sipas_survey.satisfaction import questionnaire

    lang = session_of(context).lang
    loaded = questionnaire.load(name).or_raise()
    if target is Target.XLSFORM:
        xlsform.write_xlsform(file, loaded)
    else:
        xlsform.write_codebook(file, loaded, excel=excel)
    typer.echo(word("cli_questionnaire_written", lang, file=file, criteria=len(loaded.criteria)))
