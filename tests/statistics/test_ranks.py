"""Ranks with intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sipas_survey.statistics.ranks import ranks


def test_three_by_hand() -> None:
    """Errors of 1 each, independent, df 30: differences of √2 · t(1 − 0.025/2 …) = 3.3 are sure."""
    found = ranks(np.array([10.0, 8.0, 2.0]), np.eye(3), np.full((3, 3), 30))
    assert found.rank.tolist() == [1, 2, 3]
    assert found.best.tolist() == [1, 1, 3]
    assert found.worst.tolist() == [2, 2, 3]


def test_ties_and_gaps() -> None:
    """Equal estimates share the better rank; an estimate that is missing has none, and does not count."""
    found = ranks(np.array([5.0, np.nan, 5.0, 1.0]), 1e-6 * np.eye(4), np.full((4, 4), 9))
    assert found.rank.tolist() == [1, 0, 1, 3]
    assert found.best.tolist() == [1, 0, 1, 3]
    assert found.worst.tolist() == [2, 0, 2, 3]


def test_without_degrees_of_freedom_nothing_is_sure() -> None:
    """Every rank is possible for everyone."""
    found = ranks(np.array([9.0, 1.0]), np.zeros((2, 2)), np.zeros((2, 2), dtype=int))
    assert (found.best.tolist(), found.worst.tolist()) == ([1, 1], [2, 2])


def test_covariance_counts() -> None:
    """Two estimates that move together are told apart where independent ones are not."""
    value, df = np.array([2.0, 1.0]), np.full((2, 2), 50)
    together = np.array([[1.0, 0.99], [0.99, 1.0]])
    assert ranks(value, np.eye(2), df).worst.tolist() == [2, 2]
    assert ranks(value, together, df).worst.tolist() == [1, 2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=8), st.floats(0.01, 3))
def test_the_interval_holds_the_rank(values: list[float], se: float) -> None:
    """best ≤ rank ≤ worst, whatever the estimates."""
    k = len(values)
    found = ranks(np.array(values), se**2 * np.eye(k), np.full((k, k), 12))
    assert (found.best <= found.rank).all()
    assert (found.rank <= found.worst).all()
    assert found.worst.max() == pytest.approx(k)


@pytest.mark.parametrize(("df", "covariance"), [(10, 0.0), (10, 0.5), (200, 0.0)])
def test_how_far_is_sure(df: int, covariance: float) -> None:
    """Of four: three differences each, so that the level of one is 1 − 0.05/3, on both sides; t · √(2 − 2c)."""
    matrix = np.full((4, 4), covariance) + (1 - covariance) * np.eye(4)
    reach = stats.t.ppf(1 - 0.05 / 3 / 2, df) * np.sqrt(2 - 2 * covariance)
    for share, best in ((0.999, [1, 1, 1, 1]), (1.001, [1, 1, 3, 3])):
        value = np.array([share * reach, share * reach, 0.0, 0.0])
        found = ranks(value, matrix, np.full((4, 4), df))
        assert found.best.tolist() == best
        assert found.worst.tolist() == [2 if share > 1 else 4] * 2 + [4, 4]


def test_level_of_one_degree_of_freedom() -> None:
    """One degree of freedom is enough for an interval; another level reaches less far."""
    value, matrix = np.array([20.0, 0.0]), np.eye(2)
    reach = stats.t.ppf(0.975, 1) * np.sqrt(2)  # 17.97
    assert reach < 20 < 1.2 * reach
    assert ranks(value, matrix, np.ones((2, 2))).worst.tolist() == [1, 2]
    assert ranks(value, 1.5 * matrix, np.ones((2, 2))).worst.tolist() == [2, 2]
    assert ranks(value, 1.5 * matrix, np.ones((2, 2)), level=0.9).worst.tolist() == [1, 2]
