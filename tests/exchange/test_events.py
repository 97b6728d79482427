"""Events in: files of events, and the sheet that comes back from a clerk."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from sipas_survey.exchange.events import CLERK_SHEET, OUTCOME_WORDS, EventRow, read_events
from sipas_survey.problems import Checked, Place, SurveyError
from tests.exchange.conftest import Cell, WriteText, WriteWorkbook

ONE, TWO = "2310000196", "2310000293"
DEC_6, DEC_8 = date(2023, 12, 6), date(2023, 12, 8)
HEADINGS = ("Mã phiếu", "Ngày phát", "Ngày thu", "Kết quả", "Lý do", "Bưu tá", "Họ và tên", "Xã/phường", "Loại")


def nothing_printed(form: str) -> bool:
    return False


def all_printed(form: str) -> bool:
    return True


def read(path: Path, is_printed: Callable[[str], bool] = all_printed) -> Checked[tuple[EventRow, ...]]:
    return read_events(path, is_printed=is_printed)


def told(read: Checked[tuple[EventRow, ...]]) -> list[tuple[str, int | None, str | None, str | None]]:
    return [(p.kind, p.place.row, p.place.column, p.found) for p in read.problems]


# ---------------------------------------------------------------- files of events
def test_a_file_of_events(text_file: WriteText) -> None:
    """All columns, days ISO and day first, codes with the spaces of their groups, or as the QR of a page says them."""
    path = text_file(
        "event_id,form,act,happened_on,worker,reason,note,refers_to\n"
        "e1,23 100001 96,issue,2023-12-06,BT01,,,\n"
        "\n"
        ",2310000293/2,replace,6/12/2023,,,nhà vắng,23 100003 90\n"
    )
    first, second = Place(file="t.csv", row=2), Place(file="t.csv", row=4)
    issue = EventRow("e1", ONE, "issue", DEC_6, worker="BT01", place=first)
    replace = EventRow(None, TWO, "replace", DEC_6, note="nhà vắng", refers_to="2310000390", place=second)
    assert read(path) == Checked((issue, replace))


def test_a_workbook_of_events(workbook: WriteWorkbook) -> None:
    """Excel's numbers and days mean the same; three columns are enough, under Vietnamese headings too."""
    path = workbook({"Trang 1": [["Mã phiếu", "Việc", "Ngày"], [2310000196.0, "return", DEC_8]]})
    (event,) = read(path).value
    assert (event.form, event.act, event.happened_on) == (ONE, "return", DEC_8)
    assert event.place == Place(file="t.xlsx", sheet="Trang 1", row=2)


def test_rows_of_wrong_shape(text_file: WriteText) -> None:
    """Each wrong cell is a problem at its place, under the file's heading; the good rows are there."""
    path = text_file(
        "Mã phiếu;Việc;Ngày\n;issue;2023-12-06\n2310000196;;2023-12-06\n2310000196;issue;6/13/2023\n;;x\n"
        "2310000196;issue;2023-12-06\n2310000196;issue;2023-12-07;extra\n"
    )
    found = read(path)
    assert [e.place.row for e in found.value] == [6]
    assert sorted(told(found), key=str) == sorted([
        ("EVENT_FORM_EMPTY", 2, "Mã phiếu", ""),
        ("EVENT_ACT_EMPTY", 3, "Việc", ""),
        ("EVENT_DAY_UNREADABLE", 4, "Ngày", "6/13/2023"),
        ("EVENT_FORM_EMPTY", 5, "Mã phiếu", ""),
        ("EVENT_DAY_UNREADABLE", 5, "Ngày", "x"),
        ("EVENT_ACT_EMPTY", 5, "Việc", ""),
        ("FILE_ROW_WIDTH", 7, None, "4"),
    ], key=str)  # fmt: skip


def test_a_file_that_lacks_columns(text_file: WriteText) -> None:
    """Every missing column is named at once."""
    with pytest.raises(SurveyError, match="EVENT_COLUMN_MISSING") as raised:
        read(text_file("form,worker\n1,2\n"))
    assert [(p.found, p.place.row) for p in raised.value.problems] == [("act", 1), ("happened_on", 1)]
    with pytest.raises(SurveyError, match="COLUMN_TWICE"):
        read(text_file("form,Mã phiếu,act,happened_on\n1,2,issue,2023-12-06\n"))


# ---------------------------------------------------------------- the clerk's round trip
def clerks(workbook: WriteWorkbook, *rows: tuple[Cell, ...]) -> Path:
    """A list workbook as it comes back: other sheets stand before the clerk's, names beside his cells."""
    people = [(*row, *[None] * (6 - len(row)), "Lò Văn Páo", "Xã Minh Bảo", "Chính thức") for row in rows]
    return workbook({"Chính thức": [["STT", "Mã phiếu"], [1, ONE]], CLERK_SHEET: [HEADINGS, *people]})


def acts(events: tuple[EventRow, ...]) -> list[tuple[str, str, date]]:
    return [(e.form, e.act, e.happened_on) for e in events]


