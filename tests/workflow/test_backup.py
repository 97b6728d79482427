"""Backups: consistent while others write, whole or refused, and restored to the same survey on both databases."""

import json
import shutil
import threading
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sipas_survey.exchange.events import EventRow
from sipas_survey.problems import SurveyError
from sipas_survey.storage import backup as stored
from sipas_survey.storage import database as databases
from sipas_survey.storage import envelope, keys, ledger
from sipas_survey.storage.schema import metadata
from sipas_survey.storage.store import Store
from sipas_survey.workflow import backup, designing, drawing, field, frame, office, reports
from tests.databases import behind_the_back, server, without_triggers
from tests.surveys import Clock, Survey, drawn

WORDS = "một câu dài"
ACCOUNTS = ("users", "sessions", "tokens", "attempts")
STORY = """
    print 6 A1
    issue 6 A1
    n1: return 8 A1 worker=BT1 note=gặp_con_gái
    print 6 B1
    issue 7 B1
"""


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work of scrypt is not what is tested here."""
    monkeypatch.setattr(envelope, "WORK", 4)


@pytest.fixture
def told(survey: Survey) -> Survey:
    """A survey with events, one of them with a note."""
    assert survey.tell(STORY).stored
    return survey


def rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a survey."""
    with store.read() as connection:
        return {
            name: sorted(tuple(row) for row in connection.execute(sa.select(table)))
            for name, table in metadata.tables.items()
        }


def wiped(store: Store) -> None:
    """The survey gone: folder, schema and key."""
    if store.home.schema:
        with behind_the_back(store) as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {store.home.schema} CASCADE")
    keys.file_of(store.settings.id, store.folder).unlink()
    store.close()
    shutil.rmtree(store.folder)


def written(store: Store, folder: Path) -> list[bytes]:
    """The reports of a survey, as bytes."""
    reports.write_report(store, folder / "r.html")
    reports.write_report(store, folder / "r.xlsx")
    return [(folder / "r.html").read_bytes(), (folder / "r.xlsx").read_bytes()]


# ---------------------------------------------------------------- there and back
def test_what_is_wiped_comes_back(told: Survey, tmp_path: Path) -> None:
    """Backup, wipe, restore: every table, every report, the key and the settings are the same byte for byte."""
    store, file = told.store, tmp_path / "b.sipas"
    known, before, said = (store.folder / "survey.toml").read_bytes(), rows(store), written(store, tmp_path)
    made = backup.create(store.folder, file, passphrase=WORDS)
    assert made.problems == ()
    wiped(store)
    done = backup.restore(file, store.folder, passphrase=WORDS)
    assert done.audit.intact
    assert done.audit.head == made.manifest.head
    assert done.forms == {"out": 1, "planned": 6, "returned": 1}
    again = office.open_survey(store.folder)
    again = Store(again.folder, again.settings, again.home, again.engine, again.key, "an", told.clock)
    assert rows(again) == before
    assert written(again, tmp_path) == said
    assert (store.folder / "survey.toml").read_bytes() == known
    assert again.unlocked().key_id == again.settings.key_id
    again.close()


def test_the_triggers_come_back_too(told: Survey, tmp_path: Path) -> None:
    """What was restored refuses changes of the ledger as before, and goes on from its head."""
    backup.create(told.store.folder, tmp_path / "b", passphrase=WORDS)
    wiped(told.store)
    backup.restore(tmp_path / "b", told.store.folder, passphrase=WORDS)
    again = Survey(office.open_survey(told.store.folder, author="bình"), told.clock, told.codes)
    again.tell("n2: accept 9 A1")
    assert office.verify(again.store).intact
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), behind_the_back(again.store) as connection:
        connection.exec_driver_sql("UPDATE events SET act = 'x'")
    again.store.close()


