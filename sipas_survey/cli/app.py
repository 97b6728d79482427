"""The program `sipas`: global options, errors as problems, exit codes."""

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from sipas_survey.cli import (
    backup,
    database,
    design,
    draw,
    estimate,
    forms,
    frame,
    papers,
    papi,
    par_index,
    precision,
    privacy,
    quality,
    questionnaire,
    recheck,
    report,
    responses,
    satisfaction,
    serve,
    survey,
    tracking,
    units,
    user,
    weights,
)
from sipas_survey.cli.session import Session
from sipas_survey.cli.show import show_problems
from sipas_survey.formats import LANGUAGES, Lang, word
from sipas_survey.problems import SurveyError, stop

BUG = 70
_UsageError = typer.BadParameter.__mro__[2]  # ClickException, of whichever click this typer brings with it
app = typer.Typer(
    name="sipas",
    help="Survey fieldwork: a public draw, a ledger for paper forms, exact verdicts.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
papers.register(forms.app)
app.add_typer(frame.app, name="frame")
app.add_typer(design.app, name="design")
app.add_typer(draw.app, name="draw")
app.add_typer(forms.app, name="forms")
app.add_typer(recheck.app, name="recheck")
app.add_typer(responses.app, name="responses")
app.add_typer(questionnaire.app, name="questionnaire")
app.add_typer(units.app, name="units")
app.add_typer(survey.audit, name="audit")
app.add_typer(backup.app, name="backup")
app.add_typer(privacy.app, name="privacy")
app.add_typer(database.app, name="db")
app.add_typer(user.app, name="user")
for command in (
    survey.demo,
    survey.init,
    tracking.lists,
    tracking.status,
    quality.quality,
    precision.precision,
    weights.weights,
    satisfaction.satisfaction,
    estimate.estimate,
    papi.papi,
    par_index.par_index,
    report.report,
    serve.serve,
):
    app.command()(command)


def _print_version(asked: bool) -> None:
    if asked:
        from sipas_survey.workflow.office import package_version
        from sipas_survey.workflow.provenance import provenance

        typer.echo(f"sipas {package_version()}\n{provenance()}")
        raise typer.Exit


@app.callback()
def _globals(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("-C", metavar="DIR", help="The survey folder.")] = Path(),
    lang: Annotated[str | None, typer.Option("--lang", metavar="vi|en", help="Language of messages.")] = None,
    author: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Author of what is written.")] = None,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool,
        typer.Option("--version", help="Print what exactly runs.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    if lang is not None and lang not in LANGUAGES:
        raise typer.BadParameter(f"{lang}: vi | en", param_hint="--lang")
    context.obj = Session(folder, language(lang), author)


def language(asked: str | None) -> Lang:
    """The language of messages: what was asked, SIPAS_LANG, else Vietnamese in a Vietnamese locale."""
    named = asked or os.environ.get("SIPAS_LANG", "")
    locale = next((v for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := os.environ.get(name))), "")
    if named in LANGUAGES:
        return "vi" if named == "vi" else "en"
    return "vi" if locale.lower().startswith("vi") else "en"


def _hoisted(arguments: list[str]) -> list[str]:
    """`--lang` and `--as` are understood behind the command too; `lists --as xlsx` is that command's own option."""
    own_as = _command(arguments) == "lists"
    front, rest, i = [], [], 0
    while i < len(arguments):
        name = arguments[i].split("=", 1)[0]
        if arguments[i] == "--":
            rest += arguments[i:]
            break
        if name == "--lang" or (name == "--as" and not own_as):
            width = 1 if "=" in arguments[i] else 2
            front += arguments[i : i + width]
            i += width
        else:
            rest.append(arguments[i])
            i += 1
    return front + rest


def _command(arguments: list[str]) -> str:
    """The command asked for: the first word that is neither a global option nor its value."""
    words = iter(arguments)
    for argument in words:
        if argument in ("-C", "--lang", "--as"):
            next(words, None)
        elif not argument.startswith("-"):
            return argument
    return ""


def main(arguments: list[str] | None = None) -> None:
    """Run the program and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command; return its exit code. Nothing that goes wrong shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # Windows consoles and LANG=C default to less; the name of a folder may be no text at all
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    session = Session(Path(), language(_asked_language(arguments)), None)
    try:
        _refuse_what_is_no_text([*arguments, os.environ.get("SIPAS_USER", "")])
        code = _program()(args=_hoisted(arguments), prog_name="sipas", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except SurveyError as error:
        show_problems(error.problems, lang=session.lang, as_json=_asked_json(arguments))
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last door: a bug becomes a report, never a traceback on screen
        if isinstance(error, _UsageError):
            error.show()  # type: ignore[attr-defined]
            return 2
        return _report_bug(session.lang)
    return code if isinstance(code, int) else 0


@cache
def _program() -> Callable[..., object]:
    return get_command(app)


def _refuse_what_is_no_text(words: list[str]) -> None:
    """Bytes that are not UTF-8 reach Python as lone surrogates, which no file, digest or database takes."""
    for text in words:
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise stop("ARGUMENT_NOT_TEXT", found=text.encode("utf-8", "backslashreplace").decode())


def _asked_language(arguments: list[str]) -> str | None:
    for i, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return argument.split("=", 1)[1]
        if argument == "--lang" and i + 1 < len(arguments):
            return arguments[i + 1]
    return None


def _asked_json(arguments: list[str]) -> bool:
    return "--format=json" in arguments or any(pair == ("--format", "json") for pair in pairwise(arguments))


def _report_bug(lang: Lang) -> int:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", prefix="sipas-bug-", delete=False, encoding="utf-8") as file:
        kind, _, trace = sys.exc_info()
        # the value of the error is left out: it may quote somebody's data
        file.write(f"{kind.__name__ if kind else ''}\n" + "".join(traceback.format_tb(trace)))
    typer.echo(word("cli_bug", lang, file=file.name), err=True)
    return BUG


if __name__ == "__main__":
    main()
