"""The cache of form states, and the migrations, on both databases with rows in them."""

import pytest
from alembic import command

from sipas_survey.problems import SurveyError
from sipas_survey.storage import database, states
from sipas_survey.storage.schema import SCHEMA_VERSION
from sipas_survey.storage.store import open_store
from sipas_survey.workflow import office, progress
from tests.databases import POSTGRESQL, behind_the_back
from tests.storage.test_schema import config
from tests.surveys import Survey

LIFE = """
print 2 A1
issue 3 A1 worker=W1
return 5 A1 worker=W1
print 2 A2
issue 3 A2
refuse 4 A2
"""


@pytest.fixture
def told(survey: Survey) -> Survey:
    """A survey with some events."""
    assert survey.tell(LIFE).stored
    return survey


def cached(survey: Survey) -> bool:
    """Whether the cache answers for today."""
    with survey.store.read() as connection:
        return states.knows(connection, visits=survey.store.settings.defaults.visits, as_of=survey.store.today)


def test_it_is_written_with_the_events(told: Survey) -> None:
    """After a batch, and after one act more, the cache knows everything and equals a fresh fold."""
    assert cached(told)
    told.tell("return 6 A2")
    assert cached(told)
    assert office.verify(told.store).intact


def test_it_may_be_dropped_and_rebuilt(told: Survey) -> None:
    """Without its tables the numbers stay the same and work goes on; rebuilding makes them anew."""
    before = progress.status(told.store)
    with behind_the_back(told.store) as connection:
        connection.exec_driver_sql("DROP TABLE form_states")
    assert progress.status(told.store) == before
    assert told.tell("accept 8 A1").stored
    assert not cached(told)
    assert office.rebuild_states(told.store) == 8
    assert cached(told)
    assert office.verify(told.store).intact
    assert told.tell("reject 9 A1").stored


def test_the_audit_compares_it(told: Survey) -> None:
    """A state that somebody writes into the cache is found, and rebuilding mends it."""
    with behind_the_back(told.store) as connection:
        connection.exec_driver_sql("UPDATE form_states SET state = 'valid' WHERE state = 'refused'")
    audit = office.verify(told.store)
    assert (audit.intact, audit.problems[0].kind) == (False, "STATES_BENT")
    office.rebuild_states(told.store)
    assert office.verify(told.store).intact


def test_a_person_or_a_note_that_is_gone_is_found(told: Survey) -> None:
    """Who was drawn stays in the table of people, and so does every note."""
    told.tell("return 6 B1 note=Hẹn")
    with behind_the_back(told.store) as connection:
        connection.exec_driver_sql("DELETE FROM people WHERE event_id <> ''")
    assert office.verify(told.store).problems[0].details["why"] == "people"
    with behind_the_back(told.store) as connection:
        connection.exec_driver_sql("DELETE FROM people WHERE unit_id IN (SELECT unit_id FROM cases LIMIT 1)")
    assert office.verify(told.store).problems[0].details["why"] == "people"


def test_migrations_go_down_and_up_on_a_filled_database(told: Survey) -> None:
    """An older schema is refused with the way out; the upgrade keeps the ledger and every number."""
    store, before = told.store, progress.status(told.store)
    with behind_the_back(store) as connection:
        command.downgrade(config(connection), "0001")
    with pytest.raises(SurveyError, match="DATABASE_OLDER"):
        open_store(store.folder)
    assert office.upgrade(store.folder) == ("0001", SCHEMA_VERSION)
    assert progress.status(store) == before
    assert office.verify(store).intact


def test_the_writer_on_a_server_only_adds(told: Survey) -> None:
    """On a server the program writes in a role that has no right to change events or answers."""
    if not told.store.home.schema:
        assert told.store.engine.dialect.name != POSTGRESQL
        return
    store = told.store
    for table in ("events", "answers"):
        with (
            pytest.raises(SurveyError, match="DATABASE_DENIED"),
            database.writing(store.engine, store.home) as connection,
        ):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