def test_a_backup_looked_through(told: Survey, tmp_path: Path) -> None:
    """`verify` counts entries, rows and seals; `rehearse` restores aside and leaves nothing behind, not even here."""
    file = tmp_path / "b"
    made = backup.create(told.store.folder, file, passphrase=WORDS, author="chi")
    looked = backup.look(file, passphrase=WORDS)
    assert looked.intact
    assert looked.manifest == made.manifest
    assert looked.manifest.author == "chi"
    assert looked.manifest.tables["frame_units"] == 12
    assert looked.seals == looked.manifest.tables["people"] == 12 - 4 + 1  # who was drawn, and a note
    before, there = rows(told.store), sorted(told.store.folder.iterdir())
    done = backup.rehearse(file, passphrase=WORDS)
    assert done.audit.intact
    assert done.forms == {"out": 1, "planned": 6, "returned": 1}
    assert rows(told.store) == before
    assert sorted(told.store.folder.iterdir()) == there


def test_own_units_and_questionnaire_go_along(tmp_path: Path) -> None:
    """Files of the survey's own beside survey.toml are in the backup; others are not."""
    (tmp_path / "u.csv").write_text("commune_code,commune\n1,Xã Một\n", encoding="utf-8")
    store = office.init(tmp_path / "s", office.NewSurvey(units=str(tmp_path / "u.csv")))
    (store.folder / "private.xlsx").write_bytes(b"x")
    made = backup.create(store.folder, tmp_path / "b", passphrase=WORDS)
    assert made.manifest.files == ("survey.toml", "u.csv")
    backup.restore(tmp_path / "b", tmp_path / "new", passphrase=WORDS)
    assert (tmp_path / "new" / "u.csv").read_bytes() == (tmp_path / "u.csv").read_bytes()
    store.close()