def test_a_day_of_issue_prints_what_is_not_printed(workbook: WriteWorkbook) -> None:
    """Ngày phát is `issue`; on a form not yet printed also `print`, before it, on the same day, by no worker."""
    path = clerks(workbook, (ONE, DEC_6, None, None, None, "BT01"), (TWO, DEC_6))
    events = read(path, {TWO}.__contains__).value
    assert acts(events) == [(ONE, "print", DEC_6), (ONE, "issue", DEC_6), (TWO, "issue", DEC_6)]
    assert [e.worker for e in events] == ["", "BT01", ""]
    assert all(e.event_id is None for e in events)
    assert [e.place.row for e in events] == [2, 2, 3]
    assert events[0].place.sheet == CLERK_SHEET


def test_a_day_of_collection_is_a_return(workbook: WriteWorkbook) -> None:
    """Ngày thu with an empty Kết quả, together with its issue or alone; the reason belongs to the end."""
    path = clerks(workbook, (ONE, DEC_6, DEC_8, None, "muộn", "BT01"), (TWO, None, "8/12/2023"))
    events = read(path).value
    assert acts(events) == [(ONE, "issue", DEC_6), (ONE, "return", DEC_8), (TWO, "return", DEC_8)]
    assert [(e.reason, e.worker) for e in events] == [("", "BT01"), ("muộn", "BT01"), ("", "")]


@pytest.mark.parametrize(("words", "act"), OUTCOME_WORDS.items())
def test_an_outcome_is_its_act_on_the_day_of_collection(workbook: WriteWorkbook, words: str, act: str) -> None:
    """The words of the drop-down, also typed in capitals or without accents by an impatient hand."""
    path = clerks(workbook, (ONE, None, DEC_8, words), (TWO, None, DEC_8, f" {words.upper()} "))
    assert acts(read(path).value) == [(ONE, act, DEC_8), (TWO, act, DEC_8)]


def test_the_words_are_those_of_the_contract() -> None:
    """Six outcomes, in the order of the drop-down."""
    assert list(OUTCOME_WORDS.values()) == ["refuse", "not_met", "moved", "ineligible", "deceased", "lose"]


def test_rows_with_nothing_filled_in_are_skipped(workbook: WriteWorkbook) -> None:
    """A form code and a post worker stand there before the clerk begins."""
    assert read(clerks(workbook, (ONE, None, None, None, None, "BT01"), (TWO,))) == Checked(())


def test_what_is_wrong_is_told_at_its_cell(workbook: WriteWorkbook) -> None:
    """An outcome without a day, an unknown outcome, unreadable days, no form: the whole row waits to be mended."""
    found = read(
        clerks(
            workbook,
            (ONE, DEC_6, None, "Từ chối"),
            (ONE, DEC_6, DEC_8, "đi chơi"),
            (ONE, "hôm qua", DEC_8),
            (ONE, DEC_6, "32/12/2023"),
            (None, DEC_6),
            (TWO, DEC_6, DEC_8),
        )
    )
    assert acts(found.value) == [(TWO, "issue", DEC_6), (TWO, "return", DEC_8)]
    assert told(found) == [
        ("EVENT_OUTCOME_WITHOUT_DAY", 2, "Kết quả", "Từ chối"),
        ("EVENT_OUTCOME_UNKNOWN", 3, "Kết quả", "đi chơi"),
        ("EVENT_DAY_UNREADABLE", 4, "Ngày phát", "hôm qua"),
        ("EVENT_DAY_UNREADABLE", 5, "Ngày thu", "32/12/2023"),
        ("EVENT_FORM_EMPTY", 6, "Mã phiếu", ""),
    ]
    assert all(p.place.sheet == CLERK_SHEET for p in found.problems)


def test_a_reason_alone_is_a_warning(workbook: WriteWorkbook) -> None:
    """It says nothing that could be recorded, but it is not lost silently, nor shown in full; the issue counts."""
    found = read(clerks(workbook, (ONE, DEC_6, None, None, "ông An đi vắng")))
    assert acts(found.value) == [(ONE, "issue", DEC_6)]
    assert told(found) == [("EVENT_REASON_ALONE", 2, "Lý do", "ô…")]
    assert found.errors == ()


def test_the_sheet_may_come_back_as_csv(text_file: WriteText) -> None:
    """Its headings are known without the sheet's name; a time of day behind a day does no harm."""
    path = text_file("Mã phiếu;Ngày phát;Ngày thu;Kết quả\n23 100001 96;06/12/2023 08:00;;\n")
    assert acts(read(path, nothing_printed).value) == [(ONE, "print", DEC_6), (ONE, "issue", DEC_6)]


def test_an_instant_in_a_cell_is_its_day(workbook: WriteWorkbook) -> None:
    """Excel's Ctrl+Shift+; leaves a time behind the day."""
    path = clerks(workbook, (ONE, datetime.fromisoformat("2023-12-06 14:30")))
    assert acts(read(path).value) == [(ONE, "issue", DEC_6)]


def test_a_clerks_sheet_that_lost_a_column(workbook: WriteWorkbook) -> None:
    """Without Ngày thu a filled-in sheet would silently say nothing."""
    path = workbook({CLERK_SHEET: [["Mã phiếu", "Ngày phát", "Kết quả"], [ONE, DEC_6, None]]})
    with pytest.raises(SurveyError, match="EVENT_CLERK_COLUMN_MISSING") as raised:
        read(path)
    assert [(p.found, p.place.row, p.place.sheet) for p in raised.value.problems] == [("Ngày thu", 1, CLERK_SHEET)]
