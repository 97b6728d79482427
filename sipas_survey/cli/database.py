"""`sipas db …`: the tables of a survey."""

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.formats import number, word

app = typer.Typer(help="The tables of a survey.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the tables up to date; make a backup first."""
    from sipas_survey.workflow import office

    session = session_of(context)
    before, after = office.upgrade(session.folder)
    typer.echo(word("cli_db_upgraded", session.lang, before=before, after=after))


@app.command()
def rebuild(context: typer.Context) -> None:
    """Make the form states anew from the ledger."""
    from sipas_survey.workflow import office

    session = session_of(context)
    with session.store() as store:
        forms = office.rebuild_states(store)
    typer.echo(word("cli_db_rebuilt", session.lang, forms=number(forms, session.lang)))