def test_from_the_server_into_a_file_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that burnt down: its survey is restored into a file, and from there to another server."""
    pytest.importorskip("psycopg")
    if not server():
        pytest.skip('no PostgreSQL: pip install -e ".[test]"')
    monkeypatch.setenv("SIPAS_DATABASE", server())
    survey = drawn(tmp_path)
    survey.tell(STORY)
    before = rows(survey.store)
    backup.create(survey.store.folder, tmp_path / "b", passphrase=WORDS)
    wiped(survey.store)
    backup.restore(tmp_path / "b", tmp_path / "file", passphrase=WORDS, to_file=True)
    monkeypatch.delenv("SIPAS_DATABASE")
    aside = office.open_survey(tmp_path / "file")
    assert not aside.home.schema
    assert rows(aside) == before
    backup.create(aside.folder, tmp_path / "b2", passphrase=WORDS)
    aside.close()
    monkeypatch.setenv("SIPAS_DATABASE", server())
    assert backup.restore(tmp_path / "b2", tmp_path / "again", passphrase=WORDS).audit.intact
    again = office.open_survey(tmp_path / "again")
    assert again.home.schema
    assert rows(again) == before
    again.close()


def test_an_older_schema_is_backed_up_as_it_is_and_brought_up_to_date(tmp_path: Path) -> None:
    """A survey that waits for `db upgrade` can be copied; what is restored from the copy is at the newest schema."""
    survey = drawn(tmp_path)
    with behind_the_back(survey.store) as connection:
        for table in (*ACCOUNTS, "form_states", "form_states_basis", "recheck_draws", "recheck_answers"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql("DROP INDEX events_pointing")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    survey.store.close()
    with pytest.raises(SurveyError, match="DATABASE_OLDER"):
        office.open_survey(survey.store.folder)
    made = backup.create(survey.store.folder, tmp_path / "b", passphrase=WORDS)
    assert made.manifest.schema_version == "0001"
    assert backup.restore(tmp_path / "b", tmp_path / "new", passphrase=WORDS).audit.intact
    office.open_survey(tmp_path / "new").close()


# ---------------------------------------------------------------- while others write
def framed(folder: Path, *, units: int) -> Store:
    """A survey of one district with so many units, and nothing drawn."""
    folder.mkdir()
    store = office.init(folder / "survey", office.NewSurvey(), author="an", clock=Clock())
    lines = [f"U{i:05d},132,04270,Hộ tịch" for i in range(units)]
    (folder / "f.csv").write_text("\n".join(["unit_id,district_code,commune_code,field", *lines]), encoding="utf-8")
    assert frame.import_frame(store, folder / "f.csv").stored
    return store


def large(folder: Path, *, forms: int) -> tuple[Store, list[EventRow]]:
    """A survey of so many forms, and five facts of each: printed, issued, three visits on which nobody was met."""
    store = framed(folder, units=forms)
    designing.set_design(store, designing.Asked(per_district=forms, reserve=0.0))
    drawing.draw_lists(store, seed="test")
    codes = drawing.export(store)["form"].tolist()
    acts = ("print", "issue", "not_met", "not_met", "not_met")
    facts = [EventRow(None, code, act, date(2024, 1, 6 + day)) for day, act in enumerate(acts) for code in codes]
    return store, facts


def last_entry(store: Store) -> int:
    """The number of entries of a survey."""
    with store.read() as connection:
        return ledger.head(connection, str(store.settings.id))[0]


def test_a_backup_between_batches(database: str, tmp_path: Path) -> None:
    """While somebody imports batch after batch, every backup holds whole batches and verifies."""
    size = 20
    store, facts = large(tmp_path / "l", forms=2 * size)
    field.take_in(store, facts[:size])
    before = last_entry(store)

    def work() -> None:
        for i in range(size, len(facts), size):
            field.take_in(store, facts[i : i + size])

    thread = threading.Thread(target=work)
    thread.start()
    made = []
    while thread.is_alive() or not made:
        file = tmp_path / f"b{len(made)}"
        made.append(backup.create(store.folder, file, passphrase=WORDS).manifest.entries - before)
        assert backup.look(file, passphrase=WORDS).intact
    thread.join()
    assert {entries % size for entries in made} == {0}
    assert last_entry(store) == before + len(facts) - size
    assert backup.rehearse(file, passphrase=WORDS).audit.intact
    store.close()


@pytest.mark.soak
def test_a_backup_during_a_large_import(database: str, tmp_path: Path) -> None:
    """Backups one after the other during one import of 50,000 events: each is the state before it or the one after."""
    store, facts = large(tmp_path / "l", forms=10_000)
    before = last_entry(store)
    thread = threading.Thread(target=lambda: field.take_in(store, facts))
    thread.start()
    made = []
    while thread.is_alive() or len(made) < 2:
        file = tmp_path / f"b{len(made)}"
        made.append(backup.create(store.folder, file, passphrase=WORDS).manifest.entries)
        assert backup.rehearse(file, passphrase=WORDS).audit.intact
    thread.join()
    after = last_entry(store)
    assert after > before + 50_000 - 1
    assert made[0] == before
    assert set(made) <= {before, after}
    store.close()


def test_memory_stays_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows go through in pieces: a survey ten times as large takes little more memory."""
    monkeypatch.setattr(stored, "_ROWS", 500)
    peaks = []
    for units in (2_000, 20_000):
        store = framed(tmp_path / str(units), units=units)
        store.close()
        tracemalloc.start()
        backup.create(store.folder, tmp_path / f"b{units}", passphrase=WORDS)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]


