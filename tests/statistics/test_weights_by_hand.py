"""Class adjustment, trimming, funnels and joint probabilities at their edges, by hand."""

import numpy as np
import pytest
from scipy import stats

from sipas_survey.statistics import joint
from sipas_survey.statistics.adjustment import CAP, class_adjustment, trim
from sipas_survey.statistics.funnel import funnel_limits, limits_at, tail_chance, usual_counts
from sipas_survey.statistics.inclusion import (
    order_probabilities,
    pareto_probabilities,
    proportional_probabilities,
)


# ---------------------------------------------------------------- classes
def test_a_class_is_carried_by_those_who_answered() -> None:
    """10 + 30 carried by 10: times 4; a class of weight 0, or without units, changes nothing."""
    found = class_adjustment(np.array([10.0, 30, 2, 0]), np.array([0, 0, 1, 2]),
                             responding=np.array([True, False, True, False]), names=["a", "b", "c", "d"])  # fmt: skip
    assert (found.problems, found.value.tolist()) == ((), [40.0, 0.0, 2.0, 0.0])


def test_every_class_without_an_answer_is_named() -> None:
    """With the weight that nobody carries; weights stay as they were. A light answer carries its class too."""
    weight, classes = np.array([10.0, 30, 2, 0.5]), np.array([0, 0, 1, 2])
    found = class_adjustment(weight, classes, responding=np.array([False, False, True, False]), names=["a", "b", "c"])
    assert [(p.kind, p.found, p.details) for p in found.problems] == [
        ("RESPONSE_CLASS_EMPTY", "a", {"total": 40.0}), ("RESPONSE_CLASS_EMPTY", "c", {"total": 0.5}),
    ]  # fmt: skip
    assert found.value is weight
    light = class_adjustment(np.array([0.25, 0.5]), np.array([0, 0]), responding=np.array([True, False]), names=["a"])
    assert light.value.tolist() == [0.75, 0.0]


# ---------------------------------------------------------------- trimming
def test_trimming_by_hand() -> None:
    """1, 1, 1, 1, 6 with cap 3: median 1, limit 3; the 3 too much over four: 1.75 each."""
    found = trim(np.array([1.0, 1, 1, 1, 6]), np.zeros(5, dtype=int), names=["a"])
    assert CAP == 3.0
    assert found.problems == ()
    assert found.value.tolist() == pytest.approx([1.75, 1.75, 1.75, 1.75, 3])


def test_what_is_spread_may_have_to_be_cut_again() -> None:
    """1, 1, 2.6, 9 with cap 2: median 1.8, limit 3.6; 5.4 over 4.6 lifts 2.6 above it: cut, 1 and 1 get the rest."""
    found = trim(np.array([1.0, 1, 2.6, 9]), np.zeros(4, dtype=int), names=["a"], cap=2.0)
    assert found.value.tolist() == pytest.approx([3.2, 3.2, 3.6, 3.6])


def test_classes_are_trimmed_apart_and_zeros_stay() -> None:
    """The second class has nothing above its limit; a weight of 0 is in no median; a class may be empty."""
    weight = np.array([0.0, 1, 1, 1, 1, 6, 100, 200, 0.0])
    found = trim(weight, np.array([0, 0, 0, 0, 0, 0, 2, 2, 2]), names=["a", "b", "c"])
    assert found.value.tolist() == pytest.approx([0, 1.75, 1.75, 1.75, 1.75, 3, 100, 200, 0])


def test_what_cannot_be_trimmed() -> None:
    """1, 1, 10 with cap 1: three times 1 hold 3 of 12; a cap below 1 is a bug; at the limit it is possible."""
    weight = np.array([1.0, 1, 10, 5, 5])
    classes = np.array([0, 0, 0, 1, 1])
    found = trim(weight, classes, names=["a", "b"], cap=1.0)
    assert [(p.kind, p.found, p.details) for p in found.problems] == [("TRIM_IMPOSSIBLE", "a", {"cap": 1.0})]
    assert found.value is weight
    assert trim(weight[:3], classes[:3], names=["a"], cap=4.0).value.tolist() == [4.0, 4.0, 4.0]
    with pytest.raises(ValueError, match=r"a cap of 0\.99"):
        trim(weight, classes, names=["a", "b"], cap=0.99)


