"""Sizes and margins at the ends of what they take."""

from fractions import Fraction

import pytest

from sipas_survey.statistics.sample_size import margin, size_for_share, yamane_size

Z = 1.959963984540054


def test_every_step_by_hand() -> None:
    """e = 0.05, p = 0.3, deff 1.5, N = 2,000, 80 % answer."""
    found = size_for_share(0.05, 0.3, deff=1.5, population=2000, response=0.8)
    simple = Z**2 * 0.21 / 0.0025
    clustered = 1.5 * simple
    finite = clustered / (1 + (clustered - 1) / 2000)
    assert [(s.name, s.value) for s in found.steps] == [
        ("simple", pytest.approx(simple)), ("design_effect", pytest.approx(clustered)),
        ("finite_population", pytest.approx(finite)), ("response", pytest.approx(finite / 0.8)),
    ]  # fmt: skip
    assert found.n == 488
    assert [s.value for s in size_for_share(0.05).steps] == pytest.approx([Z**2 * 0.25 / 0.0025] * 4)
    assert size_for_share(0.05).n == 385
    assert size_for_share(0.05, level=0.9).n == 271


def test_a_size_is_at_least_one_and_never_rounded_up_by_rounding() -> None:
    """A wide margin asks one name; 100 that the arithmetic makes 100.00000001 stays 100."""
    assert size_for_share(0.999).n == 1
    wanted = size_for_share(Z * (0.25 / 100) ** 0.5)
    assert wanted.n == 100
    assert size_for_share(Z * (0.25 / 100.001) ** 0.5).n == 101


@pytest.mark.parametrize(
    "wrong",
    [
        {"margin": 0.0}, {"margin": 1.0}, {"share": 0.0}, {"share": 1.0}, {"level": 0.0}, {"level": 1.0}, {"deff": 0.0},
        {"response": 0.0}, {"response": 1.01},
    ],
)  # fmt: skip
def test_what_is_no_share_is_refused(wrong: dict[str, float]) -> None:
    """Each argument at the end of its domain."""
    with pytest.raises(ValueError, match="lie between 0 and 1"):
        size_for_share(**{"margin": 0.05, **wrong})  # type: ignore[arg-type]


def test_what_is_just_inside_is_taken() -> None:
    """A small design effect, everybody answering, one person."""
    assert size_for_share(0.05, deff=0.5, response=1.0).n == 193
    assert size_for_share(0.05, population=1).n == 1
    with pytest.raises(ValueError, match="no population of 0"):
        size_for_share(0.05, population=0)


def test_the_rule_of_2012_at_its_ends() -> None:
    """1 of 1; 100/(1 + 100/10,000·…); exact where it is whole."""
    assert yamane_size(1, Fraction(1, 2)).n == 1
    assert yamane_size(100, Fraction(1, 10)).n == 50
    assert yamane_size(101, Fraction(1, 10)).n == 51
    assert [(s.name, s.value) for s in yamane_size(100, Fraction(1, 10)).steps] == [("yamane", 50.0)]
    for population, error in ((0, Fraction(1, 2)), (5, Fraction(0)), (5, Fraction(1))):
        with pytest.raises(ValueError, match="no size for a population"):
            yamane_size(population, error)


def test_margins_by_hand() -> None:
    """z √(deff p(1 − p)/n · (N − n)/(N − 1)); nothing is left open by a census."""
    assert margin(100) == pytest.approx(Z * 0.05)
    assert margin(100, 0.2, level=0.9, deff=2.0, population=500) == pytest.approx(
        1.6448536269514722 * (2 * 0.16 / 100 * 400 / 499) ** 0.5
    )
    assert margin(500, population=500) == 0.0
    assert margin(1) == pytest.approx(Z * 0.5)
    assert margin(1, population=1) == 0.0
    for n, population in ((0.99, None), (10, 9)):
        with pytest.raises(ValueError, match="no sample of"):
            margin(n, population=population)