# ---------------------------------------------------------------- refused
def test_wrong_words_and_damage_leave_nothing(told: Survey, tmp_path: Path) -> None:
    """Another passphrase, a flipped byte anywhere, a file cut short: refused, and no folder, schema or key is left."""
    file, key_file = tmp_path / "b", keys.file_of(told.store.settings.id, told.store.folder)
    backup.create(told.store.folder, file, passphrase=WORDS)
    held, home = file.read_bytes(), told.store.home
    wiped(told.store)
    bent = [held[:at] + bytes([held[at] ^ 4]) + held[at + 1 :] for at in (0, 17, 30, 60, 400, len(held) - 1)]
    for wrong, words in [(held, "câu khác"), *((each, WORDS) for each in bent), (held[:-30], WORDS), (b"", WORDS)]:
        file.write_bytes(wrong)
        for act in (backup.look, backup.rehearse):
            with pytest.raises(SurveyError, match="ENVELOPE_"):
                act(file, passphrase=words)
        with pytest.raises(SurveyError, match="ENVELOPE_"):
            backup.restore(file, told.store.folder, passphrase=words)
        assert not told.store.folder.exists()
        assert not key_file.exists()
    if home.schema:
        engine = databases.connect(home, as_owner=True)
        assert not sa.inspect(engine).has_schema(home.schema)
        engine.dispose()
    file.write_bytes(held)
    assert backup.restore(file, told.store.folder, passphrase=WORDS).audit.intact


def test_only_into_an_empty_place(told: Survey, tmp_path: Path) -> None:
    """A folder with anything in it, the schema of a server that is there, and another key are left alone."""
    store, file = told.store, tmp_path / "b"
    backup.create(store.folder, file, passphrase=WORDS)
    with pytest.raises(SurveyError, match="RESTORE_NOT_EMPTY"):
        backup.restore(file, store.folder, passphrase=WORDS)
    with pytest.raises(SurveyError, match="FILE_EXISTS"):
        backup.create(store.folder, file, passphrase=WORDS)
    if store.home.schema:
        with pytest.raises(SurveyError, match="RESTORE_NOT_EMPTY"):
            backup.restore(file, tmp_path / "new", passphrase=WORDS)
        assert not (tmp_path / "new").exists()
    key_file = keys.file_of(store.settings.id, store.folder)
    key_file.write_text("ab" * 32)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SurveyError, match="KEY_OTHER_THERE"):
        backup.restore(file, tmp_path / "empty", passphrase=WORDS)
    assert key_file.read_text() == "ab" * 32
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_bent_ledger_is_told_by_its_backup(tmp_path: Path) -> None:
    """What was bent before the backup was made is found by `verify` and by a restore, which still restores it."""
    survey = drawn(tmp_path)
    with behind_the_back(survey.store) as connection:
        without_triggers(connection)
        connection.exec_driver_sql("UPDATE events SET author = 'x' WHERE seq = 2")
    survey.store.close()
    backup.create(survey.store.folder, tmp_path / "b", passphrase=WORDS)
    looked = backup.look(tmp_path / "b", passphrase=WORDS)
    assert not looked.intact
    assert [(p.kind, p.found) for p in looked.problems] == [("LEDGER_BROKEN", "2")]
    done = backup.restore(tmp_path / "b", tmp_path / "new", passphrase=WORDS)
    assert (done.audit.intact, done.audit.first_bad) == (False, 2)


