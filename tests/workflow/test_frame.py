"""The frame comes in: what is understood, what is refused with its cell, what happens the second time."""

from pathlib import Path

import pytest

from sipas_survey.formats import LANGUAGES
from sipas_survey.problems import SurveyError
from sipas_survey.storage import frames
from sipas_survey.storage.store import Store
from sipas_survey.workflow import frame
from tests.small_surveys import acts, csv_file, new_survey, people, text_file, workbook_file

HEAD = "unit_id,commune_code,district_code,full_name,birth_year,village,sex,result_on\n"
GOOD = "A1,04249,132,Lý A,1980,Tổ 1,Nam,06/12/2022\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_survey(tmp_path / "survey")


def imported(store: Store, text: str, **options: bool) -> frame.Imported:
    return frame.import_frame(store, text_file(store.folder.parent / "f.csv", text), **options)


def units(store: Store) -> list[tuple[str, ...]]:
    return frame.public_extract(store)


@pytest.mark.parametrize(
    ("row", "kind", "column", "found"),
    [
        ("A2,99999,,,,,,", "FRAME_UNKNOWN_COMMUNE", "commune_code", "99999"),
        ("A2,04249,133,,,,,", "FRAME_COMMUNE_OF_OTHER_DISTRICT", "commune_code", "04249"),
        ("A2,04249,Atlantis,,,,,", "FRAME_UNKNOWN_DISTRICT", "district_code", "Atlantis"),
        ("A2,Tân Thịnh,,,,,,", "FRAME_AMBIGUOUS_COMMUNE", "commune_code", "Tân Thịnh"),
        ("A2,,,,,,,", "FRAME_COMMUNE_EMPTY", "commune_code", ""),
        (",04249,,,,,,", "FRAME_ID_EMPTY", "unit_id", ""),
        ("A1,04249,,,,,,", "FRAME_ID_REPEATED", "unit_id", "A1"),
        ("A2,04249,,Lý B,1850,,,", "FRAME_BIRTH_YEAR", "birth_year", "1…"),
        ("A2,04249,,Lý B,2030,,,", "FRAME_BIRTH_YEAR", "birth_year", "2…"),
        ("A2,04249,,Lý B,tám mươi,,,", "FRAME_BIRTH_YEAR", "birth_year", "t…"),
        ("A2,04249,,,,,,31/02/2023", "FRAME_RESULT_DAY", "result_on", "31/02/2023"),
        (f"A2,04249,,,,{'x' * 501},,", "FRAME_TEXT_UNUSABLE", "village", "x…"),
        ("A2,04249,,,,,,,,too wide", "FILE_ROW_WIDTH", None, "10"),
    ],
)
def test_a_wrong_row(store: Store, row: str, kind: str, column: str | None, found: str) -> None:
    """A wrong cell is told with row, column and what was found, in both languages; nothing of the file is stored."""
    done = imported(store, HEAD + GOOD + row + "\n")
    told = done.problems[0]
    assert [told.kind, told.place.file, told.place.row, told.place.column] == [kind, "f.csv", 3, column]
    assert told.found == found
    assert all(told.line(lang) for lang in LANGUAGES)
    assert told.line("vi") != told.line("en")
    assert [done.wrong, done.stored, units(store), acts(store)] == [1, False, [], ["settings"]]


def test_keep_valid_stores_the_rest(store: Store) -> None:
    """`--keep-valid` leaves the wrong rows out, and only those."""
    done = imported(store, HEAD + GOOD + "A2,99999,,,,,,\nA3,4282,,,,,,\n", keep_valid=True)
    assert [done.new, done.wrong, done.stored] == [2, 1, True]
    assert [unit[0] for unit in units(store)] == ["A1", "A3"]


def test_a_dry_run_stores_nothing(store: Store) -> None:
    """`--dry-run` says what would happen, and leaves no trace."""
    done = imported(store, HEAD + GOOD, dry_run=True)
    assert [done.new, done.stored, units(store), acts(store)] == [1, False, [], ["settings"]]


