"""Precision of a share before the draw."""

from fractions import Fraction
from math import sqrt

import pytest

from sipas_survey.statistics.sample_size import margin, size_for_share, yamane_size


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


def test_the_derivation_by_hand() -> None:
    """e = 0.05, p = ½, deff 1.5, N = 3,000, response 0.8: 384.15, 576.22, 483.51, 604.39, so 605."""
    found = size_for_share(0.05, deff=1.5, population=3000, response=0.8)
    assert [step.name for step in found.steps] == ["simple", "design_effect", "finite_population", "response"]
    assert [round(step.value, 2) for step in found.steps] == [384.15, 576.22, 483.51, 604.39]
    assert found.n == 605


def test_plain_sizes() -> None:
    """385 for five points, 1,068 for three, of an unbounded population; never less than one."""
    assert [size_for_share(e).n for e in (0.05, 0.03)] == [385, 1068]
    assert size_for_share(0.9, 0.001).n == 1


def test_a_whole_size_is_not_rounded_up() -> None:
    """z² p(1−p)/e² = 100 to the last digits of a float is 100."""
    z = 1.959963984540054
    assert size_for_share(z * sqrt(0.25 / 100)).n == 100


@pytest.mark.parametrize("population", [1, 2, 400, 399, 1_000_000])
def test_yamane(population: int) -> None:
    """N/(1 + N/400), rounded up in exact numbers: 400 of 400 gives 200."""
    found = yamane_size(population, Fraction(1, 20))
    assert found.n == -(-400 * population // (400 + population))
    assert [step.name for step in found.steps] == ["yamane"]


@pytest.mark.parametrize(
    "wrong",
    [{"margin": 0}, {"margin": 1}, {"share": 1}, {"level": 0}, {"deff": 0}, {"response": 0}, {"response": 1.1}],
)
def test_sizes_outside_their_domain(wrong: dict[str, float]) -> None:
    """Shares lie between 0 and 1, effects above 0."""
    with pytest.raises(ValueError, match="lie between 0 and 1"):
        size_for_share(**{"margin": 0.05, **wrong})


def test_sizes_of_nobody() -> None:
    """A population has at least one member, and Yamane's rule a margin below 1."""
    with pytest.raises(ValueError, match="no population of 0"):
        size_for_share(0.05, population=0)
    with pytest.raises(ValueError, match="no size for a population of 0"):
        yamane_size(0, Fraction(1, 20))
    with pytest.raises(ValueError, match="margin of 1"):
        yamane_size(10, Fraction(1))
