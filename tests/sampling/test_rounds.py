"""Rounds under one permanent seed: the order goes on where the last one ended."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.sampling.design import Design
from sipas_survey.sampling.rounds import LeftOut, Shift, begin_after, shifted
from sipas_survey.statistics.selection import permanent_random_numbers

IDS = [f"U{i}" for i in range(200)]


def test_the_last_unit_comes_last() -> None:
    """(u − s) mod 1 is in (0, 1]; the unit that was released last has 1, the next one the smallest number."""
    numbers = permanent_random_numbers(IDS, "seed")
    order = np.argsort(numbers)
    start = float(numbers[order[59]])
    turned = shifted(numbers, start)
    assert turned[order[59]] == 1
    assert np.argsort(turned).tolist() == [*order[60:], *order[:60]]
    assert ((turned > 0) & (turned <= 1)).all()


@given(st.integers(0, 199))
def test_shifting_is_exact(last: int) -> None:
    """No rounding: the order is a turn of the order, whichever unit it begins after."""
    numbers = permanent_random_numbers(IDS, "other")
    order = np.argsort(numbers).tolist()
    turned = np.argsort(shifted(numbers, float(numbers[order[last]]))).tolist()
    assert turned == order[last + 1 :] + order[: last + 1]


@pytest.mark.parametrize(("overlap", "unit"), [(0.0, "j"), (0.3, "g"), (1.0, "")])
def test_where_a_panel_begins(overlap: float, unit: str) -> None:
    """With a share kept the order begins that many names before the end of the earlier round."""
    assert begin_after(list("abcdefghij"), main=10, overlap=overlap) == unit


def test_rounds_survive_the_ledger() -> None:
    """Both ways come back from the record of a design as they went in."""
    for design in (
        Design(left_out=LeftOut("../2022", "id", "digest")),
        Design(shift=Shift("../2022", "id", "digest", "seed", {"132": "U1"})),
    ):
        assert Design.from_record(design.as_record()) == design
