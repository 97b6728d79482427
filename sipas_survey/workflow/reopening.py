"""Doing it again: a frame, a design or a draw is set aside openly, with a reason, before any form has gone out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from sipas_survey.cases import FIRST_NUMBER
from sipas_survey.formats import normal
from sipas_survey.problems import stop
from sipas_survey.storage import casebook, frames, ledger
from sipas_survey.storage.store import Transaction


class Reopened(StrEnum):
    """What is done again. Each sets the draw aside; a frame done again is emptied first."""

    FRAME = "frame"
    DESIGN = "design"
    DRAW = "draw"


@dataclass(frozen=True)
class Reopening:
    """An entry of the ledger: what was done again, when, why, and which draw it set aside (empty where none stood)."""

    what: Reopened
    at: datetime
    reason: str
    seed: str
    list_digest: str


def reopen(transaction: Transaction, what: Reopened, *, reason: str) -> None:
    """Set the standing draw aside, and with FRAME the frame itself; the reason goes into the ledger.

    Nothing is written where there is nothing to do again: a frame that is empty, a design before the first draw.
    Raises SurveyError AGAIN_REASON_EMPTY, and AGAIN_TOO_LATE once anything is recorded of a form.
    """
    connection, reason = transaction.connection, normal(reason)
    if not reason:
        raise stop("AGAIN_REASON_EMPTY")
    if casebook.field_begun(connection):
        raise stop("AGAIN_TOO_LATE")
    draw, frozen = (ledger.standing(connection, act) or {} for act in ("draw", "freeze_frame"))
    casebook.remove_draw(connection)
    if what is Reopened.FRAME:
        begun = frames.clear(connection) > 0
    else:
        begun = ledger.last_details(connection, "draw") is not None
    if begun:
        before = {name: draw.get(name, "") for name in ("seed", "list_digest")}
        transaction.note(f"reopen_{what}", reason=reason, frame_digest=frozen.get("frame_digest", ""), **before)


def reopenings(connection: Connection) -> tuple[Reopening, ...]:
    """Everything that was done again, in order."""
    rows = [row for what in Reopened for row in ledger.entries(connection, act=f"reopen_{what}")]
    return tuple(_reopening(row) for row in sorted(rows, key=lambda row: int(row["seq"])))


def _reopening(row: Any) -> Reopening:
    details = ledger.details_of(row)
    what = Reopened(row["act"].removeprefix("reopen_"))
    at = datetime.fromisoformat(row["recorded_at"])
    return Reopening(what, at, details["reason"], details["seed"], details["list_digest"])


def next_number(connection: Connection) -> int:
    """The running number of the next draw's first form: after the highest that any draw has given."""
    draws = [ledger.details_of(row) for row in ledger.entries(connection, act="draw")]
    ends = [d.get("first_number", FIRST_NUMBER) + d["main"] + d["reserve"] for d in draws]
    return max(ends, default=FIRST_NUMBER)
