"""Tests of independence."""

import numpy as np
import pytest
from scipy import stats

from sipas_survey.statistics.association import rao_scott


def test_drawn_at_random_it_is_pearsons_test() -> None:
    """With the covariance of a multinomial sample all design effects are 1, and both corrections change nothing."""
    count = np.array([[20.0, 30.0, 25.0], [10.0, 25.0, 40.0]])
    n = count.sum()
    share = count / n
    flat = share.ravel()
    found = rao_scott(share, (np.diag(flat) - np.outer(flat, flat)) / n, n=int(n), df=10**9)
    pearson = stats.chi2_contingency(count, correction=False)
    assert found.pearson == pytest.approx(pearson.statistic, rel=1e-12)
    assert (found.first_order, found.df) == (pytest.approx(pearson.statistic, rel=1e-12), 2)
    assert found.first_order_p == pytest.approx(pearson.pvalue, rel=1e-12)
    assert (found.second_order, found.numerator_df) == pytest.approx((pearson.statistic / 2, 2), rel=1e-12)
    assert found.second_order_p == pytest.approx(pearson.pvalue, rel=1e-6)


def test_a_design_effect_of_two_halves_the_statistic() -> None:
    """Everything twice as variable: the corrected statistics are half."""
    share = np.array([[0.3, 0.2], [0.1, 0.4]])
    flat = share.ravel()
    simple = (np.diag(flat) - np.outer(flat, flat)) / 100
    once, twice = (rao_scott(share, factor * simple, n=100, df=30) for factor in (1, 2))
    assert twice.pearson == once.pearson
    assert (2 * twice.first_order, 2 * twice.second_order) == pytest.approx((once.first_order, once.second_order))


def test_no_degrees_of_freedom_no_test() -> None:
    """Without degrees of freedom there is Pearson's statistic, and nothing to judge it by."""
    found = rao_scott(np.full((2, 2), 0.25), np.eye(4) / 100, n=50, df=0)
    assert found.pearson == 0
    assert np.isnan(found.second_order_p)
