"""Precision of a share before the draw."""

from math import sqrt

import pytest

from sipas_survey.statistics.sample_size import margin


@pytest.mark.parametrize(("n", "points"), [(60, 12.7), (480, 4.5), (1560, 2.5)])
def test_margins_of_the_method(n: int, points: float) -> None:
    """60, 480 and 1,560 forms give 12.7, 4.5 and 2.5 points at 95 % and p = ½."""
    assert round(100 * margin(n) + 1e-9, 1) == points


def test_by_hand() -> None:
    """n = 100, p = 0.2, N = 401, deff 2: z √(2 · 0.16/100 · 301/400)."""
    expected = 1.959963984540054 * sqrt(2 * 0.16 / 100 * 301 / 400)
    assert margin(100, 0.2, population=401, deff=2) == pytest.approx(expected, rel=1e-12)


def test_it_undoes_the_size_formula() -> None:
    """The size that a margin asks for has that margin, finite population and design effect included."""
    z, e, population, deff = 1.959963984540054, 0.05, 3000, 1.5
    n1 = z**2 * 0.25 / e**2 * deff
    n2 = n1 / (1 + (n1 - 1) / population)
    assert margin(n2, population=population, deff=deff) == pytest.approx(e, rel=1e-12)


def test_a_census_has_no_margin() -> None:
    """Everybody asked: half-width 0, in a population of one too."""
    assert margin(50, population=50) == 0
    assert margin(1, population=1) == 0


@pytest.mark.parametrize(("n", "population"), [(0, None), (10, 9)])
def test_an_impossible_sample_is_refused(n: int, population: int | None) -> None:
    """No empty sample, and none larger than its population."""
    with pytest.raises(ValueError, match=f"no sample of {n}"):
        margin(n, population=population)