def test_medians_of_even_and_odd_classes() -> None:
    """1, 2, 4, 30 has median 3: cut at 6 with cap 2; 1, 2, 30 has 2: cut at 4, and 2 is lifted no further."""
    even = trim(np.array([30.0, 4, 1, 2]), np.zeros(4, dtype=int), names=["a"], cap=4.0)
    assert even.value.max() == pytest.approx(12.0)
    odd = trim(np.array([2.0, 14, 1, 3, 2]), np.zeros(5, dtype=int), names=["a"], cap=3.0)
    assert odd.value.tolist() == pytest.approx([4.0, 6.0, 2.0, 6.0, 4.0])


# ---------------------------------------------------------------- funnels
def test_funnel_limits_are_binomial_quantiles() -> None:
    """20 at 0.3: fewer than l and more than u have at most a thousandth each, one more has more."""
    n, share = np.array([20]), np.array([0.3])
    low, high = (int(x[0]) for x in funnel_limits(n, share))
    assert stats.binom.cdf(low - 1, 20, 0.3) <= 0.001 < stats.binom.cdf(low, 20, 0.3)
    assert stats.binom.sf(high, 20, 0.3) <= 0.001 < stats.binom.sf(high - 1, 20, 0.3)
    narrow = tuple(int(x[0]) for x in funnel_limits(n, share, level=0.8))
    assert narrow == (3, 9)
    assert [x.tolist() for x in funnel_limits(np.array([0, 5]), np.array([0.5, 0.0]))] == [[0, 0], [0, 0]]


def test_limits_of_several_at_the_rate_of_all() -> None:
    """5 of 10 and 10 of 40: 0.3; nobody tried: no events."""
    assert usual_counts([5, 10], [10, 40], level=0.9) == limits_at(0.3, [10, 40], level=0.9)
    assert limits_at(0.3, [10, 40], level=0.9) == [(1, 5), (7, 17)]
    assert usual_counts([0], [0]) == [(0, 0)]
    assert usual_counts([1, 2], [4, 4]) == limits_at(3 / 8, [4, 4])
    assert limits_at(0.5, [30]) == [tuple(int(x[0]) for x in funnel_limits(np.array([30]), np.array([0.5])))]
    assert limits_at(0.5, [30]) == [(7, 23)]


def test_chances_of_the_tail() -> None:
    """8 of 10 at ½: twice 56/1024; 5 of 10 is usual: 1."""
    found = tail_chance(np.array([8, 2, 5]), np.array([10, 10, 10]), np.full(3, 0.5))
    assert found.tolist() == pytest.approx([112 / 1024, 112 / 1024, 1.0])


# ---------------------------------------------------------------- probabilities
def test_probabilities_by_hand() -> None:
    """3 of 10, 4, 3, 3: 1, then 2·4/10 and 2·3/10; all certain: 1."""
    assert proportional_probabilities([10, 4, 3, 3], 3).tolist() == pytest.approx([1, 0.8, 0.6, 0.6])
    assert proportional_probabilities([2, 2], 2).tolist() == [1, 1]
    assert order_probabilities(np.array([1.0, 2.0]), 2).tolist() == [1, 1]
    assert (
        pareto_probabilities([9, 9, 1], 2).tolist() == [1, 1, 0]
        or pareto_probabilities([9, 9, 1], 3).tolist() == [1] * 3
    )


