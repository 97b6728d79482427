"""p-values of shares, and limits at the ends, from other programs' distributions."""

import numpy as np
import pytest
from scipy import stats

from sipas_survey.statistics.choices import ShareInterval
from sipas_survey.statistics.intervals import share_interval, share_p_value


def test_p_values_by_student_on_the_logit_scale() -> None:
    """t = (ln odds of p − ln odds of the target) · p(1 − p)/se; both tails."""
    share, se, df = np.array([0.2, 0.8, 0.55]), np.array([0.05, 0.02, 0.1]), np.array([1, 9, 40])
    t = (np.log(share / (1 - share)) - np.log(0.6 / 0.4)) * share * (1 - share) / se
    expected = 2 * stats.t.sf(np.abs(t), df)
    found = share_p_value(share, se, df, n=[40, 40, 40], target=0.6)
    assert found == pytest.approx(expected)


def test_p_value_of_the_target_itself() -> None:
    """A share on the target has 1, even without an error; off it and without an error it has 0; no share, no p."""
    found = share_p_value([0.6, 0.6, 0.5, np.nan], [0.1, 0.0, 0.0, 0.1], 9, n=20, target=0.6)
    assert found[:3].tolist() == [1.0, 1.0, 0.0]
    assert np.isnan(found[3])
    assert np.isnan(share_p_value(0.6, 0.1, 0, n=20, target=0.6))


def test_p_values_at_the_ends_are_binomial() -> None:
    """None of 20: twice 0.3²⁰ … of 0.7; all of 20: twice 0.7²⁰; with n − 1 degrees of freedom n is as it is."""
    found = share_p_value([0.0, 1.0, 0.0, 1.0], 0.0, [19, 19, 1, 0], n=[20, 20, 2, 1], target=0.7)
    assert found[:2] == pytest.approx([2 * 0.3**20, 2 * 0.7**20])
    assert found[2] == pytest.approx(2 * 0.3**2)
    assert np.isnan(found[3])
    assert float(share_p_value(1.0, 0.0, 2, n=3, target=0.95)) == 1.0


def test_effective_answers_of_few_clusters() -> None:
    """20 answers, 4 degrees of freedom: 20 · (t₁₉/t₄)² count, of the level that is asked for."""
    for level in (0.9, 0.95):
        quantile = (1 + level) / 2
        effective = 20 * (stats.t.ppf(quantile, 19) / stats.t.ppf(quantile, 4)) ** 2
        assert share_p_value(0.0, 0.0, 4, n=20, target=0.3, level=level) == pytest.approx(2 * 0.7**effective)
        upper = float(share_interval(0.0, 0.0, 4, n=20, level=level)[1])
        assert upper == pytest.approx(1 - (1 - quantile) ** (1 / effective))


@pytest.mark.parametrize("method", ShareInterval)
def test_every_method_at_the_ends_and_without_an_error(method: ShareInterval) -> None:
    """0 begins at 0, 1 ends at 1; without an error the interval is the point; limits stay in [0, 1]."""
    share = np.array([0.0, 1.0, 0.3, 0.01, 0.99])
    lower, upper = share_interval(share, [0.0, 0.0, 0.0, 0.2, 0.2], 9, n=30, method=method)
    assert (lower[0], upper[1]) == (0.0, 1.0)
    assert 0 < upper[0] < 0.2
    assert (lower[2], upper[2]) == pytest.approx((0.3, 0.3))
    assert ((lower >= 0) & (upper <= 1) & (lower <= share + 1e-12) & (share - 1e-12 <= upper)).all()


def test_one_degree_of_freedom_is_enough() -> None:
    """df = 1 has an interval, df = 0.5 has none; without degrees of freedom the end interval is everything."""
    assert not np.isnan(share_interval(0.4, 0.1, 1, n=9)).any()
    assert np.isnan(share_interval(0.4, 0.1, 0.5, n=9)).all()
    assert [float(x) for x in share_interval(0.0, 0.0, 0, n=9)] == [0.0, 1.0]
    assert float(share_interval(0.0, 0.0, 1, n=9)[1]) < 1
    assert [float(x) for x in share_interval(1.0, 0.0, 0, n=9)] == [0.0, 1.0]


def test_a_p_value_meets_the_interval() -> None:
    """The target at a limit of the 95 % interval has p = 0.05."""
    lower, upper = share_interval(0.7, 0.06, 12, n=60)
    for limit in (lower, upper):
        assert share_p_value(0.7, 0.06, 12, n=60, target=float(limit)) == pytest.approx(0.05)
    upper = share_interval(0.0, 0.0, 12, n=60)[1]
    assert share_p_value(0.0, 0.0, 12, n=60, target=float(upper)) == pytest.approx(0.05)
