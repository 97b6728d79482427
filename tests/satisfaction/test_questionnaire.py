"""The questionnaire as data."""

from collections import Counter
from pathlib import Path

import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.resources import shipped
from sipas_survey.satisfaction.questionnaire import IndexLevel, load, shipped_names

TEXT = """
code = "mini"
version = "1"
languages = ["vi"]
satisfied = [2]
source = { vi = "tự soạn" }
overall = { vi = "Chung" }
scale = [{ value = 1, label = { vi = "Không" } }, { value = 2, label = { vi = "Có" } }]
parts = [{ code = "service", label = { vi = "Dịch vụ" } }]
elements = [{ code = "access", part = "service", label = { vi = "Tiếp cận" } }]
criteria = [{ code = "q01", element = "access", label = { vi = "Dễ" } }]
respondent = [{ code = "sex", label = { vi = "Giới" }, choices = [{ code = "M", label = { vi = "Nam" } }] }]
"""


def saved(folder: Path, text: str) -> str:
    path = folder / "mini.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_shipped_one_has_the_ministrys_counts() -> None:
    """33 criteria, 9 elements, 2 parts and the whole are 45 indices; criteria by element as in the form of 2022."""
    questionnaire = load("sipas_2022")
    assert questionnaire.problems == ()
    counts = Counter(index.level for index in questionnaire.value.indices)
    assert counts == {IndexLevel.OVERALL: 1, IndexLevel.PART: 2, IndexLevel.ELEMENT: 9, IndexLevel.CRITERION: 33}
    sizes = [len(i.criteria) for i in questionnaire.value.indices if i.level is IndexLevel.ELEMENT]
    assert sizes == [2, 2, 8, 2, 4, 4, 5, 3, 3]
    assert [c.code for c in questionnaire.value.criteria] == [f"q{i:02d}" for i in range(1, 34)]


def test_the_form_of_2024_has_the_ministrys_counts() -> None:
    """39 criteria and 12 groups above them are 51 indices; criteria by element as in the form of 2024."""
    questionnaire = load("sipas_2024")
    assert questionnaire.problems == ()
    indices = questionnaire.value.indices
    assert (len(indices), len(questionnaire.value.criteria)) == (51, 39)
    sizes = [len(i.criteria) for i in indices if i.level is IndexLevel.ELEMENT]
    assert sizes == [2, 2, 9, 10, 3, 4, 3, 3, 3]
    assert questionnaire.value.criteria_of("civil_servants") == ("q31", "q32", "q33")


def test_a_fault_names_its_line(tmp_path: Path) -> None:
    """An unknown element of the second criterion, a code used twice, a missing table, and one that nobody reads."""
    text = shipped("questionnaires/sipas_2022.toml").read_text(encoding="utf-8")
    bent = text.replace('code = "q02"\nelement = "accountability"', 'code = "q02"\nelement = "nowhere"')
    bent = bent.replace('code = "q04"', 'code = "q03"').replace("[source]", "[sources]")
    file = tmp_path / "bent.toml"
    file.write_text(bent, encoding="utf-8")
    lines = bent.splitlines()
    found = {p.kind: p.place.row for p in load(str(file)).problems}
    assert lines[found["QUESTIONNAIRE_UNKNOWN_PARENT"] - 1] == 'element = "nowhere"'
    assert lines[found["QUESTIONNAIRE_CODE_TWICE"] - 1] == 'code = "q03"'
    assert found["QUESTIONNAIRE_LABEL_MISSING"] == 1
    assert lines[found["QUESTIONNAIRE_KEY_UNKNOWN"] - 1] == "[sources]"


def test_print_order_labels_and_criteria() -> None:
    """Overall first, each part before its elements, each element before its criteria."""
    value = load("sipas_2022").value
    codes = [index.code for index in value.indices]
    assert codes[:5] == ["overall", "policy", "accountability", "q01", "q02"]
    assert codes[-4:] == ["feedback", "q31", "q32", "q33"]
    assert (value.label("civil_servants", "vi"), value.label("service", "en")) == (
        "Công chức",
        "Public service delivery",
    )
    assert value.criteria_of("results") == ("q28", "q29", "q30")
    with pytest.raises(KeyError, match="q99"):
        value.criteria_of("q99")


def test_the_respondent_section() -> None:
    """Seven fields with the choices of the form."""
    fields = {f.code: [c.code for c in f.choices] for f in load("sipas_2022").value.respondent}
    assert {code: len(choices) for code, choices in fields.items()} == {
        "sex": 2, "age_band": 5, "ethnicity": 2, "education": 6, "occupation": 7, "residence": 2, "terrain": 3,
    }  # fmt: skip
    assert fields["age_band"] == ["18-24", "25-34", "35-49", "50-60", "over_60"]


def test_every_shipped_questionnaire_is_free_of_faults() -> None:
    """Whatever file lies in questionnaires/ loads without a problem."""
    assert "sipas_2022" in shipped_names()
    assert [problem for name in shipped_names() for problem in load(name).problems] == []


