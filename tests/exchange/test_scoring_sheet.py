"""Scoring sheets of PAR INDEX in files."""

from fractions import Fraction

import pytest

from sipas_survey.exchange.scoring_sheet import read_sheet
from sipas_survey.problems import SurveyError
from tests.exchange.conftest import WriteText, WriteWorkbook


def test_a_csv_and_a_workbook_say_the_same(text_file: WriteText, workbook: WriteWorkbook) -> None:
    """English or Vietnamese headings, points as text or numbers, codes with a full stop behind."""
    text = 'code,title,maximum,reached,survey,agency\n3,Thủ tục,13,,,VP\n3.1,Đúng hạn,13,"12,937",,\n'
    rows = [
        ["STT", "Nội dung", "Điểm tối đa", "Điểm đạt", "Cơ quan chủ trì", "Ghi chú"],
        ["3.", "Thủ tục", 13, None, "VP", "x"],
        ["3.1", "Đúng hạn", 13.0, 12.937, None, None],
    ]
    told = [read_sheet(text_file(text)), read_sheet(workbook({"PAR": rows}))]
    for checked in told:
        assert checked.problems == ()
        assert [(line.code, line.maximum, line.reached, line.agency) for line in checked.value.lines] == [
            ("3", 13, None, "VP"),
            ("3.1", 13, Fraction(12937, 1000), ""),
        ]
    assert (told[1].value.lines[1].place.sheet, told[1].value.lines[1].place.row) == ("PAR", 3)


def test_each_unreadable_cell_is_named(text_file: WriteText) -> None:
    """Its row, the file's own heading, what was found; the row is left out, the others are not."""
    text = "STT,Nội dung,Tối đa,Điểm,Khảo sát\nI,a,1,1,\n1,b,nhiều,1,\n2,c,2,-1,\n"
    text += "3,d,1,,people:all\n4,e,1,,Officials / overall\n"
    checked = read_sheet(text_file(text))
    assert [(p.kind, p.place.row, p.place.column, p.found) for p in checked.problems] == [
        ("PAR_INDEX_CODE", 2, "STT", "I"),
        ("PAR_INDEX_POINTS", 3, "Tối đa", "nhiều"),
        ("PAR_INDEX_POINTS", 4, "Điểm", "-1"),
        ("PAR_INDEX_SURVEY", 5, "Khảo sát", "people:all"),
    ]
    assert [(line.code, line.survey) for line in checked.value.lines] == [("4", "officials:overall")]


def test_a_line_of_the_whole(text_file: WriteText) -> None:
    """A row without a code that is called a total is no line of the sheet; any other row without one is a fault."""
    checked = read_sheet(text_file("code,title,maximum,reached\n1,a,2,1\n,Tổng cộng:,2,1\n,b,2,1\n"))
    assert checked.value.total is not None
    assert (checked.value.total.maximum, len(checked.value.lines)) == (2, 1)
    assert [(p.kind, p.place.row) for p in checked.problems] == [("PAR_INDEX_CODE", 4)]


def test_a_sheet_without_its_columns(text_file: WriteText) -> None:
    """Every missing column is told."""
    with pytest.raises(SurveyError, match="PAR_INDEX_COLUMN_MISSING") as refused:
        read_sheet(text_file("code,title\n1,a\n"))
    assert [p.found for p in refused.value.problems] == ["maximum", "reached"]
