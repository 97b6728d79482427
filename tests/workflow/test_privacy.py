"""Personal data: looked up with a reason, sealed anew, taken away; what is judged stays as it was."""

import os
from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from sipas_survey.access import Viewer
from sipas_survey.exchange.events import EventRow
from sipas_survey.formats import name_key, search_key
from sipas_survey.problems import SurveyError
from sipas_survey.storage import database as databases
from sipas_survey.storage import envelope, keys, people
from sipas_survey.storage import settings as stored_settings
from sipas_survey.storage.schema import frame_units
from sipas_survey.storage.schema import people as people_table
from sipas_survey.storage.store import Store
from sipas_survey.workflow import (
    anonymous,
    answers,
    designing,
    drawing,
    field,
    frame,
    key_custody,
    office,
    papers,
    privacy,
    progress,
    reports,
)
from tests.databases import behind_the_back
from tests.small_surveys import acts
from tests.surveys import Survey
from tests.workflow.test_backup import framed

WORDS = "một câu dài"
STORY = """
    print 6 A1
    issue 6 A1
    n1: return 8 A1 worker=BT1 note=gặp_con_gái
    print 20 B1
    n2: issue 21 B1 note=gọi_trước
"""
FAR = date(2100, 1, 1)


@pytest.fixture
def told(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> Survey:
    """A survey with events, two of them with a note."""
    monkeypatch.setattr(envelope, "WORK", 4)
    assert survey.tell(STORY).stored
    return survey


def again(survey: Survey) -> Store:
    """The survey opened anew, with the same clock."""
    survey.store.close()
    opened = office.open_survey(survey.store.folder, author="an")
    survey.store = Store(
        opened.folder, opened.settings, opened.home, opened.engine, opened.key, opened.author, survey.clock
    )
    return survey.store


def sealed(store: Store) -> list[tuple[str, str, str, bytes]]:
    """Every sealed row: unit, event, key, what is sealed."""
    with store.read() as connection:
        return [(r.unit_id, r.event_id, r.key_id, r.sealed) for r in connection.execute(sa.select(people_table))]


def hashes(store: Store) -> dict[str, str]:
    """The keyed hash of each unit."""
    with store.read() as connection:
        return {r.unit_id: r.person_hash for r in connection.execute(sa.select(frame_units))}


def judged(store: Store, folder: Path) -> tuple[object, ...]:
    """What nothing here may change: draw verification, rates, public frame, case table."""
    papers.write_cases(store, folder / "cases.csv")
    repeated = drawing.verify(store, frame_file=folder / "people.csv")
    assert repeated.same
    rates = progress.status(store, as_of=date(2024, 1, 31))
    return repeated, rates, frame.public_extract(store), (folder / "cases.csv").read_bytes()


# ---------------------------------------------------------------- looking up
def test_looking_up_is_masked_sorted_and_recorded(told: Survey) -> None:
    """Accents and case do not matter, phones are found by digits, names come in order, the ledger keeps the reason."""
    every = privacy.find(told.store, "", reason="kiểm tra", reveal=True)
    names = [person.personal["full_name"] for person in every]
    assert len(names) == 8
    assert names == sorted(names, key=name_key)
    one = names[0]
    plain = search_key(one)
    for text in (one, plain, plain.upper(), every[0].personal["phone"][-5:]):
        assert one in [p.personal["full_name"] for p in privacy.find(told.store, text, reason="x", reveal=True)]
    masked = privacy.find(told.store, plain, reason="x")[0].personal
    assert masked["full_name"] == " ".join(f"{word[0]}…" for word in one.split())
    assert masked["phone"] == "0…"
    assert acts(told.store).count("show_names") == 6
    entry = next(row for row in office.journal(told.store) if row["act"] == "show_names")
    assert entry["details"] == '{"people":8,"reason":"kiểm tra","revealed":true,"where":"privacy find"}'
    assert not any(one in str(row) or plain in str(row) for row in office.journal(told.store))
    assert office.verify(told.store).intact


def test_looking_up_stays_in_scope_and_needs_reason_and_key(told: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    """A district's office sees its own people; without a reason or the key nobody sees anybody."""
    mine = privacy.find(told.store, "", reason="x", viewer=Viewer("post", frozenset({"140"})))
    assert {person.commune_code for person in mine} == {"04627"}
    before = acts(told.store)
    with pytest.raises(SurveyError, match="SHOW_REASON_EMPTY"):
        privacy.find(told.store, "", reason=" ")
    monkeypatch.setenv("SIPAS_KEY_FILE", "/nowhere/key")
    with pytest.raises(SurveyError, match="PERSONAL_DATA_LOCKED"):
        privacy.find(again(told), "", reason="x")
    assert acts(told.store) == before


def test_locked(told: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the key everything works but names: status, draw, report, purge; lists and keys say what is missing."""
    monkeypatch.setenv("SIPAS_KEY_FILE", str(tmp_path / "none"))
    store = again(told)
    assert drawing.verify(store).same
    assert office.verify(store).intact
    reports.write_report(store, tmp_path / "r.html")
    assert told.tell("return 22 B1").stored
    for act in (
        lambda: papers.write_lists(store, tmp_path / "l"),
        lambda: key_custody.export(store, tmp_path / "k"),
        lambda: key_custody.rotate(store),
    ):
        with pytest.raises(SurveyError, match="PERSONAL_DATA_LOCKED") as refused:
            act()
        assert refused.value.exit_code == 5
    assert not (tmp_path / "k").exists()
    assert privacy.purge(store, before=FAR).people == 8


# ---------------------------------------------------------------- purge
def test_purge_takes_names_and_leaves_everything_else(told: Survey, tmp_path: Path) -> None:
    """People, notes and hashes are gone; chain, draw verification, rates and public frame are as they were."""
    before, entries = judged(told.store, tmp_path), len(acts(told.store))
    done = privacy.purge(told.store, before=FAR)
    assert (done.people, done.notes) == (8, 2)
    assert [p.kind for p in done.problems] == ["PURGED_STILL_OUT"]
    assert sealed(told.store) == []
    assert set(hashes(told.store).values()) == {""}
    assert judged(told.store, tmp_path) == before
    assert office.verify(told.store).intact
    assert acts(told.store)[entries:] == ["purge"]
    assert privacy.purge(told.store, before=FAR).people == 0
    assert len(acts(told.store)) == entries + 1
    told_of = papers.write_lists(told.store, tmp_path / "lists").problems
    assert [(p.kind, p.found) for p in told_of] == [("PEOPLE_PURGED", "8")]


def test_purge_goes_by_the_last_day(told: Survey) -> None:
    """Who was touched on the day or later stays, and so does his note; a dry run only counts."""
    a1, b1 = ({r.form: r.unit_id for r in progress.form_records(told.store)}[told.codes[name]] for name in ("A1", "B1"))
    cut = date(2024, 1, 20)  # before the draw of 31 January: of the others nothing is recorded since then
    dry = privacy.purge(told.store, before=cut, dry_run=True)
    assert (dry.people, dry.notes) == (1, 1)
    assert len(sealed(told.store)) == 10
    assert privacy.purge(told.store, before=cut).people == 1
    left = sealed(told.store)
    assert a1 not in {unit for unit, *_ in left}
    assert [event for unit, event, *_ in left if unit == b1] == ["", "n2"]
    assert office.verify(told.store).intact


def test_what_a_purge_did_not_take_must_be_there(told: Survey) -> None:
    """After a purge a person or note that somebody takes away is found as before."""
    privacy.purge(told.store, before=date(2024, 1, 20))
    with behind_the_back(told.store) as connection:
        connection.execute(people_table.delete().where(people_table.c.event_id == "n2"))
    audit = office.verify(told.store)
    assert not audit.intact
    assert audit.problems[0].details["why"] is office.Bent.PEOPLE


# ---------------------------------------------------------------- keys
def test_rotation_seals_everything_anew(told: Survey, tmp_path: Path) -> None:
    """Names, notes and hashes under the new key only; ledger, draw, people's digest and the same batch as before."""
    before, old = judged(told.store, tmp_path), told.store.unlocked()
    blobs = [blob for *_, blob in sealed(told.store)]
    names = privacy.find(told.store, "", reason="x", reveal=True)
    was = hashes(told.store)
    key_file = keys.file_of(told.store.settings.id, told.store.folder)
    old_line = key_file.read_text().split()[0]
    done = key_custody.rotate(told.store)
    assert (done.people, done.notes, done.problems) == (8, 2, ())
    store = again(told)
    assert store.settings.key_id == done.after != done.before == old.key_id
    assert old_line not in key_file.read_text()
    assert {key_id for _, _, key_id, _ in sealed(store)} == {done.after}
    assert privacy.find(store, "", reason="x", reveal=True) == names
    now = hashes(store)
    assert all(now[person.unit_id] != was[person.unit_id] != "" for person in names)
    assert [now[unit] for unit in now.keys() - {p.unit_id for p in names}] == [""] * 4
    assert judged(store, tmp_path) == before
    audit = office.verify(store)
    assert (audit.intact, audit.settings_pending) == (True, False)
    assert told.tell(STORY).known == 5
    if not store.home.schema:
        files = b"".join(f.read_bytes() for f in store.folder.iterdir())
        assert not [blob for blob in blobs if blob in files]


def test_a_shared_key_file_keeps_the_old_key(told: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where several surveys use one key file, the others still find theirs; a warning tells of the line left."""
    own = keys.file_of(told.store.settings.id, told.store.folder)
    shared = tmp_path / "shared.key"
    shared.write_bytes(own.read_bytes())
    monkeypatch.setenv("SIPAS_KEY_FILE", str(shared))
    before = told.store.settings.key_id
    done = key_custody.rotate(again(told))
    assert [p.kind for p in done.problems] == ["KEY_LEFT_IN_FILE"]
    assert [line.key_id for line in keys.read_file(shared)] == [done.after, before]
    assert again(told).unlocked().key_id == done.after


def test_a_rotation_that_fails_changes_nothing(told: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a seal does not open, key file, settings and people are as they were."""
    key_file = keys.file_of(told.store.settings.id, told.store.folder)
    held, toml = key_file.read_bytes(), (told.store.folder / "survey.toml").read_bytes()
    with behind_the_back(told.store) as connection:
        connection.execute(people_table.update().where(people_table.c.event_id == "n2").values(sealed=b"x" * 40))
    before = sealed(told.store)
    with pytest.raises(SurveyError, match="PERSONAL_DATA_ALTERED"):
        key_custody.rotate(told.store)
    assert key_file.read_bytes() == held
    assert (told.store.folder / "survey.toml").read_bytes() == toml
    assert sealed(told.store) == before


def test_a_rotation_that_was_cut_off_is_finished(told: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine stops between the database and survey.toml: nothing is lost, and the next rotation ends it."""
    with monkeypatch.context() as patch:
        patch.setattr(stored_settings, "change_key", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            key_custody.rotate(told.store)
    before = told.store.settings.key_id
    with pytest.raises(SurveyError, match="PERSONAL_DATA_LOCKED"):
        privacy.find(again(told), "", reason="x")
    done = key_custody.rotate(told.store)
    assert done.before == before
    assert len(privacy.find(again(told), "", reason="x")) == 8
    assert acts(told.store).count("rotate_key") == 1


@pytest.mark.parametrize("words", [None, WORDS])
def test_a_copy_of_the_key(told: Survey, tmp_path: Path, words: str | None) -> None:
    """Exported, lost, put back: with a passphrase and in clear; the ledger knows that it went out."""
    key_file = keys.file_of(told.store.settings.id, told.store.folder)
    held = key_file.read_bytes()
    key_custody.export(told.store, tmp_path / "k", passphrase=words)
    assert acts(told.store)[-1] == "export_key"
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600 or os.name == "nt"
    assert key_custody.is_sealed(tmp_path / "k") is (words is not None)
    assert (held.strip() in (tmp_path / "k").read_bytes()) is (words is None)
    key_file.unlink()
    key_custody.put_back(told.store.folder, tmp_path / "k", passphrase=words)
    assert key_file.read_bytes() == held
    key_custody.put_back(told.store.folder, tmp_path / "k", passphrase=words)
    with pytest.raises(SurveyError, match="FILE_EXISTS"):
        key_custody.export(told.store, tmp_path / "k", passphrase=words)
    with pytest.raises(SurveyError, match="PASSPHRASE_SHORT"):
        key_custody.export(told.store, tmp_path / "k2", passphrase="ngắn")


def test_copies_that_are_refused(told: Survey, tmp_path: Path) -> None:
    """A key of another survey, another key in the place, a wrong passphrase, what is no key, what is not there."""
    key_file = keys.file_of(told.store.settings.id, told.store.folder)
    key_custody.export(told.store, tmp_path / "k", passphrase=WORDS)
    folder = told.store.folder
    (tmp_path / "other").write_text("cd" * 32)
    (tmp_path / "none").write_text("không phải khóa")
    for file, words, kind in [
        ("other", None, "KEY_OF_OTHER_SURVEY"),
        ("none", None, "KEY_UNREADABLE"),
        ("nothing", None, "FILE_NOT_FOUND"),
        ("k", "câu khác hẳn", "ENVELOPE_PASSPHRASE"),
        ("k", None, "KEY_UNREADABLE"),
    ]:
        with pytest.raises(SurveyError, match=kind):
            key_custody.put_back(folder, tmp_path / file, passphrase=words)
    key_file.write_text("cd" * 32)
    with pytest.raises(SurveyError, match="KEY_OTHER_THERE"):
        key_custody.put_back(folder, tmp_path / "k", passphrase=WORDS)
    assert key_file.read_text() == "cd" * 32


# ---------------------------------------------------------------- answers for others
def test_answers_without_names(demo_answers: Store, tmp_path: Path) -> None:
    """No code, no order of the file, no combination under five forms; the answers themselves are all there."""
    store = demo_answers
    done = anonymous.export_answers(store, tmp_path / "a.csv")
    table = pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False)
    assert len(table) == done.forms == 24
    loaded = answers.load(store)
    about = [name for name in table.columns if name not in loaded.responses.criteria]
    assert about[0] == "district_code"
    assert min(Counter(map(tuple, table[about].to_numpy())).values()) >= 5
    text = (tmp_path / "a.csv").read_text()
    assert not [form for form in loaded.responses.forms or () if form in text]
    told = sorted(map(tuple, table[list(loaded.responses.criteria)].to_numpy()))
    assert told == sorted(tuple(str(v or "") for v in row) for row in loaded.responses.answers.tolist())
    assert acts(store)[-1] == "export_answers"
    with pytest.raises(SurveyError, match="ANSWERS_TOO_FEW"):
        anonymous.export_answers(store, tmp_path / "b.csv", smallest=25)
    with pytest.raises(SurveyError, match="WRONG_CHOICE"):
        anonymous.export_answers(store, tmp_path / "b.doc")


@pytest.fixture
def demo_answers(tmp_path: Path) -> Store:
    """A survey of twenty-four forms that came back, with answers."""
    store = framed(tmp_path / "s", units=24)
    designing.set_design(store, designing.Asked(per_district=24, reserve=0.0))
    drawing.draw_lists(store, seed="x")
    forms = sorted(drawing.export(store)["form"])
    for act, day in (("print", 6), ("issue", 7), ("return", 9)):
        field.take_in(store, [EventRow(None, form, act, date(2024, 1, day)) for form in forms])
    section = [f.code for f in office.questionnaire_of(store).respondent][:2]
    lines = [f"form,{','.join(section)},q15,q16"]
    lines += [f"{form},{1 + i % 2},{1 + (i == 3)},{1 + i % 5},{1 + i % 3}" for i, form in enumerate(forms)]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    answers.import_responses(store, [tmp_path / "a.csv"], keep_valid=True)
    return store


def test_stored_tells_who_is_there(told: Survey) -> None:
    """Of some units those whose person is stored."""
    with told.store.read() as connection:
        drawn = {r.unit_id for r in progress.form_records(told.store)}
        assert people.stored(connection, [*drawn, "U99"]) == drawn


def test_an_onlooker_keeps_deleted_rows_in_the_files(told: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody reads meanwhile a warning asks for `scrub`, which then does it."""
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.2)
    onlooker = office.open_survey(told.store.folder)
    with onlooker.read() as connection:
        connection.execute(sa.select(people_table)).all()
        problems = privacy.purge(told.store, before=FAR).problems
    onlooker.close()
    assert "SCRUB_BUSY" in [p.kind for p in problems]
    assert privacy.scrub(told.store) == ()
