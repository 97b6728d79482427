"""Draws by hand: numbers, orders, certain units, points and fights at their edges."""

import hashlib
from fractions import Fraction

import numpy as np
import pytest

from sipas_survey.statistics.selection import (
    certainty_units,
    pareto_order,
    permanent_random_numbers,
    pivotal,
    simple_random_order,
    systematic,
)

IDS = ["a", "b", "c", "d"]


def test_numbers_are_thirteen_digits_and_a_half() -> None:
    """The digest's first 13 hexadecimal digits, plus ½, over 16¹³; exactly."""
    digits = int(hashlib.sha256("hạt giống:Đ-1".encode()).hexdigest()[:13], 16)
    (found,) = permanent_random_numbers(["Đ-1"], "hạt giống").tolist()
    assert Fraction(found) == Fraction(2 * digits + 1, 2 * 16**13)


def test_ties_go_by_the_bytes_of_the_id() -> None:
    """Equal numbers: a before b, whatever stands first; the rest as before."""
    numbers = np.array([0.5, 0.25, 0.5, 0.75])
    assert simple_random_order(["d", "b", "a", "c"], numbers).tolist() == [1, 2, 0, 3]
    assert simple_random_order(["d", "b", "a", "c"], numbers, size=2).tolist() == [1, 2]
    assert simple_random_order(IDS, np.array([0.4, 0.3, 0.2, 0.1]), size=9).tolist() == [3, 2, 1, 0]
    assert simple_random_order(IDS, np.array([0.4, 0.3, 0.2, 0.1]), size=0).tolist() == []
    with pytest.raises(ValueError, match="cannot draw -1 units"):
        simple_random_order(IDS, numbers, size=-1)


def test_certain_units_are_taken_again_and_again() -> None:
    """3 of 10, 4, 3, 3: 30/20 is certain; of 2 among 4, 3, 3 none is (8/10); of 5, 3, 2 the 5 is (10/10)."""
    assert certainty_units([10, 4, 3, 3], 3) == ([0], [1, 2, 3])
    assert certainty_units([3, 10, 5, 2], 3) == ([1, 2], [0, 3])
    assert certainty_units([1, 1], 2) == ([0, 1], [])
    assert certainty_units([7], 1) == ([0], [])
    for sizes, n in (([1, 2], 0), ([1, 2], 3), ([0, 2], 1)):
        with pytest.raises(ValueError, match="no sample of"):
            certainty_units(sizes, n)


def test_pareto_by_hand() -> None:
    """λ = ½, ⅓, ⅙ for one of 3, 2, 1: odds 1, ½, ⅕; with u = 0.5, 0.3, 0.1 the ratios are 1, 0.857, 0.556."""
    assert pareto_order(["a", "b", "c"], np.array([0.5, 0.3, 0.1]), sizes=[3, 2, 1], n=1).tolist() == [2, 1, 0]
    assert pareto_order(["a", "b", "c"], np.array([0.4, 0.3, 0.2]), sizes=[3, 2, 1], n=1).tolist() == [0, 1, 2]


def test_pareto_begins_with_the_certain_ones() -> None:
    """By their numbers; equal ratios go by the number, then by the id."""
    numbers = np.array([0.9, 0.2, 0.5, 0.5])
    assert pareto_order(IDS, numbers, sizes=[9, 9, 1, 1], n=3).tolist() == [1, 0, 2, 3]
    assert pareto_order(["a", "b", "d", "c"], numbers, sizes=[9, 9, 1, 1], n=3).tolist() == [1, 0, 3, 2]


@pytest.mark.parametrize(
    ("sizes", "n", "start", "chosen"),
    [
        ([1] * 10, 4, 0.0, [0, 2, 5, 7]), ([1] * 10, 4, 0.3999, [0, 3, 5, 8]), ([1] * 10, 4, 0.4, [1, 3, 6, 8]),
        ([1] * 10, 4, 0.9999, [2, 4, 7, 9]), ([1, 2, 3, 4], 2, 0.1, [0, 2]), ([1, 3, 2, 2], 2, 0.25, [1, 2]),
        ([1, 2, 3, 4], 2, 0.19, [0, 2]), ([1, 2, 3, 4], 2, 0.99, [2, 3]), ([9, 1, 1], 2, 0.5, [0, 2]),
        ([9, 1, 1], 2, 0.49, [0, 1]), ([5, 5], 2, 0.3, [0, 1]),
    ],
)  # fmt: skip
def test_systematic_points_by_hand(sizes: list[int], n: int, start: float, chosen: list[int]) -> None:
    """Points (start + i)·Σ/n on the cumulated sizes; a point at the end of a piece belongs to the next."""
    assert systematic(sizes, n, start=start).tolist() == chosen


@pytest.mark.parametrize(
    ("numbers", "chosen"),
    [
        # 1 of sizes 1, 1, 2. b against a: s = ½, b goes on if u < ½; c: s = 1, c goes on and the other is drawn if
        # u < (1 − ½)/(2 − 1) = ½.
        ([0.9, 0.25, 0.25], [1]), ([0.9, 0.75, 0.25], [0]), ([0.9, 0.25, 0.75], [2]), ([0.9, 0.75, 0.75], [2]),
        ([0.1, 0.5, 0.25], [0]), ([0.1, 0.25, 0.5], [2]),
    ],
)  # fmt: skip
def test_fights_of_neighbours_by_hand(numbers: list[float], chosen: list[int]) -> None:
    """Who goes on, who is drawn and who is out."""
    assert pivotal(np.array(numbers), sizes=[1, 1, 2], n=1).tolist() == chosen


def test_fights_with_a_certain_unit_and_two_places() -> None:
    """3 of sizes 9, 2, 2, 2, 2: the first is certain, then λ = ½ each: two pairs fight, winners by u < ½."""
    assert pivotal(np.array([0.5, 0.9, 0.2, 0.9, 0.2]), sizes=[9, 2, 2, 2, 2], n=3).tolist() == [0, 1, 3]
    assert pivotal(np.array([0.5, 0.9, 0.8, 0.9, 0.8]), sizes=[9, 2, 2, 2, 2], n=3).tolist() == [0, 2, 4]


def test_fights_that_go_over_one() -> None:
    """2 of 3, 3, 2: λ = ¾, ¾, ½. b: s = 1½, a is drawn and b goes on with ½ if u < ¼/½ = ½; c: s = 1, u < ½."""
    found = {
        (u, v): pivotal(np.array([0.1, u, v]), sizes=[3, 3, 2], n=2).tolist()
        for u in (0.49, 0.51)
        for v in (0.49, 0.51)
    }
    assert found == {
        (0.49, 0.49): [0, 1], (0.49, 0.51): [0, 2], (0.51, 0.49): [0, 1], (0.51, 0.51): [1, 2],
    }  # fmt: skip
