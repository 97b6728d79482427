"""`sipas report`."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from sipas_survey.cli.session import day, session_of
from sipas_survey.formats import word


def report(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="FILE.html, .pdf, .docx, .xlsx or .json")],
    kind: Annotated[str, typer.Option("--kind", metavar="final|daily|weekly", help="What kind of report.")] = "final",
    as_of: Annotated[date | None, typer.Option("--as-of", parser=day, metavar="DATE", help="As of a day.")] = None,
    paper: Annotated[str | None, typer.Option("--paper", metavar="vi|en", help="Language of the report.")] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write the template of DOCX reports instead, to be restyled.")
    ] = False,
) -> None:
    """Write a report of the round, in one file or several.

    Daily: one page on the return of forms. Weekly: with trend, ages, workers and flags. Final: all results.
    """
    from sipas_survey.workflow import reports
    from sipas_survey.workflow.papers import paper_language

    session = session_of(context)
    if template:
        for file in files:
            reports.write_template(file)
            typer.echo(word("cli_report_template", session.lang, file=file, place=reports.TEMPLATE))
        return
    with session.store() as store:
        reports.write_report(store, *files, kind=kind, as_of=as_of, lang=paper_language(store, paper))
    for file in files:
        typer.echo(word("cli_report", session.lang, file=file))
