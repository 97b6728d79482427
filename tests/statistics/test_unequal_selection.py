"""Draws with unequal probabilities, and the systematic one: what they choose, and how often."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.statistics.arrays import Floats, Ints
from sipas_survey.statistics.inclusion import pareto_probabilities, proportional_probabilities
from sipas_survey.statistics.selection import certainty_units, pareto_order, pivotal, systematic

SIZES = [3, 1, 4, 1, 5, 9, 2, 6]
Y = np.array([10.0, 4, 13, 2, 21, 30, 8, 19])
WHOLE = 2**52


def pareto(numbers: Floats, sizes: list[int], n: int) -> Ints:
    return pareto_order([str(i) for i in range(len(sizes))], numbers, sizes=sizes, n=n)[:n]


METHODS: dict[str, Callable[[Floats, list[int], int], Ints]] = {
    "pareto": pareto,
    "systematic": lambda numbers, sizes, n: systematic(sizes, n, start=float(numbers[0])),
    "pivotal": lambda numbers, sizes, n: pivotal(numbers, sizes=sizes, n=n),
}


def random_numbers(chance: np.random.Generator, count: int) -> Floats:
    return (np.floor(chance.random(count) * WHOLE) + 0.5) / WHOLE


def naive_systematic(sizes: list[int], n: int, u: Fraction) -> list[int]:
    """Straight from the rule, in fractions: certainty units, then pieces of the cumulated λ."""
    certain: list[int] = []
    while True:
        rest = [i for i in range(len(sizes)) if i not in certain]
        lam = {i: Fraction((n - len(certain)) * sizes[i], sum(sizes[j] for j in rest)) for i in rest}
        if not (sure := [i for i in rest if lam[i] >= 1]):
            break
        certain += sure
    chosen, low = list(certain), Fraction(0)
    for i in rest:
        high = low + lam[i]
        chosen += [i for point in range(n) if low <= u + point < high]
        low = high
    return sorted(chosen)


sizes_and_n = st.lists(st.integers(1, 50), min_size=1, max_size=12).flatmap(
    lambda sizes: st.tuples(st.just(sizes), st.integers(1, len(sizes)))
)
seeds = st.integers(0, 10**6)


@pytest.mark.parametrize("method", METHODS)
@given(sizes_and_n, seeds)
def test_as_many_as_wanted_and_nobody_twice(method: str, wanted: tuple[list[int], int], seed: int) -> None:
    """Exactly n different units of the list, certainty units among them."""
    sizes, n = wanted
    chosen = METHODS[method](random_numbers(np.random.default_rng(seed), len(sizes)), sizes, n).tolist()
    assert len(set(chosen)) == len(chosen) == n
    assert set(chosen) <= set(range(len(sizes)))
    assert set(certainty_units(sizes, n)[0]) <= set(chosen)


@given(sizes_and_n, st.integers(0, WHOLE - 1))
def test_systematic_is_the_rule_in_fractions(wanted: tuple[list[int], int], digits: int) -> None:
    """Whole-number arithmetic gives what exact fractions give, also next to a boundary."""
    sizes, n = wanted
    u = (digits + Fraction(1, 2)) / WHOLE
    assert systematic(sizes, n, start=float(u)).tolist() == naive_systematic(sizes, n, u)


def test_systematic_reaches_the_last_units() -> None:
    """N = 10, n = 4: every unit is drawn for 0.4 of all starts; k = 2.5 and start 0.75 give 0, 3, 5, 8."""
    starts = (np.arange(1000) + 0.5) / 1000
    hits = np.bincount(np.concatenate([systematic([1] * 10, 4, start=u) for u in starts]), minlength=10)
    assert hits.tolist() == [400] * 10
    assert systematic([1] * 10, 4, start=0.3).tolist() == [0, 3, 5, 8]


def test_certainty_units_by_hand() -> None:
    """Sizes 10, 5, 1, 1, 1 and n = 3: first 10 (30/18), then 5 (10/8), then each of the ones has 1/3."""
    assert certainty_units([10, 5, 1, 1, 1], 3) == ([0, 1], [2, 3, 4])
    assert proportional_probabilities([10, 5, 1, 1, 1], 3).tolist() == pytest.approx([1, 1, 1 / 3, 1 / 3, 1 / 3])


def test_pareto_by_hand() -> None:
    """λ = 0.2, 0.4, 0.4 and u = 0.1, 0.5, 0.25: q = 0.444…, 1.5, 0.5."""
    order = pareto_order(["a", "b", "c"], np.array([0.1, 0.5, 0.25]), sizes=[1, 2, 2], n=1)
    assert order.tolist() == [0, 2, 1]


def test_pivotal_by_hand() -> None:
    """λ = ½ four times: u of the second unit decides the first pair, u of the fourth the second pair."""
    half = [1, 1, 1, 1]
    assert pivotal(np.array([0.9, 0.4, 0.9, 0.4]), sizes=half, n=2).tolist() == [0, 2]
    assert pivotal(np.array([0.1, 0.6, 0.1, 0.6]), sizes=half, n=2).tolist() == [1, 3]


def simulated(method: str, draws: int) -> tuple[Floats, Floats]:
    """Frequencies of inclusion, and Horvitz–Thompson totals of Y, over many draws."""
    chance, n = np.random.default_rng(20231205), 3
    probability = promised(method)
    hits, totals = np.zeros(len(SIZES)), np.zeros(draws)
    for i in range(draws):
        chosen = METHODS[method](random_numbers(chance, len(SIZES)), SIZES, n)
        hits[chosen] += 1
        totals[i] = (Y[chosen] / probability[chosen]).sum()
    return hits / draws, totals


def promised(method: str) -> Floats:
    return (pareto_probabilities if method == "pareto" else proportional_probabilities)(SIZES, 3)


def check_simulation(method: str, draws: int) -> None:
    probability = promised(method)
    frequency, totals = simulated(method, draws)
    assert np.all(np.abs(frequency - probability) < 4 * np.sqrt(probability * (1 - probability) / draws))
    assert abs(totals.mean() - Y.sum()) < 4 * totals.std() / np.sqrt(draws)


@pytest.mark.parametrize("method", METHODS)
def test_as_often_as_promised(method: str) -> None:
    """2,000 draws: frequencies within four standard errors, and unbiased totals."""
    check_simulation(method, 2_000)


@pytest.mark.soak
@pytest.mark.parametrize("method", METHODS)
def test_as_often_as_promised_in_many_draws(method: str) -> None:
    """20,000 draws."""
    check_simulation(method, 20_000)


@pytest.mark.parametrize(("sizes", "n"), [([1, 2], 0), ([1, 2], 3), ([1, 0], 1)])
def test_impossible_samples(sizes: list[int], n: int) -> None:
    """No empty sample, none larger than the list, no unit without a size."""
    with pytest.raises(ValueError, match=f"no sample of {n}"):
        certainty_units(sizes, n)
