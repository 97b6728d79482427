"""`sipas backup …`: a survey in one file under a passphrase."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sipas_survey.cli.passphrase import PassphraseOption, passphrase
from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import Format, FormatOption, show_problems, show_record, working
from sipas_survey.formats import Lang, number, word

if TYPE_CHECKING:
    from sipas_survey.storage.backup import Manifest
    from sipas_survey.workflow.backup import Looked, Restored

app = typer.Typer(help="Copies of a survey, in one file.", no_args_is_help=True, rich_markup_mode=None)
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


@app.command()
def create(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    from_input: PassphraseOption = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Write database, settings and key to one file under a passphrase.

    Others may go on working: the backup holds the survey as it was when it began.
    """
    from sipas_survey.workflow import backup

    session = session_of(context)
    words = passphrase(from_input, session.lang, twice=True)
    with working(session.lang) as advance:
        done = backup.create(session.folder, file, passphrase=words, author=session.author, advance=advance)
    _show_looked(done, file, "cli_backup_made", session.lang, form)


@app.command()
def verify(
    context: typer.Context, file: FileArgument, from_input: PassphraseOption = False, form: FormatOption = Format.TABLE
) -> None:
    """Read a whole backup: every piece of it, the chain of the ledger, every sealed row."""
    from sipas_survey.workflow import backup

    session = session_of(context)
    words = passphrase(from_input, session.lang)
    with working(session.lang) as advance:
        done = backup.look(file, passphrase=words, advance=advance)
    _show_looked(done, file, "cli_backup_good" if done.intact else "", session.lang, form)
    if not done.intact:
        raise typer.Exit(4)


@app.command()
def restore(
    context: typer.Context,
    file: FileArgument,
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="An empty folder; default: -C DIR.")] = None,
    from_input: PassphraseOption = False,
    to_file: Annotated[
        bool, typer.Option("--to-file", help="Into survey.db, also where the survey was on a server.")
    ] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Make the survey again in an empty place, and verify it."""
    from sipas_survey.workflow import backup

    session = session_of(context)
    words, place = passphrase(from_input, session.lang), session.folder / (folder or "")
    with working(session.lang) as advance:
        done = backup.restore(file, place, passphrase=words, to_file=to_file, advance=advance)
    said = [word("cli_backup_restored", session.lang, survey=done.manifest.survey_name, folder=place)]
    if done.key_file:
        said.append(word("cli_backup_key", session.lang, file=done.key_file))
    _show_restored(done, said, session.lang, form)


@app.command()
def rehearse(
    context: typer.Context, file: FileArgument, from_input: PassphraseOption = False, form: FormatOption = Format.TABLE
) -> None:
    """Restore a backup aside, verify what comes of it, and remove it again.

    Exit code 0 says that the backup can be relied on; a timer may run it.
    """
    from sipas_survey.workflow import backup

    session = session_of(context)
    words = passphrase(from_input, session.lang)
    with working(session.lang) as advance:
        done = backup.rehearse(file, passphrase=words, advance=advance)
    said = [word("cli_backup_rehearsed", session.lang)] if done.audit.intact else []
    _show_restored(done, said, session.lang, form)


def _record(manifest: "Manifest", **more: object) -> dict[str, Any]:
    return {**manifest.model_dump(mode="json"), **more}


def _show_looked(done: "Looked", file: Path, said: str, lang: Lang, form: Format) -> None:
    manifest = done.manifest
    if form is Format.TABLE:
        if said:
            about = {"survey": manifest.survey_name, "file": file, "created_at": manifest.created_at}
            typer.echo(word(said, lang, entries=number(manifest.entries, lang), head=manifest.head, **about))
    else:
        row = _record(manifest, intact=done.intact, seals=done.seals)
        told = {"problems": [p.as_dict(lang) for p in done.problems]} if done.problems else {}
        show_record({**row, **told}, [{**row, "files": ", ".join(manifest.files)}], [], form=form)
    if form is not Format.JSON:
        show_problems(done.problems, lang=lang)


def _show_restored(done: "Restored", said: list[str], lang: Lang, form: Format) -> None:
    audit = done.audit
    if form is Format.TABLE:
        forms = ", ".join(f"{word(f'state_{state}', lang)} {number(n, lang)}" for state, n in done.forms.items())
        if audit.intact:
            said.append(word("cli_audit_intact", lang, events=number(audit.events, lang), head=audit.head))
        for line in [*said, *([word("cli_backup_forms", lang, forms=forms)] if forms else [])]:
            typer.echo(line)
    else:
        row = _record(done.manifest, intact=audit.intact, forms=dict(done.forms))
        told = {"problems": [p.as_dict(lang) for p in audit.problems]} if audit.problems else {}
        show_record({**row, **told}, [{**row, "files": ", ".join(done.manifest.files)}], [], form=form)
    if form is not Format.JSON:
        show_problems(audit.problems, lang=lang)
    if not audit.intact:
        raise typer.Exit(4)
