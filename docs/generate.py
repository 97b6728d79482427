"""Write the pages that follow from the code: `python docs/generate.py`."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from typer.main import get_command

from sipas_survey.access import ACTS, RIGHTS, Right, Role
from sipas_survey.cli.app import app
from sipas_survey.exchange.headings import CLERK_ALIASES, EVENT_ALIASES, FRAME_ALIASES, FRAME_NAMES, WORKER_ALIASES
from sipas_survey.exchange.scoring_sheet import ALIASES as SCORING_ALIASES
from sipas_survey.formats import shown
from sipas_survey.problems import catalogue
from sipas_survey.tracking.forms import FIELD_ACTS, MOVES, Act, State

FOLDER = Path(__file__).parent
_STATES = """\
# The life of a form
This page is written by `python docs/generate.py` from the table of moves in `sipas_survey/tracking/forms.py`.

A form's state is not stored as a fact: it is what its events come to when they are taken in order of day, then of the
act's rank, then of their id. So batches that arrive late or in another order come to the same state.

```mermaid
stateDiagram-v2
    [*] --> planned
{diagram}
```

## States
| state | English | Vietnamese |
|---|---|---|
{states}

## Moves
Field acts may arrive before the act they follow: they wait, and count for nothing until it arrives. Office acts are
judged at once.

| from | act | who | to |
|---|---|---|---|
{moves}

Beside the table:
- `not_met` may be repeated; at the last visit (three, unless `survey.toml` says otherwise) or with the reason `final`
  it leads to `not_met_final`.
- `request_replace` is open where `replace` is, `reject_request` while a request is open; a case is replaced once and a
  form re-issued once.
- Two outcomes that exclude each other are both kept, and the form is *in question*, counted as outstanding, until a
  person's `decide` names what happened. `undo` takes any event back on which nothing later rests.
- The form of a reserve is held until a `replace` releases it: any field act on it is refused.
- A lost or void code that comes back is an alert, never a return.
"""


def states() -> str:
    """The life of a form, from the table of moves."""
    return _STATES.format(
        diagram="\n".join(_arrows()),
        states="\n".join(f"| `{state}` | {shown(state, 'en')} | {shown(state, 'vi')} |" for state in State),
        moves="\n".join(_rows()),
    )


def _arrows() -> Iterator[str]:
    """One arrow for each pair of states, with the acts that lead along it; the table has those that change no state."""
    for state, moves in MOVES.items():
        for target in dict.fromkeys(moves.values()):
            if target is not state:
                acts = ", ".join(act for act, to in moves.items() if to is target)
                yield f"    {state} --> {target}: {acts}"
    yield f"    {State.OUT} --> {State.NOT_MET_FINAL}: {Act.NOT_MET} (final)"
    yield f"    {State.WITH_RESPONDENT} --> {State.NOT_MET_FINAL}: {Act.NOT_MET} (final)"
    yield f"    {State.NOT_MET} --> {State.NOT_MET_FINAL}: {Act.NOT_MET} (last visit)"


def _rows() -> Iterator[str]:
    """One row for each move."""
    for state, moves in MOVES.items():
        for act, target in moves.items():
            who = "field" if act in FIELD_ACTS else "office"
            yield f"| `{state}` | `{act}` | {who} | `{target}` |"


# ---------------------------------------------------------------- commands
_COMMANDS = """\
# Every command
This page is written by `python docs/generate.py` from the program. `sipas COMMAND --help` says the same.

Before the command: `-C DIR` names the survey folder, `--lang vi|en` the language of messages, `--as NAME` the author of
what is written.

"""


def commands() -> str:
    """Every command with its arguments and options, as the program itself knows them."""
    return _COMMANDS + "\n".join(_command(path, command) for path, command in _leaves(get_command(app), "sipas"))


def _leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
    else:
        for name in sorted(inner):
            yield from _leaves(inner[name], f"{path} {name}")


def _command(path: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    usage = " ".join([path, *(_argument(p) for p in arguments)])
    said = " ".join((command.help or "").split())
    lines = [f"## {usage}", said, ""]
    if told := [f"| `{_argument(p)}` | {_cell(p.help)} |" for p in arguments if p.help]:
        lines += ["| argument | |", "|---|---|", *told, ""]
    if options:
        lines += ["| option | default | |", "|---|---|---|", *map(_option, options), ""]
    return "\n".join(lines)


def _argument(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    return f"{name}…" if parameter.nargs == -1 else name


def _option(parameter: Any) -> str:
    kind = parameter.type_descriptor.annotation
    choices = "|".join(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else "VALUE"
    value = "" if parameter.is_flag else f" {parameter.metavar or choices}"
    names = ", ".join(parameter.opts)
    default = parameter.default
    shown_default = "" if default in (None, False, True, (), []) or callable(default) else f"`{default}`"
    return f"| `{_cell(names + value)}` | {_cell(shown_default)} | {_cell(parameter.help)} |"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


# ---------------------------------------------------------------- problems
_PROBLEMS = """\
# Every problem
This page is written by `python docs/generate.py` from `sipas_survey/messages/problems/`. A problem has a kind that
programs can rely on, a place (file, sheet, row, column or form), what was found, and a sentence with the way out. Words
in braces are filled in. Errors end with the exit code beside them; warnings stop nothing.

