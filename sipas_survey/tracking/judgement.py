"""Why an event cannot be taken in: each refusal as a problem that says which rule, and the way out."""

from sipas_survey.cases import is_form_code
from sipas_survey.problems import Place, Problem, problem
from sipas_survey.tracking.fold import undone_ids
from sipas_survey.tracking.forms import (
    EXCLUSIVE,
    FIELD_ACTS,
    NOT_YET_OUT,
    REPLACEABLE,
    RESERVED_ID,
    Act,
    Event,
    FormState,
    Standing,
)
from sipas_survey.tracking.register import Register

SAID_OF = {
    Standing.WAITING: "EVENT_WAITING",
    Standing.CONTRADICTION: "EVENT_CONTRADICTION",
    Standing.ALERT: "EVENT_DEAD_CODE_BACK",
}
"""Standings under which a field act is kept, with a warning."""

ASSIGNED = frozenset({Act.REPLACE, Act.REISSUE})
"""Acts that point at what the register gives, where a source leaves it open."""


def unreadable(register: Register, event: Event, place: Place) -> Problem | None:
    """What is wrong with an event whatever its form has lived through: its code, its id, its day."""
    if event.form not in register.cards:
        kind = "FORM_UNKNOWN" if is_form_code(event.form) else "FORM_CODE_WRONG"
        return problem(kind, place, found=event.form)
    if event.event_id.startswith(RESERVED_ID):
        return problem("EVENT_ID_RESERVED", place, found=event.event_id, prefix=RESERVED_ID)
    today = register.rules.today
    if event.happened_on > today:
        found = event.happened_on.isoformat()
        return problem("EVENT_IN_FUTURE", place, found=found, day=event.happened_on, today=today)
    return None


def held_back(register: Register, event: Event, place: Place) -> Problem | None:
    """Why nothing may be recorded on a form: its code is not in use, or its reserve is not released."""
    maker = register.made_by.get(event.form)
    if maker and maker.event_id in register.undone(maker.form):
        return problem("FORM_REISSUE_UNDONE", place, found=event.form, old=maker.form)
    held = event.act in FIELD_ACTS and register.held(event.form)
    return problem("FORM_HELD", place, found=event.form) if held else None


def pointed_wrong(register: Register, event: Event, place: Place) -> Problem | None:
    """What is wrong with what an event points at; empty where the register is to say."""
    if event.act is Act.REPLACE:
        following = register.next_reserve(register.cards[event.form].stratum)
        if following is None:
            return problem("RESERVE_EXHAUSTED", place, stratum=register.cards[event.form].stratum)
        if event.refers_to and event.refers_to != following:
            return problem("REPLACE_OUT_OF_ORDER", place, found=event.refers_to, next=following)
    elif event.act is Act.REISSUE:
        code = register.next_code()
        if event.refers_to and event.refers_to != code:
            return problem("REISSUE_CODE_WRONG", place, found=event.refers_to, next=code)
    elif event.act in (Act.DECIDE, Act.UNDO):
        target = register.by_id.get(event.refers_to)
        if target is None or target.form != event.form:
            return problem("EVENT_REFERENCE_UNKNOWN", place, found=event.refers_to)
    return None


def refusal(register: Register, event: Event, after: FormState, place: Place) -> Problem | None:
    """Why an event cannot follow what its form has lived through; `after` is where it would lead."""
    before, standing = register.state(event.form), after.standing[event.event_id]
    if standing is Standing.IMPOSSIBLE:
        return problem("EVENT_TOO_EARLY", place, act=event.act, day=event.happened_on)
    if event.act is Act.UNDO:
        return _refused_undo(register, event, after, place)
    if event.act is Act.DECIDE:
        return _refused_decision(register, event, after, place)
    if event.act in FIELD_ACTS:
        return None if standing in (Standing.EFFECTIVE, *SAID_OF) else not_allowed(event, before, place)
    rests = {i for i, s in before.standing.items() if s is Standing.EFFECTIVE}
    unseated = any(after.standing[i] is not Standing.EFFECTIVE for i in rests)
    if standing is not Standing.EFFECTIVE or unseated:
        return not_allowed(event, before, place)
    return _unapproved(register, event, place) if event.act is Act.REPLACE else None


