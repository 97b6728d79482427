"""The survey folder: made, opened, written in one transaction at a time."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sipas_survey.problems import SurveyError, stop
from sipas_survey.storage import database as databases
from sipas_survey.storage import store as stores
from sipas_survey.storage.store import open_store
from tests.databases import behind_the_back
from tests.small_surveys import acts, new_survey


@pytest.fixture
def on_file(tmp_path: Path) -> Path:
    """The folder of a new survey whose database is a file in it."""
    store = new_survey(tmp_path / "khảo sát 1")
    store.close()
    return store.folder


@pytest.fixture
def folder(database: str, on_file: Path) -> Path:
    """The folder of a new survey, on each of the two databases."""
    return on_file


def test_a_new_survey_opens(folder: Path) -> None:
    """A survey opens with its settings and its key; its first entry is its settings."""
    store = open_store(folder)
    assert store.settings.name == "SIPAS 2023"
    assert store.key is not None
    assert acts(store) == ["settings"]


def test_no_survey(on_file: Path, tmp_path: Path) -> None:
    """A folder without survey.toml, or without the database, holds no survey."""
    with pytest.raises(SurveyError, match="SURVEY_NOT_FOUND"):
        open_store(tmp_path)
    (on_file / stores.DATABASE).unlink()
    with pytest.raises(SurveyError, match="SURVEY_NOT_FOUND") as refused:
        open_store(on_file)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE survey SET id = 'other'", "DATABASE_OTHER_SURVEY"),
        ("UPDATE alembic_version SET version_num = '9999'", "DATABASE_NEWER"),
        ("DROP TABLE alembic_version", "DATABASE_UNREADABLE"),
    ],
)
def test_a_database_that_does_not_belong(folder: Path, statement: str, kind: str) -> None:
    """Another survey's database, a newer schema and a stranger's database are refused with exit code 4."""
    store = open_store(folder)
    with behind_the_back(store) as connection:
        connection.exec_driver_sql(statement)
    store.close()
    with pytest.raises(SurveyError, match=kind) as refused:
        open_store(folder)
    assert refused.value.exit_code == 4


def test_a_file_that_is_no_database(on_file: Path) -> None:
    """Anything else in the database's place is told, not a crash."""
    (on_file / stores.DATABASE).write_bytes(b"no database at all" * 100)
    with pytest.raises(SurveyError, match="DATABASE_UNREADABLE"):
        open_store(on_file)


def fail_half_way(store: stores.Store) -> None:
    with store.write() as transaction:
        transaction.note("freeze_frame")
        raise stop("FRAME_EMPTY")


def test_all_or_nothing(folder: Path) -> None:
    """What fails half-way, or is abandoned, leaves nothing behind."""
    store = open_store(folder)
    with store.write() as transaction:
        transaction.note("freeze_frame")
        transaction.abandon()
    with pytest.raises(SurveyError, match="FRAME_EMPTY"):
        fail_half_way(store)
    assert acts(store) == ["settings"]


def test_writers_wait_and_give_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one writes, another is told to come back."""
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.05)
    one, other = open_store(folder), open_store(folder)
    with one.write() as transaction:
        transaction.note("freeze_frame")
        with pytest.raises(SurveyError, match="DATABASE_BUSY"), other.write():
            pass
        assert acts(other) == ["settings"]
    assert acts(other) == ["settings", "freeze_frame"]


def test_today_is_the_survey_zone_s_day(folder: Path) -> None:
    """At 18:00 UTC it is tomorrow in Viet Nam."""
    store = open_store(folder, clock=lambda: datetime(2023, 12, 5, 18, tzinfo=UTC))
    assert store.today == date(2023, 12, 6)


def test_the_author(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An author is the one named, else SIPAS_USER, else the login."""
    assert open_store(folder, author="an").author == "an"
    assert open_store(folder).author.startswith("cli:")
    monkeypatch.setenv("SIPAS_USER", "binh")
    assert open_store(folder).author == "binh"


def test_a_folder_that_holds_something(folder: Path, tmp_path: Path) -> None:
    """Nothing is ever overwritten: a folder in use, or a file in its place, is refused."""
    (tmp_path / "file").write_text("mine")
    for taken in (folder, tmp_path / "file"):
        with pytest.raises(SurveyError, match="SURVEY_EXISTS") as refused:
            new_survey(taken)
        assert refused.value.exit_code == 4
    assert (tmp_path / "file").read_text() == "mine"
