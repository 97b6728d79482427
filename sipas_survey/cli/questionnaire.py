"""`sipas questionnaire …`"""

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_record
from sipas_survey.formats import word

app = typer.Typer(help="Questionnaires as data.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _questionnaires() -> None:
    """Questionnaires as data."""


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
