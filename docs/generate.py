"""Write the page of the life of a form from the table of moves: `python docs/generate.py`."""

from collections.abc import Iterator
from pathlib import Path

from sipas_survey.formats import shown
from sipas_survey.tracking.forms import FIELD_ACTS, MOVES, Act, State

PAGE = Path(__file__).parent / "states.md"
_TEXT = """\
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


def page() -> str:
    """The whole page."""
    return _TEXT.format(
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


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
