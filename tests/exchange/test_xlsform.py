"""Questionnaires for ODK and KoboToolbox, and codebooks."""

import csv
from pathlib import Path

import pytest
from pyxform.xls2xform import convert

from sipas_survey.cases import form_code
from sipas_survey.exchange.xlsform import write_codebook, write_xlsform
from sipas_survey.satisfaction.questionnaire import Questionnaire, load, shipped_names


@pytest.fixture(params=shipped_names())
def questionnaire(request: pytest.FixtureRequest) -> Questionnaire:
    """Each questionnaire that comes with the program."""
    return load(request.param).or_raise()


def test_pyxform_converts_it_without_a_warning(questionnaire: Questionnaire, tmp_path: Path) -> None:
    """The XLSForm becomes an XForm that holds every criterion and both languages."""
    file = tmp_path / "form.xlsx"
    write_xlsform(file, questionnaire)
    warnings: list[str] = []
    made = convert(file, warnings=warnings)
    assert [*warnings, *made.warnings] == []
    assert all(f"/{criterion.code}" in made.xform for criterion in questionnaire.criteria)
    assert all(f'lang="{name}"' in made.xform for name in ("Tiếng Việt (vi)", "English (en)"))


def test_the_rule_of_the_form_code_is_that_of_the_codes(questionnaire: Questionnaire, tmp_path: Path) -> None:
    """Ten digits that leave 1 when divided by 97: true of codes, false where a digit is wrong."""
    write_xlsform(tmp_path / "form.xlsx", questionnaire)
    assert "number(.) mod 97 = 1" in convert(tmp_path / "form.xlsx").xform
    code = form_code(23, 100001)
    assert (len(code), int(code) % 97, (int(code) + 10) % 97 == 1) == (10, 1, False)


def test_the_same_bytes_each_time(questionnaire: Questionnaire, tmp_path: Path) -> None:
    """Two exports of one questionnaire are equal byte for byte."""
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsform(tmp_path / name, questionnaire)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_the_codebook_has_a_line_for_each_answer(questionnaire: Questionnaire, tmp_path: Path) -> None:
    """Criteria times points of the scale, and the choices of every question; one line for what is told in words."""
    write_codebook(tmp_path / "book.csv", questionnaire)
    with (tmp_path / "book.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    answers = len(questionnaire.criteria) * len(questionnaire.scale)
    questions = [question for section in questionnaire.sections for question in section.questions]
    assert len(rows) == answers + sum(max(1, len(asked.choices)) for asked in questions)
    assert [r["value_vi"] for r in rows if r["column"] == "q01"] == [p.labels["vi"] for p in questionnaire.scale]


def test_conditions_and_limits_go_with_the_form(tmp_path: Path) -> None:
    """A question of those whose result came late; three priorities at most; "nothing" alone; groups within groups."""
    write_xlsform(tmp_path / "form.xlsx", load("sipas_2022").or_raise())
    made = convert(tmp_path / "form.xlsx").xform
    assert "selected( /data/contact/on_time , 'late')" in made
    assert "count-selected(.) &lt;= 3 and (not(selected(., 'nothing')) or count-selected(.) = 1)" in made
    assert 'nodeset="/data/criteria/service/access/q15"' in made
    assert "Chọn tối đa 3." in made


OWN = """
code = "mini"
version = "1"
languages = ["hmn"]
source = { hmn = "x" }
overall = { hmn = "x" }
satisfied = [2]
scale = [{ value = 1, label = { hmn = "tsis" } }, { value = 2, label = { hmn = "yog" } }]
parts = [{ code = "p", label = { hmn = "p" } }]
elements = [{ code = "e", part = "p", label = { hmn = "e" } }]
criteria = [{ code = "q01", element = "e", label = { hmn = "q" } }]
"""


def test_a_questionnaire_in_a_language_that_the_program_does_not_speak(tmp_path: Path) -> None:
    """Its own words are in its language, what the program asks beside them is in English."""
    (tmp_path / "mini.toml").write_text(OWN, encoding="utf-8")
    asked = load(str(tmp_path / "mini.toml")).or_raise()
    write_xlsform(tmp_path / "form.xlsx", asked)
    warnings: list[str] = []
    made = convert(tmp_path / "form.xlsx", warnings=warnings)
    assert [*warnings, *made.warnings] == []
    assert all(text in made.xform for text in ("hmn (hmn)", "tsis", "Form code (10 digits)"))
    write_codebook(tmp_path / "book.csv", asked)
    assert (tmp_path / "book.csv").read_text(encoding="utf-8").splitlines()[1] == "q01,criteria,e,scale,q,1,tsis,"
