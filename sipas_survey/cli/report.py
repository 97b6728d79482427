"""`sipas report`."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from sipas_survey.cli.session import day, session_of
from sipas_survey.formats import word


def report(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="FILE.html or FILE.xlsx")],
    as_of: Annotated[date | None, typer.Option("--as-of", parser=day, metavar="DATE", help="As of a day.")] = None,
    paper: Annotated[str | None, typer.Option("--paper", metavar="vi|en", help="Language of the report.")] = None,
) -> None:
    """Write the report of the round.

    Returns, dimensions against the target, provenance; .html or .xlsx.
    """
    from sipas_survey.workflow import papers

    session = session_of(context)
    with session.store() as store:
        papers.write_report(store, file, as_of=as_of, lang=papers.paper_language(store, paper))
    typer.echo(word("cli_report", session.lang, file=file))
