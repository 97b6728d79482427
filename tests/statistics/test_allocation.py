"""Allocation: whole numbers that add up, and the smallest sample for several targets."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from sipas_survey.statistics.allocation import (
    apportion,
    neyman_measure,
    power_measure,
    sample_of_total,
    smallest_sample,
)
from sipas_survey.statistics.arrays import Floats

HALF = Fraction(1, 2)


def free(total: int, measure: list[int], population: list[int] | None = None) -> list[int]:
    """Apportioned without bounds."""
    sizes = population or [10**6] * len(measure)
    return apportion([Fraction(m) for m in measure], total, population=sizes, lower=[0] * len(measure), upper=sizes)


def test_largest_remainders_by_hand() -> None:
    """10 among 6 : 3 : 1 of 11: 5.45, 2.73, 0.91 … and 7 among 3 : 3 : 1, where the remainder of 1 decides."""
    assert free(10, [6, 4, 1]) == [5, 4, 1]
    assert free(7, [3, 3, 1]) == [3, 3, 1]
    assert free(0, [1, 2]) == [0, 0]


def test_ties_go_to_the_larger_stratum_then_to_the_first() -> None:
    """Equal shares of 2.5 and 1⅓: the larger population first, of equal ones the first code."""
    assert free(5, [1, 1], [10, 20]) == [2, 3]
    assert free(5, [1, 1], [20, 20]) == [3, 2]
    assert free(4, [1, 1, 1], [20, 20, 20]) == [2, 1, 1]


def test_what_a_stratum_cannot_take_goes_to_the_others() -> None:
    """Stratum 1 holds 4 only and is taken whole, stratum 3 must have 10: 16 are left for two equal ones."""
    found = apportion([Fraction(m) for m in (10, 5, 1, 5)], 30, population=[4, 50, 50, 50], lower=[0, 0, 10, 0],
                      upper=[4, 50, 50, 50])  # fmt: skip
    assert found == [4, 8, 10, 8]


bounded = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 300), st.integers(0, 300), st.integers(0, 5)), min_size=1, max_size=9
)


@given(bounded, st.integers(0, 1500))
def test_sums_and_bounds_hold(rows: list[tuple[int, int, int, int]], total: int) -> None:
    """The sizes add up exactly, never leave their bounds, and are within one of c times the measure between them."""
    lower = [min(a, b) for _, a, b, _ in rows]
    upper = [max(a, b) for _, a, b, _ in rows]
    measure = [Fraction(m) for m, *_ in rows]
    sizes = apportion(measure, total, population=upper, lower=lower, upper=upper)
    assert sum(sizes) == min(max(total, sum(lower)), sum(upper))
    assert all(low <= n <= high for low, n, high in zip(lower, sizes, upper, strict=True))
    inside = [(n, m) for n, m, low, high in zip(sizes, measure, lower, upper, strict=True) if low < n < high and m]
    ratios = [((n - 1) / m, (n + 1) / m) for n, m in inside]
    assert not ratios or max(low for low, _ in ratios) <= min(high for _, high in ratios)


def test_power_runs_from_equal_to_proportional() -> None:
    """Exponent 0, ½ and 1 for 100 and 400: 1 : 1, 1 : 2, 1 : 4; an empty stratum has nothing."""
    for exponent, ratio in ((Fraction(0), 1), (HALF, 2), (Fraction(1), 4)):
        first, second, empty = power_measure([100, 400, 0], exponent)
        assert (second / first, empty) == (ratio, 0)


def test_neyman_by_hand() -> None:
    """N S = 100·0.5 and 300·0.1: 5 : 3; without any spread nobody is measured."""
    first, second = neyman_measure([100, 300], [0.5, 0.1])
    assert first / second == pytest.approx(5 / 3, abs=1e-8)
    assert neyman_measure([1, 2], [0, 0]) == [0, 0]


# ---------------------------------------------------------------- several targets
class Targets:
    """A random problem: a variance bound for the total and for every stratum."""

    def __init__(self, seed: int, strata: int = 5) -> None:
        chance = np.random.default_rng(seed)
        self.population = chance.integers(200, 5000, strata).astype(float)
        spread = chance.uniform(0.05, 0.25, strata)
        weight = self.population / self.population.sum()
        self.parts = np.vstack([weight**2 * spread, np.diag(spread)])
        self.bounds = np.concatenate([[chance.uniform(1e-4, 6e-4)], chance.uniform(5e-4, 5e-3, strata)])
        self.lower = np.full(strata, 2.0)

    def variances(self, n: Floats) -> Floats:
        return (self.parts * (1 / n - 1 / self.population)).sum(axis=1)

    def bethel(self) -> Floats:
        return smallest_sample(self.parts, self.bounds, population=self.population, lower=self.lower,
                               upper=self.population)  # fmt: skip


def by_optimiser(problem: Targets) -> float:
    """The smallest Σ n by SciPy's general optimiser, in logarithms of n."""
    bounds = list(zip(np.log(problem.lower), np.log(problem.population), strict=True))
    constraint = {
        "type": "ineq",
        "fun": lambda v: 1 - problem.variances(np.exp(v)) / problem.bounds,
        "jac": lambda v: problem.parts / np.exp(v) / problem.bounds[:, None],
    }
    best = minimize(
        lambda v: np.exp(v).sum() / 100, np.log(problem.population / 3), jac=lambda v: np.exp(v) / 100, bounds=bounds,
        constraints=constraint, method="SLSQP", options={"ftol": 1e-11, "maxiter": 1000},
    )  # fmt: skip
    assert best.success
    return float(100 * best.fun)