def test_without_the_key(told: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup made where the key is not says so; what is restored from it works, with its people locked."""
    monkeypatch.setenv("SIPAS_KEY_FILE", str(tmp_path / "none"))
    made = backup.create(told.store.folder, tmp_path / "b", passphrase=WORDS)
    assert [p.kind for p in made.problems] == ["BACKUP_WITHOUT_KEY"]
    assert backup.look(tmp_path / "b", passphrase=WORDS).seals == 0
    wiped_folder = told.store.folder
    monkeypatch.delenv("SIPAS_KEY_FILE")
    wiped(told.store)
    monkeypatch.setenv("SIPAS_KEY_FILE", str(tmp_path / "none"))
    done = backup.restore(tmp_path / "b", wiped_folder, passphrase=WORDS)
    assert done.audit.intact
    assert done.key_file is None
    store = office.open_survey(wiped_folder)
    with pytest.raises(SurveyError, match="PERSONAL_DATA_LOCKED"):
        store.unlocked()
    store.close()


def test_words_that_are_too_short(told: Survey, tmp_path: Path) -> None:
    """Seven letters are no passphrase; no file is begun."""
    with pytest.raises(SurveyError, match="PASSPHRASE_SHORT"):
        backup.create(told.store.folder, tmp_path / "b", passphrase="bảychữ!")
    assert not list(tmp_path.glob("b*"))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder that is a file is a problem, and what was begun is removed."""
    survey = drawn(tmp_path)
    survey.store.close()
    (tmp_path / "file").write_text("")
    with pytest.raises(SurveyError, match="OUTPUT_NOT_WRITABLE"):
        backup.create(survey.store.folder, tmp_path / "file" / "b", passphrase=WORDS)
    with pytest.raises(SurveyError, match="FILE_NOT_FOUND"):
        backup.look(tmp_path / "nothing", passphrase=WORDS)


# ---------------------------------------------------------------- backups that somebody made up
def made_up(file: Path, lines: list[Any]) -> Path:
    """An envelope with a sound seal around lines of one's own."""
    with file.open("wb") as out:
        envelope.write(out, stored._packed(json.dumps(line) for line in lines), passphrase=WORDS)
    return file


@pytest.fixture
def manifest(tmp_path: Path) -> dict[str, Any]:
    """The manifest of an empty survey, and its settings as the only file."""
    store = office.init(tmp_path / "s", office.NewSurvey())
    backup.create(store.folder, tmp_path / "m", passphrase=WORDS)
    about = backup.look(tmp_path / "m", passphrase=WORDS).manifest.model_dump(mode="json")
    store.close()
    return {**about, "tables": {}, "has_key": False}


def test_made_up_backups_are_refused(manifest: dict[str, Any], tmp_path: Path) -> None:
    """Lines of another shape, tables that there are not, files outside the folder, a nest of brackets: no traceback."""
    toml = stored.b64encode((tmp_path / "s" / "survey.toml").read_bytes()).decode()
    outside = stored.b64encode(
        (tmp_path / "s" / "survey.toml").read_text().replace('"yen_bai_2023"', '"../u.csv"').encode()
    ).decode()
    settings_line = ["survey.toml", toml]
    several: list[list[Any]] = [
        [],
        ["text"],
        [{"survey_id": 3}],
        [manifest],
        [manifest, settings_line],
        [manifest, settings_line, 5],
        [manifest, settings_line, None, "more"],
        [manifest, ["survey.toml", "no base64!"], None],
        [manifest, settings_line, None, ["pg_authid", []]],
        [{**manifest, "tables": {"pg_authid": 0}}, settings_line, None, ["pg_authid", []]],
        [{**manifest, "tables": {"events": 1}}, settings_line, None, ["events", ["seq"]], 5],
        [{**manifest, "tables": {"events": 1}}, settings_line, None, ["events", ["seq", "nothing"]], [1, 2]],
        [{**manifest, "tables": {"people": 1}}, settings_line, None, ["people", ["nonce"]], ["%"]],
        [{**manifest, "files": ["survey.toml", "../u.csv"]}, ["survey.toml", outside], ["../u.csv", ""], None],
        [{**manifest, "survey_id": "x"}, settings_line, None],
        [{**manifest, "schema_version": "9999"}, settings_line, None],
    ]
    for i, lines in enumerate(several):
        file = made_up(tmp_path / f"x{i}", lines)
        for act in (backup.look, backup.rehearse):
            with pytest.raises(SurveyError, match=r"ENVELOPE_DAMAGED|BACKUP_NEWER|SETTINGS_INVALID|KEY_UNREADABLE"):
                act(file, passphrase=WORDS)
        with pytest.raises(SurveyError, match=r"^[A-Z]"):
            backup.restore(file, tmp_path / "r", passphrase=WORDS)
        assert not (tmp_path / "r").exists()
    deep = tmp_path / "deep"
    with deep.open("wb") as out:
        envelope.write(out, stored._packed(["[" * 200_000]), passphrase=WORDS)
    with pytest.raises(SurveyError, match="ENVELOPE_DAMAGED"):
        backup.look(deep, passphrase=WORDS)
    assert not (tmp_path / "u.csv").exists()
