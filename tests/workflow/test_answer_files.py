"""Files of answers as tablets, statistical packages and offices make them, read against the questionnaire."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.satisfaction.questionnaire import Questionnaire, load
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.workflow.answer_files import read_responses, read_several
from tests.exchange.tablet_exports import (
    central_archive,
    central_rows,
    csv_text,
    kobo_rows,
    spss,
    stata,
    workbook,
)
from tests.satisfaction.answers_table import sipas

FORMS = ["2310000131", "2310000228"]
TOLD = {
    "sex": "M", "age_band": "25-34", "policy_channels": "television internet", "on_time": "late", "apology": "told",
}  # fmt: skip


def read(file: Path, **options: object) -> Responses:
    return read_responses(file, sipas(), form_required=True, **options).or_raise()  # type: ignore[arg-type]


def text(file: Path, content: str) -> Path:
    file.write_text(content, encoding="utf-8", newline="")
    return file


EXPORTS: list[tuple[str, Callable[[Path], Path]]] = [
    ("central.csv", lambda f: text(f, csv_text(central_rows(FORMS)))),
    ("central.zip", lambda f: central_archive(f, central_rows(FORMS))),
    ("kobo.csv", lambda f: text(f, "\ufeff" + csv_text(kobo_rows(FORMS), ";"))),
    ("kobo.xlsx", lambda f: workbook(f, {"SIPAS": kobo_rows(FORMS), "visits": [["_index", "x"], ["1", "2"]]})),
]


@pytest.mark.parametrize(("name", "make"), EXPORTS)
def test_exports_of_tablets(tmp_path: Path, name: str, make: Callable[[Path], Path]) -> None:
    """Groups before names, split columns, the tablet's own columns and words: what was answered is what is read."""
    checked = read_responses(make(tmp_path / name), sipas(), form_required=True)
    found = checked.value
    assert checked.problems == ()
    assert (found.forms, found.criteria, found.answers.tolist()) == (tuple(FORMS), ("q15", "q16"), [[4, 5]] * 2)
    assert found.table.to_dict("records") == [TOLD] * 2
    assert found.table.index.tolist() == [2, 3]


def test_labels_in_place_of_codes(tmp_path: Path) -> None:
    """An export with the words of the form: of groups, questions, choices and points of the scale."""
    asked = sipas()
    [policy] = [q for q in asked.questions if q.code == "policy_channels"]
    head = [
        "Mã phiếu (10 chữ số)",
        "Thông tin chung/Giới tính",
        f"Mức độ hài lòng/Cung ứng dịch vụ công/Tiếp cận dịch vụ/{asked.criteria[14].labels['vi']}",
        f"Tiếp cận thông tin/{policy.labels['vi']}/Tivi",
        f"Tiếp cận thông tin/{policy.labels['vi']}/Mạng internet",
        "_uuid",
    ]
    rows = [head, [FORMS[0], "Nữ", "Rất hài lòng", "1", "1", "a"], [FORMS[1], "Nam", "4 - Hài lòng", "0", "", "b"]]
    found = read(text(tmp_path / "kobo.csv", csv_text(rows)))
    assert found.answers.tolist() == [[5], [4]]
    assert found.table.to_dict("records") == [
        {"sex": "F", "policy_channels": "television internet"},
        {"sex": "M", "policy_channels": ""},
    ]


SCALE = {1: "Rất hài lòng", 2: "Hài lòng", 3: "Bình thường", 4: "Không hài lòng", 5: "Rất không hài lòng", 9: "Từ chối"}
"""A scale that counts the other way round."""


def test_spss_is_read_by_what_its_values_mean(tmp_path: Path) -> None:
    """Value labels go before numbers; a variable of another name by its label; what is declared missing is empty."""
    file = spss(
        tmp_path / "answers.sav",
        {"form": FORMS, "q15": [1.0, 9.0], "v16": [2.0, None], "sex": [1.0, 2.0], "q17": [4.0, 8.0], "z": ["a", "b"]},
        variable_value_labels={"q15": SCALE, "v16": SCALE, "sex": {1: "Nam", 2: "Nữ"}},
        column_labels={"v16": sipas().criteria[15].labels["vi"], "z": "Ghi chú"},
        missing_ranges={"q17": [8]},
    )
    checked = read_responses(file, sipas(), form_required=True)
    found = checked.value
    assert (found.criteria, found.answers.tolist()) == (("q15", "q16", "q17"), [[5, 4, 4], [0, 0, 0]])
    assert found.table.to_dict("records") == [{"sex": "M", "z": "a"}, {"sex": "F", "z": "b"}]
    assert [(p.kind, p.place.row, p.place.column) for p in checked.problems] == [("ANSWER_UNUSABLE", 2, "q15")]


