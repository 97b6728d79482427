"""Problems as values, and the catalogue that gives them their sentences."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import sipas_survey
from sipas_survey.formats import LANGUAGES
from sipas_survey.problems import NOWHERE, Checked, Place, Problem, SurveyError, catalogue, problem, stop

PACKAGE = Path(sipas_survey.__file__).parent
MAKERS = ("problem", "stop", "tell", "Problem")
KIND = re.compile(r"[A-Z]+(_[A-Z0-9]+)+")


def sources() -> Iterator[tuple[str, ast.AST]]:
    """Every node of the package's source, with the name of its file."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield path.name, node


def made_in_source() -> Iterator[tuple[str, str, ast.Call]]:
    """The calls that make a problem of a kind that is written out: file, kind, call."""
    for file, node in sources():
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            kinds = [a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if name in MAKERS and kinds and KIND.fullmatch(kinds[0]):
                yield file, kinds[0], node


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


# ---------------------------------------------------------------- the catalogue
def test_every_kind_speaks_both_languages_with_the_same_braces() -> None:
    """No sentence is empty, and both fill in the same details."""
    for code, kind in catalogue().items():
        assert KIND.fullmatch(code), code
        assert kind.vi.strip(), code
        assert kind.en.strip(), code
        assert kind.vi != kind.en, code
        assert fields(kind.vi) == fields(kind.en), code


def test_exit_codes_are_those_of_the_contract() -> None:
    """Errors leave with 2, 3, 4 or 5, a fault of the program with 70; a warning has none."""
    for code, kind in catalogue().items():
        assert kind.exit_code in ({0} if kind.severity == "warning" else {2, 3, 4, 5, 70}), code


def test_every_kind_made_in_the_source_is_in_the_catalogue() -> None:
    """Kinds are never invented on the spot."""
    assert sorted({(file, kind) for file, kind, _ in made_in_source() if kind not in catalogue()}) == []


def test_every_text_that_looks_like_a_kind_is_one() -> None:
    """Kinds held in tables: a constant that begins like the kinds of a topic is in the catalogue."""
    topics = {code.split("_")[0] for code in catalogue()}
    looks = {
        (file, node.value)
        for file, node in sources()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KIND.fullmatch(node.value)
    }
    unknown = {(file, text) for file, text in looks if text.split("_")[0] in topics and text not in catalogue()}
    assert sorted(unknown) == []


def test_every_kind_of_the_catalogue_is_used() -> None:
    """No sentence stands there that nobody can meet."""
    used = {node.value for _, node in sources() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert sorted(set(catalogue()) - used) == []


def test_every_detail_of_a_sentence_is_given_where_the_problem_is_made() -> None:
    """A brace without its value would break the message, or leave a hole in it."""
    lacking = []
    for file, kind, call in made_in_source():
        given = {keyword.arg for keyword in call.keywords}
        if None in given or kind not in catalogue():
            continue
        lacking += [(file, kind, name) for name in fields(catalogue()[kind].en) - given]
    assert sorted(lacking) == []


# ---------------------------------------------------------------- values
PLACE = Place(file="khung.xlsx", sheet="Danh sách", row=8, column="Xã")


def test_a_problem_as_a_line() -> None:
    """Severity, place, sentence and kind, in the reader's language."""
    told = problem("FILE_ROW_WIDTH", PLACE, found="9", columns=7)
    assert told.line("vi").startswith("lỗi · khung.xlsx, trang Danh sách, dòng 8, cột Xã: Dòng có 9 ô")
    assert told.line("en").startswith("error · khung.xlsx, sheet Danh sách, row 8, column Xã: The row has 9 cells")
    assert told.line("en").endswith("[FILE_ROW_WIDTH]")
    assert problem("FILE_EMPTY").line("en").startswith("error: The file")


def test_a_problem_as_json() -> None:
    """The keys of the contract, and `form` only where there is one."""
    record = problem("FILE_ROW_WIDTH", PLACE, found="9", columns=7).as_dict("en")
    assert list(record) == ["kind", "severity", "file", "sheet", "row", "column", "found", "message"]
    assert (record["row"], record["found"], record["severity"]) == (8, "9", "error")
    assert problem("FILE_EMPTY", Place(form="2310000196")).as_dict("vi")["form"] == "2310000196"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_found_may_hold_braces(lang: str) -> None:
    """Text of a file is filled in as it is, never read as a format."""
    assert "{x}{0}" in problem("FILE_TYPE", found="{x}{0}").message("vi" if lang == "vi" else "en")


def test_a_place_moves_within_its_sheet() -> None:
    """Another cell, the same file and sheet; what is not said stays."""
    assert PLACE.at(row=9) == Place("khung.xlsx", "Danh sách", 9, "Xã")
    assert PLACE.at(column="Thôn") == Place("khung.xlsx", "Danh sách", 8, "Thôn")
    assert Place() == NOWHERE


def test_only_errors_stop() -> None:
    """Warnings travel beside the value; with an error all problems are raised, warnings too."""
    warning, error = problem("EVENT_REASON_ALONE"), problem("FILE_EMPTY")
    assert Checked(7, (warning,)).or_raise() == 7
    both = Checked(7, (warning, error))
    assert (both.errors, both.warnings) == ((error,), (warning,))
    with pytest.raises(SurveyError, match="FILE_EMPTY") as raised:
        both.or_raise()
    assert raised.value.problems == (warning, error)
    assert raised.value.exit_code == 3


def test_the_exit_code_is_that_of_the_first_error() -> None:
    """A single problem may be raised as it is; warnings alone are a bug (70)."""
    assert stop("FILE_NOT_FOUND", found="x").exit_code == 2
    assert SurveyError(Problem("FILE_EMPTY")).exit_code == 3
    assert SurveyError([problem("EVENT_REASON_ALONE")]).exit_code == 70
