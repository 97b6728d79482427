"""One person, one form: suspicions are shown, a person decides, and the decision holds."""

from datetime import date
from pathlib import Path

import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.storage import ledger
from sipas_survey.storage.schema import frame_units
from sipas_survey.storage.store import Store
from sipas_survey.workflow import designing, drawing, duplicates, field, frame, office, papers
from tests.small_surveys import acts, csv_file, new_survey, text_file

FRAME = """
    unit_id,commune_code,full_name,birth_year,village
    A1,04249,Lê Thị Hoa,1980,Tổ 1
    A2,04249,LE THI HOA,1980,tổ 1
    A3,04282,Lê Thị Hoà,1980,Tổ 1
    B1,04249,Lê Thị Hoa,1981,Tổ 1
    C1,04249,Trần Văn Sơn,1970,Tổ 2
    C2,04249,Trần Sơn,1970,Tổ 2
    D1,04249,Vàng A Páo,1990,Tổ 2
"""
WHY = "Cùng một người, hai hồ sơ"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A frame where A1, A2 and A3 are the same to all appearance, and B1 and C2 are near."""
    made = new_survey(tmp_path / "survey")
    frame.import_frame(made, text_file(tmp_path / "f.csv", FRAME))
    return made


def locked(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(store.folder.parent / "elsewhere"))
    return office.open_survey(store.folder)


def ids(store: Store) -> list[str]:
    return [row[0] for row in frame.public_extract(store)]


def test_suspicions_the_likeliest_first(store: Store) -> None:
    """The same come before the near, each a warning, with names and places; the ledger keeps that names were shown."""
    found, problems = duplicates.suspected(store)
    assert [(s.pair.unit_id, s.pair.other, s.pair.same) for s in found] == [
        ("A1", "A2", True),
        ("A1", "A3", True),
        ("A1", "B1", False),
        ("A2", "B1", False),
    ]
    assert [found[0].other[name] for name in ("full_name", "village", "commune_code")] == [
        "LE THI HOA",
        "tổ 1",
        "04249",
    ]
    assert [p.kind for p in problems] == ["FRAME_POSSIBLE_DUPLICATE"] * 2 + ["FRAME_NEAR_DUPLICATE"] * 2
    assert all(p.severity == "warning" for p in problems)
    assert acts(store)[-1] == "show_names"


def test_without_the_key_only_the_same_are_known(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keyed hashes alone tell who is the same; no name is there to be shown, and a warning says what is not known."""
    found, problems = duplicates.suspected(locked(store, monkeypatch))
    assert [(s.pair.unit_id, s.pair.other) for s in found] == [("A1", "A2"), ("A1", "A3")]
    assert not any("full_name" in s.unit or "full_name" in s.other for s in found)
    assert problems[0].kind == "DUPLICATES_LOCKED"
    assert acts(store)[-1] == "import_frame"


def test_a_decision_takes_a_unit_out_for_good(store: Store) -> None:
    """It leaves frame and digest; the ledger says who stays and why; the same file again brings no one back."""
    done = duplicates.drop(store, ["A2", "A3"], reason=WHY)
    assert (done.taken_out, done.known) == ({"A2": "A1", "A3": "A1"}, 0)
    assert ids(store) == ["A1", "B1", "C1", "C2", "D1"]
    again = frame.import_frame(store, store.folder.parent / "f.csv")
    assert (again.new, again.known, again.clash) == (0, 7, 0)
    with store.read() as connection:
        (told,) = ledger.all_standing(connection, "drop_units")
    assert (told["units"], told["reason"]) == ({"A2": "A1", "A3": "A1"}, WHY)
    before = acts(store)
    assert duplicates.drop(store, ["A3"], reason=WHY).known == 1
    assert acts(store) == before


def test_the_draw_after_a_decision_verifies(store: Store, tmp_path: Path) -> None:
    """From the extract, and from the first file, out of which the ledger's decisions are taken."""
    duplicates.drop(store, ["A2"], reason=WHY)
    assert frame.freeze(store).units == 6
    designing.set_design(store, designing.Asked(per_district=2))
    drawing.draw_lists(store, seed="s")
    papers.write_public_frame(store, tmp_path / "public.csv")
    for file in (tmp_path / "public.csv", tmp_path / "f.csv"):
        assert drawing.verify(store, frame_file=file).same
    assert drawing.verify(store, frame_file=tmp_path / "f.csv").people_same is True
    assert office.verify(store).intact


def test_a_near_one_may_go_too(store: Store) -> None:
    """A decision may rest on a near pair as well, where the key is here."""
    assert duplicates.drop(store, ["B1"], reason=WHY).taken_out == {"B1": "A1"}


