"""What stands in cells in the field: each kind is a counted blank with a warning, never an answer or a crash."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sipas_survey.satisfaction.answers import KINDS, Unusable
from sipas_survey.workflow.answer_files import read_responses
from sipas_survey.workflow.verdict import judge_file
from tests.satisfaction.answers_table import sipas

OUT, SEVERAL, NOT_READ = Unusable.OUT_OF_RANGE, Unusable.MULTIPLE, Unusable.UNREADABLE
DIRT: list[tuple[str, Any, Unusable]] = [
    ("zero", 0, OUT), ("six", 6, OUT), ("ninety-nine for no answer", 99, OUT), ("a negative number", -4, OUT),
    ("half a point", 3.5, OUT), ("a large number", 1_000_000, OUT), ("a percentage that Excel made", 0.85, OUT),
    ("a telephone number", "0912345678", OUT), ("a day that Excel made of 3-4", date(2023, 4, 3), NOT_READ),
    ("a day with a time", datetime.fromisoformat("2023-04-03T08:00"), NOT_READ), ("a time", time(4, 5), NOT_READ),
    ("true", True, NOT_READ), ("an error of Excel", "#N/A", NOT_READ),
    ("a reference that is gone", "#REF!", NOT_READ), ("two points with a comma", "3,4", SEVERAL),
    ("two points with a slash", "3/4", SEVERAL), ("two points run together", 45, SEVERAL),
    ("two points with a blank", "4 5", SEVERAL), ("two points on two lines", "4\n5", SEVERAL),
    ("two points in words", "Hài lòng; Bình thường", SEVERAL), ("a point and other words", "3 - Hài lòng", SEVERAL),
    ("words of another scale", "Tốt", NOT_READ), ("a point and words of no scale", "4 - Tốt", NOT_READ),
    ("a misspelt word", "Hài lòngg", NOT_READ), ("a cross", "x", NOT_READ), ("a dash", "-", NOT_READ),
    ("a question mark", "?", NOT_READ), ("not available", "N/A", NOT_READ), ("no answer", "KTL", NOT_READ),
    ("a remark", "xem phiếu giấy", NOT_READ), ("a point with a remark", "4 (sửa)", NOT_READ),
    ("a point with a percent sign", "4%", NOT_READ), ("a Roman number", "IV", NOT_READ),
    ("an exponent", "4e0", NOT_READ), ("an Arabic digit", "٤", NOT_READ), ("an invisible sign", "\u200b4", NOT_READ),
    ("a byte-order mark", "\ufeff", NOT_READ), ("a replacement sign", "\ufffd", NOT_READ),
    ("a formula as text", "'=1+3", NOT_READ), ("a link", "=HYPERLINK(1)", NOT_READ), ("a tag", "<b>4</b>", NOT_READ),
    ("a name", "Nguyễn Văn An", NOT_READ), ("a smiley", "🙂", NOT_READ), ("a long text", "4 " * 2000, SEVERAL),
    ("letters for digits", "S", NOT_READ), ("a point of time", "4h", NOT_READ),
]  # fmt: skip
FINE: list[tuple[Any, int]] = [
    (4, 4), (4.0, 4), ("4", 4), (" 4 ", 4), ("\u00a04\u00a0", 4), ("４", 4), ("4.0", 4), ("4,0", 4), ("04", 4),
    ("+4", 4), ("④", 4), ("Hài lòng", 4), ("hai long", 4), ("HÀI  LÒNG", 4), ("Hài\u00a0lòng", 4),
    ("Ha\u0300i lo\u0300ng", 4), ("4 - Hài lòng", 4), ("4. Hài lòng", 4), ("4) hài lòng", 4), ("4–Hài lòng", 4),
    ("Satisfied", 4), ("4 = Satisfied", 4),
]  # fmt: skip


def workbook(file: Path, cells: list[Any]) -> Path:
    """A column of answers, as Excel would keep each cell."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["stt", "q15"])
    for i, cell in enumerate(cells, start=2):
        sheet.cell(i, 1, i)
        held = sheet.cell(i, 2, cell)
        if isinstance(cell, str) and cell.startswith("="):
            held.data_type = "s"
    book.save(file)
    return file


def test_there_are_thirty_kinds() -> None:
    """And more."""
    assert len({name for name, _, _ in DIRT}) == len(DIRT) >= 30


def test_dirt_is_a_counted_blank_with_a_warning(tmp_path: Path) -> None:
    """From a workbook, all kinds at once: no answer, one warning at each cell, and each kind counted in the figures."""
    file = workbook(tmp_path / "dirt.xlsx", [5, *(cell for _, cell, _ in DIRT), 1])
    checked = read_responses(file, sipas())
    found = checked.value
    wrong = [name for i, (name, _, _) in enumerate(DIRT, start=1) if found.answers[i, 0] != 0]
    assert wrong == []
    kinds = {name: Unusable(int(found.unusable[i, 0])) for i, (name, _, _) in enumerate(DIRT, start=1)}
    assert kinds == {name: kind for name, _, kind in DIRT}
    told = [(p.kind, p.severity, p.place.row, p.place.column) for p in checked.problems]
    assert told == [("ANSWER_UNUSABLE", "warning", i, "q15") for i in range(3, len(DIRT) + 3)]
    judged = judge_file(file, sipas())
    [row] = [estimate for estimate, _ in judged.rows if estimate.index == "q15"]
    assert (row.satisfied, row.valid, row.blank) == (1, 2, len(DIRT))
    assert row.unusable == {kind.code: [k for _, _, k in DIRT].count(kind) for kind in KINDS}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_message_repeats_what_may_be_personal(tmp_path: Path, lang: Any) -> None:
    """Neither a name nor a telephone number stands in a warning."""
    checked = read_responses(workbook(tmp_path / "d.xlsx", ["Nguyễn Văn An", "0912345678"]), sipas())
    said = " ".join(p.message(lang) for p in checked.problems)
    assert not any(text in said for text in ("Nguyễn", "Văn", "0912345678"))


def test_ways_to_write_an_answer(tmp_path: Path) -> None:
    """Spaces of every kind, wide digits, words, both together: the same point each time, without a warning."""
    checked = read_responses(workbook(tmp_path / "fine.xlsx", [cell for cell, _ in FINE]), sipas())
    assert checked.problems == ()
    assert checked.value.answers[:, 0].tolist() == [point for _, point in FINE]
