"""`sipas user`: who may come in."""

from typing import Annotated

import typer

from sipas_survey.cli.passphrase import passphrase
from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_record
from sipas_survey.formats import Lang, word

app = typer.Typer(help="Users of the web pages and of programs.", no_args_is_help=True, rich_markup_mode=None)
PasswordOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The user.")]


@app.command()
def add(
    context: typer.Context,
    name: NameArgument,
    role: Annotated[
        str, typer.Option(metavar="ROLE", help="admin|home_affairs|post_office|post_worker|recheck|analyst")
    ],
    district: Annotated[list[str] | None, typer.Option("--district", metavar="CODE", help="Own districts.")] = None,
    worker: Annotated[str, typer.Option(metavar="ID", help="The post worker that the user is.")] = "",
    from_input: PasswordOption = False,
) -> None:
    """Let somebody in."""
    from sipas_survey.workflow import accounts

    session = session_of(context)
    password = passphrase(from_input, session.lang, twice=True)
    with session.store() as store:
        user = accounts.add(store, name, role, password, districts=district or (), worker=worker)
    typer.echo(_told(user.name, user.role, user.state, session.lang))


@app.command()
def lock(
    context: typer.Context, name: NameArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Let the user in again.")] = False,
) -> None:  # fmt: skip
    """Lock somebody out; sessions and tokens end."""
    from sipas_survey.workflow import accounts

    session = session_of(context)
    with session.store() as store:
        user = accounts.set_state(store, name, locked=not undo)
    typer.echo(_told(user.name, user.role, user.state, session.lang))


@app.command()
def reset(context: typer.Context, name: NameArgument, from_input: PasswordOption = False) -> None:
    """Give somebody a new password."""
    from sipas_survey.workflow import accounts

    session = session_of(context)
    password = passphrase(from_input, session.lang, twice=True)
    with session.store() as store:
        user = accounts.reset(store, name, password)
    typer.echo(_told(user.name, user.role, user.state, session.lang))


def _told(name: str, role: str, state: str, lang: Lang) -> str:
    return word(
        "cli_user_done", lang, name=name, role=word(f"role_{role}", lang), state=word(f"user_state_{state}", lang)
    )


@app.command("list")
def show(context: typer.Context, form: FormatOption = Format.TABLE, excel: ExcelOption = False) -> None:
    """All users."""
    from sipas_survey.workflow import accounts

    session = session_of(context)
    with session.store() as store:
        rows = accounts.listed(store)
    names = ("user", "role", "districts", "worker", "state")
    columns = [Column(name, name, lambda v: " ".join(v) if isinstance(v, list) else v) for name in names]
    if form is Format.CSV:
        rows = [{**row, "districts": " ".join(row["districts"])} for row in rows]
    show_record(rows, rows, columns, form=form, excel=excel)


@app.command()
def token(
    context: typer.Context,
    name: NameArgument,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is valid.")] = 365,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take all tokens of the user back.")] = False,
) -> None:
    """Give a program a token to act as somebody; it is printed once, alone."""
    from sipas_survey.workflow import accounts

    session = session_of(context)
    with session.store() as store:
        if revoke:
            typer.echo(word("cli_tokens_revoked", session.lang, count=accounts.revoke_tokens(store, name), name=name))
            return
        typer.echo(accounts.give_token(store, name, days=days))
