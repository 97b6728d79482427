"""Tests of independence and of many p-values, degrees of freedom and residuals, by hand."""

import numpy as np
import pytest
from scipy import stats

from sipas_survey.statistics.association import rao_scott
from sipas_survey.statistics.auxiliaries import Auxiliaries
from sipas_survey.statistics.linearization import Linearized, mean_scores
from sipas_survey.statistics.multiplicity import holm, welch
from sipas_survey.statistics.residuals import Adjustment, residual_scores


def test_rao_scott_by_the_eigenvalues_of_the_design_effects() -> None:
    """2 × 3 cells with any covariance: corrections by mean and spread of the generalised design effects."""
    chance = np.random.default_rng(8)
    share = np.array([[0.1, 0.25, 0.15], [0.2, 0.05, 0.25]])
    root = chance.normal(size=(6, 6)) / 60
    covariance = root @ root.T
    n, df = 150, 17
    p = share.ravel()
    contrasts = np.column_stack([np.outer(a, b).ravel() for a in ([1, -1],) for b in ([1, 0, -1], [0, 1, -1])])
    over = contrasts / p[:, None]
    effects = np.linalg.eigvals(np.linalg.inv(contrasts.T @ over / n) @ (over.T @ covariance @ over)).real
    expected = np.outer(share.sum(axis=1), share.sum(axis=0))
    pearson = n * ((share - expected) ** 2 / expected).sum()
    found = rao_scott(share, covariance, n=n, df=df)
    assert found.pearson == pytest.approx(pearson)
    assert (found.first_order, found.df) == (pytest.approx(pearson / effects.mean()), 2)
    assert found.first_order_p == pytest.approx(stats.chi2.sf(pearson / effects.mean(), 2))
    numerator = effects.sum() ** 2 / (effects**2).sum()
    assert (found.numerator_df, found.denominator_df) == pytest.approx((numerator, numerator * df))
    assert found.second_order == pytest.approx(pearson / effects.sum())
    assert found.second_order_p == pytest.approx(stats.f.sf(pearson / effects.sum(), numerator, numerator * df))


def test_one_degree_of_freedom_is_a_test_and_an_empty_cell_is_none() -> None:
    """df = 1 has p-values, df = 0 only the statistic and its degrees; a cell of share 0 enters with weight 0."""
    share = np.array([[0.3, 0.2], [0.1, 0.4]])
    covariance = (np.diag(share.ravel()) - np.outer(share.ravel(), share.ravel())) / 100
    assert 0 < rao_scott(share, covariance, n=100, df=1).second_order_p < 1
    none = rao_scott(share, covariance, n=100, df=0)
    assert none.df == 1
    assert np.isnan([none.first_order, none.first_order_p, none.second_order, none.numerator_df, none.denominator_df,
                     none.second_order_p]).all()  # fmt: skip
    empty = np.array([[0.5, 0.0], [0.2, 0.3]])
    flat = empty.ravel()
    found = rao_scott(empty, (np.diag(flat) - np.outer(flat, flat)) / 100, n=100, df=50)
    assert found.pearson == pytest.approx(100 * (0.15**2 / 0.35 * 2 + 0.15**2 / 0.15 * 2))
    assert np.isfinite(found.first_order)


def test_holm_by_hand() -> None:
    """0.01, 0.04, 0.03, none, 0.005: 4·0.005, 3·0.01, then 2·0.03, and the last is not below the one before."""
    found = holm(np.array([0.01, 0.04, 0.03, np.nan, 0.005]))
    assert found[[0, 1, 2, 4]].tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert np.isnan(found[3])
    assert holm(np.array([0.6, 0.7])).tolist() == [1.0, 1.0]
    assert holm(np.array([0.2])).tolist() == [0.2]
    assert holm(np.zeros(0)).tolist() == []
    assert np.isnan(holm(np.array([np.nan, np.nan]))).all()


def test_welch_by_hand() -> None:
    """Variances 4 and 3 with 5 and 10: 49/(16/5 + 9/10); both 0: the smaller; df below 1 on either side: 0."""
    one, other = np.array([4.0, 0, 4, 4, 0, 2]), np.array([3.0, 0, 1, 1, 0, 2])
    df_one, df_other = np.array([5.0, 7, 0, 5, 3, 1]), np.array([10.0, 3, 9, 0.5, 9, 1])
    assert welch(one, other, df_one, df_other).tolist() == pytest.approx([49 / 4.1, 3, 0, 0, 3, 2])


def test_means_of_estimates_by_hand() -> None:
    """Two of three have a value; a mean without any has none, and scores of 0."""
    estimates = Linearized(np.array([0.5, np.nan, 0.75]), np.array([[0.1, 0.0, 0.3], [0.2, 0.0, -0.3]]))
    found = mean_scores(estimates, np.array([[1.0, 0], [1, 1], [1, 0]]))
    assert found.value[0] == 0.625
    assert np.isnan(found.value[1])
    assert found.scores == pytest.approx(np.array([[0.2, 0.0], [-0.05, 0.0]]))


def test_residuals_by_weighted_least_squares() -> None:
    """What two known variables leave of a score, by matrix algebra, one step after the other, the last first."""
    chance = np.random.default_rng(6)
    before, weight = chance.uniform(1, 3, 12), chance.uniform(1, 5, 12)
    weight[3] = 0.0
    sex, age = np.arange(12) % 2, chance.normal(40, 9, 12)
    first = Adjustment(Auxiliaries((sex,), (2,), np.zeros((12, 0))), before)
    second = Adjustment(Auxiliaries((), (), np.column_stack([np.ones(12), age])), weight)
    u = chance.normal(size=(12, 2))
    u[3] = 0.0
    expected = u.copy()
    for dense, d in ((np.column_stack([np.ones(12), age]), weight), (np.eye(2)[sex], before)):
        expected = expected - dense @ np.linalg.solve(dense.T @ (dense * d[:, None]), dense.T @ (d[:, None] * expected))
    found = residual_scores(u * weight[:, None], weight, [first, second])
    assert found == pytest.approx(expected * weight[:, None])
    assert residual_scores(u * weight[:, None], weight, []) == pytest.approx(u * weight[:, None])
    assert residual_scores(np.zeros((12, 0)), weight, [first]).shape == (12, 0)
