"""The fold: a form's state from its events.

A form's state is never stored as a fact. It is the fold of the form's events over `forms.MOVES`, sorted by day, rank
of the act and event id, so that the order in which batches arrive does not matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sipas_survey.tracking.forms import (
    DEAD,
    EXCLUSIVE,
    FIELD_ACTS,
    MOVES,
    NOT_YET_OUT,
    OUTCOMES,
    RANK,
    RETURNED_STATES,
    WITHDRAWN_STATES,
    Act,
    Event,
    FormState,
    Standing,
    State,
)

_ENDS = EXCLUSIVE - {Act.NOT_MET}
_NEEDED = (Act.PRINT, Act.ISSUE)  # what every field act follows
_CHECKS = (Act.ACCEPT, Act.REJECT)
_LOOKING_BACK = (Act.UNDO, Act.DECIDE)
_VISITS = (Act.NOT_MET,)
_OF_REQUESTS = frozenset({Act.REQUEST_REPLACE, Act.REJECT_REQUEST, Act.REPLACE})
_WITHDRAWING = OUTCOMES | {Act.VOID}
_WITH_REASON = _WITHDRAWING | {Act.LOSE, Act.REJECT, Act.ANNUL, Act.ACCEPT}
_SETTLED_BY: Mapping[State, Act] = {
    State.RETURNED: Act.RETURN,
    State.VALID: Act.RETURN,
    State.INVALID: Act.RETURN,
    State.REFUSED: Act.REFUSE,
    State.NOT_MET_FINAL: Act.NOT_MET,
    State.MOVED: Act.MOVED,
    State.INELIGIBLE: Act.INELIGIBLE,
    State.DECEASED: Act.DECEASED,
}


def undone_ids(events: Iterable[Event]) -> frozenset[str]:
    """Ids of events taken back; an undo that is itself undone takes nothing back."""
    gone: set[str] = set()
    for undo in sorted((e for e in events if e.act is Act.UNDO), key=lambda e: -(e.seq or 1 << 62)):
        if undo.event_id not in gone:
            gone.add(undo.refers_to)
    return frozenset(gone)


def released_forms(events: Iterable[Event]) -> frozenset[str]:
    """Codes of the reserves that a replacement, not undone, has released."""
    return _pointed_at(events, Act.REPLACE)


def reissued_forms(events: Iterable[Event]) -> frozenset[str]:
    """Codes that a re-issue, not undone, has given."""
    return _pointed_at(events, Act.REISSUE)


def _pointed_at(events: Iterable[Event], act: Act) -> frozenset[str]:
    events = [e for e in events if e.act in (act, Act.UNDO)]
    gone = undone_ids(events)
    return frozenset(e.refers_to for e in events if e.act is act and e.event_id not in gone)


def fold(events: Iterable[Event], *, visits: int = 3) -> FormState:
    """The state of one form from its events, whatever their order of arrival.

    Parameters
    ----------
    events : the form's stored events, in any order.
    visits : the number of fruitless visits that makes `not_met` final.
    """
    return lived(events, visits=visits).form_state()


def fold_all(events: Iterable[Event], *, visits: int = 3) -> dict[str, FormState]:
    """The state of each form that has events; what single events amount to (`standing`) is not told.

    A round has many forms and far fewer lives: forms handed to one worker on one day come back on the same few days.
    Each life is folded once.
    """
    by_form: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_form[event.form].append(event)
    known: dict[tuple[object, ...], FormState] = {}
    states = {}
    for form, told in by_form.items():
        life = _told_alike(told)
        state = known.get(life) if life else None
        if state is None:
            state = fold(told, visits=visits)._replace(standing={})
            if life:
                known[life] = state
        states[form] = state
    return states


def _told_alike(events: Sequence[Event]) -> tuple[object, ...]:
    """What a state follows from, where ids play no part in it: nothing points, no act is told twice of a day."""
    told = tuple(event[2:7] for event in events)
    if any(one[-1] for one in told) or len({one[:2] for one in told}) < len(told):
        return ()
    return told


def lived(events: Iterable[Event], *, visits: int = 3) -> "Life":
    """The life of one form so far; unlike its state, it can go on (`Life.follows`)."""
    events = sorted(events, key=lambda e: e.order)
    if not events:
        return Life(visits)
    looks_back = any(event.act in _LOOKING_BACK for event in events)
    gone = undone_ids(events) if looks_back else frozenset()
    decision = _last_decision(events, gone) if looks_back else None
    overruled = _overruled(events, decision) if decision else frozenset()
    life = Life(visits, chosen=decision.refers_to if decision else "")
    for event in events:
        if event.event_id in gone:
            life.pass_over(event, Standing.UNDONE)
        elif event.event_id in overruled:
            life.pass_over(event, Standing.OVERRULED)
        else:
            life.take(event)
    return life


def _last_decision(events: Sequence[Event], gone: frozenset[str]) -> Event | None:
    """The decision that stands: whoever decides knows every earlier decision, and may reverse it."""
    decisions = (e for e in events if e.act is Act.DECIDE and e.event_id not in gone)
    return max(decisions, key=lambda e: e.seq or 1 << 62, default=None)


def _overruled(events: Sequence[Event], decision: Event) -> frozenset[str]:
    """Outcomes that a person decided against: those known when he decided, other than the one he named."""
    chosen = next((e for e in events if e.event_id == decision.refers_to), None)
    return frozenset(
        other.event_id
        for other in events
        if other.act in EXCLUSIVE
        and other is not chosen
        and (decision.seq == 0 or 0 < other.seq < decision.seq)
        and not (chosen and _is_earlier_visit(other, chosen))
    )


def _is_earlier_visit(event: Event, chosen: Event) -> bool:
    """Earlier fruitless visits do not exclude the outcome that was chosen: they stay."""
    return event.act is Act.NOT_MET and event.reason != "final" and event.order < chosen.order


class Life:
    """One pass over a form's events in their order: what each amounts to, and where they lead."""

    __slots__ = (
        "checked_on", "chosen", "days", "early", "in_question", "last", "max_visits", "needed", "reason", "reissued_as",
        "replaced_by", "request_open", "settled_on", "standing", "state", "visits", "worker",
    )  # fmt: skip

    def __init__(self, visits: int, *, chosen: str = "") -> None:
        self.state = State.PLANNED
        self.max_visits = visits
        self.chosen = chosen
        self.visits = 0
        self.in_question = False
        self.request_open = False
        self.worker = self.reason = ""
        self.days: dict[Act, date] = {}
        self.settled_on: date | None = None
        self.checked_on: date | None = None
        self.replaced_by = self.reissued_as = ""
        self.standing: dict[str, Standing] = {}
        self.early: list[Event] = []
        self.needed: dict[Act, Event] = {}  # the last print and issue: what other acts must follow
        self.last: Event | None = None

    def follows(self, act: Act, day: date) -> bool:
        """Whether an act comes after all others, tells another fact than the last one, and moves the form as it stands.

        Such an act changes nothing of what the others amount to. Only acts that concern the form alone are asked about.
        """
        last = self.last
        if last is not None:
            if day == last.happened_on:
                if RANK[act] <= RANK[last.act]:
                    return False
            elif day < last.happened_on:
                return False
        return act in MOVES[self.state] and (not self.in_question or act in FIELD_ACTS)

    def go_on(self, event: Event) -> None:
        """Apply an event that `follows`."""
        self.last = event
        self._move(event)
        self.standing[event.event_id] = Standing.EFFECTIVE
        if event.act in _NEEDED:
            self.needed[event.act] = event

    def pass_over(self, event: Event, standing: Standing) -> None:
        """Keep an event that counts for nothing."""
        self.last = event
        self.standing[event.event_id] = standing

    def take(self, event: Event) -> None:
        """Apply one event if the table allows it here, else say what it amounts to."""
        self.last = event
        if event.event_id == self.chosen and self.state is State.NOT_MET_FINAL and event.act in _ENDS:
            self.state = State.NOT_MET  # the visits did not end it: a person decided that this did
        if event.act in (Act.DECIDE, Act.UNDO):
            self.standing[event.event_id] = Standing.EFFECTIVE
        elif event.act in MOVES[self.state] and self._open_for(event.act):
            self._move(event)
            self.standing[event.event_id] = Standing.EFFECTIVE
        else:
            self.standing[event.event_id] = self._amounts_to(event)
            self.in_question |= self.standing[event.event_id] is Standing.CONTRADICTION
        if event.act in _NEEDED:
            self.needed[event.act] = event
        elif event.act is Act.REPLACE:  # read back from the event, even where a late fact has suspended it:
            self.replaced_by = event.refers_to  # the reserve is in the field
        elif event.act is Act.REISSUE:
            self.reissued_as = event.refers_to

    def _open_for(self, act: Act) -> bool:
        if self.in_question and act not in FIELD_ACTS:
            return False
        if act is Act.REQUEST_REPLACE:
            return not self.request_open and not self.replaced_by
        if act is Act.REJECT_REQUEST:
            return self.request_open
        if act is Act.REPLACE:
            return not self.replaced_by
        return act is not Act.REISSUE or not self.reissued_as

    def _move(self, event: Event) -> None:
        act, day = event.act, event.happened_on
        self.state = MOVES[self.state][act]
        if act in _VISITS:
            self.visits += 1
            if event.reason == "final" or self.visits >= self.max_visits:
                self.state = State.NOT_MET_FINAL
        elif act in _OF_REQUESTS:
            self.request_open = act is Act.REQUEST_REPLACE
        if act in FIELD_ACTS:
            self.worker = event.worker or self.worker
        if act in _WITH_REASON:
            self.reason = event.reason
            if act in _WITHDRAWING and self.state in WITHDRAWN_STATES:
                self.settled_on = day
        if act in _CHECKS:
            self.checked_on = day
        elif act not in self.days:
            self.days[act] = day

    def _amounts_to(self, event: Event) -> Standing:
        if event.act not in FIELD_ACTS:
            return Standing.SUSPENDED
        if self.state in NOT_YET_OUT:
            self.early.append(event)
            return Standing.WAITING  # `form_state` calls it IMPOSSIBLE where what it needs came later
        if self.state is State.WITH_RESPONDENT and event.act is Act.DELIVER:
            return Standing.WAITING  # a second delivery follows a fruitless visit, which may still arrive
        if self.state in DEAD:
            return Standing.ALERT if event.act is Act.RETURN else Standing.REDUNDANT
        settled = _SETTLED_BY.get(self.state)
        if event.act in EXCLUSIVE and settled is not None and event.act is not settled:
            visit_only = event.act is Act.NOT_MET and event.reason != "final"
            return Standing.REDUNDANT if visit_only else Standing.CONTRADICTION
        return Standing.REDUNDANT

    def form_state(self) -> FormState:
        """Where the form stands after the events so far."""
        days, standing = self.days, dict(self.standing)
        for event in self.early:
            if self._too_early(event):
                standing[event.event_id] = Standing.IMPOSSIBLE
        return FormState(
            state=self.state,
            in_question=self.in_question,
            printed_on=days.get(Act.PRINT),
            issued_on=days.get(Act.ISSUE),
            withdrawn_on=self.settled_on if self.state in WITHDRAWN_STATES else None,
            returned_on=days.get(Act.RETURN) if self.state in RETURNED_STATES else None,
            checked_on=self.checked_on,
            lost_on=days.get(Act.LOSE) if self.state is State.LOST else None,
            worker=self.worker,
            visits=self.visits,
            reason=self.reason,
            replaced_by=self.replaced_by,
            reissued_as=self.reissued_as,
            request_open=self.request_open,
            standing=standing,
        )

    def _too_early(self, event: Event) -> bool:
        """Whether an act that this one must follow is stored with a later place."""
        needs = (Act.PRINT,) if event.act is Act.ISSUE else _NEEDED
        return any(act in self.needed and self.needed[act].order > event.order for act in needs)
