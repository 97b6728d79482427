"""The frame in the database: what is new, known or clashing, and what is remembered of people."""

from pathlib import Path

import pandas as pd
import pytest

from sipas_survey.sampling.frame import PERSONAL, PUBLIC, Frame
from sipas_survey.storage import frames
from sipas_survey.storage.store import Store
from tests.small_surveys import new_survey


def a_frame(*ids: str, village: str = "Tổ 1", name: str = "Lý A") -> Frame:
    units = pd.DataFrame([(i, "132", "04249", village, "", "", "", "") for i in ids], columns=list(PUBLIC))
    people = pd.DataFrame([(i, name, "1980" if name else "", "", "", "") for i in ids], columns=["unit_id", *PERSONAL])
    return Frame(units.astype(object), people.astype(object))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_survey(tmp_path / "survey")


def test_new_known_and_clashing(store: Store) -> None:
    """Units are compared by public and, where the key is here, by personal content."""
    key = store.unlocked()
    with store.write() as transaction:
        connection = transaction.connection
        frames.insert(connection, a_frame("A1", "A2"), key=key)
        assert frames.compare(connection, a_frame("A2", "A3"), key=key) == frames.Comparison((1,), 1, ())
        assert frames.compare(connection, a_frame("A1", village="Tổ 2"), key=key).clashing == (0,)
        assert frames.compare(connection, a_frame("A1", name="Lý B"), key=key).clashing == (0,)
        assert frames.compare(connection, a_frame("A1", name=""), key=key).clashing == (0,)
        assert frames.compare(connection, a_frame("A1", name="Lý B"), key=None).known == 1
        assert frames.compare(connection, a_frame(), key=key) == frames.Comparison((), 0, ())


def test_all_new_is_what_comparing_with_nothing_gives(store: Store) -> None:
    """The short cut over an empty frame equals the comparison."""
    with store.read() as connection:
        found = frames.compare(connection, a_frame("A1", "A2"), key=store.key)
    assert found == frames.Comparison.all_new(a_frame("A1", "A2"))


def test_people_are_opened_by_unit(store: Store) -> None:
    """Only values that are there are kept; units without any have no row; the key is not needed for public columns."""
    key = store.unlocked()
    with store.write() as transaction:
        connection = transaction.connection
        frames.insert(connection, a_frame("A1"), key=key)
        frames.insert(connection, a_frame("A2", name=""), key=key)
        frames.insert(connection, a_frame("A3", name=""), key=None)
        assert frames.people_of(connection, key, ["A1", "A2", "A3"]) == {
            "A1": {"full_name": "Lý A", "birth_year": "1980"}
        }
        assert frames.table(connection)["unit_id"].tolist() == ["A1", "A2", "A3"]
        assert frames.result_days(connection, ["A1", "no"]) == {"A1": ""}
        assert frames.sizes(connection, ["district_code"]) == [(("132",), 3)]


def test_possible_duplicates(store: Store) -> None:
    """Units with the same keyed hash, in groups; nobody without a name."""
    key = store.unlocked()
    with store.write() as transaction:
        connection = transaction.connection
        frames.insert(connection, a_frame("A2", "A1", "A3"), key=key)
        frames.insert(connection, a_frame("B1", village="Tổ 2"), key=key)
        frames.insert(connection, a_frame("C1", "C2", name=""), key=key)
        assert list(frames.possible_duplicates(connection)) == [("A1", "A2", "A3")]


def test_digests_with_and_without_the_key(store: Store) -> None:
    """The public digest needs no key; the people's has none without it; forgetting people changes only that."""
    key = store.unlocked()
    with store.write() as transaction:
        connection = transaction.connection
        frames.insert(connection, a_frame("A1", "A2"), key=key)
        public, personal = frames.digests(connection, key)
        assert frames.digests(connection, None) == (public, None)
        assert frames.forget_undrawn(connection) == 2
        assert frames.people_of(connection, key, ["A1", "A2"]) == {}
        assert frames.digests(connection, key)[0] == public
        assert frames.digests(connection, key)[1] != personal
