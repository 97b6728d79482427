"""Weights moved within classes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.statistics.adjustment import class_adjustment, trim


def test_respondents_carry_their_class() -> None:
    """Class a: 30 carried by 10, factor 3; class b: all answered."""
    weight, classes = np.array([10.0, 20, 7, 8]), np.array([0, 0, 1, 1])
    found = class_adjustment(weight, classes, responding=np.array([True, False, True, True]), names=["a", "b"])
    assert found.or_raise().tolist() == [30, 0, 7, 8]


def test_a_class_that_nobody_speaks_for() -> None:
    """Its weight is not lost in silence: it is named with its size, and all stay as they were."""
    weight = np.array([10.0, 20, 7])
    found = class_adjustment(weight, np.array([0, 0, 1]), responding=np.array([False, False, True]), names=["a", "b"])
    assert [(p.kind, p.found, p.details["total"]) for p in found.problems] == [("RESPONSE_CLASS_EMPTY", "a", 30.0)]
    assert found.value is weight


def test_trimming_by_hand() -> None:
    """Median 5, cap 15: 30 becomes 15, the others 12.5 each."""
    found = trim(np.array([5.0, 5, 30]), np.zeros(3, dtype=int), names=["a"]).or_raise()
    assert found.tolist() == [12.5, 12.5, 15]


def test_trimming_goes_on_until_nothing_is_above() -> None:
    """What is cut lifts another above the cap, which is cut in its turn."""
    found = trim(np.array([1.0, 1, 1, 2.6, 9.4]), np.zeros(5, dtype=int), names=["a"], cap=3.3).or_raise()
    assert found.max() == pytest.approx(3.3)
    assert found.sum() == pytest.approx(15)
    assert found[3] == pytest.approx(3.3)


def test_a_class_too_uneven_to_be_trimmed() -> None:
    """Nine of weight 1 and one of 100 cannot hold 109 under 3 times the median."""
    weight = np.r_[np.ones(9), 100.0]
    found = trim(weight, np.zeros(10, dtype=int), names=["a"])
    assert [(p.kind, p.found) for p in found.problems] == [("TRIM_IMPOSSIBLE", "a")]
    assert found.value is weight


def test_a_cap_below_one_is_a_mistake_of_the_program() -> None:
    """It would cut the median itself."""
    with pytest.raises(ValueError, match="median"):
        trim(np.ones(2), np.zeros(2, dtype=int), names=["a"], cap=0.5)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.floats(1.0, 6.0))
def test_trimming_conserves_every_class(seed: int, cap: float) -> None:
    """Whatever the weights: nothing above the cap of its class, every class with its total, or a problem names it."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(3, 40))
    weight, classes = chance.lognormal(0, 1, n) * (chance.random(n) > 0.1), chance.integers(0, 3, n)
    found = trim(weight, classes, names=["a", "b", "c"], cap=cap)
    named = {p.found for p in found.problems}
    for k, name in enumerate("abc"):
        inside = (classes == k) & (weight > 0)
        if not inside.any():
            continue
        limit = cap * np.median(weight[inside])
        if name in named:
            assert limit * inside.sum() < weight[inside].sum()
        elif not named:
            assert found.value[inside].max() <= limit * (1 + 1e-9)
            assert found.value[inside].sum() == pytest.approx(weight[inside].sum())
