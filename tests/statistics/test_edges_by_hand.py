"""Edges of the smaller modules by hand: a group of one row, nobody at all, a unit drawn for certain, one replicate."""

import numpy as np
import pytest

from sipas_survey.statistics.auxiliaries import Auxiliaries
from sipas_survey.statistics.quantiles import Distributions
from sipas_survey.statistics.replication import GivenWeights, replicate_variance
from sipas_survey.statistics.representativity import partial_indicator
from sipas_survey.statistics.selection import pareto_order


def test_sums_of_one_group_and_of_nobody() -> None:
    """Rows of no group (−1) beside the only group; no row at all."""
    x = Auxiliaries((np.array([0, 1, 1]),), (2,), np.array([[5.0], [7], [9]]))
    found = x.by_group(np.array([1.0, 2, 4]), np.array([0, -1, 0]), 1)
    assert found.tolist() == [[1.0, 4.0, 1 * 5 + 4 * 9]]
    nobody = Auxiliaries((np.zeros(0, dtype=np.int64),), (2,), np.zeros((0, 1)))
    assert nobody.by_group(np.zeros(0), np.zeros(0, dtype=np.int64), 2).tolist() == [[0.0] * 3] * 2


def test_quantiles_leave_rows_of_no_domain_out() -> None:
    """A row whose domain is the number of domains belongs to none; a domain without a row has no median."""
    values, weight = np.array([3.0, 1, 2, 50]), np.array([1.0, 1, 1, 1])
    found = Distributions.of(values, weight, np.ones(4, dtype=bool), domain=np.array([0, 0, 0, 2]), domains=2)
    assert found.first.tolist() == [0, 3, 3]
    assert found.at(np.array([0.5, 0.5])).tolist() == pytest.approx([2.0, np.nan], nan_ok=True)


def test_a_replicate_alone_differs_from_nothing() -> None:
    """Of two replicates one has a value: it is its own mean, and the variance 0; without any it is unknown."""
    estimates = np.array([[3.0, np.nan], [np.nan, np.nan]])
    assert replicate_variance(estimates, np.array([0.5, 0.5])).tolist() == pytest.approx([0.0, np.nan], nan_ok=True)


def test_degrees_of_freedom_of_replicate_weights() -> None:
    """Rank less 1: three columns of rank 3, of rank 1, all 0, and none."""
    independent = np.array([[1.0, 2, 0], [0, 1, 3], [4, 0, 1], [1, 1, 1]])
    assert GivenWeights(independent, np.ones(3)).degrees_of_freedom() == 2
    assert GivenWeights(np.ones((4, 3)), np.ones(3)).degrees_of_freedom() == 0
    assert GivenWeights(np.zeros((4, 3)), np.ones(3)).degrees_of_freedom() == 0
    assert GivenWeights(np.zeros((4, 0)), np.zeros(0)).degrees_of_freedom() == 0


def test_a_category_of_one_person() -> None:
    """Propensities 0.9, 0.5, 0.5, 0.5 in categories of one and three: √(1/4)·0.3 and −√(3/4)·0.1."""
    found = partial_indicator(np.array([0.9, 0.5, 0.5, 0.5]), np.array([0, 1, 1, 1]), np.zeros(4, dtype=np.int64))
    assert found.categories == pytest.approx([np.sqrt(1 / 4) * 0.3, -np.sqrt(3 / 4) * 0.1])
    assert found.unconditional == pytest.approx(np.sqrt(0.0225 + 0.0075))


def test_pareto_order_beside_a_unit_drawn_for_certain() -> None:
    """One of two goes to the unit of 100. The others: 1.5 · 5/5 = 1.5, 0.25 · 7/3 = 0.58, 1 · 8/2 = 4."""
    found = pareto_order(["a", "b", "c", "d"], np.array([0.9, 0.6, 0.2, 0.5]), sizes=[100, 5, 3, 2], n=2)
    assert found.tolist() == [0, 2, 1, 3]
