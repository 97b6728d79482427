"""Small cells: nobody stands alone in what is told, and nothing is changed but blanked."""

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.satisfaction.disclosure import without_small_cells


def table(text: str) -> pd.DataFrame:
    """A table written as words, one row a line; – is nothing."""
    rows = [["" if word == "–" else word for word in line.split()] for line in text.strip().splitlines()]
    return pd.DataFrame(rows, columns=list("abc")[: len(rows[0])], dtype=object)


def test_by_hand() -> None:
    """The rare value goes; where the place itself is rare it goes too, and others join those that lost all."""
    told = without_small_cells(table("Y nam\nY nam\nY nữ\nV nam\nV nam"), smallest=2)
    # `Y nữ` alone loses its sex; `Y –` alone loses the place; one row without anything is alone, `Y nam` joins it
    assert told.to_numpy().tolist() == [["", ""], ["", ""], ["", ""], ["V", "nam"], ["V", "nam"]]


@given(
    st.lists(st.tuples(*(st.sampled_from(["", "1", "2", "3"]) for _ in range(3))), min_size=5, max_size=60),
    st.integers(2, 5),
)
def test_every_combination_has_enough_rows(rows: list[tuple[str, ...]], smallest: int) -> None:
    """Each combination that is told has enough rows; values stay or are blanked, the last columns first."""
    before = pd.DataFrame(rows, columns=list("abc"), dtype=object)
    after = without_small_cells(before, smallest=smallest)
    told = [tuple(row) for row in after.to_numpy()]
    assert min(Counter(told).values()) >= smallest
    for was, now in zip(rows, told, strict=True):
        kept = max((i + 1 for i, value in enumerate(now) if value), default=0)
        assert now == (*was[:kept], *[""] * (3 - kept))
    assert before.to_numpy().tolist() == [list(row) for row in rows]


@given(st.integers(1, 6))
def test_what_is_not_rare_stays(copies: int) -> None:
    """A table in which every combination is common stays as it is; with one row more of each it does too."""
    rows = table("Y nam\nY nữ\nV nam\nV –")
    many = pd.concat([rows] * (copies + 1), ignore_index=True)
    assert without_small_cells(many, smallest=2).equals(many)


def test_a_table_smaller_than_a_cell() -> None:
    """Four rows cannot make a cell of five; a cell of one protects nobody."""
    for smallest in (5, 1):
        with pytest.raises(ValueError, match="a cell has two rows"):
            without_small_cells(table("a\nb\nc\nd"), smallest=smallest)
