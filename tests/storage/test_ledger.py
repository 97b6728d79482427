"""The append-only chain on a real database: it grows, it refuses changes, and bent entries are found."""

import hashlib
import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import IntegrityError

from sipas_survey.storage import ledger
from sipas_survey.workflow import office
from tests.databases import behind_the_back, without_triggers
from tests.surveys import Survey

LIFE = """
print 2 A1
issue 3 A1 worker=W1
return 5 A1 worker=W1
accept 8 A1
print 2 A2
issue 3 A2
refuse 4 A2
"""


@pytest.fixture
def told(survey: Survey) -> Survey:
    """A survey with some events."""
    assert survey.tell(LIFE).stored
    return survey


def why(audit: office.Audit) -> str:
    """What was found bent."""
    return str(audit.problems[0].details["why"])


def test_the_chain_is_the_documented_one(told: Survey) -> None:
    """SHA-256 of the hash before, a line feed, and the entry as JSON: computed here from the rows alone."""
    with behind_the_back(told.store) as connection:
        rows = [dict(row) for row in connection.exec_driver_sql("SELECT * FROM events ORDER BY seq").mappings()]
    previous = str(told.store.settings.id)
    for number, row in enumerate(rows, start=1):
        stored = row.pop("hash")
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        previous = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        assert (row["seq"], stored) == (number, previous)
    audit = office.verify(told.store)
    assert (audit.intact, audit.events, audit.head, audit.first_bad) == (True, len(rows), previous, None)


@pytest.mark.parametrize("change", ["UPDATE events SET act = 'refuse'", "DELETE FROM events WHERE seq = 3"])
def test_the_database_refuses_to_change_an_entry(told: Survey, change: str) -> None:
    """UPDATE and DELETE fail in the database itself."""
    with behind_the_back(told.store) as connection, pytest.raises(IntegrityError, match="append-only"):
        connection.exec_driver_sql(change)


@pytest.mark.parametrize(
    "column", ["form", "act", "happened_on", "worker", "reason", "refers_to", "note_digest", "author", "recorded_at"]
)
def test_an_edited_entry_is_found(told: Survey, column: str) -> None:
    """Every column of an entry is in the chain."""
    with behind_the_back(told.store) as connection:
        without_triggers(connection)
        (seq,) = connection.exec_driver_sql("SELECT min(seq) FROM events WHERE act = 'issue'").fetchone()
        connection.exec_driver_sql(f"UPDATE events SET {column} = {column} || 'x' WHERE seq = {seq}")  # noqa: S608
    audit = office.verify(told.store)
    assert (audit.intact, audit.first_bad, why(audit)) == (False, seq, "chain")


def test_a_removed_entry_is_found(told: Survey) -> None:
    """The entry after the gap is the first that does not fit."""
    with behind_the_back(told.store) as connection:
        without_triggers(connection)
        (seq,) = connection.exec_driver_sql("SELECT max(seq) - 3 FROM events").fetchone()
        connection.exec_driver_sql(f"DELETE FROM events WHERE seq = {seq}")  # noqa: S608
    assert office.verify(told.store).first_bad == seq + 1


def test_a_removed_entry_is_found_though_the_rest_moves_up(told: Survey) -> None:
    """Closing the gap in the numbers does not close it in the chain."""
    with behind_the_back(told.store) as connection:
        without_triggers(connection)
        (last,) = connection.exec_driver_sql("SELECT max(seq) FROM events").fetchone()
        connection.exec_driver_sql(f"DELETE FROM events WHERE seq = {last - 3}")  # noqa: S608
        for seq in range(last - 2, last + 1):
            connection.exec_driver_sql(f"UPDATE events SET seq = {seq - 1} WHERE seq = {seq}")  # noqa: S608
    assert office.verify(told.store).first_bad == last - 3


@pytest.mark.parametrize("before_all", [False, True])
def test_an_inserted_entry_is_found(told: Survey, before_all: bool) -> None:
    """An entry that somebody adds with a hash of his own, at the end or before the first, does not fit."""
    with behind_the_back(told.store) as connection:
        (last,) = connection.exec_driver_sql("SELECT max(seq) FROM events").fetchone()
        seq = 0 if before_all else last + 1
        names = "form, act, happened_on, worker, reason, refers_to, note_digest, details, recorded_at, author"
        connection.exec_driver_sql(
            f"INSERT INTO events SELECT {seq}, 'forged', {names}, hash FROM events WHERE seq = {last}"  # noqa: S608
        )
    audit = office.verify(told.store)
    assert (audit.intact, audit.first_bad) == (False, 1 if before_all else last + 1)


def test_a_cut_off_end_is_found_by_the_head_of_an_earlier_report(told: Survey) -> None:
    """A shorter chain is whole in itself; that a known head is not on it gives it away."""
    reported = office.verify(told.store).head
    told.tell("print 9 B1")
    assert office.verify(told.store, known_head=reported).intact
    newest = office.verify(told.store).head
    with behind_the_back(told.store) as connection:
        without_triggers(connection)
        connection.exec_driver_sql("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)")
    assert office.verify(told.store).intact
    audit = office.verify(told.store, known_head=newest)
    assert (audit.intact, why(audit)) == (False, "head")


def test_canonical_text_and_instants() -> None:
    """Sorted keys, no spaces, NFC, letters as they are; instants in UTC with microseconds."""
    assert ledger.canonical({"b": 1, "a": "e\u0302"}) == '{"a":"ê","b":1}'
    in_yen_bai = datetime(2024, 1, 15, 9, 3, 4, 5, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    assert ledger.instant(in_yen_bai) == "2024-01-15T02:03:04.000005Z"


def test_survey_entries_and_form_events_share_one_chain(told: Survey) -> None:
    """Frame, draw and events stand in one sequence without gaps."""
    with told.store.read() as connection:
        acts = [row["act"] for row in ledger.entries(connection)]
    assert acts[:6] == ["settings", "import_frame", "set_design", "freeze_frame", "draw", "print"]
    assert acts[-1] == "forget_undrawn"
