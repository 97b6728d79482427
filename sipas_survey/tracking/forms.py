"""The life of a form: states, acts, and one table of the moves that are allowed. No clock and no database here."""

import hashlib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from typing import NamedTuple


class State(StrEnum):
    """Where a form can stand."""

    PLANNED = "planned"
    PRINTED = "printed"
    OUT = "out"
    WITH_RESPONDENT = "with_respondent"
    NOT_MET = "not_met"
    RETURNED = "returned"
    VALID = "valid"
    INVALID = "invalid"
    REFUSED = "refused"
    NOT_MET_FINAL = "not_met_final"
    MOVED = "moved"
    INELIGIBLE = "ineligible"
    DECEASED = "deceased"
    LOST = "lost"
    VOID = "void"
    ANNULLED = "annulled"


class Act(StrEnum):
    """What can be done to a form, in the order in which acts of one day are taken (their rank)."""

    PRINT = "print"
    ISSUE = "issue"
    DELIVER = "deliver"
    NOT_MET = "not_met"
    RETURN = "return"
    REFUSE = "refuse"
    MOVED = "moved"
    INELIGIBLE = "ineligible"
    DECEASED = "deceased"
    LOSE = "lose"
    VOID = "void"
    ACCEPT = "accept"
    REJECT = "reject"
    ORDER_RECHECK = "order_recheck"
    RECHECK = "recheck"
    ANNUL = "annul"
    REQUEST_REPLACE = "request_replace"
    REJECT_REQUEST = "reject_request"
    REPLACE = "replace"
    REISSUE = "reissue"
    DECIDE = "decide"
    UNDO = "undo"


RANK: Mapping[Act, int] = {act: rank for rank, act in enumerate(Act)}

OUTCOMES = frozenset({Act.REFUSE, Act.NOT_MET, Act.MOVED, Act.INELIGIBLE, Act.DECEASED})
FIELD_ACTS = OUTCOMES | {Act.ISSUE, Act.DELIVER, Act.RETURN, Act.LOSE}
POINTING_ACTS = frozenset({Act.REPLACE, Act.REISSUE, Act.DECIDE, Act.UNDO})
RESERVED_ID = "entry:"  # ids of the ledger's own entries begin so; no source may use them

_FIELD_MOVES: Mapping[Act, State] = {
    Act.RETURN: State.RETURNED,
    Act.REFUSE: State.REFUSED,
    Act.NOT_MET: State.NOT_MET,
    Act.MOVED: State.MOVED,
    Act.INELIGIBLE: State.INELIGIBLE,
    Act.DECEASED: State.DECEASED,
    Act.LOSE: State.LOST,
    Act.VOID: State.VOID,
}


def _closed(state: State) -> Mapping[Act, State]:
    """A final outcome: the case may be replaced and re-checked, the outcome stays."""
    stays = (Act.REQUEST_REPLACE, Act.REJECT_REQUEST, Act.REPLACE, Act.ORDER_RECHECK, Act.RECHECK)
    return dict.fromkeys(stays, state)


MOVES: Mapping[State, Mapping[Act, State]] = {
    State.PLANNED: {Act.PRINT: State.PRINTED, Act.VOID: State.VOID},
    State.PRINTED: {Act.ISSUE: State.OUT, Act.VOID: State.VOID},
    State.OUT: {Act.DELIVER: State.WITH_RESPONDENT, **_FIELD_MOVES},
    State.WITH_RESPONDENT: _FIELD_MOVES,
    State.NOT_MET: {Act.DELIVER: State.WITH_RESPONDENT, **_FIELD_MOVES},
    State.RETURNED: {
        Act.ACCEPT: State.VALID,
        Act.REJECT: State.INVALID,
        Act.ORDER_RECHECK: State.RETURNED,
        Act.RECHECK: State.RETURNED,
        Act.ANNUL: State.ANNULLED,
        Act.LOSE: State.LOST,
    },
    State.VALID: {
        Act.REJECT: State.INVALID,
        Act.ORDER_RECHECK: State.VALID,
        Act.RECHECK: State.VALID,
        Act.ANNUL: State.ANNULLED,
    },
    State.INVALID: {
        Act.ACCEPT: State.VALID,
        Act.ORDER_RECHECK: State.INVALID,
        Act.RECHECK: State.INVALID,
        Act.ANNUL: State.ANNULLED,
    },
    State.REFUSED: _closed(State.REFUSED),
    State.NOT_MET_FINAL: _closed(State.NOT_MET_FINAL),
    State.MOVED: _closed(State.MOVED),
    State.INELIGIBLE: _closed(State.INELIGIBLE),
    State.DECEASED: _closed(State.DECEASED),
    State.LOST: {Act.REISSUE: State.LOST},
    State.VOID: {Act.REISSUE: State.VOID},
    State.ANNULLED: {
        Act.REQUEST_REPLACE: State.ANNULLED,
        Act.REJECT_REQUEST: State.ANNULLED,
        Act.REPLACE: State.ANNULLED,
    },
}

