"""Allocation at its edges: measures to nine decimals, bounds and remainders, the ends of a given total."""

from fractions import Fraction

import numpy as np
import pytest

from sipas_survey.statistics.allocation import (
    apportion,
    neyman_measure,
    power_measure,
    sample_of_total,
    smallest_sample,
)

MILLIARD = 10**9


def test_power_measures_to_nine_decimals() -> None:
    """√(1/3) and √(2/3) of the largest, rounded; whole numbers for the exponents 0 and 1."""
    assert power_measure([1, 2, 3, 0], Fraction(1, 2)) == [
        Fraction(577_350_269, MILLIARD), Fraction(816_496_581, MILLIARD), 1, 0,
    ]  # fmt: skip
    assert power_measure([7, 0, 3], Fraction(1)) == [7, 0, 3]
    assert power_measure([7, 0, 3], Fraction(0)) == [1, 0, 1]
    assert power_measure([], Fraction(1, 2)) == []
    assert power_measure([0, 0], Fraction(1, 2)) == [0, 0]


def test_neyman_measures_to_nine_decimals() -> None:
    """N S = 1, 3, 0: a third, the largest, nothing; below 1 the largest is the measure too."""
    assert neyman_measure([10, 10, 5], [0.1, 0.3, 0.0]) == [Fraction(333_333_333, MILLIARD), 1, 0]
    assert neyman_measure([1, 1], [0.25, 0.5]) == [Fraction(1, 2), 1]
    assert neyman_measure([], []) == []


def shared(measure: list[int], total: int, lower: list[int], upper: list[int]) -> list[int]:
    return apportion([Fraction(m) for m in measure], total, population=upper, lower=lower, upper=upper)


@pytest.mark.parametrize(
    ("measure", "total", "lower", "upper", "expected"),
    [
        ([1, 0, 0], 10, [0, 0, 0], [4, 9, 3], [4, 5, 1]),  # 6 left for rooms of 9 and 3: 4½ and 1½, the larger first
        ([1, 0, 0], 9, [0, 1, 0], [4, 9, 4], [4, 4, 1]),  # 4 left for rooms of 8 and 4: 2⅔ and 1⅓ beside what is held
        ([1, 0, 0], 13, [0, 8, 0], [4, 9, 8], [4, 8, 1]),  # 1 left for rooms of 1 and 8
        ([0, 0], 3, [0, 0], [4, 2], [2, 1]),
        ([1, 1], 100, [0, 0], [4, 2], [4, 2]),
        ([1, 1], 1, [3, 2], [9, 9], [3, 2]),
        ([5, 1], 6, [2, 2], [9, 9], [4, 2]),
        ([3, 1], 8, [0, 0], [3, 9], [3, 5]),
        ([1, 1, 1], 5, [2, 0, 0], [9, 9, 9], [2, 2, 1]),
        ([2, 1], 3, [0, 0], [2, 1], [2, 1]),
    ],
)
def test_shares_within_bounds_by_hand(
    measure: list[int], total: int, lower: list[int], upper: list[int], expected: list[int]
) -> None:
    """What one stratum cannot take the others get in proportion; who has no measure only what nobody else can take."""
    assert shared(measure, total, lower, upper) == expected


def test_one_target_of_two_strata_by_hand() -> None:
    """W²S² = 0.04 and 0.01, bound 0.001 + 0: n = (√a₁ + √a₂)·√a with a = parts/0.001035: 57.97 and 28.99."""
    parts, population = np.array([[0.04, 0.01]]), np.array([2000.0, 666.6666666666667])
    a = parts[0] / (0.001 + 0.04 / 2000 + 0.01 / (2000 / 3))
    found = smallest_sample(parts, np.array([0.001]), population=population, lower=np.ones(2), upper=population)
    assert found == pytest.approx(np.sqrt(a).sum() * np.sqrt(a), rel=1e-9)


def test_a_lower_bound_leaves_less_for_the_others() -> None:
    """Stratum 2 has 100 at least: a₁/n₁ = 1 − a₂/100."""
    parts, population = np.array([[0.04, 0.01]]), np.array([2000.0, 2000.0])
    a = parts[0] / (0.001 + 0.05 / 2000)
    found = smallest_sample(parts, np.array([0.001]), population=population, lower=np.array([1.0, 100.0]),
                            upper=population)  # fmt: skip
    assert found == pytest.approx([a[0] / (1 - a[1] / 100), 100], rel=1e-8)


def test_no_target_needs_the_lower_bounds_only() -> None:
    """Bounds that any sample meets, and no bounds at all."""
    population, lower = np.array([50.0, 80.0]), np.array([2.0, 3.0])
    easy = smallest_sample(np.array([[0.01, 0.01]]), np.array([10.0]), population=population, lower=lower,
                           upper=population)  # fmt: skip
    assert easy == pytest.approx(lower)
    none = smallest_sample(np.zeros((0, 2)), np.zeros(0), population=population, lower=lower, upper=population)
    assert none == pytest.approx(lower)


def test_two_targets_that_bind_by_hand() -> None:
    """Targets of one stratum each: n_h = a_h; a target that asks less of a stratum changes nothing."""
    population = np.array([1000.0, 1000.0])
    parts = np.array([[0.04, 0.0], [0.0, 0.09], [0.01, 0.0]])
    found = smallest_sample(parts, np.array([0.001, 0.001, 0.01]), population=population, lower=np.ones(2),
                            upper=population)  # fmt: skip
    assert found == pytest.approx([0.04 / (0.001 + 4e-5), 0.09 / (0.001 + 9e-5)], rel=1e-7)


def test_a_target_that_needs_exactly_the_upper_bounds_is_not_out_of_reach() -> None:
    """What is short of its bound by nothing takes its strata whole, and no other stratum."""
    population = np.array([100.0, 100.0])
    found = smallest_sample(np.array([[0.04, 0.0]]), np.array([0.04 / 50 - 0.04 / 100]), population=population,
                            lower=np.array([2.0, 3.0]), upper=np.array([50.0, 100.0]))  # fmt: skip
    assert found == pytest.approx([50, 3])


def test_every_stratum_of_a_target_out_of_reach_is_taken_whole() -> None:
    """However little a stratum adds to the variance; a stratum that adds nothing stays at its lower bound."""
    population = np.full(3, 1000.0)
    found = smallest_sample(np.array([[0.25, 1e-5, 0.0]]), np.array([1e-6]), population=population,
                            lower=np.full(3, 2.0), upper=np.array([50.0, 60.0, 70.0]))  # fmt: skip
    assert found.tolist() == [50, 60, 2]


def test_a_given_total_is_neyman_for_one_target() -> None:
    """√parts 2 : 1 share 90 as 60 and 30, whatever the bound; totals beyond the ends give the ends."""
    parts, population = np.array([[0.04, 0.01]]), np.array([2000.0, 2000.0])
    lower, upper = np.full(2, 5.0), np.array([150.0, 90.0])

    def of_total(total: int, bound: float) -> list[float]:
        found = sample_of_total(parts, np.array([bound]), total, population=population, lower=lower, upper=upper)
        return [float(n) for n in found]

    for bound in (1e-4, 1e-2):
        assert of_total(90, bound) == pytest.approx([60, 30], rel=1e-7)
    assert of_total(240, 1e-3) == [150, 90]
    assert of_total(10, 1e-3) == [5, 5]
    assert of_total(239, 1e-3) == pytest.approx([150, 89], rel=1e-7)
    assert of_total(11, 1e-3) == pytest.approx([6, 5], rel=1e-7)
