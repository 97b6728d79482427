"""The key of personal data, and what it seals."""

import stat
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from sipas_survey.problems import SurveyError
from sipas_survey.storage import frames, keys
from sipas_survey.storage.keys import Key, Sealed
from sipas_survey.storage.schema import people
from sipas_survey.workflow import frame
from sipas_survey.workflow.office import open_survey
from tests.small_surveys import csv_file, new_survey
from tests.small_surveys import people as some_people

ONE, TWO = UUID(int=1), UUID(int=2)
PERSON = {"full_name": "Nguyễn Thị A", "birth_year": "1980"}


def test_the_key_lies_outside_the_survey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`init` makes a random key in the configuration folder, readable by its owner alone; the toml has its id only."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    store, other = new_survey(tmp_path / "a"), new_survey(tmp_path / "b")
    file = tmp_path / "home" / "sipas" / "keys" / f"{store.settings.id}.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(bytes.fromhex(file.read_text())) == 32
    assert store.settings.key_id != other.settings.key_id
    assert file.read_text().strip() not in (tmp_path / "a" / "survey.toml").read_text()
    assert sorted(f.name for f in (tmp_path / "a").iterdir() if "survey.db-" not in f.name) == [
        "survey.db",
        "survey.toml",
    ]


def test_a_named_key_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIPAS_KEY_FILE serves several surveys and is never overwritten; where there is none it is made."""
    file = tmp_path / "k" / "my.key"
    monkeypatch.setenv("SIPAS_KEY_FILE", str(file))
    one = new_survey(tmp_path / "a")
    made = file.read_bytes()
    two = new_survey(tmp_path / "b")
    assert file.read_bytes() == made
    assert one.settings.key_id == two.settings.key_id == one.unlocked().key_id
    assert one.unlocked().equality_hash("x") == two.unlocked().equality_hash("x")


@pytest.mark.parametrize("content", ["no key", "ab" * 31, "\xff"])
def test_a_file_that_is_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    """What is not 64 hexadecimal digits is told, and left alone."""
    (tmp_path / "k").write_text(content, encoding="latin-1")
    monkeypatch.setenv("SIPAS_KEY_FILE", str(tmp_path / "k"))
    with pytest.raises(SurveyError, match="KEY_UNREADABLE"):
        new_survey(tmp_path / "a")
    assert (tmp_path / "k").read_text(encoding="latin-1") == content
    assert not (tmp_path / "a").exists()


def test_a_place_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the key cannot be written, no survey is made, and the way out names SIPAS_KEY_FILE."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SIPAS_KEY_FILE", str(tmp_path / "file" / "k"))
    with pytest.raises(SurveyError, match=r"KEY_NOT_WRITABLE.*SIPAS_KEY_FILE") as refused:
        new_survey(tmp_path / "a")
    assert refused.value.exit_code == 2
    assert not (tmp_path / "a").exists()


def test_a_demo_keeps_its_key_beside_it(tmp_path: Path) -> None:
    """The people of a demo are invented: its key lies in its folder."""
    new_survey(tmp_path / "a", demo=True)
    assert (tmp_path / "a" / "demo.key").is_file()


def test_without_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the key, or with another in its place, a survey opens; only names are locked (exit 5)."""
    folder = new_survey(tmp_path / "a").folder
    monkeypatch.setenv("SIPAS_KEY_FILE", str(tmp_path / "other"))
    for content in (None, "ab" * 32):
        if content:
            (tmp_path / "other").write_text(content)
        store = open_survey(folder)
        assert store.key is None
        with pytest.raises(SurveyError, match="PERSONAL_DATA_LOCKED") as refused:
            store.unlocked()
        assert refused.value.exit_code == 5


def test_a_seal_opens_only_in_its_place() -> None:
    """What is sealed opens for the same survey, unit and event, and for nothing else."""
    key = Key(b"k" * 32, ONE)
    seal = key.seal("A1", PERSON)
    assert key.open("A1", seal) == PERSON
    assert key.seal("A1", PERSON) != seal
    note = key.seal("A", {"note": "x"}, event_id="1")
    assert key.open("A", note, event_id="1") == {"note": "x"}
    for other, unit, sealed in [(key, "A2", seal), (Key(b"k" * 32, TWO), "A1", seal), (key, "A1", note)]:
        with pytest.raises(SurveyError, match="PERSONAL_DATA_ALTERED"):
            other.open(unit, sealed)
    with pytest.raises(SurveyError, match="PERSONAL_DATA_LOCKED"):
        Key(b"l" * 32, ONE).open("A1", seal)


def test_any_changed_byte_is_noticed() -> None:
    """A seal with any byte of it changed does not open."""
    key = Key(b"k" * 32, ONE)
    seal = key.seal("A1", PERSON)
    for i in range(len(seal.sealed)):
        bent = bytes([*seal.sealed[:i], seal.sealed[i] ^ 1, *seal.sealed[i + 1 :]])
        with pytest.raises(SurveyError, match="PERSONAL_DATA_ALTERED"):
            key.open("A1", Sealed(seal.key_id, seal.nonce, bent))


def test_digests_depend_on_the_key() -> None:
    """Equality hashes and digests are the same under one key only; an empty text has no digest."""
    one, other = Key(b"k" * 32, ONE), Key(b"l" * 32, ONE)
    assert one.equality_hash("x") == one.equality_hash("x") != other.equality_hash("x")
    assert len(one.equality_hash("x")) == 32
    assert one.digest("x") != other.digest("x")
    assert one.digest("") == ""
    assert "k" * 8 not in repr(one)
    with pytest.raises(ValueError, match="32 bytes"):
        Key(b"short", ONE)


def test_the_database_holds_no_name(tmp_path: Path) -> None:
    """No name, in whole or part, stands in the database or its log; two people's rows cannot be swapped."""
    store = new_survey(tmp_path / "a")
    rows = some_people()
    frame.import_frame(store, csv_file(tmp_path / "f.csv", rows))
    stored = b"".join(f.read_bytes() for f in store.folder.iterdir())
    assert "Thôn 1".encode() in stored
    assert not [row[7] for row in rows if row[7].encode() in stored]
    assert "Nguyễn".encode() not in stored
    with store.write() as transaction:
        connection = transaction.connection
        ids = ["HS-132-00", "HS-132-01"]
        found = {row.unit_id: row for row in connection.execute(sa.select(people).where(people.c.unit_id.in_(ids)))}
        for unit, other in zip(ids, reversed(ids), strict=True):
            swapped = {"nonce": found[other].nonce, "sealed": found[other].sealed}
            connection.execute(people.update().where(people.c.unit_id == unit).values(swapped))
        with pytest.raises(SurveyError, match="PERSONAL_DATA_ALTERED"):
            frames.people_of(connection, store.unlocked(), ids)


def test_where_the_key_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a demo, at SIPAS_KEY_FILE, in the configuration folder: in this order."""
    assert keys.file_of(ONE, tmp_path, demo=True) == tmp_path / "demo.key"
    assert keys.file_of(ONE, tmp_path).name == f"{ONE}.key"
    monkeypatch.setenv("SIPAS_KEY_FILE", "/k")
    assert keys.file_of(ONE, tmp_path) == Path("/k")