@pytest.mark.parametrize(
    ("units", "kinds"),
    [
        (["X9"], ["FRAME_UNIT_UNKNOWN"]),
        (["D1"], ["FRAME_NOT_DUPLICATE"]),
        (["A1", "A2", "A3", "B1"], ["FRAME_LAST_OF_PERSON"] * 4),
        (["A2", "D1", "X9"], ["FRAME_NOT_DUPLICATE", "FRAME_UNIT_UNKNOWN"]),
    ],
)
def test_nobody_loses_his_chance(store: Store, units: list[str], kinds: list[str]) -> None:
    """Only a suspected unit can go, and never all that may be one person; a wrong id in the order stops all of it."""
    before = ids(store), acts(store)
    with pytest.raises(SurveyError, match=kinds[0]) as refused:
        duplicates.drop(store, units, reason=WHY)
    assert [p.kind for p in refused.value.problems] == kinds
    assert refused.value.exit_code == 3
    assert (ids(store), acts(store)) == before


def test_a_frozen_frame_keeps_its_units(store: Store) -> None:
    """After the digest is published nothing leaves: exit 4. A frame begun anew forgets the decisions with its units."""
    duplicates.drop(store, ["A2"], reason=WHY)
    frame.freeze(store)
    assert duplicates.drop(store, ["A2"], reason=WHY).known == 1
    with pytest.raises(SurveyError, match="FRAME_FROZEN_DROP") as refused:
        duplicates.drop(store, ["A3"], reason=WHY)
    assert refused.value.exit_code == 4
    frame.import_frame(store, store.folder.parent / "f.csv", again="Bỏ sót hồ sơ")
    assert len(ids(store)) == 7


def test_a_decision_needs_a_reason_and_a_dry_run_none_of_it(store: Store) -> None:
    """Blank is no reason (exit 2); `--dry-run` shows who would stay."""
    before = ids(store), acts(store)
    with pytest.raises(SurveyError, match="DROP_REASON_EMPTY"):
        duplicates.drop(store, ["A2"], reason=" ")
    assert duplicates.drop(store, ["A2"], reason=WHY, dry_run=True).taken_out == {"A2": "A1"}
    assert (ids(store), acts(store)) == before


def test_a_unit_put_back_by_hand_is_found(store: Store) -> None:
    """`audit verify` finds a row of somebody whom a decision took out."""
    duplicates.drop(store, ["A2"], reason=WHY)
    assert office.verify(store).intact
    with store.write() as transaction:
        row = dict.fromkeys((column.name for column in frame_units.columns), "") | {"unit_id": "A2"}
        transaction.connection.execute(frame_units.insert(), [row])
    with store.read() as connection:
        (told,) = ledger.all_standing(connection, "drop_units")
    assert (office.verify(store).intact, office.verify(store).first_bad) == (False, told["seq"])


def test_the_dropped_are_forgotten(store: Store) -> None:
    """Nothing personal of a unit taken out stays, and a print later does not stumble over it."""
    duplicates.drop(store, ["A2"], reason=WHY)
    designing.set_design(store, designing.Asked(per_district=2))
    drawing.draw_lists(store, seed="s")
    field.record(store, "print", [drawing.export(store)["form"].iloc[0]], on=date(2023, 12, 5))
    assert office.verify(store).intact


def test_dossiers_and_citizens_become_one_frame_of_persons(tmp_path: Path) -> None:
    """Two lists imported into one frame: who has k units keeps the one with the latest result, all in one entry."""
    heading = ["unit_id", "commune_code", "village", "result_on", "full_name", "birth_year"]
    dossiers = [
        heading,
        ["HS-1", "04249", "Thôn 1", "2023-05-01", "Lò Văn Một", "1970"],
        ["HS-2", "04249", "Thôn 1", "2023-06-01", "Lò Văn Một", "1970"],
        ["HS-3", "04249", "Thôn 1", "2023-06-01", "Lò Thị Hai", "1971"],
    ]
    citizens = [
        heading,
        ["CD-1", "04249", "Thôn 1", "", "Lò Văn Một", "1970"],
        ["CD-2", "04249", "Thôn 1", "", "Lò Văn Ba", "1972"],
    ]
    store = new_survey(tmp_path / "s")
    for name, rows in {"a": dossiers, "b": citizens}.items():
        frame.import_frame(store, csv_file(tmp_path / f"{name}.csv", rows))
    assert duplicates.reduce_to_persons(store, reason="thử", dry_run=True).taken_out == {"HS-1": "HS-2", "CD-1": "HS-2"}
    assert duplicates.reduce_to_persons(store, reason="một người một phiếu").taken_out == {
        "HS-1": "HS-2",
        "CD-1": "HS-2",
    }
    assert [unit for unit, *_ in frame.public_extract(store)] == ["CD-2", "HS-2", "HS-3"]
    assert duplicates.reduce_to_persons(store, reason="again").taken_out == {}
    with pytest.raises(SurveyError, match="DROP_REASON_EMPTY"):
        duplicates.reduce_to_persons(store, reason=" ")
