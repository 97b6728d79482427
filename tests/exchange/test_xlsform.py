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
    """Criteria times points of the scale, and the choices of the respondent section."""
    write_codebook(tmp_path / "book.csv", questionnaire)
    with (tmp_path / "book.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    answers = len(questionnaire.criteria) * len(questionnaire.scale)
    assert len(rows) == answers + sum(len(asked.choices) for asked in questionnaire.respondent)
    assert rows[0]["value_vi"] == questionnaire.scale[0].labels["vi"]
