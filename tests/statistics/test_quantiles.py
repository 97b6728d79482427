"""Weighted quantiles by hand."""

import numpy as np
import pytest

from sipas_survey.statistics.quantiles import Distributions

VALUES = np.array([5.0, 1, 3, 3, 9, 7, 2, 4])
WEIGHT = np.array([1.0, 2, 1, 4, 2, 0, 3, 1])
DOMAIN = np.array([0, 0, 0, 0, 0, 0, 2, 2])
USED = np.array([True] * 8)


def at(found: Distributions, p: float) -> list[float]:
    return found.at(np.full(len(found.first) - 1, p)).tolist()


def test_a_distribution_by_hand() -> None:
    """1, 3, 3, 5, 9 with weights 2, 1, 4, 1, 2; a row of weight 0 is no value; domain 1 is empty."""
    found = Distributions.of(VALUES, WEIGHT, USED, domain=DOMAIN, domains=3)
    assert found.values.tolist() == [1, 3, 3, 5, 9, 2, 4]
    assert found.reached.tolist() == pytest.approx([0.2, 0.3, 0.7, 0.8, 1, 0.75, 1])
    assert found.first.tolist() == [0, 5, 5, 7]


@pytest.mark.parametrize(
    ("p", "first", "last"),
    [(0.0, 1, 2), (0.2, 1, 2), (0.21, 3, 2), (0.7, 3, 2), (0.75, 5, 2), (0.76, 5, 4), (0.81, 9, 4), (1.0, 9, 4),
     (1.5, 9, 4), (-0.5, 1, 2)],
)  # fmt: skip
def test_the_smallest_value_that_reaches_p(p: float, first: float, last: float) -> None:
    """At a step the value of the step; beyond the ends the ends; an empty domain has none."""
    found = at(Distributions.of(VALUES, WEIGHT, USED, domain=DOMAIN, domains=3), p)
    assert (found[0], found[2]) == (first, last)
    assert np.isnan(found[1])


def test_rounding_does_not_pass_a_step() -> None:
    """Ten weights of 0.1: the sum of three is 0.30000000000000004, of eight 0.7999999999999999; both are reached."""
    values = np.arange(1.0, 11)
    found = Distributions.of(
        values, np.full(10, 0.1), np.ones(10, dtype=bool), domain=np.zeros(10, dtype=int), domains=1
    )
    assert [at(found, k / 10)[0] for k in range(1, 11)] == list(range(1, 11))
    assert at(found, 0.3 + 1e-9) == [4.0]


def test_rows_left_out() -> None:
    """Not used, or of a domain beyond those asked for; a domain may ask another p, or none."""
    used = USED.copy()
    used[1] = False
    found = Distributions.of(VALUES, WEIGHT, used, domain=DOMAIN, domains=1)
    assert (found.values.tolist(), found.first.tolist()) == ([3, 3, 5, 9], [0, 4])
    both = Distributions.of(VALUES, WEIGHT, USED, domain=DOMAIN, domains=3)
    answer = both.at(np.array([np.nan, 0.5, 0.9]))
    assert np.isnan(answer[:2]).all()
    assert answer[2] == 4
