"""Many tests at once, and degrees of freedom of a difference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.statistics.intervals import share_interval, share_p_value
from sipas_survey.statistics.multiplicity import holm, welch
from sipas_survey.statistics.variance import covariance_of_moments, variance_of_total


def test_holm_by_hand() -> None:
    """0.01, 0.04, 0.03 and one that is no test: 3·0.01, then 2·0.03, which the last cannot fall below."""
    found = holm(np.array([0.01, 0.04, np.nan, 0.03]))
    assert found[[0, 1, 3]].tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(found[2])
    assert len(holm(np.array([]))) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.01, 0.2))
def test_holm_is_the_step_down_procedure(p_values: list[float], risk: float) -> None:
    """Reject from the smallest on while p ≤ risk / (tests left): those are the adjusted ones at most the risk."""
    rejected, order = set(), sorted(range(len(p_values)), key=p_values.__getitem__)
    for step, i in enumerate(order):
        if p_values[i] * (len(order) - step) > risk:
            break
        rejected.add(i)
    assert {i for i, p in enumerate(holm(np.array(p_values)).tolist()) if p <= risk} == rejected


def test_welch_by_hand() -> None:
    """Variances 4 and 1 with 9 and 4 degrees: 25 / (16/9 + 1/4); none where a side has none."""
    found = welch(np.array([4.0, 1.0, 0.0]), np.array([1.0, 1.0, 0.0]), np.array([9.0, 0.0, 7.0]), np.full(3, 4.0))
    assert found.tolist() == pytest.approx([25 / (16 / 9 + 1 / 4), 0.0, 4.0])


@given(st.floats(0.01, 0.99), st.floats(0.001, 0.2), st.integers(1, 200), st.floats(0.05, 0.95))
def test_the_p_value_agrees_with_the_interval(share: float, se: float, df: int, target: float) -> None:
    """At most 5 % exactly where the 95 % interval does not hold the target."""
    lower, upper = share_interval(share, se, df, n=df + 1)
    p_value = float(share_p_value(share, se, df, n=df + 1, target=target))
    if abs(p_value - 0.05) > 1e-9:
        assert (p_value <= 0.05) == (not lower <= target <= upper)


@pytest.mark.parametrize("n", [1, 10, 18, 19, 30, 100])
def test_the_p_value_at_the_ends_is_binomial(n: int) -> None:
    """All of n satisfied, target 85 %: 2 · 0.85ⁿ, which passes 5 % where the exact limit passes 85 %."""
    df = n - 1
    p_value = float(share_p_value(1.0, 0.0, df, n=n, target=0.85))
    lower = float(share_interval(1.0, 0.0, df, n=n)[0])
    assert np.isnan(p_value) if df == 0 else p_value == pytest.approx(min(1.0, 2 * 0.85**n))
    if df:
        assert (p_value <= 0.05) == (lower >= 0.85)


def test_covariance_from_moments_is_that_of_the_scores() -> None:
    """Summed before or not: the variances of the one function, and covariances by polarisation."""
    chance = np.random.default_rng(3)
    scores, stratum = chance.normal(size=(30, 3)), chance.integers(0, 3, 30)
    fraction, clusters = np.array([0.2, 0.0, 1.0]), np.bincount(stratum, minlength=3)
    sums = np.array([scores[stratum == h].sum(axis=0) for h in range(3)])
    products = np.array([scores[stratum == h].T @ scores[stratum == h] for h in range(3)])
    found = covariance_of_moments(sums, products, fraction, clusters=clusters)
    assert np.diag(found) == pytest.approx(variance_of_total(scores, stratum, fraction))
    both = variance_of_total(scores[:, :1] + scores[:, 1:2], stratum, fraction)[0]
    assert found[0, 1] == pytest.approx((both - found[0, 0] - found[1, 1]) / 2)


def test_one_cluster_of_many_leaves_no_covariance() -> None:
    """NaN for the estimates that have a score there, not for the others."""
    sums = np.array([[1.0, 0.0], [0.5, 0.5]])
    products = np.array([[[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.2], [0.2, 1.0]]])
    found = covariance_of_moments(sums, products, np.zeros(2), clusters=np.array([1, 4]))
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1, 1])