NOT_YET_OUT = frozenset({State.PLANNED, State.PRINTED})
OUTSIDE = frozenset({State.OUT, State.WITH_RESPONDENT, State.NOT_MET})
DEAD = frozenset({State.LOST, State.VOID})
RETURNED_STATES = frozenset({State.RETURNED, State.VALID, State.INVALID})
FINAL_OUTCOMES = frozenset({State.REFUSED, State.NOT_MET_FINAL, State.MOVED, State.INELIGIBLE, State.DECEASED})
WITHDRAWN_STATES = FINAL_OUTCOMES | {State.VOID}
REPLACEABLE = FINAL_OUTCOMES | {State.ANNULLED}
EXCLUSIVE = frozenset({Act.RETURN, Act.LOSE, *OUTCOMES})  # of these only one can be what happened in the end


class Event(NamedTuple):
    """A fact about a form. `seq` is its place in the ledger (0 while it is only proposed).

    A named tuple, because a ledger has millions of them.
    """

    event_id: str
    form: str
    act: Act
    happened_on: date
    worker: str = ""
    reason: str = ""
    refers_to: str = ""
    note_digest: str = ""
    author: str = ""
    seq: int = 0

    @property
    def content(self) -> tuple[str, ...]:
        """What makes two events with one id the same event."""
        day = self.happened_on.isoformat()
        return (self.form, self.act, day, self.worker, self.reason, self.note_digest, self.refers_to)

    @property
    def order(self) -> tuple[date, int, str]:
        """The key by which events are folded; never the order of arrival."""
        return (self.happened_on, RANK[self.act], self.event_id)


_iso = cache(date.isoformat)  # of few days there are many events


def automatic_id(form: str, act: Act, happened_on: date, *, worker: str = "", refers_to: str = "") -> str:
    """The id of an event whose source gave none: the same fact told twice gets the same id."""
    text = "|".join((form, act, _iso(happened_on), worker, refers_to))
    return "auto:" + hashlib.sha256(text.encode()).hexdigest()[:32]


class Standing(StrEnum):
    """What an event of a form amounts to in the fold."""

    EFFECTIVE = "effective"
    WAITING = "waiting"  # a field act whose predecessor has not arrived
    IMPOSSIBLE = "impossible"  # a field act dated before the act it follows
    CONTRADICTION = "contradiction"  # an outcome that excludes the outcome already there
    ALERT = "alert"  # a dead code that came back
    REDUNDANT = "redundant"  # a field act that says again what is so already, or follows what closed the form
    OVERRULED = "overruled"  # decided against
    UNDONE = "undone"
    SUSPENDED = "suspended"  # an office act whose ground a late fact has taken away


_NO_STANDING: Mapping[str, Standing] = {}


class FormState(NamedTuple):
    """Where a form stands after its events.

    Days are those of effective events; `withdrawn_on` is the day it was given back blank. `standing` says for each
    event id what it amounts to. `in_question` holds while contradicting outcomes await a decision.
    """

    state: State = State.PLANNED
    in_question: bool = False
    printed_on: date | None = None
    issued_on: date | None = None
    withdrawn_on: date | None = None
    returned_on: date | None = None
    checked_on: date | None = None
    lost_on: date | None = None
    worker: str = ""
    visits: int = 0
    reason: str = ""
    replaced_by: str = ""
    reissued_as: str = ""
    request_open: bool = False
    standing: Mapping[str, Standing] = _NO_STANDING

    @property
    def handed_out(self) -> bool:
        """Counted in `handed_out`: was issued and is not annulled."""
        return self.issued_on is not None and self.state is not State.ANNULLED

    @property
    def withdrawn(self) -> bool:
        """Handed out and given back blank."""
        return self.handed_out and not self.in_question and self.state in WITHDRAWN_STATES

    @property
    def returned(self) -> bool:
        """Counted in `returned`."""
        return self.handed_out and not self.in_question and self.state in RETURNED_STATES

    @property
    def lost(self) -> bool:
        """Counted in `lost`, for good: a re-issue is another form."""
        return self.handed_out and not self.in_question and self.state is State.LOST

    @property
    def outstanding(self) -> bool:
        """Handed out, and neither withdrawn, returned nor lost."""
        return self.handed_out and not (self.withdrawn or self.returned or self.lost)

    def allowed(self) -> frozenset[Act]:
        """The acts that the table of moves allows now (an open question allows `decide` only)."""
        if self.in_question:
            return frozenset({Act.DECIDE})
        closed = {Act.REPLACE, Act.REQUEST_REPLACE} if self.replaced_by else set()
        closed |= {Act.REISSUE} if self.reissued_as else set()
        closed |= {Act.REQUEST_REPLACE} if self.request_open else {Act.REJECT_REQUEST}
        return frozenset(MOVES[self.state].keys() - closed)
