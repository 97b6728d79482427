"""R-indicators: closed forms where one variable says all, and a simulation of response that depends on nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.statistics.representativity import partial_indicator, representativity, response_propensities


def dummies(codes: np.ndarray) -> np.ndarray:
    """Ones, and a column for each category but the first."""
    return np.column_stack([np.ones(len(codes)), codes[:, None] == np.arange(1, codes.max() + 1)]).astype(float)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=2, max_size=6))
def test_propensities_of_one_variable_are_its_rates(cells: list[tuple[int, int]]) -> None:
    """The logistic regression of one variable gives the response rates, also where all or none responded."""
    cells = [(yes, no) if yes + no else (1, 1) for yes, no in cells]
    codes = np.repeat(np.arange(len(cells)), [yes + no for yes, no in cells])
    responded = np.concatenate([np.repeat([1.0, 0.0], cell) for cell in cells])
    rates = np.array([yes / (yes + no) for yes, no in cells])
    assert response_propensities(dummies(codes), responded) == pytest.approx(rates[codes], abs=1e-6)


def test_worked_by_hand() -> None:
    """Half respond at 0.9, half at 0.5: S about 0.2, R about 0.6; the partials are all of it."""
    codes = np.repeat([0, 1], 100)
    responded = np.concatenate([np.repeat([1.0, 0.0], [90, 10]), np.repeat([1.0, 0.0], [50, 50])])
    found = representativity(dummies(codes), responded)
    spread = 0.2 * np.sqrt(200 / 199)
    assert found.value == pytest.approx(1 - 2 * spread)
    chance = (0.9 * 0.1 / 100 + 0.5 * 0.5 / 100) / 2
    assert found.adjusted == pytest.approx(1 - 2 * np.sqrt(spread**2 * (1 + 1 / 200) - chance), rel=1e-6)
    partial = partial_indicator(found.propensity, codes, np.zeros(200, dtype=np.int64))
    assert partial.unconditional == pytest.approx(0.2)
    assert partial.conditional == pytest.approx(0.2)
    assert partial.categories == pytest.approx([np.sqrt(0.5) * 0.2, -np.sqrt(0.5) * 0.2])


def test_a_variable_that_another_explains_has_no_conditional_part() -> None:
    """The same variable twice: within the cells of the one the other adds nothing."""
    codes = np.repeat([0, 1], 50)
    responded = np.concatenate([np.repeat([1.0, 0.0], [45, 5]), np.repeat([1.0, 0.0], [20, 30])])
    found = representativity(np.column_stack([dummies(codes), codes]), responded)
    partial = partial_indicator(found.propensity, codes, codes)
    assert partial.conditional == pytest.approx(0, abs=1e-8)
    assert partial.unconditional == pytest.approx(0.25, abs=1e-6)


def test_by_chance_alone() -> None:
    """Response that depends on nothing: the plain indicator claims that it does, the adjusted one not."""
    random = np.random.default_rng(7)
    codes = np.repeat(np.arange(9), 60)
    found = [representativity(dummies(codes), (random.random(540) < 0.8).astype(float)) for _ in range(200)]
    assert np.mean([each.value for each in found]) < 0.93
    assert np.median([each.adjusted for each in found]) > 0.97
    assert all(each.value <= each.adjusted <= 1 for each in found)