def test_a_workbook_names_its_sheet(store: Store, tmp_path: Path) -> None:
    """A problem in a workbook says on which sheet."""
    file = workbook_file(tmp_path / "f.xlsx", [["unit_id", "commune_code"], ["A1", "99999"]])
    told = frame.import_frame(store, file).problems[0]
    assert (told.kind, told.place.sheet, told.place.row) == ("FRAME_UNKNOWN_COMMUNE", "Khung", 2)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("f.csv", b"unit_id,full_name\nA1,B\n", "FRAME_COLUMN_MISSING"),
        ("f.csv", b"commune_code\n04249\n", "FRAME_COLUMN_MISSING"),
        ("f.csv", b"", "FILE_EMPTY"),
        ("f.csv", b"\n\n", "FILE_EMPTY"),
        ("f.csv", b"unit_id,commune_code\n", "FILE_NO_ROWS"),
        ("f.pdf", b"%PDF-1.7", "FILE_TYPE"),
        ("f.xlsx", b"unit_id,commune_code\nA1,04249\n", "FILE_TYPE"),
        ("f.csv", "unit_id,commune_code\nA1,Yên Thịnh\n".encode("cp1258", "replace"), "FILE_ENCODING"),
        ("f.csv", b"unit_id,unit_id,commune_code\nA1,A1,04249\n", "COLUMN_TWICE"),
    ],
)
def test_a_file_that_cannot_be_used(store: Store, tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    """A file that is wrong as a whole is refused, and nothing is stored."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SurveyError, match=kind) as refused:
        frame.import_frame(store, tmp_path / name)
    assert refused.value.exit_code == 3
    assert all(p.message(lang) for p in refused.value.problems for lang in LANGUAGES)
    assert acts(store) == ["settings"]


def test_warnings_do_not_stop(store: Store) -> None:
    """Lost zeros, an identity number as id and an odd sex are warned of, mended or left blank, and stored."""
    done = imported(store, HEAD + "015080001234,4249,,Lý A,1980,,Nam,\nA2,04249,,Lý B,1981,,x,\n")
    assert [(p.kind, p.place.row) for p in done.problems] == [
        ("FRAME_ID_IDENTITY_NUMBER", 2),
        ("FRAME_ZEROS_LOST", 2),
        ("FRAME_SEX_UNKNOWN", 3),
    ]
    assert "015080001234" not in "".join(p.line("en") for p in done.problems)
    assert done.stored
    assert [unit[:3] for unit in units(store)] == [("015080001234", "132", "04249"), ("A2", "132", "04249")]


def test_what_people_write_is_understood(store: Store, tmp_path: Path) -> None:
    """Vietnamese headings, names of places, words for the sexes, days first, whole birthdays, numbers as 1.0."""
    text = """
        Mã hồ sơ;Họ và tên;Ngày sinh;Giới tính;Huyện;Xã/phường;Thôn/TDP;Ngày trả kết quả;Quy mô
        7.0;Lý A;02/03/1980;Nữ;Thành phố Yên Bái;Phường Yên Thịnh;Tổ 1;6/12/2022;007
        8;Lý B;1981;male;;minh bao;;2022-12-07;
        """
    assert frame.import_frame(store, text_file(tmp_path / "f.csv", text)).stored
    assert units(store) == [
        ("7", "132", "04249", "Tổ 1", "", "", "2022-12-06", "7"),
        ("8", "132", "04270", "", "", "", "2022-12-07", ""),
    ]
    with store.read() as connection:
        sealed = frames.people_of(connection, store.unlocked(), ["7", "8"])
    assert sealed["7"] == {"full_name": "Lý A", "birth_year": "1980", "sex": "F"}
    assert sealed["8"]["sex"] == "M"


def test_the_same_file_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    """Known units are counted, and no entry is written, whatever the order and the type of the file."""
    rows = people()
    assert frame.import_frame(store, csv_file(tmp_path / "a.csv", rows)).new == 36
    before = acts(store), units(store)
    again = frame.import_frame(store, workbook_file(tmp_path / "a.xlsx", [rows[0], *reversed(rows[1:])]))
    assert (again.new, again.known, again.stored, again.problems) == (0, 36, True, ())
    assert (acts(store), units(store)) == before


@pytest.mark.parametrize("change", ["A1,04249,132,Lý A,1981,Tổ 1,Nam,06/12/2022", "A1,04249,132,Lý A,1980,Tổ 2,Nam,"])
def test_other_content_clashes(store: Store, change: str) -> None:
    """A stored unit with another public or personal value is a clash: nothing is stored, not even with keep_valid."""
    imported(store, HEAD + GOOD)
    done = imported(store, f"{HEAD}A2,04249,,,,,,\n{change}\n", keep_valid=True)
    assert [(p.kind, p.place.row, p.place.column) for p in done.problems] == [("FRAME_UNIT_CLASH", 3, "unit_id")]
    assert SurveyError(done.problems).exit_code == 4
    assert [done.new, done.clash, done.stored, len(units(store))] == [1, 1, False, 1]


def test_possible_duplicates_are_warned_of_and_kept(store: Store) -> None:
    """The same name, birth year and village: one warning for the group, at the row that repeats it."""
    done = imported(store, HEAD + GOOD + "A2,04249,,LÝ  A,1980,tổ 1,,\nA3,04249,,Lý A,1980,Tổ 2,,\n")
    (told,) = done.problems
    assert (told.kind, told.place.row, told.found) == ("FRAME_POSSIBLE_DUPLICATE", 3, "A2")
    assert told.details["others"] == ["A1"]
    assert "Lý" not in told.line("vi")
    assert done.stored
    (later,) = imported(store, HEAD + "A4,04249,,Lý A,1980,Tổ 1,,\n").problems
    assert (later.found, later.place.row, later.details["others"]) == ("A4", 2, ["A1", "A2"])


def test_several_files_make_one_frame(tmp_path: Path) -> None:
    """Until it is frozen a frame may come in pieces: digests are those of one file."""
    rows = people()
    whole, pieces = (new_survey(tmp_path / name, secret=b"k" * 32) for name in ("whole", "pieces"))
    frame.import_frame(whole, csv_file(tmp_path / "a.csv", rows))
    frame.import_frame(pieces, csv_file(tmp_path / "b.csv", [rows[0], *rows[20:]]))
    frame.import_frame(pieces, csv_file(tmp_path / "c.csv", rows[:25]))
    one, other = frame.freeze(whole), frame.freeze(pieces)
    assert (one.units, one.frame_digest, one.people_digest) == (36, other.frame_digest, other.people_digest)
    assert frame.freeze(whole) == one


def test_a_frozen_frame(store: Store) -> None:
    """New units are refused and leave nothing behind; a file of known units is taken."""
    imported(store, HEAD + GOOD)
    frame.freeze(store)
    assert imported(store, HEAD + GOOD).known == 1
    with pytest.raises(SurveyError, match="FRAME_FROZEN") as refused:
        imported(store, HEAD + GOOD + "A2,04249,,,,,,\n")
    assert refused.value.exit_code == 4
    assert len(units(store)) == 1


def test_an_empty_frame_cannot_be_frozen(store: Store) -> None:
    """There is nothing to freeze before the first import."""
    with pytest.raises(SurveyError, match="FRAME_EMPTY"):
        frame.freeze(store)


def test_only_names_need_the_key(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the key a frame without people comes in; one with people is refused with exit code 5."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    from sipas_survey.workflow.office import open_survey

    locked = open_survey(store.folder)
    assert imported(locked, "unit_id,commune_code\nA1,04249\n").stored
    assert frame.freeze(locked).people_digest is None
    with pytest.raises(SurveyError, match="PERSONAL_DATA_LOCKED") as refused:
        imported(locked, HEAD + GOOD)
    assert refused.value.exit_code == 5


def test_show_counts_by_place(store: Store, tmp_path: Path) -> None:
    """Units by district and by commune, with their names."""
    frame.import_frame(store, csv_file(tmp_path / "f.csv", people(2)))
    assert frame.show(store)[0] == ("132", "Thành phố Yên Bái", 2)
    assert frame.show(store, by="commune_code")[0] == ("04249", "Phường Yên Thịnh", 2)
