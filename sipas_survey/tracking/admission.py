"""What happens to an event when it arrives: new, known, a clash, or refused with a reason.

Nothing is written here; the workflow writes `register.admitted` in one transaction, or nothing at all.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from sipas_survey.cases import ListKind
from sipas_survey.problems import NOWHERE, Place, Problem, problem
from sipas_survey.tracking import judgement
from sipas_survey.tracking.fold import lived
from sipas_survey.tracking.forms import (
    FIELD_ACTS,
    POINTING_ACTS,
    REPLACEABLE,
    RESERVED_ID,
    Act,
    Event,
    Standing,
    automatic_id,
)
from sipas_survey.tracking.judgement import ASSIGNED, SAID_OF
from sipas_survey.tracking.register import Register


class Arrival(StrEnum):
    """What became of an event."""

    NEW = "new"
    KNOWN = "known"
    CLASH = "clash"
    REFUSED = "refused"


class Admission(NamedTuple):
    """What became of one offered event, and what there is to say about it."""

    arrival: Arrival
    event: Event
    problems: tuple[Problem, ...] = ()


THE_RULE = "rule"  # the author of a replacement that needs no person's approval
_ADVANCE = 10_000
_NEW, _REFUSED, _RESERVE = Arrival.NEW, Arrival.REFUSED, ListKind.RESERVE  # looked up a million times
_PLAIN = frozenset(Act) - POINTING_ACTS - {Act.REQUEST_REPLACE, Act.REJECT_REQUEST}


def offer_all(
    register: Register, batch: Sequence[tuple[Event, Place]], *, advance: Callable[[int], None] = lambda _: None
) -> list[Admission]:
    """Judge a batch and take in what can be; the order of its rows does not matter.

    An act may rest on another row of the same batch (a form of the reserve that a later row releases), so what is
    refused is tried again as long as something else was admitted in between. `advance` is called with the number of
    rows judged since the last call.
    """
    results: list[Admission | None] = [None] * len(batch)
    orders = [event.order for event, _ in batch]
    pending = sorted(range(len(batch)), key=orders.__getitem__)
    while pending:
        refused = []
        for count, i in enumerate(pending, start=1):
            event, place = batch[i]
            results[i] = admission = offer(register, event, place=place)
            if admission[0] is _REFUSED:
                refused.append(i)
            if count % _ADVANCE == 0:
                advance(_ADVANCE)
        if len(refused) == len(pending):
            break
        pending = refused
    return [_as_it_stands(register, result) if result.problems else result for result in results if result]


def _as_it_stands(register: Register, admission: Admission) -> Admission:
    """What waited for a later row of its own batch waits no more: it is not warned of, unless it can never count."""
    if admission.arrival is not Arrival.NEW:
        return admission
    event = admission.event
    standing = register.state(event.form).standing[event.event_id]
    if standing is Standing.IMPOSSIBLE:
        place = admission.problems[0].place
        return admission._replace(problems=(problem("EVENT_IMPOSSIBLE", place, act=event.act, day=event.happened_on),))
    return admission if standing in SAID_OF else admission._replace(problems=())


def approve_open(register: Register, admissions: Iterable[Admission]) -> list[Admission]:
    """Where no approval is wanted, replace what an admitted request has asked for, in the rule's own name."""
    if register.rules.approval:
        return []
    requests = [a.event for a in admissions if a.event.act is Act.REQUEST_REPLACE and a.arrival is Arrival.NEW]
    return [
        offer(register, Event("", asked.form, Act.REPLACE, asked.happened_on, reason=asked.reason, author=THE_RULE))
        for asked in sorted(requests, key=lambda e: e.order)
        if register.state(asked.form).request_open
    ]


