"""What happens to an event when it arrives: new, known, a clash, or refused with a reason.

A `Register` is the working copy of one import: what the ledger holds, plus what this batch has added so far. Nothing
is written here; the workflow writes `register.admitted` in one transaction, or nothing at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from sipas_survey.cases import ListKind, form_code, is_form_code
from sipas_survey.problems import NOWHERE, Place, Problem, problem
from sipas_survey.tracking.fold import fold, released_forms, undone_ids
from sipas_survey.tracking.forms import (
    EXCLUSIVE,
    FIELD_ACTS,
    NOT_YET_OUT,
    POINTING_ACTS,
    REPLACEABLE,
    RESERVED_ID,
    Act,
    Event,
    FormState,
    Standing,
    automatic_id,
)


class Arrival(StrEnum):
    """What became of an event."""

    NEW = "new"
    KNOWN = "known"
    CLASH = "clash"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of one offered event, and what there is to say about it."""

    arrival: Arrival
    event: Event
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class FormCard:
    """What the register knows about a form code besides its events."""

    form: str
    unit_id: str
    kind: ListKind
    stratum: str
    turn: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that judge events: the day of today, the round, visits that make `not_met` final.

    With `approval`, a replacement needs an open request, and a second person. Without, the rule itself approves.
    """

    today: date
    round_code: int
    visits: int = 3
    approval: bool = False


THE_RULE = "rule"  # the author of a replacement that needs no person's approval

_ASSIGNED = frozenset({Act.REPLACE, Act.REISSUE})  # what they point at is given by the register, where left empty
_SAID_OF: Mapping[Standing, str] = {
    Standing.WAITING: "EVENT_WAITING",
    Standing.CONTRADICTION: "EVENT_CONTRADICTION",
    Standing.ALERT: "EVENT_DEAD_CODE_BACK",
}


class Register:
    """The forms and events of a survey while a batch of events is judged against them."""

    def __init__(self, cards: Iterable[FormCard], events: Iterable[Event], *, rules: Rules) -> None:
        self.rules = rules
        self.cards = {card.form: card for card in cards}
        self.admitted: list[Event] = []
        self.reissued: list[FormCard] = []
        self._events: dict[str, list[Event]] = defaultdict(list)
        self._by_id: dict[str, Event] = {}
        self._states: dict[str, FormState] = {}
        self._made_by: dict[str, Event] = {}
        self._reserves: dict[str, list[str]] = defaultdict(list)
        self._highest = max((int(form[2:8]) for form in self.cards), default=0)
        self._next_seq = 1
        first_of_unit: dict[str, str] = {}
        for card in sorted(self.cards.values(), key=lambda c: (c.stratum, c.turn, c.form)):
            if card.kind is ListKind.RESERVE and card.unit_id not in first_of_unit:
                self._reserves[card.stratum].append(card.form)
            first_of_unit.setdefault(card.unit_id, card.form)
        self._first = first_of_unit
        self._releases: list[Event] = []
        for event in events:
            self._keep(event)
        self._released = released_forms(self._releases)

    # ------------------------------------------------------------ reading
    def events_of(self, form: str) -> Sequence[Event]:
        """The events of a form, admitted ones included."""
        return tuple(self._events[form])

    def state(self, form: str) -> FormState:
        """Where a form stands with everything admitted so far."""
        if form not in self._states:
            self._states[form] = fold(self._events[form], visits=self.rules.visits)
        return self._states[form]

    def held(self, form: str) -> bool:
        """Whether a form is of a reserve that no replacement has released."""
        card = self.cards[form]
        return card.kind is ListKind.RESERVE and self._first[card.unit_id] not in self._released

    def next_reserve(self, stratum: str) -> str | None:
        """The reserve that must be released next in a stratum: strictly in drawn order."""
        return next((form for form in self._reserves[stratum] if form not in self._released), None)

    # ------------------------------------------------------------ judging
    def offer_all(self, batch: Sequence[tuple[Event, Place]]) -> list[Admission]:
        """Judge a batch; the order of its rows does not matter.

        An act may rest on another row of the same batch (a form of the reserve that a later row releases), so what is
        refused is tried again as long as something else was admitted in between.
        """
        results: dict[int, Admission] = {}
        pending = sorted(range(len(batch)), key=lambda i: (batch[i][0].order, i))
        while pending:
            refused = []
            for i in pending:
                results[i] = self.offer(batch[i][0], place=batch[i][1])
                if results[i].arrival is Arrival.REFUSED:
                    refused.append(i)
            if len(refused) == len(pending):
                break
            pending = refused
        return [self._as_it_stands(results[i]) for i in range(len(batch))]

    def _as_it_stands(self, admission: Admission) -> Admission:
        """What waited for a later row of its own batch waits no more, and is not warned of."""
        if admission.arrival is not Arrival.NEW or not admission.problems:
            return admission
        standing = self.state(admission.event.form).standing[admission.event.event_id]
        return admission if standing in _SAID_OF else replace(admission, problems=())

    def approve_open(self, admissions: Iterable[Admission]) -> list[Admission]:
        """Where no approval is wanted, replace what an admitted request has asked for, in the rule's own name."""
        if self.rules.approval:
            return []
        requests = [
            a.event for a in admissions if a.arrival is Arrival.NEW and a.event.act is Act.REQUEST_REPLACE
        ]  # fmt: skip
        return [
            self.offer(Event("", asked.form, Act.REPLACE, asked.happened_on, reason=asked.reason, author=THE_RULE))
            for asked in sorted(requests, key=lambda e: e.order)
            if self.state(asked.form).request_open
        ]

    def offer(self, event: Event, *, place: Place = NOWHERE) -> Admission:
        """Judge one event and, when it is new, take it into the register."""
        place = replace(place, form=event.form)
        unreadable = self._unreadable(event, place)
        if unreadable:
            return Admission(Arrival.REFUSED, event, (unreadable,))
        told_before = self._told_before(event, place)
        if told_before:
            return told_before
        event, refusal = self._pointed(event, place)
        refusal = refusal or self._held(event, place)
        if refusal:
            return Admission(Arrival.REFUSED, event, (refusal,))
        if event.event_id in self._by_id:  # an automatic id that a source has used for something else
            return self._clash(event, self._by_id[event.event_id], place)
        return self._judge(event, place)

    def _unreadable(self, event: Event, place: Place) -> Problem | None:
        if event.form not in self.cards:
            kind = "FORM_UNKNOWN" if is_form_code(event.form) else "FORM_CODE_WRONG"
            return problem(kind, place, found=event.form)
        if event.event_id.startswith(RESERVED_ID):
            return problem("EVENT_ID_RESERVED", place, found=event.event_id, prefix=RESERVED_ID)
        if event.happened_on > self.rules.today:
            return problem(
                "EVENT_IN_FUTURE", place, found=event.happened_on.isoformat(), day=event.happened_on,
                today=self.rules.today,
            )  # fmt: skip
        return None

    def _told_before(self, event: Event, place: Place) -> Admission | None:
        """The same event, the same id with other content, or the same fact under another id."""
        stored = self._by_id.get(event.event_id) if event.event_id else None
        if stored:
            leaves_it_open = event.act in _ASSIGNED and not event.refers_to
            told = replace(event, refers_to=stored.refers_to) if leaves_it_open else event
            if stored.content != told.content:
                return self._clash(event, stored, place)
        stored = stored or self._same_fact(event)
        if stored is None:
            return None
        undone = stored.event_id in undone_ids(self._events[stored.form])
        warned = (problem("EVENT_WAS_UNDONE", place, found=stored.event_id),) if undone else ()
        return Admission(Arrival.KNOWN, stored, warned)

    @staticmethod
    def _clash(event: Event, stored: Event, place: Place) -> Admission:
        found = problem("EVENT_ID_CLASH", place, found=event.event_id, act=stored.act, day=stored.happened_on)
        return Admission(Arrival.CLASH, event, (found,))

    def _same_fact(self, event: Event) -> Event | None:
        """The same act on the same form and day; acts that point are the same where they point at the same."""
        any_target = event.act not in POINTING_ACTS or (event.act in _ASSIGNED and not event.refers_to)
        return next(
            (
                other
                for other in self._events[event.form]
                if (other.act, other.happened_on) == (event.act, event.happened_on)
                and (any_target or other.refers_to == event.refers_to)
            ),
            None,
        )

    def _pointed(self, event: Event, place: Place) -> tuple[Event, Problem | None]:
        """Fill in what a pointing act points at, refuse what it must not, and give the event its id."""
        refusal = None
        if event.act is Act.REPLACE:
            before = self.state(event.form)
            if before.replaced_by or before.state not in REPLACEABLE:
                return event, self._not_allowed(event, before, place)
            following = self.next_reserve(self.cards[event.form].stratum)
            if following is None:
                return event, problem("RESERVE_EXHAUSTED", place, stratum=self.cards[event.form].stratum)
            if event.refers_to and event.refers_to != following:
                refusal = problem("REPLACE_OUT_OF_ORDER", place, found=event.refers_to, next=following)
            event = replace(event, refers_to=event.refers_to or following)
        elif event.act is Act.REISSUE:
            code = form_code(self.rules.round_code, self._highest + 1)
            if event.refers_to and event.refers_to != code:
                refusal = problem("REISSUE_CODE_WRONG", place, found=event.refers_to, next=code)
            event = replace(event, refers_to=event.refers_to or code)
        elif event.act in POINTING_ACTS:
            target = self._by_id.get(event.refers_to)
            if target is None or target.form != event.form:
                refusal = problem("EVENT_REFERENCE_UNKNOWN", place, found=event.refers_to)
        if not event.event_id:
            event = replace(
                event,
                event_id=automatic_id(
                    event.form, event.act, event.happened_on, worker=event.worker, refers_to=event.refers_to
                ),
            )
        return event, refusal

    def _held(self, event: Event, place: Place) -> Problem | None:
        maker = self._made_by.get(event.form)
        if maker and maker.event_id in undone_ids(self._events[maker.form]):
            return problem("FORM_REISSUE_UNDONE", place, found=event.form, old=maker.form)
        held = event.act in FIELD_ACTS and self.held(event.form)
        return problem("FORM_HELD", place, found=event.form) if held else None

    def _judge(self, event: Event, place: Place) -> Admission:
        before = self.state(event.form)
        after = fold([*self._events[event.form], event], visits=self.rules.visits)
        standing = after.standing[event.event_id]
        refusal = self._refusal(event, before, after, place)
        if refusal:
            return Admission(Arrival.REFUSED, event, (refusal,))
        event = replace(event, seq=self._next_seq)
        self._keep(event)
        self._states[event.form] = after
        self.admitted.append(event)
        if event.act is Act.REISSUE:
            self._new_code(event)
        if event.act in (Act.REPLACE, Act.UNDO):
            self._released = released_forms(self._releases)
        said = _SAID_OF.get(standing)
        warned = (problem(said, place, act=event.act, day=event.happened_on),) if said else ()
        return Admission(Arrival.NEW, event, warned)

    def _refusal(self, event: Event, before: FormState, after: FormState, place: Place) -> Problem | None:
        standing = after.standing[event.event_id]
        if standing is Standing.IMPOSSIBLE:
            return problem("EVENT_TOO_EARLY", place, act=event.act, day=event.happened_on)
        if event.act is Act.UNDO:
            return self._refused_undo(event, before, after, place)
        if event.act is Act.DECIDE:
            return self._refused_decision(event, before, after, place)
        if event.act in FIELD_ACTS:
            return None if standing in (Standing.EFFECTIVE, *_SAID_OF) else self._not_allowed(event, before, place)
        rests = {i for i, s in before.standing.items() if s is Standing.EFFECTIVE}
        unseated = any(after.standing[i] is not Standing.EFFECTIVE for i in rests)
        if standing is not Standing.EFFECTIVE or unseated:
            return self._not_allowed(event, before, place)
        return self._unapproved(event, before, place) if event.act is Act.REPLACE else None

    def _refused_decision(self, event: Event, before: FormState, after: FormState, place: Place) -> Problem | None:
        """A decision names the outcome that holds, and settles the question."""
        if not before.in_question:
            return self._not_allowed(event, before, place)
        chosen = self._by_id[event.refers_to]
        settles = chosen.act in EXCLUSIVE and after.standing[chosen.event_id] is Standing.EFFECTIVE
        if settles and not after.in_question:
            return None
        outcomes = [
            e.event_id for e in self._events[event.form]
            if e.act in EXCLUSIVE and before.standing[e.event_id] is not Standing.UNDONE
        ]  # fmt: skip
        return problem("DECIDE_NOT_AN_OUTCOME", place, found=event.refers_to, events=outcomes)

    def _unapproved(self, event: Event, before: FormState, place: Place) -> Problem | None:
        """Whoever requested a replacement never approves it."""
        if not before.request_open:
            return problem("REQUEST_MISSING", place) if self.rules.approval else None
        effective = [
            e for e in self._events[event.form]
            if e.act is Act.REQUEST_REPLACE and before.standing[e.event_id] is Standing.EFFECTIVE
        ]  # fmt: skip
        requested = max(effective, key=lambda e: e.order)
        same = requested.author == event.author
        return problem("APPROVED_BY_REQUESTER", place, found=event.author) if same else None

    def _refused_undo(self, event: Event, before: FormState, after: FormState, place: Place) -> Problem | None:
        """An undo is refused where a later event rests on what it takes back, or on its being taken back."""
        target = self._by_id[event.refers_to]
        if before.standing[target.event_id] is Standing.UNDONE:
            return problem("EVENT_ALREADY_UNDONE", place, found=target.event_id)
        known = self._events[event.form]
        gone_before, gone_after = undone_ids(known), undone_ids([*known, event])
        resting = [
            i for i, s in before.standing.items()
            if s is Standing.EFFECTIVE and i not in gone_after and after.standing[i] is not Standing.EFFECTIVE
        ]  # fmt: skip
        for other in known:
            if other.event_id in gone_after - gone_before:
                resting += self._resting_on(other, gone_after)
            elif other.act is Act.REPLACE and other.event_id in gone_before - gone_after:
                resting += [e.event_id for e in self._live_releases() if e.refers_to == other.refers_to]
        return problem("UNDO_RESTED_ON", place, found=target.event_id, events=resting) if resting else None

    def _resting_on(self, event: Event, gone: frozenset[str]) -> list[str]:
        """Live events that stand only because `event` does: decisions for it, and the life of the code it gave."""
        decisions = [
            e for e in self._events[event.form] if e.act is Act.DECIDE and e.refers_to == event.event_id
        ]  # fmt: skip
        resting = [e.event_id for e in decisions if e.event_id not in gone]
        if event.act in _ASSIGNED:
            theirs = self._events[event.refers_to]
            dead = undone_ids(theirs)
            needs_none = {Act.UNDO, Act.PRINT} if event.act is Act.REPLACE else {Act.UNDO}  # reserves are printed early
            resting += [e.event_id for e in theirs if e.act not in needs_none and e.event_id not in dead]
        return resting

    def _live_releases(self) -> list[Event]:
        gone = undone_ids(self._releases)
        return [e for e in self._releases if e.act is Act.REPLACE and e.event_id not in gone]

    @staticmethod
    def _not_allowed(event: Event, before: FormState, place: Place) -> Problem:
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

    # ------------------------------------------------------------ keeping
    def _keep(self, event: Event) -> None:
        self._events[event.form].append(event)
        self._by_id[event.event_id] = event
        if event.act in (Act.REPLACE, Act.UNDO):
            self._releases.append(event)
        if event.act is Act.REISSUE:
            self._made_by[event.refers_to] = event
        self._next_seq = max(self._next_seq, event.seq + 1)

    def _new_code(self, event: Event) -> None:
        self._highest += 1
        card = replace(self.cards[event.form], form=event.refers_to)
        self.cards[card.form] = card
        self.reissued.append(card)