def test_the_digest_does_not_depend_on_how_the_file_was_saved(tmp_path: Path) -> None:
    """Windows line ends, a byte-order mark, decomposed letters and blanks at line ends leave the digest as it is."""
    import unicodedata

    first = load(saved(tmp_path, TEXT)).or_raise().digest()
    other = unicodedata.normalize("NFD", TEXT).replace("\n", "  \r\n")
    (tmp_path / "mini.toml").write_bytes(b"\xef\xbb\xbf" + other.encode())
    assert load(str(tmp_path / "mini.toml")).or_raise().digest() == first
    assert load(saved(tmp_path, TEXT + "# more\n")).or_raise().digest() != first


def test_an_own_questionnaire_falls_back_to_its_language(tmp_path: Path) -> None:
    """A questionnaire in Vietnamese only shows its Vietnamese labels in English too."""
    assert load(saved(tmp_path, TEXT)).or_raise().label("access", "en") == "Tiếp cận"


FAULTS = [
    ('languages = ["vi"]', 'languages = "vi"', "QUESTIONNAIRE_KEY_MISSING", "questionnaire"),
    ('version = "1"', "version = 1", "QUESTIONNAIRE_KEY_MISSING", "questionnaire"),
    ('overall = { vi = "Chung" }', "", "QUESTIONNAIRE_LABEL_MISSING", "overall"),
    ('{ vi = "Tiếp cận" }', '{ en = "Access" }', "QUESTIONNAIRE_LABEL_MISSING", "access"),
    ('code = "access"', 'code = "Access!"', "QUESTIONNAIRE_CODE_SHAPE", "elements 1"),
    ('code = "access"', 'code = "service"', "QUESTIONNAIRE_CODE_TWICE", "elements 1"),
    ('code = "access"', 'code = "overall"', "QUESTIONNAIRE_CODE_TWICE", "elements 1"),
    ('element = "access"', 'element = "reach"', "QUESTIONNAIRE_UNKNOWN_PARENT", "q01"),
    ('element = "access"', 'element = "reach"', "QUESTIONNAIRE_EMPTY_GROUP", "access"),
    ('part = "service"', "", "QUESTIONNAIRE_UNREADABLE", None),
    ('part = "service", ', "", "QUESTIONNAIRE_KEY_MISSING", "access"),
    ("value = 2", "value = 1", "QUESTIONNAIRE_SCALE", "scale 2"),
    ("value = 2", "value = true", "QUESTIONNAIRE_SCALE", "scale 2"),
    ("satisfied = [2]", "satisfied = [1, 2]", "QUESTIONNAIRE_SCALE", "satisfied"),
    ("satisfied = [2]", "satisfied = [[2]]", "QUESTIONNAIRE_SCALE", "satisfied"),
    ('choices = [{ code = "M", label = { vi = "Nam" } }]', "choices = []", "QUESTIONNAIRE_KEY_MISSING", "sex"),
    ("criteria = [{", "criterion = [{", "QUESTIONNAIRE_KEY_MISSING", "criteria"),
]


@pytest.mark.parametrize(("old", "new", "kind", "entry"), FAULTS)
def test_each_fault_is_named(tmp_path: Path, old: str, new: str, kind: str, entry: str | None) -> None:
    """A fault has its kind and the entry it is in, in both languages."""
    assert old in TEXT
    path = saved(tmp_path, TEXT.replace(old, new))
    if entry is None:
        with pytest.raises(SurveyError, match=kind):
            load(path)
        return
    found = [p for p in load(path).problems if p.kind == kind]
    assert [p.details["entry"] for p in found][:1] == [entry]
    assert all(entry in p.message("vi") and entry in p.message("en") for p in found[:1])


def test_no_such_questionnaire() -> None:
    """A wrong name is wrong usage, and the message lists those that there are."""
    with pytest.raises(SurveyError, match="sipas_2022") as raised:
        load("sipas_1999")
    assert raised.value.exit_code == 2


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    """A file in another encoding is unreadable, not a crash."""
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SurveyError, match="QUESTIONNAIRE_UNREADABLE"):
        load(str(tmp_path / "x.toml"))


def test_the_file_says_whose_wording_it_is() -> None:
    """The note on the official wording travels with the questionnaire."""
    assert "own" in load("sipas_2022").value.source["en"]
    assert shipped("questionnaires/sipas_2022.toml").is_file()


def test_the_faults_of_questions(tmp_path: Path) -> None:
    """Kinds, conditions and limits that there are not: told in both languages, each at its own line."""
    bent = (
        TEXT + '[[questions]]\ncode = "a"\nkind = "scale"\nlabel = { vi = "a" }\n'
        'choices = [{ code = "x", label = { vi = "x" } }]\n'
        '[[questions]]\ncode = "b"\nkind = "many"\nmost = 9\nlabel = { vi = "b" }\n'
        'asked_if = { question = "c", is = ["x"] }\nchoices = [{ code = "x", label = { vi = "x" } }]\n'
    )
    lines = [*bent.splitlines()]
    found = {p.kind: p for p in load(saved(tmp_path, bent)).problems}
    at = {kind: lines[(p.place.row or 0) - 1].split(" ")[0] for kind, p in found.items()}
    assert at == {
        "QUESTIONNAIRE_KIND": "kind", "QUESTIONNAIRE_MOST": "most", "QUESTIONNAIRE_CONDITION": "asked_if",
    }  # fmt: skip
    assert "one, many, text" in found["QUESTIONNAIRE_KIND"].message("en")
    assert "scale" in found["QUESTIONNAIRE_KIND"].message("vi")