| kind | | exit | English | Vietnamese |
|---|---|---|---|---|
"""


def problems() -> str:
    """The catalogue of problems."""
    rows = (
        f"| `{kind}` | {entry.severity} | {entry.exit_code or ''} | {_cell(entry.en)} | {_cell(entry.vi)} |"
        for kind, entry in sorted(catalogue().items())
    )
    return _PROBLEMS + "\n".join(rows) + "\n"


# ---------------------------------------------------------------- roles
_ROLES = """\
# Roles, acts and rights
This page is written by `python docs/generate.py` from the one table of `sipas_survey/access.py`, which pages, twins,
exports and PDFs all obey. Post offices see their own districts, post workers the forms on which they are named, and
everybody else the province. A row out of scope is answered as if it did not exist (404), an act outside a role is
refused (403).
Who holds the survey's folder and uses the command line may do everything; what he does is in the ledger under his name.

"""


def roles() -> str:
    """Who may do what to forms, and see or run what else."""
    acts = sorted({act for own in ACTS.values() for act in own})
    return (
        _ROLES
        + "## Acts on forms\n"
        + _crossed(acts, {role: ACTS[role] for role in Role})
        + "\n## What else somebody may see or run\n"
        + _crossed(list(Right), {role: RIGHTS[role] for role in Role})
    )


def _crossed(rows: Sequence[str], columns: Mapping[Role, Collection[str]]) -> str:
    def line(first: str, cells: Iterable[str]) -> str:
        return f"| {first} | {' | '.join(cells)} |"

    head = [line("", (f"`{role}`" for role in columns)), "|---|" + "---|" * len(columns)]
    cells = [line(f"`{row}`", ("×" if row in own else "" for own in columns.values())) for row in rows]
    return "\n".join([*head, *cells]) + "\n"


# ---------------------------------------------------------------- files
_FILES = """\
# Files that come in
This page is written by `python docs/generate.py` from the program. CSV (UTF-8, comma or semicolon), XLSX and, with the
extra `engines`, Parquet. Headings are matched without regard to accents, case and blanks; what is not known is left
aside and named. `--map THEIRS=OURS` names a column that has another heading. Days are ISO or day first. Every file is
bounded in size, unpacked size, rows, columns and length of texts; a fault is told with its sheet, row and column.

"""
_TABLES: Mapping[str, tuple[str, Mapping[str, Sequence[str]]]] = {
    "A frame": ("`sipas frame import`; `unit_id` and `commune_code` are required.", FRAME_ALIASES),
    "Names in place of codes": ("In a frame, where a name is clear.", FRAME_NAMES),
    "Events": ("`sipas forms import`; `form`, `act` and `happened_on` are required.", EVENT_ALIASES),
    "The clerk's sheet": ("`sipas forms import` of a list workbook that came back.", CLERK_ALIASES),
    "Post workers": ("`sipas lists --workers`.", WORKER_ALIASES),
    "A scoring sheet of PAR INDEX": ("`sipas par-index`.", SCORING_ALIASES),
}


def files() -> str:
    """Columns of every table that people hand in, with the headings that are understood."""
    parts = []
    for title, (about, aliases) in _TABLES.items():
        rows = [f"| `{column}` | {_cell(', '.join(written))} |" for column, written in aliases.items()]
        parts.append("\n".join([f"## {title}", about, "", "| column | also understood |", "|---|---|", *rows, ""]))
    return _FILES + "\n".join(parts)


PAGES: Mapping[str, Callable[[], str]] = {
    "states.md": states,
    "commands.md": commands,
    "problems.md": problems,
    "roles.md": roles,
    "files.md": files,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