def test_first_of_two_by_hand() -> None:
    """q = X/c with X = u/(1 − u): P(X₁ < X₂/2) by its closed form ∫ = (c log c − c + 1)/(c − 1)² for odds c : 1."""
    c = 2.0
    expected = 1 - (c * np.log(c) - c + 1) / (c - 1) ** 2
    below = order_probabilities(np.array([c, 1.0]), 1)
    assert below.sum() == pytest.approx(1)
    assert max(below) == pytest.approx(max(expected, 1 - expected), rel=1e-10)
    assert below[0] > below[1]


def test_joint_probabilities_of_small_designs() -> None:
    """2 of 3 drawn simply: ⅓ for each pair; one of several: no pair; all: certain."""
    assert joint.simple_joint(3, 2) == pytest.approx(np.where(np.eye(3) == 1, 2 / 3, 1 / 3))
    assert joint.simple_joint(1, 1).tolist() == [[1.0]]
    assert joint.simple_joint(2, 1) == pytest.approx(np.diag([0.5, 0.5]))
    assert joint.simple_joint(2, 2).tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_a_pair_beside_a_unit_drawn_for_certain() -> None:
    """Of sizes 10, 1, 1, 1 two are drawn: the first for certain, one of the others; never two of the others."""
    expected = np.array([[3, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]]) / 3
    assert joint.pivotal_joint([10, 1, 1, 1], 2) == pytest.approx(expected)
    assert joint.systematic_joint([10, 1, 1, 1], 2) == pytest.approx(expected)
    assert joint.pareto_joint(np.array([1.0, 2.0, 3.0]), 1) == pytest.approx(
        np.diag(order_probabilities(np.array([1.0, 2.0, 3.0]), 1))
    )


@pytest.mark.parametrize("design", ["maximum_entropy_joint", "sampford_joint", "elimination_joint"])
def test_rows_of_fixed_size_designs_add_up(design: str) -> None:
    """Σ_j π_ij = n π_i; for one of two no pair; sums that are no whole number are refused."""
    probability = np.array([0.2, 0.5, 0.6, 0.7])
    found = getattr(joint, design)(probability)
    assert np.diag(found) == pytest.approx(probability)
    assert found.sum(axis=1) == pytest.approx(2 * probability, rel=1e-9)
    assert found == pytest.approx(found.T)
    assert (found >= 0).all()
    assert getattr(joint, design)(np.array([0.3, 0.7])) == pytest.approx(np.diag([0.3, 0.7]), abs=1e-12)
    with pytest.raises(ValueError, match="no sample of"):
        getattr(joint, design)(np.array([0.2, 0.5, 0.6, 0.7001]))
    assert getattr(joint, design)(probability + 1e-8).shape == (4, 4)


def test_hajek_by_hand() -> None:
    """½, ½, 1: d = ½; ¼·(1 − ¼/½) = ⅛ for the first pair, ½ with the certain one; without spread π_i π_j."""
    found = joint.hajek_joint(np.array([0.5, 0.5, 1.0]))
    assert found == pytest.approx(np.array([[0.5, 0.125, 0.5], [0.125, 0.5, 0.5], [0.5, 0.5, 1]]))
    assert joint.hajek_joint(np.ones(2)) == pytest.approx(np.ones((2, 2)))


def test_systematic_pairs_by_hand() -> None:
    """2 of 1, 2, 3, 4: λ = 0.2, 0.4, 0.6, 0.8; starts to 0.2 draw 0 and 2, to 0.6 draw 1 and 3, then 2 and 3."""
    found = joint.systematic_joint([1, 2, 3, 4], 2)
    expected = np.diag([0.2, 0.4, 0.6, 0.8])
    for (i, j), chance in {(0, 2): 0.2, (1, 3): 0.4, (2, 3): 0.4}.items():
        expected[i, j] = expected[j, i] = chance
    assert found == pytest.approx(expected)
    certain = joint.systematic_joint([9, 1, 1], 2)
    assert certain == pytest.approx(np.array([[1, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5]]))