def test_stata_is_read_by_what_its_values_mean(tmp_path: Path) -> None:
    """Labels in other words than the questionnaire's do not count, and the number stays."""
    labels = {"q15": {4: "Hài lòng", 9: "khác"}, "q16": {5: "tuyệt vời"}}
    columns = {"form": FORMS, "q15": [4, 9], "q16": [2, 5]}
    checked = read_responses(stata(tmp_path / "a.dta", columns, variable_value_labels=labels), sipas())
    assert checked.value.answers.tolist() == [[4, 2], [0, 5]]
    assert [(p.kind, p.place.row) for p in checked.problems] == [("ANSWER_UNUSABLE", 2)]


def test_titles_and_merged_cells(tmp_path: Path) -> None:
    """A title, headings on two storeys, cells merged downwards and across, on the second sheet."""
    rows = [
        ["KẾT QUẢ KHẢO SÁT"], [], ["", "", "Tiếp cận"], ["", "", "q15", "q16", "q17"],
        [FORMS[0], "", 4, 5, ""], [FORMS[1], "", 2, ""],
    ]  # fmt: skip
    merged = [
        ("A1:E1", "KẾT QUẢ KHẢO SÁT"), ("C3:E3", "Tiếp cận"), ("A3:A4", "Mã phiếu"), ("B3:B4", "Giới tính"),
        ("B5:B6", "Nam"), ("D6:E6", 3),
    ]  # fmt: skip
    file = workbook(tmp_path / "a.xlsx", {"Bìa": [["Tờ bìa"]], "Trả lời": rows}, {"Trả lời": merged})
    found = read(file)
    assert (found.forms, found.answers.tolist()) == (tuple(FORMS), [[4, 5, 0], [2, 3, 3]])
    assert found.table["sex"].tolist() == ["M", "M"]
    assert found.table.index.tolist() == [5, 6]


def test_a_form_over_two_rows_is_there_twice(tmp_path: Path) -> None:
    """A merged form code says the same of both rows, and neither is taken."""
    rows = [["form", "q15"], ["", 4], ["", 5]]
    file = workbook(tmp_path / "a.xlsx", {"A": rows}, {"A": [("A2:A3", FORMS[0])]})
    checked = read_responses(file, sipas(), form_required=True)
    assert ([p.kind for p in checked.problems], len(checked.value)) == (["RESPONSE_FORM_TWICE"], 0)


def test_several_files_with_headings_of_their_own(tmp_path: Path) -> None:
    """A name that the user maps has to be in one of the files, not in all."""
    files = [text(tmp_path / "a.csv", f"so,q15\n{FORMS[0]},4\n"), text(tmp_path / "b.csv", f"form,X\n{FORMS[1]},5\n")]
    found = list(read_several(files, sipas(), sheet=None, renames={"so": "form", "X": "q15"}))
    assert [(c.value.forms, c.value.answers.tolist(), place.file) for c, place in found] == [
        ((FORMS[0],), [[4]], "a.csv"),
        ((FORMS[1],), [[5]], "b.csv"),
    ]
    with pytest.raises(SurveyError, match="MAP_NO_COLUMN"):
        list(read_several(files, sipas(), sheet=None, renames={"so": "form", "nowhere": "q15"}))


def test_what_is_mapped_finds_the_row_of_the_headings(tmp_path: Path) -> None:
    """Below a title, headings that mean nothing here are found by their map."""
    file = text(tmp_path / "a.csv", f"Kết quả\n\nso,X\n{FORMS[0]},4\n")
    found = read(file, renames={"so": "form", "X": "q15"})
    assert (found.forms, found.answers.tolist(), found.table.index.tolist()) == ((FORMS[0],), [[4]], [4])


