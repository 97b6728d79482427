"""Ranks at their edges: which differences are sure."""

import numpy as np
import pytest
from scipy import stats

from sipas_survey.statistics.ranks import ranks


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_sure_is_by_the_interval_of_each_difference(level: float) -> None:
    """Of four: t of level 1 − (1 − level)/3 times the error of the difference, its own degrees of freedom each."""
    chance = np.random.default_rng(4)
    for _ in range(30):
        value = chance.normal(0, 3, 4)
        root = chance.normal(size=(4, 4))
        covariance = root @ root.T
        df = chance.integers(0, 12, (4, 4))
        df = np.minimum(df, df.T)
        better, worse = np.zeros(4, dtype=int), np.zeros(4, dtype=int)
        for i in range(4):
            for j in range(4):
                if i != j and df[i, j] >= 1:
                    se = np.sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j])
                    reach = stats.t.ppf(1 - (1 - level) / 3 / 2, df[i, j]) * se
                    better[i] += value[j] - value[i] > reach
                    worse[i] += value[i] - value[j] > reach
        found = ranks(value, covariance, df, level=level)
        assert found.best.tolist() == (1 + better).tolist()
        assert found.worst.tolist() == (4 - worse).tolist()
        assert found.rank.tolist() == stats.rankdata(-value, method="min").astype(int).tolist()


def test_one_degree_of_freedom_can_be_sure() -> None:
    """10 and 0 with errors of 0.1: t₁ = 12.7, reach 1.8."""
    found = ranks(np.array([10.0, 0.0]), 0.01 * np.eye(2), np.ones((2, 2), dtype=int))
    assert (found.best.tolist(), found.worst.tolist()) == ([1, 2], [1, 2])


def test_equal_estimates_without_error_are_not_apart() -> None:
    """A difference of 0 is never sure, even where its error is 0; a difference of 1 without error is."""
    found = ranks(np.array([1.0, 1.0, 0.0]), np.zeros((3, 3)), np.full((3, 3), 5))
    assert (found.rank.tolist(), found.best.tolist(), found.worst.tolist()) == ([1, 1, 3], [1, 1, 3], [2, 2, 3])


def test_one_alone_is_first_and_last() -> None:
    """Nothing to compare with."""
    found = ranks(np.array([3.0]), np.eye(1), np.ones((1, 1), dtype=int))
    assert (found.rank.tolist(), found.best.tolist(), found.worst.tolist()) == ([1], [1], [1])


def test_two_that_always_move_together() -> None:
    """Rounding may leave the variance of a difference below 0: it counts as 0."""
    covariance = np.array([[0.1, 0.1 + 1e-17], [0.1 + 1e-16, 0.1]])
    found = ranks(np.array([2.0, 1.0]), covariance, np.full((2, 2), 5))
    assert found.worst.tolist() == [1, 2]
