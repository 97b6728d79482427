"""Funnel limits against the binomial distribution summed by hand."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.statistics.funnel import funnel_limits, tail_chance


def below(k: int, n: int, p: float) -> float:
    """P(X < k), summed term by term."""
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k))


@given(n=st.integers(1, 80), p=st.floats(0.01, 0.99))
def test_limits_leave_out_only_the_rare(n: int, p: float) -> None:
    """Below the lower and above the upper limit lies at most a thousandth each; the limits themselves are not rare."""
    lower, upper = (int(limit[0]) for limit in funnel_limits(np.array([n]), np.array([p])))
    assert below(lower, n, p) <= 0.001 + 1e-12
    assert 1 - below(upper + 1, n, p) <= 0.001 + 1e-12
    assert below(lower + 1, n, p) >= 0.001 - 1e-12
    assert 1 - below(upper, n, p) >= 0.001 - 1e-12


@pytest.mark.parametrize(
    ("count", "n", "p", "chance"), [(0, 10, 0.5, 2 / 1024), (10, 10, 0.5, 2 / 1024), (5, 10, 0.5, 1.0)]
)
def test_the_chance_by_hand(count: int, n: int, p: float, chance: float) -> None:
    """Ten of ten, or none, of a fair coin: 2/1024; five: certain."""
    assert tail_chance(np.array([count]), np.array([n]), np.array([p]))[0] == pytest.approx(chance)


def test_a_share_of_nothing_or_all() -> None:
    """Where nobody else ever refused, one refusal is outside."""
    lower, upper = funnel_limits(np.array([20, 20]), np.array([0.0, 1.0]))
    assert (lower.tolist(), upper.tolist()) == ([0, 20], [0, 20])