def offer(register: Register, event: Event, *, place: Place = NOWHERE) -> Admission:
    """Judge one event and, when it is new, take it into the register."""
    usual = _plainly_new(register, event)
    if usual is not None:
        return usual
    place = replace(place, form=event.form)
    wrong = judgement.unreadable(register, event, place)
    if wrong:
        return Admission(Arrival.REFUSED, event, (wrong,))
    told_before = _told_before(register, event, place)
    if told_before:
        return told_before
    event, refusal = _pointed(register, event, place)
    refusal = refusal or judgement.held_back(register, event, place)
    if refusal:
        return Admission(Arrival.REFUSED, event, (refusal,))
    if event.event_id in register.by_id:  # an automatic id that a source has used for something else
        return _clash(event, register.by_id[event.event_id], place)
    return _judged(register, event, place)


def _plainly_new(register: Register, event: Event) -> Admission | None:
    """The usual case without the long way: a fact of its own that goes on where its form's life has come to.

    None where any rule needs a closer look; the long way would come to the same (a test holds it).
    """
    event_id, form, act, day, worker, _, refers_to, *_ = event
    card = register.cards.get(form)
    if card is None or act not in _PLAIN or day > register.rules.today or form in register.made_by:
        return None
    life = register.life(form)
    if not life.follows(act, day) or (card.kind is _RESERVE and act in FIELD_ACTS and register.held(form)):
        return None
    given = event_id or automatic_id(form, act, day, worker=worker, refers_to=refers_to)
    if given in register.by_id or event_id.startswith(RESERVED_ID):
        return None
    return Admission(_NEW, register.go_on(life, event, event_id=given))


def _told_before(register: Register, event: Event, place: Place) -> Admission | None:
    """The same event, the same id with other content, or the same fact under another id."""
    stored = register.by_id.get(event.event_id) if event.event_id else None
    if stored:
        leaves_it_open = event.act in ASSIGNED and not event.refers_to
        told = event._replace(refers_to=stored.refers_to) if leaves_it_open else event
        if stored.content != told.content:
            return _clash(event, stored, place)
    stored = stored or _same_fact(register, event)
    if stored is None:
        return None
    undone = stored.event_id in register.undone(stored.form)
    warned = (problem("EVENT_WAS_UNDONE", place, found=stored.event_id),) if undone else ()
    return Admission(Arrival.KNOWN, stored, warned)


def _clash(event: Event, stored: Event, place: Place) -> Admission:
    found = problem("EVENT_ID_CLASH", place, found=event.event_id, act=stored.act, day=stored.happened_on)
    return Admission(Arrival.CLASH, event, (found,))


def _same_fact(register: Register, event: Event) -> Event | None:
    """The same act on the same form and day; acts that point are the same where they point at the same."""
    any_target = event.act not in POINTING_ACTS or (event.act in ASSIGNED and not event.refers_to)
    for other in register.events_of(event.form):
        same = other.act is event.act and other.happened_on == event.happened_on
        if same and (any_target or other.refers_to == event.refers_to):
            return other
    return None


def _pointed(register: Register, event: Event, place: Place) -> tuple[Event, Problem | None]:
    """Fill in what an event points at where it left it open, and its id; say what is wrong with its pointing."""
    if event.act is Act.REPLACE:
        before = register.state(event.form)
        if before.replaced_by or before.state not in REPLACEABLE:
            return event, judgement.not_allowed(event, before, place)
    refusal = judgement.pointed_wrong(register, event, place)
    if not event.refers_to and event.act in ASSIGNED:
        replaces = event.act is Act.REPLACE
        given = register.next_reserve(register.cards[event.form].stratum) if replaces else register.next_code()
        event = event._replace(refers_to=given or "")
    return event if event.event_id else _with_id(event), refusal


def _with_id(event: Event) -> Event:
    given = automatic_id(event.form, event.act, event.happened_on, worker=event.worker, refers_to=event.refers_to)
    return Event(given, *event[1:])


def _judged(register: Register, event: Event, place: Place) -> Admission:
    after = lived([*register.events_of(event.form), event], visits=register.rules.visits).form_state()
    refusal = judgement.refusal(register, event, after, place)
    if refusal:
        return Admission(Arrival.REFUSED, event, (refusal,))
    said = SAID_OF.get(after.standing[event.event_id])
    warned = (problem(said, place, act=event.act, day=event.happened_on),) if said else ()
    return Admission(Arrival.NEW, register.admit(event), warned)
