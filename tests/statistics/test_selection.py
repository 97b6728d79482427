"""Permanent random numbers and simple random draws."""

import hashlib
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.statistics.selection import permanent_random_numbers, simple_random_order

ids = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), unique=True, max_size=40)


def from_the_rule(unit_id: str, seed: str) -> Fraction:
    digits = hashlib.sha256(f"{seed}:{unit_id}".encode()).hexdigest()[:13]
    return (int(digits, 16) + Fraction(1, 2)) / 16**13


@given(ids, st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_numbers_follow_the_published_rule_exactly(unit_ids: list[str], seed: str) -> None:
    """Each number is the rule's fraction without rounding, strictly between 0 and 1."""
    numbers = permanent_random_numbers(unit_ids, seed)
    assert [Fraction(u) for u in numbers.tolist()] == [from_the_rule(unit, seed) for unit in unit_ids]
    assert all(0 < u < 1 for u in numbers)


def test_a_number_anyone_can_check() -> None:
    """`printf 2023:HS-1 | sha256sum` begins with d0f3b21a4a8af."""
    assert permanent_random_numbers(["HS-1"], "2023")[0] == (0xD0F3B21A4A8AF + 0.5) / 16**13


@given(ids)
def test_the_order_does_not_depend_on_the_rows(unit_ids: list[str]) -> None:
    """Reversing the frame draws the same units in the same order."""
    backwards = unit_ids[::-1]
    first = [unit_ids[i] for i in simple_random_order(unit_ids, permanent_random_numbers(unit_ids, "s"))]
    second = [backwards[i] for i in simple_random_order(backwards, permanent_random_numbers(backwards, "s"))]
    assert first == second


@given(ids, st.integers(0, 50))
def test_a_smaller_sample_is_the_head_of_a_larger_one(unit_ids: list[str], size: int) -> None:
    """Main list and reserve are one order: the first ones are always the same."""
    numbers = permanent_random_numbers(unit_ids, "s")
    everything = simple_random_order(unit_ids, numbers)
    assert simple_random_order(unit_ids, numbers, size=size).tolist() == everything[:size].tolist()
    assert sorted(everything.tolist()) == list(range(len(unit_ids)))


def test_ties_are_broken_by_the_bytes_of_the_id() -> None:
    """Equal numbers: UTF-8 bytes decide, so Z comes before a, and a before á."""
    order = simple_random_order(["á", "a", "Z", "b"], np.array([0.5, 0.5, 0.5, 0.1]))
    assert order.tolist() == [3, 2, 1, 0]


def test_a_negative_size_is_refused() -> None:
    """A negative size is the caller's mistake."""
    with pytest.raises(ValueError, match="cannot draw -1"):
        simple_random_order(["a"], np.array([0.5]), size=-1)


def test_every_unit_is_drawn_as_often_as_promised() -> None:
    """Over 3,000 seeds each of 8 units is in a sample of 3 with frequency 3/8, within five standard errors."""
    units, seeds = [f"u{i}" for i in range(8)], 3000
    counts: Counter[int] = Counter()
    for seed in range(seeds):
        counts.update(simple_random_order(units, permanent_random_numbers(units, str(seed)), size=3).tolist())
    expected, spread = seeds * 3 / 8, (seeds * 3 / 8 * 5 / 8) ** 0.5
    assert all(abs(counts[i] - expected) < 5 * spread for i in range(8))
