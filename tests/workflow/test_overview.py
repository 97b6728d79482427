"""What stands beside each row of the overview: its course, its shade, what to look at; and the list behind a number."""

from datetime import date
from pathlib import Path

import pytest

from sipas_survey.workflow import overview
from sipas_survey.workflow.form_list import form_list
from tests.surveys import drawn

TOLD = """print 2 A1\nissue 3 A1 worker=W1\nreturn 5 A1 worker=W1\nprint 2 A2\nissue 3 A2 worker=W1
print 2 B1\nissue 3 B1 worker=W2\nrefuse 5 B1\nprint 2 B2\nissue 3 B2 worker=W2\nreturn 8 B2 worker=W2"""


def test_rows_have_course_shade_and_flags(tmp_path: Path) -> None:
    """One of two back in 132 and one late; all back in 140 with a refusal; the same from the cache and from a fold."""
    made = drawn(tmp_path)
    assert made.tell(TOLD).stored
    cached = overview.look(made.store)
    assert [row["course"] for row in cached["rows"]] == [[1, 1], [0, 1]]
    assert [row["shade"] for row in cached["rows"]] == ["half", "all"]
    assert [row["flags"] for row in cached["rows"]] == [["late"], ["withdrawn"]]
    found = overview.returned(made.store, overview.EVERYONE, by=("district_code",), as_of=date(2024, 1, 6))
    assert found == [("132", "2024-01-05", 1)]
    made.store.close()


@pytest.mark.parametrize(
    ("part", "whole", "shade"), [(0, 0, "none"), (0, 9, "few"), (1, 2, "half"), (19, 20, "most"), (1559, 1560, "most")]
)
def test_shades_are_of_whole_numbers(part: int, whole: int, shade: str) -> None:
    """Almost all is never all."""
    assert overview.shade_of(part, whole) == shade


@pytest.mark.parametrize(
    ("wanted", "forms"),
    [
        ({"state": "outstanding"}, ["A2"]),
        ({"state": "withdrawn"}, ["B1"]),
        ({"state": "issued_all", "district": "140"}, ["B2"]),
        ({"state": "handed_out", "district": "140"}, ["B1", "B2"]),
        ({"flag": "late"}, ["A2"]),
        ({"days": "100"}, []),
        ({"kind": "reserve", "district": "132"}, ["R1", "R2"]),
        ({"worker": "W2", "state": "returned_all"}, ["B2"]),
        ({"state": "nonsense"}, []),
    ],
)
def test_lists_are_those_behind_the_numbers(wanted: dict[str, str], forms: list[str], tmp_path: Path) -> None:
    """Each filter finds its forms."""
    made = drawn(tmp_path)
    assert made.tell(TOLD).stored
    assert [row["form"] for row in form_list(made.store, wanted=wanted)] == [made.codes[name] for name in forms]
    made.store.close()