def not_allowed(event: Event, before: FormState, place: Place) -> Problem:
    """That the table of moves does not have an act here, said as helpfully as the act allows."""
    if event.act is Act.REPLACE and before.replaced_by:
        return problem("FORM_ALREADY_REPLACED", place, found=before.replaced_by)
    if event.act is Act.REISSUE and before.reissued_as:
        return problem("FORM_ALREADY_REISSUED", place, found=before.reissued_as)
    if event.act in (Act.REPLACE, Act.REQUEST_REPLACE) and before.state not in REPLACEABLE:
        return problem("REPLACE_BEFORE_OUTCOME", place, state=before.state)
    if event.act in before.allowed():  # legal where the form stands now, not on that day
        return problem("EVENT_TOO_EARLY", place, act=event.act, day=event.happened_on)
    allowed = sorted(before.allowed() | (FIELD_ACTS if before.state in NOT_YET_OUT else frozenset()))
    return problem("EVENT_NOT_ALLOWED", place, act=event.act, state=before.state, allowed=allowed)


def _refused_decision(register: Register, event: Event, after: FormState, place: Place) -> Problem | None:
    """A decision names the outcome that holds, and settles the question."""
    before = register.state(event.form)
    if not before.in_question:
        return not_allowed(event, before, place)
    chosen = register.by_id[event.refers_to]
    settles = chosen.act in EXCLUSIVE and after.standing[chosen.event_id] is Standing.EFFECTIVE
    if settles and not after.in_question:
        return None
    outcomes = [
        e.event_id
        for e in register.events_of(event.form)
        if e.act in EXCLUSIVE and before.standing[e.event_id] is not Standing.UNDONE
    ]
    return problem("DECIDE_NOT_AN_OUTCOME", place, found=event.refers_to, events=outcomes)


def _unapproved(register: Register, event: Event, place: Place) -> Problem | None:
    """Whoever requested a replacement never approves it."""
    before = register.state(event.form)
    if not before.request_open:
        return problem("REQUEST_MISSING", place) if register.rules.approval else None
    effective = [
        e
        for e in register.events_of(event.form)
        if e.act is Act.REQUEST_REPLACE and before.standing[e.event_id] is Standing.EFFECTIVE
    ]
    requested = max(effective, key=lambda e: e.order)
    same = requested.author == event.author
    return problem("APPROVED_BY_REQUESTER", place, found=event.author) if same else None


def _refused_undo(register: Register, event: Event, after: FormState, place: Place) -> Problem | None:
    """An undo is refused where a later event rests on what it takes back, or on its being taken back."""
    before, target = register.state(event.form), register.by_id[event.refers_to]
    if before.standing[target.event_id] is Standing.UNDONE:
        return problem("EVENT_ALREADY_UNDONE", place, found=target.event_id)
    known = register.events_of(event.form)
    gone_before, gone_after = undone_ids(known), undone_ids([*known, event])
    resting = [
        i
        for i, s in before.standing.items()
        if s is Standing.EFFECTIVE and i not in gone_after and after.standing[i] is not Standing.EFFECTIVE
    ]
    for other in known:
        if other.event_id in gone_after - gone_before:
            resting += _resting_on(register, other, gone_after)
        elif other.act is Act.REPLACE and other.event_id in gone_before - gone_after:
            resting += [e.event_id for e in register.live_releases() if e.refers_to == other.refers_to]
    return problem("UNDO_RESTED_ON", place, found=target.event_id, events=resting) if resting else None


def _resting_on(register: Register, event: Event, gone: frozenset[str]) -> list[str]:
    """Live events that stand only because `event` does: decisions for it, and the life of the code it gave."""
    decisions = [e for e in register.events_of(event.form) if e.act is Act.DECIDE and e.refers_to == event.event_id]
    resting = [e.event_id for e in decisions if e.event_id not in gone]
    if event.act in ASSIGNED:
        theirs = register.events_of(event.refers_to)
        dead = undone_ids(theirs)
        needs_none = {Act.UNDO, Act.PRINT} if event.act is Act.REPLACE else {Act.UNDO}  # reserves are printed early
        resting += [e.event_id for e in theirs if e.act not in needs_none and e.event_id not in dead]
    return resting