@pytest.mark.parametrize("seed", range(12))
def test_no_optimiser_finds_a_smaller_sample(seed: int) -> None:
    """All targets are met, and the sample is SciPy's to a part of 1e-6."""
    problem = Targets(seed)
    n = problem.bethel()
    assert np.all(problem.variances(n) <= problem.bounds * (1 + 1e-8))
    assert n.sum() == pytest.approx(by_optimiser(problem), rel=1e-6)


def test_one_target_is_neyman() -> None:
    """With the total alone the smallest sample is proportional to N S, and meets the bound exactly."""
    problem = Targets(3)
    parts, bounds = problem.parts[:1], problem.bounds[:1]
    n = smallest_sample(parts, bounds, population=problem.population, lower=problem.lower, upper=problem.population)
    assert n / n[0] == pytest.approx(np.sqrt(parts[0] / parts[0, 0]), rel=1e-8)
    assert (parts * (1 / n - 1 / problem.population)).sum() == pytest.approx(bounds[0], rel=1e-8)


def test_a_target_out_of_reach_takes_its_strata_whole() -> None:
    """At most 50 of 1,000: the bound of that stratum cannot be met, the other stratum is not drawn into it."""
    n = smallest_sample(np.diag([0.25, 0.25]), np.array([1e-6, 0.01]), population=np.array([1000.0, 1000.0]),
                        lower=np.full(2, 2.0), upper=np.array([50.0, 1000.0]))  # fmt: skip
    assert n[0] == 50
    assert n[1] == pytest.approx(0.25 / (0.01 + 0.25 / 1000), rel=1e-8)


def test_a_given_total_is_shared_by_the_targets() -> None:
    """The sizes add up; the larger the total, the smaller the worst ratio of variance to bound."""
    problem = Targets(5)
    worst = []
    for total in (300, 600, 1200):
        n = sample_of_total(problem.parts, problem.bounds, total, population=problem.population, lower=problem.lower,
                            upper=problem.population)  # fmt: skip
        assert n.sum() == pytest.approx(total, rel=1e-7)
        worst.append(float((problem.variances(n) / problem.bounds).max()))
    assert worst == sorted(worst, reverse=True)


def test_a_total_at_its_ends() -> None:
    """Everybody, or the fewest allowed."""
    problem = Targets(6)
    for total, expected in ((int(problem.population.sum()), problem.population), (10, problem.lower)):
        found = sample_of_total(problem.parts, problem.bounds, total, population=problem.population,
                                lower=problem.lower, upper=problem.population)  # fmt: skip
        assert found == pytest.approx(expected)
