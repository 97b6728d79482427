"""How a passphrase is asked for: from standard input, or on a terminal without showing it."""

import sys
from typing import Annotated

import typer

from sipas_survey.formats import Lang, word
from sipas_survey.problems import stop

_LONGEST = 4096
PassphraseOption = Annotated[
    bool, typer.Option("--passphrase-stdin", help="Read the passphrase from the first line of standard input.")
]


def passphrase(from_input: bool, lang: Lang, *, twice: bool = False) -> str:
    """The passphrase. Raises SurveyError PASSPHRASE_UNREADABLE; wrong usage without a terminal and the option."""
    if from_input:
        return _first_line()
    if not sys.stdin.isatty():
        raise typer.BadParameter("--passphrase-stdin < FILE", param_hint="--passphrase-stdin")
    return str(typer.prompt(word("cli_passphrase", lang), hide_input=True, confirmation_prompt=twice, err=True))


def _first_line() -> str:
    try:
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(encoding="utf-8", errors="strict")
        said = sys.stdin.readline(_LONGEST).rstrip("\r\n").removeprefix("\ufeff")
        said.encode()
    except (OSError, ValueError) as error:
        raise stop("PASSPHRASE_UNREADABLE") from error
    if not said:
        raise stop("PASSPHRASE_UNREADABLE")
    return said
