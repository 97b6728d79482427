"""`sipas privacy …`: the people behind the forms, and the key that opens their data."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from sipas_survey.cli.passphrase import PassphraseOption, passphrase
from sipas_survey.cli.session import day, session_of
from sipas_survey.cli.show import Column, DryRunOption, ExcelOption, Format, FormatOption, show_problems, show_record
from sipas_survey.formats import MISSING, number, word
from sipas_survey.formats import day as show_day

app = typer.Typer(help="People behind the forms.", no_args_is_help=True, rich_markup_mode=None)
key = typer.Typer(help="The key of personal data.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(key, name="key")


@app.command()
def find(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="Part of a name or phone; nothing: everybody.")] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; the ledger keeps it.")] = "",
    reveal: Annotated[bool, typer.Option("--reveal", help="Show names whole, not masked.")] = False,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """Look up people who were drawn; the ledger records it."""
    from sipas_survey.workflow import privacy

    session = session_of(context)
    with session.store() as store:
        found = privacy.find(store, text, reason=reason, reveal=reveal)
    rows: list[dict[str, Any]] = [
        {"form": p.form, "unit_id": p.unit_id, **p.personal, "commune_code": p.commune_code, "village": p.village}
        for p in found
    ]
    names = ("form", "full_name", "birth_year", "phone", "village", "commune_code")
    columns = [Column(name, word(f"column_{name}", session.lang), lambda v: v or MISSING) for name in names]
    show_record({"rows": rows}, rows, columns, form=form, excel=excel)
    if form is Format.TABLE:
        typer.echo(word("cli_found_people", session.lang, n=number(len(rows), session.lang)))


@app.command()
def purge(
    context: typer.Context,
    before: Annotated[
        date, typer.Option("--before", parser=day, metavar="DATE", help="Of whom nothing is recorded since.")
    ],
    dry_run: DryRunOption = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Take away the names of people to whose forms nothing happened since a day, for good.

    Ledger, draw and rates stay as they are.
    """
    from sipas_survey.workflow import privacy

    session = session_of(context)
    with session.store() as store:
        done = privacy.purge(store, before=before, dry_run=dry_run)
    record: dict[str, Any] = {"before": before.isoformat(), "people": done.people, "notes": done.notes}
    record["stored"] = not dry_run
    if form is Format.TABLE:
        counts = {name: number(record[name], session.lang) for name in ("people", "notes")}
        said = "cli_purge_dry" if dry_run else "cli_purged"
        typer.echo(word(said, session.lang, before=show_day(before, session.lang), **counts))
    else:
        told = {"problems": [p.as_dict(session.lang) for p in done.problems]} if done.problems else {}
        show_record({**record, **told}, [record], [], form=form)
    if form is not Format.JSON:
        show_problems(done.problems, lang=session.lang)


@app.command()
def scrub(context: typer.Context) -> None:
    """Write the tables anew, so that nothing deleted is left in the database's files."""
    from sipas_survey.workflow import privacy

    session = session_of(context)
    with session.store() as store:
        problems = privacy.scrub(store)
    show_problems(problems, lang=session.lang)
    if not problems:
        typer.echo(word("cli_scrubbed", session.lang))


@key.command("export")
def export_key(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    from_input: PassphraseOption = False,
) -> None:
    """Write the key to a file to be kept elsewhere; the ledger records it.

    With --passphrase-stdin it lies under a passphrase, else in clear.
    """
    from sipas_survey.workflow import key_custody

    session = session_of(context)
    words = passphrase(True, session.lang) if from_input else None
    with session.store() as store:
        key_id = key_custody.export(store, file, passphrase=words)
    said = "cli_key_exported" if from_input else "cli_key_exported_plain"
    typer.echo(word(said, session.lang, key_id=key_id, file=file))


@key.command("import")
def import_key(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy of the key.")],
    from_input: PassphraseOption = False,
) -> None:
    """Put a copy of the survey's key in its place; another key there is left alone."""
    from sipas_survey.workflow import key_custody

    session = session_of(context)
    words = passphrase(from_input, session.lang) if key_custody.is_sealed(file) else None
    key_id, place = key_custody.put_back(session.folder, file, passphrase=words)
    typer.echo(word("cli_key_imported", session.lang, key_id=key_id, file=place))


@key.command("rotate")
def rotate_key(context: typer.Context) -> None:
    """Make a new key and seal all personal data anew."""
    from sipas_survey.workflow import key_custody

    session = session_of(context)
    with session.store() as store:
        done = key_custody.rotate(store)
    counts = {"people": number(done.people, session.lang), "notes": number(done.notes, session.lang)}
    typer.echo(word("cli_key_rotated", session.lang, before=done.before, after=done.after, **counts))
    show_problems(done.problems, lang=session.lang)
