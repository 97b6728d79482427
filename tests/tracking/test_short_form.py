"""The short form as data."""

from pathlib import Path

import pytest

from sipas_survey.problems import NOWHERE, SurveyError
from sipas_survey.satisfaction import questionnaire
from sipas_survey.tracking import short_form

SMALL = """
code = "s"
version = "1"
languages = ["vi"]
[[scale]]
value = 1
label = { vi = "Kém" }
[[scale]]
value = 2
label = { vi = "Tốt" }
[[items]]
code = "a"
type = 3
compared_with = "q01"
label = { vi = "A" }
"""


def test_the_shipped_form_fits_the_shipped_questionnaires() -> None:
    """Everything that it is compared with is there, with the same choices."""
    checked = short_form.load()
    assert checked.problems == ()
    for name in questionnaire.shipped_names():
        asked = questionnaire.load(name).or_raise()
        if asked.kind == "officials":
            continue
        fields = {field.code: field for field in asked.respondent}
        compared = checked.value.compared(asked.code)
        assert len(compared) == 9
        for target, item in compared.items():
            codes = [choice.code for choice in item.choices]
            if target in fields:
                assert codes == [choice.code for choice in fields[target].choices]
                assert [c.labels for c in item.choices] == [c.labels for c in fields[target].choices]
            else:
                assert target in {criterion.code for criterion in asked.criteria}
                assert codes == [str(point.value) for point in asked.scale]


@pytest.mark.parametrize(
    ("cell", "code"), [("1", "1"), ("Tốt", "2"), ("tot", "2"), ("2 - Tốt", "2"), ("1 - Tốt", None), ("3", None)]
)
def test_answers_in_words_and_codes(cell: str, code: str | None) -> None:
    """A code, its words without accents, or both where they agree."""
    (item,) = short_form.parse(SMALL, place=NOWHERE).or_raise().items
    assert item.read(cell) == code


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ('code = "a"', 'code = "a b"', "code"),
        ("type = 3", "type = 4", "type"),
        ("type = 3", "type = true", "type"),
        ("type = 3", "type = 3\ntolerance = -1", "tolerance"),
        ("type = 3", 'type = 3\nchoices = [{code = "x", label = {vi = "X"}}]', "choices"),
        ('compared_with = "q01"', "compared_with = 7", "compared_with"),
        ('label = { vi = "A" }', "", "label.vi"),
        ('version = "1"', "", "version"),
        ('version = "1"', 'version = "1"\nsatisfied = [7]', "satisfied"),
        ("value = 2", "value = 1", "value"),
    ],
)
def test_faults_are_named(before: str, after: str, key: str) -> None:
    """Each with its entry and key; nothing raises."""
    problems = short_form.parse(SMALL.replace(before, after), place=NOWHERE).problems
    assert key in [problem.details["key"] for problem in problems]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """No file, no TOML, no text."""
    with pytest.raises(SurveyError, match="FILE_NOT_FOUND"):
        short_form.load(tmp_path / "none.toml")
    for held in (b"a = [", b"\xff\xfe"):
        (tmp_path / "x.toml").write_bytes(held)
        with pytest.raises(SurveyError, match="SHORT_FORM_UNREADABLE"):
            short_form.load(tmp_path / "x.toml")
    assert short_form.parse("", place=NOWHERE).problems
