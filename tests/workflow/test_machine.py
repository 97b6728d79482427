"""A machine that tells a survey whatever it likes: every act by every way in, held against a replay of its own."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sipas_survey.exchange.events import EventRow
from sipas_survey.problems import SurveyError
from sipas_survey.storage import casebook, states
from sipas_survey.tracking.admission import Admission
from sipas_survey.tracking.forms import Act, Event
from sipas_survey.workflow import field, office, progress
from tests.surveys import Survey, drawn
from tests.tracking import naive

LAST = 31  # the day of the clock: acts that point are told on it, after all others
MAIN, RESERVE = ("A1", "A2", "B1"), ("R1", "R2")
TOLD = [act for act in naive.RANKS if act not in ("replace", "reissue", "decide", "undo", "request_replace")]
REPLACEABLE = ("refused", "not_met_final", "moved", "ineligible", "deceased", "annulled")

numbers = st.integers(0, 1_000)  # of a form or an event among those there are
facts = st.tuples(st.sampled_from(TOLD), numbers, st.integers(1, 30), st.sampled_from(["", "", "final"]))


class Ledger(RuleBasedStateMachine):
    """Rules tell events; after each, the ledger has only grown, and forms stand where the naive replay says."""

    survey: Survey

    @initialize()
    def draw(self) -> None:
        """A survey of its own; its first forms are out."""
        self.place = TemporaryDirectory()
        self.survey = drawn(Path(self.place.name))
        self.visits = self.survey.store.settings.defaults.visits
        self.known: list[Event] = []
        self.codes = [self.survey.codes[name] for name in (*MAIN, *RESERVE)]
        self.told([("print", i, 1, "") for i in range(5)] + [("issue", i, 2, "") for i in range(3)])

    # ------------------------------------------------------------ what the ledger holds
    def events(self, form: str) -> list[Event]:
        """What is known of a form."""
        return [event for event in self.known if event.form == form]

    def stands(self, form: str) -> dict[str, object]:
        """Where the naive replay has a form."""
        return naive.replay(self.events(form), visits=self.visits)

    def some_form(self, number: int) -> str:
        """A code among those given so far."""
        return self.codes[number % len(self.codes)]

    def live(self, act: str) -> list[Event]:
        """Events of an act that were not taken back, in the ledger's order."""
        gone = naive.taken_back(self.known)
        return [event for event in self.known if event.act == act and event.event_id not in gone]

    def look(self) -> int:
        """Read the ledger; what was there is still there, as it was. Returns how many events are new."""
        with self.survey.store.read() as connection:
            found = casebook.form_events(connection)
        assert found[: len(self.known)] == self.known
        new = len(found) - len(self.known)
        self.known = found
        self.codes += [e.refers_to for e in found[-new:] if new and e.act is Act.REISSUE]
        return new

    # ------------------------------------------------------------ telling
    def rows(self, batch: Iterable[tuple[str, int, int, str]]) -> list[EventRow]:
        """Facts as rows of a file."""
        return [
            EventRow(None, self.some_form(number), act, date(2024, 1, day), reason=reason)
            for act, number, day, reason in batch
        ]

    @rule(batch=st.lists(facts, max_size=10))
    def told(self, batch: list[tuple[str, int, int, str]]) -> None:
        """A batch, legal and illegal rows together, of which the legal are kept; told twice, it is told once."""
        rows = self.rows(batch)
        done = field.take_in(self.survey.store, rows, keep_valid=True)
        assert done.new + done.known + done.wrong == len(rows)
        assert self.look() == done.new
        again = field.take_in(self.survey.store, rows[::-1], keep_valid=True)
        assert again.new == 0
        assert self.look() == 0

    @rule(batch=st.lists(facts, min_size=1, max_size=4), dry=st.booleans())
    def told_whole(self, batch: list[tuple[str, int, int, str]], dry: bool) -> None:
        """A batch that is stored whole or not at all; a dry run stores nothing and says the same."""
        done = field.take_in(self.survey.store, self.rows(batch), dry_run=dry)
        assert done.stored == (done.wrong == 0 and not dry)
        assert self.look() == (done.new if done.stored else 0)

    @rule(data=st.data(), day=st.sampled_from([None, 29]))
    def told_again(self, data: st.DataObject, day: int | None) -> None:
        """Everything known under its ids: nothing new. An id with another day: a clash, and nothing stored."""
        rows = [
            EventRow(e.event_id, e.form, str(e.act), e.happened_on, e.worker, e.reason, refers_to=e.refers_to)
            for e in data.draw(st.permutations(self.known))
        ]
        if day:
            rows[0] = rows[0]._replace(happened_on=date(2024, 1, day))
        other = day is not None and rows[0].happened_on not in {e.happened_on for e in self.known_as(rows[0])}
        done = field.take_in(self.survey.store, rows, keep_valid=True)
        assert (done.new, done.clash, self.look()) == (0, int(other), 0)

    def known_as(self, row: EventRow) -> list[Event]:
        """The events under the id of a row."""
        return [event for event in self.known if event.event_id == row.event_id]

    def point(self, act: Act, form: str, to: str = "") -> Admission | None:
        """One act that points at something; None where it was refused, which must have left no trace."""
        admission, refused = None, set[str]()
        try:
            admission = field.point(self.survey.store, act, form, on=date(2024, 1, LAST), refers_to=to)
        except SurveyError as error:
            refused = {p.kind for p in error.problems if p.message("vi") and p.message("en")}
        assert (admission is None) == bool(refused)
        assert admission or self.look() == 0
        return admission

    @rule(number=numbers, ask=st.booleans())
    def replaced(self, number: int, ask: bool) -> None:
        """A replacement releases the next reserve of the stratum, after a final outcome, once; asked for or not."""
        form = self.some_form(number)
        before = self.stands(form)
        asked_before = any(e.act is Act.REQUEST_REPLACE for e in self.known if e.form == form)
        released = [event.refers_to for event in self.live("replace")]
        stratum = ("R1", "R2") if form in [self.survey.codes[n] for n in ("A1", "A2", "R1", "R2")] else ("S1", "S2")
        reserve = [code for code in (self.survey.codes[name] for name in stratum) if code not in released]
        admission = self.point(Act.REQUEST_REPLACE if ask else Act.REPLACE, form)
        legal = not before["in_question"] and before["state"] in REPLACEABLE and not before["replaced_by"]
        if form in self.codes[:5] and not (ask and asked_before):
            assert (admission is not None) == (legal and bool(reserve)) or self.told_on_the_last_day(form)
        if admission is not None and self.look() and not (ask and before["replaced_by"]):  # asked on that very day
            assert self.known[-1].act is Act.REPLACE
            assert self.known[-1].refers_to == reserve[0]

    def told_on_the_last_day(self, form: str) -> bool:
        """Whether something of a form happened on the day of pointing acts (a twin, or one of a later rank)."""
        return any(event.happened_on == date(2024, 1, LAST) for event in self.events(form))

    @rule(number=numbers)
    def reissued(self, number: int) -> None:
        """A new code follows a lost or void form, once; it is one higher than the highest ever given."""
        form = self.some_form(number)
        before = self.stands(form)
        highest = max(int(code[2:8]) for code in (*self.codes, *self.survey.codes.values()))
        admission = self.point(Act.REISSUE, form)
        if admission is not None and self.look():
            assert before["state"] in ("lost", "void")
            assert not before["reissued_as"]
            assert int(self.known[-1].refers_to[2:8]) == highest + 1

    @rule(number=numbers, event=numbers)
    def decided(self, number: int, event: int) -> None:
        """A decision names an outcome of a form in question, and settles it."""
        asked = [form for form in self.codes if self.stands(form)["in_question"]] or self.codes
        form = asked[number % len(asked)]
        before, of_form = self.stands(form), self.events(form)
        chosen = of_form[event % len(of_form)] if of_form else None
        admission = self.point(Act.DECIDE, form, chosen.event_id if chosen else "nothing")
        if admission is not None and self.look():
            assert before["in_question"]
            assert chosen is not None
            assert chosen.act in naive.EXCLUDING
            assert not self.stands(form)["in_question"]

    @rule(number=numbers)
    def undone(self, number: int) -> None:
        """The last event of a form can be taken back; one taken back cannot be again; an undo may be undone."""
        event = self.known[number % len(self.known)]
        gone = naive.taken_back(self.known)
        refused = set[str]()
        try:
            field.undo(self.survey.store, event.event_id, on=date(2024, 1, LAST))
        except SurveyError as error:
            refused = {p.kind for p in error.problems}
        new = self.look()
        assert refused <= {"EVENT_ALREADY_UNDONE", "UNDO_RESTED_ON", "FORM_REISSUE_UNDONE"}
        assert ("EVENT_ALREADY_UNDONE" in refused) <= (event.event_id in gone)
        assert not (refused and new)
        if new:
            assert event.event_id not in gone
            assert event.event_id in naive.taken_back(self.known)

    # ------------------------------------------------------------ what always holds
    @invariant()
    def stand_where_the_replay_says(self) -> None:
        """A fresh fold, the cache and the naive replay agree on every form."""
        with self.survey.store.read() as connection:
            fresh = casebook.folded(connection, visits=self.visits)
            assert states.rows(connection) == states.as_rows(fresh)
        found = {record.form: record.state for record in fresh}
        alive = {event.refers_to for event in self.live("reissue")}
        assert set(found) == {*self.survey.codes.values(), *alive}
        for form in self.codes:
            for column, expected in self.stands(form).items() if form in found else ():
                assert getattr(found[form], column) == expected, (form, column)

    @invariant()
    def reserves_wait(self) -> None:
        """Nothing happened in the field to a reserve that no replacement has released."""
        released = {event.refers_to for event in self.live("replace")}
        gone = naive.taken_back(self.known)
        for name in RESERVE:
            code = self.survey.codes[name]
            acts = {str(e.act) for e in self.events(code) if e.event_id not in gone}
            assert code in released or not acts & set(naive.FIELD)

    @invariant()
    def every_count_agrees(self) -> None:
        """The identities of the counts hold; the cache, a fresh fold by day and the numbers of forms agree."""
        cached = progress.status(self.survey.store)
        fresh = progress.status(self.survey.store, known_on=date(2024, 1, LAST))
        assert not cached["problems"]
        assert cached["total"] == fresh["total"]
        assert cached["rows"] == fresh["rows"]

    def teardown(self) -> None:
        """The chain is whole at the end."""
        if hasattr(self, "survey"):
            assert office.verify(self.survey.store).intact
            self.survey.store.close()
            self.place.cleanup()


QUICK = settings(max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(QUICK, max_examples=150, stateful_step_count=40)


@pytest.mark.usefixtures("database")
def test_whatever_is_told() -> None:
    """Random acts by every way in, on both databases: the ledger never loses, doubles or invents."""
    run_state_machine_as_test(Ledger, settings=QUICK)  # type: ignore[no-untyped-call]


@pytest.mark.soak
@pytest.mark.usefixtures("database")
def test_whatever_is_told_for_long() -> None:
    """The same with many and longer stories."""
    run_state_machine_as_test(Ledger, settings=LONG)  # type: ignore[no-untyped-call]
