"""Setting up a survey, its settings edited by hand, and the audit."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from sipas_survey.problems import SurveyError
from sipas_survey.resources import shipped
from sipas_survey.storage.schema import cases, frame_units
from sipas_survey.storage.store import Store
from sipas_survey.workflow import drawing, frame, office
from tests.databases import behind_the_back
from tests.small_surveys import acts, csv_file, new_survey, people, text_file

pytestmark = pytest.mark.usefixtures("database")


def test_the_defaults_of_a_new_survey(tmp_path: Path) -> None:
    """Yên Bái on 1 December 2023, citizens, the 2022 questionnaire, round code from the year."""
    known = new_survey(tmp_path / "a").settings
    assert (known.units, known.frame_date, known.round_code) == ("yen_bai_2023", date(2023, 12, 1), 23)
    assert (known.kind, known.questionnaire, known.language) == ("citizens", "sipas_2022", "vi")
    assert office.open_survey(tmp_path / "a").settings == known


@pytest.mark.parametrize(
    ("about", "kind"),
    [
        ({"frame_date": date(2025, 1, 1)}, "FRAME_DATE_OUTSIDE_UNITS"),
        ({"units": "atlantis"}, "UNITS_NOT_FOUND"),
        ({"questionnaire": "sipas_1900"}, "QUESTIONNAIRE"),
        ({"kind": "cats"}, "SETTINGS_INVALID"),
    ],
)
def test_a_survey_that_cannot_be(tmp_path: Path, about: dict[str, object], kind: str) -> None:
    """What cannot be used is refused before anything is made: no folder, no key."""
    with pytest.raises(SurveyError, match=kind):
        new_survey(tmp_path / "a", **about)
    assert not (tmp_path / "a").exists()


def test_units_of_ones_own_come_along(tmp_path: Path) -> None:
    """A file of units is copied into the survey, which from then on needs no other copy."""
    file = text_file(tmp_path / "own.csv", "commune_code,commune\n01,Xã A\n")
    store = new_survey(tmp_path / "a", units=str(file))
    file.unlink()
    assert list(office.units_of(store).communes) == ["01"]
    assert store.settings.frame_date == date(2023, 12, 5)


def edit(store: Store, old: str, new: str) -> Store:
    """Edit survey.toml by hand and open the survey again."""
    file = store.folder / "survey.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return office.open_survey(store.folder)


def test_an_edited_survey_toml(tmp_path: Path) -> None:
    """An edit is pending, the chain intact, until the next writing command records it, with both digests."""
    store = edit(new_survey(tmp_path / "a"), "SIPAS 2023", "Another name")
    audit = office.verify(store)
    assert (audit.intact, audit.settings_pending) == (True, True)
    frame.import_frame(store, csv_file(tmp_path / "f.csv", people()))
    assert acts(store) == ["settings", "settings", "import_frame"]
    assert (office.verify(store).intact, office.verify(store).settings_pending) == (True, False)
    assert not office.verify(edit(store, "[targets]", "# a remark\n[targets]")).settings_pending


def test_a_frame_date_moved_outside_its_units(tmp_path: Path) -> None:
    """The day is checked again whenever units are used."""
    store = edit(new_survey(tmp_path / "a"), "frame_date = 2023-12-01", "frame_date = 2025-12-01")
    with pytest.raises(SurveyError, match=r"FRAME_DATE_OUTSIDE_UNITS.*2025-12-01"):
        office.units_of(store)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (frame_units.update().values(village="x"), "frame"),
        (frame_units.delete().where(frame_units.c.unit_id == "HS-135-00"), "frame"),
        (cases.update().where(cases.c.turn == 1).values(kind="reserve"), "draw"),
    ],
)
def test_bent_tables_are_found(tmp_path: Path, statement: sa.Executable, why: str) -> None:
    """Frame and list are compared with the digests of the ledger; the entry that no longer fits is named."""
    store = new_survey(tmp_path / "a")
    frame.import_frame(store, csv_file(tmp_path / "f.csv", people()))
    drawing.draw_lists(store, seed="a")
    assert office.verify(store).intact
    with behind_the_back(store) as connection:
        connection.execute(statement)
    audit = office.verify(store)
    entry = {"frame": "freeze_frame", "draw": "draw"}[why]
    assert [p.details["why"] for p in audit.problems] == [why]
    assert (audit.intact, audit.first_bad) == (False, acts(store).index(entry) + 1)


def test_cases_without_a_draw(tmp_path: Path) -> None:
    """Cases that no entry of the ledger speaks of are found."""
    store = new_survey(tmp_path / "a")
    row = {"unit_id": "A1", "form": "x", "kind": "main", "stratum": "132", "turn": 1}
    with behind_the_back(store) as connection:
        connection.execute(cases.insert(), row)
    assert [p.details["why"] for p in office.verify(store).problems] == ["draw"]


def test_a_head_from_elsewhere(tmp_path: Path) -> None:
    """The head of an earlier report lies on the chain, a strange one does not."""
    store = new_survey(tmp_path / "a")
    head = office.verify(store).head
    frame.import_frame(store, csv_file(tmp_path / "f.csv", people()))
    assert office.verify(store, known_head=head).intact
    strange = office.verify(store, known_head="0" * 64)
    assert (strange.intact, [p.details["why"] for p in strange.problems]) == (False, ["head"])


def test_a_questionnaire_of_ones_own_comes_along(tmp_path: Path) -> None:
    """Its file is copied into the survey, which can be opened from any folder and needs no other copy."""
    text = shipped("questionnaires/sipas_2022.toml").read_text(encoding="utf-8")
    file = text_file(tmp_path / "own.toml", text.replace('"sipas_2022"', '"own_2023"'))
    store = new_survey(tmp_path / "a", questionnaire=str(file))
    file.unlink()
    assert store.settings.questionnaire == "own.toml"
    assert office.questionnaire_of(store).code == "own_2023"


def test_a_survey_that_cannot_be_written_leaves_no_key(
    tmp_path: Path,
    _own_surroundings: Path,  # noqa: PT019 - its value is the folder of the keys
) -> None:
    """The key goes where the survey cannot be; one that was there before stays."""
    in_the_way = text_file(tmp_path / "file", "")
    with pytest.raises(SurveyError, match="OUTPUT_NOT_WRITABLE"):
        new_survey(in_the_way / "survey")
    assert not list(_own_surroundings.rglob("*.key"))