CHOICES = [
    ("late", "late"), ("Trễ hẹn", "late"), ("TRE HEN", "late"), ("late - Trễ hẹn", "late"),
    ("  Trễ\u00a0hẹn ", "late"),
    ("ｌａｔｅ", "late"), ("", ""), ("late - Đúng hẹn", None), ("later", None), ("3", None), ("late early", None),
]  # fmt: skip
SEVERAL = [
    ("faster cheaper", "faster cheaper"), ("cheaper faster", "faster cheaper"), ("faster,cheaper", "faster cheaper"),
    ("Chi phí thấp hơn; Thủ tục đơn giản hơn", "simpler cheaper"), ("Thái độ phục vụ", "attitude"),
    ("online\nfeedback", "online feedback"), ("nothing", "nothing"), ("", ""), ("faster faster", "faster"),
    ("nothing faster", None), ("simpler faster cheaper skills", None), ("faster elsewhere", None),
]  # fmt: skip


@pytest.mark.parametrize(("column", "cells"), [("on_time", CHOICES), ("priorities", SEVERAL)])
def test_cells_of_questions(tmp_path: Path, column: str, cells: list[tuple[str, str | None]]) -> None:
    """Codes, words and both; several in any order; what cannot be used is blank, with a warning at its place."""
    rows = [["q15", column], *(["4", cell] for cell, _ in cells)]
    checked = read_responses(text(tmp_path / "a.csv", csv_text(rows)), sipas())
    assert checked.value.table[column].tolist() == [expected or "" for _, expected in cells]
    unusable = [i for i, (_, expected) in enumerate(cells) if expected is None]
    assert len(checked.problems) == len(unusable)
    assert all(p.place.column == column and p.kind.startswith("RESPONSE_") for p in checked.problems)


def test_boxes_of_a_question(tmp_path: Path) -> None:
    """A column for each choice, ticked in every way; too many, or a tick beside "nothing", are blank and warned of."""
    head = ["q15", *(f"priorities.{name}" for name in ("simpler", "faster", "cheaper", "skills", "nothing"))]
    rows = [
        ["4", "1", "0", "TRUE", "", "0"], ["4", "x", "FALSE", "✓", "Năng lực của công chức", ""],
        ["4", "1", "1", "1", "1", "0"], ["4", "0", "1", "0", "0", "1"], ["4", "", "", "", "", ""],
        ["4", "2", "", "", "", ""],
    ]  # fmt: skip
    checked = read_responses(text(tmp_path / "a.csv", csv_text([head, *rows])), sipas())
    assert checked.value.table["priorities"].tolist() == ["simpler cheaper", "simpler cheaper skills", "", "", "", ""]
    assert [(p.kind, p.place.row) for p in checked.problems] == [("RESPONSE_CHOICES", row) for row in (4, 5, 7)]


def test_words_are_not_taken_in(tmp_path: Path) -> None:
    """What somebody wrote of himself stays in the file."""
    file = text(tmp_path / "a.csv", "q15,suggestion,Ông/bà có góp ý gì thêm?\n4,tôi là An,0912345678\n")
    with pytest.raises(SurveyError, match="RESPONSES_COLUMN_TWICE"):
        read_responses(file, sipas()).or_raise()
    found = read_responses(text(tmp_path / "b.csv", "q15,suggestion\n4,tôi là An 0912345678\n"), sipas()).or_raise()
    assert list(found.table.columns) == []


@pytest.mark.parametrize("name", ["sipas_2022", "sipas_2024", "par_index_officials"])
def test_every_question_comes_back(tmp_path: Path, name: str) -> None:
    """The first choice of everything, under the groups of the questionnaire's XLSForm, is read as it was given."""
    asked = load(name).or_raise()
    head, cells = ["form"], [FORMS[0]]
    for section in asked.sections:
        for question in (q for q in section.questions if q.choices):
            head.append(f"{section.code}/{question.code}")
            cells.append(question.choices[0].code)
        for criterion in section.criteria:
            [part] = [e.part for e in asked.elements if e.code == criterion.element]
            head.append(f"{section.code}/{part}/{criterion.element}/{criterion.code}")
            cells.append(str(asked.scale[-1].value))
    file = text(tmp_path / "a.csv", csv_text([[*head, "_id"], [*cells, "1"]]))
    checked = read_responses(file, asked, form_required=True)
    assert checked.problems == ()
    assert checked.value.answers.tolist() == [[5] * len(asked.criteria)]
    assert checked.value.table.iloc[0].to_dict() == _first_choices(asked)


def _first_choices(asked: Questionnaire) -> dict[str, str]:
    return {q.code: q.choices[0].code for s in asked.sections for q in s.questions if q.choices}
