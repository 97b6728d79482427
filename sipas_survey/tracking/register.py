"""The register of a survey while a batch is judged: its forms, their events, its reserves, the codes given so far."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sipas_survey.cases import ListKind, form_code
from sipas_survey.tracking.fold import Life, lived, released_forms, undone_ids
from sipas_survey.tracking.forms import Act, Event, FormState


class FormCard(NamedTuple):
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


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What reaches into a register from forms that it does not hold: it may hold those of one small batch only.

    releases   the `replace` and `undo` events of the other forms
    same_ids   events of other forms under an id that the batch uses
    highest    the highest running number ever given
    """

    releases: tuple[Event, ...] = ()
    same_ids: tuple[Event, ...] = ()
    highest: int = 0


NOTHING_ELSE = Elsewhere()


class Register:
    """The forms of a survey, or of a batch, with their events. Nothing is judged here."""

    def __init__(
        self, cards: Iterable[FormCard], events: Iterable[Event], *, rules: Rules, elsewhere: Elsewhere = NOTHING_ELSE
    ) -> None:
        self.rules = rules
        self.cards = {card.form: card for card in cards}
        self.by_id: dict[str, Event] = {event.event_id: event for event in elsewhere.same_ids}
        self.made_by: dict[str, Event] = {}  # the re-issue that gave a code
        self.admitted: list[Event] = []
        self.reissued: list[FormCard] = []
        self._events: dict[str, list[Event]] = defaultdict(list)
        self._lives: dict[str, Life] = {}
        self._states: dict[str, FormState] = {}
        self._releases: list[Event] = list(elsewhere.releases)
        self._highest = max((int(form[2:8]) for form in self.cards), default=0)
        self._highest = max(self._highest, elsewhere.highest)
        self._next_seq = max((e.seq + 1 for e in (*elsewhere.releases, *elsewhere.same_ids)), default=1)
        self._reserves, self._first = _in_drawn_order(self.cards.values())
        for event in events:
            self._keep(event)
        self._released = released_forms(self._releases)

    # ------------------------------------------------------------ reading
    def events_of(self, form: str) -> Sequence[Event]:
        """The events of a form, admitted ones included, in order of arrival."""
        return self._events[form]

    def life(self, form: str) -> Life:
        """The life of a form so far; not to be changed."""
        life = self._lives.get(form)
        if life is None:
            life = self._lives[form] = lived(self._events[form], visits=self.rules.visits)
        return life

    def state(self, form: str) -> FormState:
        """Where a form stands with everything admitted so far."""
        state = self._states.get(form)
        if state is None:
            state = self._states[form] = self.life(form).form_state()
        return state

    def held(self, form: str) -> bool:
        """Whether a form is of a reserve that no replacement has released."""
        card = self.cards[form]
        return card.kind is ListKind.RESERVE and self._first[card.unit_id] not in self._released

    @property
    def released(self) -> frozenset[str]:
        """First forms of the reserves that have been released."""
        return self._released

    def next_reserve(self, stratum: str) -> str | None:
        """The reserve that must be released next in a stratum: strictly in drawn order."""
        return next((form for form in self._reserves[stratum] if form not in self._released), None)

    def next_code(self) -> str:
        """The code that the next re-issue gives: numbers go on after the highest ever given."""
        return form_code(self.rules.round_code, self._highest + 1)

    def undone(self, form: str) -> frozenset[str]:
        """Ids of the events of a form that have been taken back."""
        return undone_ids(self._events[form])

    def live_releases(self) -> list[Event]:
        """The replacements that stand, of all forms."""
        gone = undone_ids(self._releases)
        return [e for e in self._releases if e.act is Act.REPLACE and e.event_id not in gone]

    # ------------------------------------------------------------ writing
    def admit(self, event: Event) -> Event:
        """Take a judged event in; return it with its place in the ledger."""
        event = event._replace(seq=self._next_seq)
        self._lives.pop(event.form, None)
        self._states.pop(event.form, None)
        self._keep(event)
        self.admitted.append(event)
        if event.act is Act.REISSUE:
            self._give_code(event)
        elif event.act in (Act.REPLACE, Act.UNDO):
            self._released = released_forms(self._releases)
        return event

    def go_on(self, life: Life, event: Event, *, event_id: str) -> Event:
        """Take in, under an id, an event that concerns its form alone and `follows` its life, which then goes on."""
        _, form, act, day, worker, reason, refers_to, note_digest, author, _ = event
        event = Event(event_id, form, act, day, worker, reason, refers_to, note_digest, author, self._next_seq)
        life.go_on(event)
        self._states.pop(form, None)
        self._events[form].append(event)
        self.by_id[event_id] = event
        self.admitted.append(event)
        self._next_seq += 1
        return event

    def _keep(self, event: Event) -> None:
        self._events[event.form].append(event)
        self.by_id[event.event_id] = event
        if event.act in (Act.REPLACE, Act.UNDO):
            self._releases.append(event)
        elif event.act is Act.REISSUE:
            self.made_by[event.refers_to] = event
        if event.seq >= self._next_seq:
            self._next_seq = event.seq + 1

    def _give_code(self, event: Event) -> None:
        self._highest += 1
        card = self.cards[event.form]._replace(form=event.refers_to)
        self.cards[card.form] = card
        self.reissued.append(card)


def _in_drawn_order(cards: Iterable[FormCard]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The reserves of each stratum by their first form, in drawn order, and the first form of each unit."""
    reserves: dict[str, list[str]] = defaultdict(list)
    first: dict[str, str] = {}
    for card in sorted(cards, key=lambda c: (c.stratum, c.turn, c.form)):
        if card.unit_id not in first:
            first[card.unit_id] = card.form
            if card.kind is ListKind.RESERVE:
                reserves[card.stratum].append(card.form)
    return reserves, first
