"""Random batches on both databases: the ledger follows a naive replay, whatever the order and however often told."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipas_survey.exchange.events import EventRow
from sipas_survey.storage import casebook, states
from sipas_survey.tracking.forms import Event
from sipas_survey.workflow import field, office
from tests.surveys import Survey, drawn
from tests.tracking import naive

FIELD = ("issue", "deliver", "return", "refuse", "not_met", "moved", "lose")
OFFICE = ("print", "void", "accept", "reject", "annul", "order_recheck", "request_replace", "reject_request")
FORMS = ("A1", "A2", "B1", "R1")
SOME = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def facts(acts: Sequence[str]) -> st.SearchStrategy[list[tuple[str, str, int]]]:
    """Acts on forms on days, legal or not."""
    return st.lists(st.tuples(st.sampled_from(acts), st.sampled_from(FORMS), st.integers(1, 12)), max_size=24)


def told(survey: Survey, batch: Sequence[tuple[str, str, int]]) -> int:
    """Take a batch in, what is legal of it; return how many events were new."""
    rows = [EventRow(None, survey.codes[form], act, date(2024, 1, day)) for act, form, day in batch]
    return field.take_in(survey.store, rows, keep_valid=True).new


def events_of(survey: Survey) -> dict[str, list[Event]]:
    """What the ledger holds of each form."""
    with survey.store.read() as connection:
        known = casebook.form_events(connection)
    return {name: [e for e in known if e.form == survey.codes[name]] for name in FORMS}


def check(survey: Survey) -> None:
    """The cache equals a fresh fold, and both the naive replay."""
    visits = survey.store.settings.defaults.visits
    with survey.store.read() as connection:
        fresh = casebook.folded(connection, visits=visits)
        if states.exists(connection) and states.last_seq(connection) == states.known_until(connection, visits=visits):
            assert states.rows(connection) == states.as_rows(fresh)
    found = {record.form: record.state for record in fresh}
    for name, events in events_of(survey).items():
        for column, expected in naive.replay(events, visits=visits).items():
            assert getattr(found[survey.codes[name]], column) == expected, (name, column)


@given(batches=st.lists(facts(FIELD + OFFICE), min_size=1, max_size=4))
@SOME
def test_the_state_is_the_naive_replay(database: str, batches: list[list[tuple[str, str, int]]]) -> None:
    """Legal and illegal events, in batches told twice: what is refused changes nothing, twice is once."""
    with TemporaryDirectory() as folder:
        survey = drawn(Path(folder))
        count = 0
        for batch in batches:
            count += told(survey, batch)
            check(survey)
            stored = sum(map(len, events_of(survey).values()))
            assert stored == count
            assert told(survey, batch) == 0, database
            assert sum(map(len, events_of(survey).values())) == stored
        assert office.verify(survey.store).intact
        survey.store.close()


@given(reported=facts(FIELD), data=st.data())
@SOME
def test_batches_in_any_order_give_the_same_state(
    database: str, reported: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    """Field acts shuffled, split and doubled: once all are told and the forms printed, every form stands the same."""
    stands = []
    for _ in range(2):
        order = data.draw(st.permutations(reported + reported))
        cut = data.draw(st.integers(0, len(order)))
        with TemporaryDirectory() as folder:
            survey = drawn(Path(folder))
            told(survey, [("print", form, 1) for form in FORMS])
            told(survey, [("issue", form, 1) for form in FORMS if form != "R1"])
            told(survey, order[:cut])
            told(survey, order[cut:])
            check(survey)
            stands.append({name: naive.replay(known, visits=3) for name, known in events_of(survey).items()})
            survey.store.close()
    assert stands[0] == stands[1], database
