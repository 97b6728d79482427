"""`sipas demo`, `sipas init`, `sipas audit`."""

from pathlib import Path
from typing import Annotated

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_problems, show_record, show_table
from sipas_survey.formats import number, word
from sipas_survey.problems import stop

audit = typer.Typer(help="Verify that nothing was bent.", no_args_is_help=True, rich_markup_mode=None)


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write.")] = Path("sipas-demo"),
) -> None:
    """The whole path on the sample campaign of Yên Bái 2023."""
    from sipas_survey.workflow.demo.story import tell

    session = session_of(context)
    for line in tell(folder, lang=session.lang):
        typer.echo(line)


def init(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="A new or empty folder.")] = None,
    units: Annotated[str, typer.Option(help="Administrative units: a shipped name or a CSV file.")] = "yen_bai_2023",
    round_name: Annotated[str | None, typer.Option("--round", help="Name of the round.")] = None,
    kind: Annotated[str, typer.Option(help="citizens | officials")] = "citizens",
    questionnaire: Annotated[str, typer.Option(help="A shipped name or a TOML file.")] = "sipas_2022",
    explain: Annotated[bool, typer.Option("--explain", help="Print what survey.toml may hold.")] = False,
) -> None:
    """Make a survey.

    Folder, survey.toml and database, and the key of personal data outside the folder.
    """
    from sipas_survey.storage import keys, settings
    from sipas_survey.workflow import office

    session = session_of(context)
    if explain:
        default = word("cli_default", session.lang)
        columns = [Column("name", "survey.toml"), Column("default", default), Column("about", "")]
        rows = [dict(zip(("name", "default", "about"), row, strict=True)) for row in settings.explain(session.lang)]
        show_table(rows, columns)
        return
    if folder is None:
        raise typer.BadParameter("DIR", param_hint="DIR")
    if kind not in ("citizens", "officials"):
        raise stop("WRONG_CHOICE", found=kind, option="--kind", choices=("citizens", "officials"))
    new = office.NewSurvey(round=round_name, kind=kind, units=units, questionnaire=questionnaire)
    store = office.init(session.folder / folder, new, author=session.author)
    key = keys.file_of(store.settings.id, store.folder)
    store.close()
    typer.echo(word("cli_init_done", session.lang, folder=store.folder, key_file=key))


@audit.command()
def verify(
    context: typer.Context,
    head: Annotated[str | None, typer.Option(help="A ledger head printed on an earlier report.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Recompute the chain and compare it with the tables; exit 4 when something was bent."""
    from sipas_survey.workflow import office

    session = session_of(context)
    with session.store() as store:
        found = office.verify(store, known_head=head)
    record = {"intact": found.intact, "events": found.events, "head": found.head, "first_bad": found.first_bad}
    record["settings_pending"] = found.settings_pending
    if form is Format.TABLE:
        events = number(found.events, session.lang)
        if found.intact:
            typer.echo(word("cli_audit_intact", session.lang, events=events, head=found.head))
        if found.settings_pending:
            typer.echo(word("cli_audit_pending", session.lang))
    else:
        full = {**record, "problems": [p.as_dict(session.lang) for p in found.problems]} if found.problems else record
        show_record(full, [record], [], form=form)
    if form is not Format.JSON:
        show_problems(found.problems, lang=session.lang)
    if not found.intact:
        raise typer.Exit(4)


_SHOWN = ("seq", "happened_on", "act", "form", "worker", "reason", "refers_to", "author", "details")


@audit.command("show")
def show_entries(
    context: typer.Context,
    code: Annotated[str | None, typer.Option("--form", metavar="FORM", help="Only the entries of one form.")] = None,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """The entries of the ledger, without personal data."""
    from sipas_survey.workflow import office

    session = session_of(context)
    with session.store() as store:
        rows = office.journal(store, form="".join(code.split()) if code else None)
    columns = [Column(name, name) for name in _SHOWN]
    show_record(rows, rows, columns, form=form, excel=excel)
