"""From cells to answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.problems import NOWHERE
from sipas_survey.satisfaction.answers import Unusable, read_answer, scale_words, shown_answer
from sipas_survey.satisfaction.responses import Responses, check
from tests.satisfaction.answers_table import checked, sipas, table

CELLS = [
    ("5", 5), ("5.0", 5), ("5,0", 5), ("05", 5), ("+4", 4), ("５", 5), (" 3 ", 3), ("Hài lòng", 4), ("hai long", 4),
    ("HÀI LÒNG", 4), ("Rất hài lòng", 5), ("very dissatisfied", 1), ("4 - Hài lòng", 4), ("4. Hài lòng", 4),
    ("", Unusable.EMPTY), ("\u00a0", Unusable.EMPTY), ("6", Unusable.OUT_OF_RANGE), ("0", Unusable.OUT_OF_RANGE),
    ("-4", Unusable.OUT_OF_RANGE), ("3.5", Unusable.OUT_OF_RANGE), ("10", Unusable.OUT_OF_RANGE),
    ("99", Unusable.OUT_OF_RANGE), ("3,4", Unusable.MULTIPLE), ("3;4", Unusable.MULTIPLE), ("45", Unusable.MULTIPLE),
    ("4 5", Unusable.MULTIPLE), ("3 / 4", Unusable.MULTIPLE), ("3-4", Unusable.MULTIPLE),
    ("3 - Hài lòng", Unusable.MULTIPLE), ("Hài lòng; Bình thường", Unusable.MULTIPLE), ("x", Unusable.UNREADABLE),
    ("tốt", Unusable.UNREADABLE), ("4 - tốt", Unusable.UNREADABLE), ("9" * 5000, Unusable.UNREADABLE),
    ("3;9", Unusable.UNREADABLE), ("-", Unusable.UNREADABLE),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "expected"), CELLS)
def test_a_cell_is_an_answer_or_one_kind(cell: str, expected: int | Unusable) -> None:
    """What people type, and what it counts as."""
    wanted = (0, expected) if isinstance(expected, Unusable) else (expected, Unusable.NO)
    assert read_answer(cell, scale_words(sipas())) == wanted


@given(st.text(max_size=30))
def test_any_text_is_read(cell: str) -> None:
    """No cell is an answer and unusable at once, and none stops the import."""
    answer, kind = read_answer(cell, scale_words(sipas()))
    assert (answer in range(1, 6)) == (kind is Unusable.NO)


def test_headings_as_people_write_them() -> None:
    """q15, Q15, 15, C15 and Câu 15 are the same criterion; form codes lose the blanks of their grouping."""
    found = checked("""
        Mã phiếu     | 15 | Q16 | c17 | Câu 18 | q_19 | q020 | Giới tính | xã
        23 100001 31 | 1  | 2   | 3   | 4      | 5    | 4    | Nam       | Âu Lâu
    """)
    assert found.problems == ()
    assert found.value.forms == ("2310000131",)
    assert found.value.criteria == ("q15", "q16", "q17", "q18", "q19", "q20")
    assert found.value.answers.tolist() == [[1, 2, 3, 4, 5, 4]]
    assert found.value.table.to_dict("records") == [{"sex": "M", "xã": "Âu Lâu"}]
    assert found.value.table.index.tolist() == [2]


def test_columns_come_in_the_questionnaires_order() -> None:
    """A file with its columns shuffled gives the same answers."""
    found = checked("q33 | q15\n5 | 1").value
    assert (found.criteria, found.answers.tolist(), found.forms) == (("q15", "q33"), [[1, 5]], None)


def test_unusable_cells_are_warnings_at_their_place() -> None:
    """Empty cells are only counted; the others name row, column and what was found, masked unless a short number."""
    found = checked("""
        form | q15 | q16
        a    | 6   |
        b    | 4   | Nguyễn Văn An
        c    | 1;2 | 0912345678
    """)
    assert [(p.kind, p.place.row, p.place.column, p.found) for p in found.problems] == [
        ("ANSWER_UNUSABLE", 2, "q15", "6"),
        ("ANSWER_UNUSABLE", 3, "q16", "N…"),
        ("ANSWER_UNUSABLE", 4, "q15", "1;2"),
        ("ANSWER_UNUSABLE", 4, "q16", "0…"),
    ]
    assert found.errors == ()
    assert found.value.answers.tolist() == [[0, 0], [4, 0], [0, 0]]
    assert found.value.unusable.tolist() == [[2, 1], [0, 4], [3, 2]]


def test_personal_text_is_masked() -> None:
    """Words and long numbers are hidden, short numbers are shown."""
    assert [shown_answer(x) for x in ("7", "3, 4", "Lò Thị Mai", "015087000123")] == ["7", "3, 4", "L…", "0…"]


def test_a_repeated_form_leaves_both_rows_out() -> None:
    """The problem stands at the later row and names the first; other rows stay."""
    found = checked("""
        form | q15
        a    | 4
        b    | 5
        a    | 2
    """)
    assert [(p.kind, p.place.row, p.found, p.details["first"]) for p in found.problems] == [
        ("RESPONSE_FORM_TWICE", 4, "a", "2")
    ]
    assert (found.value.forms, found.value.answers.tolist()) == (("b",), [[5]])


def test_an_empty_form_code_is_an_error_only_where_one_is_required() -> None:
    """Without a campaign a blank form code does not matter, not even twice."""
    text = "form | q15\n | 4\n | 5"
    assert [p.place.row for p in checked(text, form_required=True).errors] == [2, 3]
    assert len(checked(text, form_required=True).value) == 0
    assert (checked(text).problems, len(checked(text).value)) == ((), 2)


@pytest.mark.parametrize(
    ("text", "required", "kinds"),
    [
        ("form | xã\na | b", False, ["RESPONSES_NO_CRITERIA"]),
        ("q15 | xã\n4 | b", True, ["RESPONSES_NO_FORM"]),
        ("q15 | 15\n4 | 4", False, ["RESPONSES_COLUMN_TWICE"]),
        ("form | Mã phiếu | q15\na | a | 4", False, ["RESPONSES_COLUMN_TWICE"]),
        ("q34 | q99\n4 | 4", True, ["RESPONSES_NO_CRITERIA", "RESPONSES_NO_FORM"]),
    ],
)
def test_errors_of_the_columns(text: str, required: bool, kinds: list[str]) -> None:
    """With an error of the columns there is no row in the value."""
    found = checked(text, form_required=required)
    assert [p.kind for p in found.errors] == kinds
    assert len(found.value) == 0


def test_respondent_fields_become_codes() -> None:
    """A choice by code or label, any dash; anything else is a warning and blank."""
    found = checked("""
        q15 | Nhóm tuổi | sex    | Dân tộc
        4   | 18–24     | female | kinh
        4   | Over 60 years | nữ | Thái
        4   |           | M      |
    """)
    assert found.value.table.to_numpy().tolist() == [
        ["F", "18-24", "kinh"], ["F", "over_60", ""], ["M", "", ""],
    ]  # fmt: skip
    assert [(p.kind, p.place.row, p.place.column, p.found) for p in found.problems] == [
        ("RESPONSE_UNKNOWN_CHOICE", 3, "Dân tộc", "T…")
    ]


def test_inputs_are_not_changed() -> None:
    """Neither reading a table nor changing what was read touches the table given."""
    raw = table("form | q15 | sex | xã\na | 6 | Nam | x")
    before = raw.copy(deep=True)
    kept = check(raw, sipas(), place=NOWHERE, form_required=True).value.table
    kept.loc[:, "xã"] = "y"
    assert raw.equals(before)


def test_taking_rows_keeps_all_that_belongs_to_them() -> None:
    """Forms, answers, kinds and columns stay together."""
    found = checked("form | q15 | xã\na | 6 | x\nb | 4 | y").value.take(np.array([False, True]))
    assert (found.forms, found.answers.tolist(), found.table["xã"].tolist()) == (("b",), [[4]], ["y"])
    assert found.table.index.tolist() == [3]


def test_no_rows_at_all() -> None:
    """A file with headings only has no response and no problem; without a file every criterion has a column."""
    assert (checked("form | q15").problems, len(checked("form | q15").value)) == ((), 0)
    assert len(Responses.none(sipas()).criteria) == 33
