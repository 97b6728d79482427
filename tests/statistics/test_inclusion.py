"""Inclusion and joint inclusion probabilities: against enumeration, the definition, and R's sampling package."""

import csv
import json
from collections.abc import Callable
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from sipas_survey.statistics import joint
from sipas_survey.statistics.arrays import Floats
from sipas_survey.statistics.inclusion import (
    order_probabilities,
    pareto_probabilities,
    proportional_probabilities,
)

REFERENCE = Path(__file__).parents[1] / "reference"
VALUES = {name: row["est"] for name, row in json.loads((REFERENCE / "sampling.json").read_text("utf-8")).items()
          if isinstance(row, dict)}  # fmt: skip
SIX = np.array(VALUES["sampling.tille6.pik"])  # sums to 3
SIZES = [3, 1, 4, 1, 5, 2]
JOINTS: dict[str, Callable[[list[int], int], Floats]] = {
    "simple": lambda sizes, n: joint.simple_joint(len(sizes), n),
    "systematic": joint.systematic_joint,
    "pivotal": joint.pivotal_joint,
    "pareto": lambda sizes, n: joint.pareto_joint(odds_of(sizes, n), n),
    "maximum_entropy": lambda sizes, n: joint.maximum_entropy_joint(proportional_probabilities(sizes, n)),
    "sampford": lambda sizes, n: joint.sampford_joint(proportional_probabilities(sizes, n)),
    "elimination": lambda sizes, n: joint.elimination_joint(proportional_probabilities(sizes, n)),
}


def odds_of(sizes: list[int], n: int) -> Floats:
    aimed = proportional_probabilities(sizes, n)
    return aimed / (1 - aimed)


# ---------------------------------------------------------------- R
def test_belgian_municipalities() -> None:
    """Taxable income, 200 of 589: sum, certainty units, sum of squares, smallest and middle probability as in R."""
    with (REFERENCE / "belgian_municipalities.csv").open(encoding="utf-8", newline="") as file:
        sizes = [int(row["TaxableIncome"]) for row in csv.DictReader(file)]
    p = proportional_probabilities(sizes, 200)
    found = [p.sum(), (p == 1).sum(), np.square(p).sum(), p.min(), np.median(p)]
    assert found == pytest.approx(VALUES["sampling.belgian.incprob"], rel=1e-9)


@pytest.mark.parametrize(
    ("name", "matrix", "tolerance"),
    [
        ("UPsampfordpi2", joint.sampford_joint, 1e-9),
        ("UPtillepi2", joint.elimination_joint, 1e-9),
        ("UPmaxentropypi2", joint.maximum_entropy_joint, 1e-5),
        ("UPsystematicpi2", lambda p: joint.systematic_joint([round(100 * x) for x in p], 3), 1e-9),
    ],
)
def test_six_units_as_in_r(name: str, matrix: Callable[[Floats], Floats], tolerance: float) -> None:
    """Tillé's example of six units: every joint probability is that of R's sampling package."""
    assert matrix(SIX).ravel() == pytest.approx(np.array(VALUES[f"sampling.pi2.{name}"]), abs=tolerance)


def test_midzuno_as_in_r() -> None:
    """The complement of elimination with 1 − π."""
    found = SIX[:, None] + SIX - 1 + joint.elimination_joint(1 - SIX)
    np.fill_diagonal(found, SIX)
    assert found.ravel() == pytest.approx(np.array(VALUES["sampling.pi2.UPmidzunopi2"]), abs=1e-9)


# ---------------------------------------------------------------- what holds for every fixed-size design
@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("design", JOINTS)
def test_rows_add_up(design: str, n: int) -> None:
    """Σ_j π_ij = n π_i with π_ii = π_i, symmetric, and no joint probability above that of either unit."""
    matrix = JOINTS[design](SIZES, n)
    p = np.diag(matrix)
    assert matrix.sum(axis=1) == pytest.approx(n * p, abs=1e-10)
    assert matrix == pytest.approx(matrix.T, abs=1e-12)
    assert np.all(matrix <= np.minimum.outer(p, p) + 1e-12)


# ---------------------------------------------------------------- enumeration
def enumerated(chances: dict[tuple[int, ...], float], N: int) -> Floats:
    matrix = np.zeros((N, N))
    for sample, chance in chances.items():
        matrix[np.ix_(sample, sample)] += chance / sum(chances.values())
    return matrix


@pytest.mark.parametrize("n", [1, 2, 3])
def test_sampford_sample_by_sample(n: int) -> None:
    """All samples with the chances of the definition."""
    p = proportional_probabilities(SIZES, n)
    w = p / (1 - p)
    chances = {s: (n - p[list(s)].sum()) * np.prod(w[list(s)]) for s in combinations(range(6), n)}
    assert joint.sampford_joint(p) == pytest.approx(enumerated(chances, 6), abs=1e-12)


def pareto_chance(sample: tuple[int, ...], odds: Floats) -> float:
    """The chance that exactly these units are drawn: the largest q of the sample lies below all others."""

    def density(q: float) -> float:
        below, above = odds * q / (1 + odds * q), 1 / (1 + odds * q)
        inside, outside = list(sample), [i for i in range(len(odds)) if i not in sample]
        last = sum(odds[i] * above[i] ** 2 / below[i] for i in inside)
        return float(np.prod(below[inside]) * np.prod(above[outside]) * last)

    return float(quad(density, 0, 1, epsabs=1e-13)[0] + quad(density, 1, np.inf, epsabs=1e-13)[0])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_pareto_sample_by_sample(n: int) -> None:
    """All samples, each with its chance by an adaptive quadrature in q."""
    odds = odds_of(SIZES, n)
    chances = {s: pareto_chance(s, odds) for s in combinations(range(6), n)}
    assert sum(chances.values()) == pytest.approx(1, abs=1e-10)
    assert joint.pareto_joint(odds, n) == pytest.approx(enumerated(chances, 6), abs=1e-9)
    assert order_probabilities(odds, n) == pytest.approx(np.diag(enumerated(chances, 6)), abs=1e-9)


def pivotal_chances(own: list[float], sample: tuple[int, ...] = (), a: int = -1, held: float = 0, b: int = 0,
                    chance: float = 1.0) -> dict[tuple[int, ...], float]:  # fmt: skip
    """Every way the fights can go, straight from the rule."""
    if b == len(own):
        return {tuple(sorted(sample)): chance}
    both, found = held + own[b], dict[tuple[int, ...], float]()
    if both < 1 - 1e-12:
        p = own[b] / both
        ways = [(sample, b, both, p), (sample, a, both, 1 - p)]
    else:
        p = (1 - own[b]) / (2 - both)
        ways = [((*sample, a), b, both - 1, p), ((*sample, b), a, both - 1, 1 - p)]
    for drawn, left, rest, p in ways:
        if p > 1e-12:
            for s, c in pivotal_chances(own, drawn, left, rest, b + 1, chance * p).items():
                found[s] = found.get(s, 0) + c
    return found


@pytest.mark.parametrize("n", [1, 2, 3])
def test_pivotal_fight_by_fight(n: int) -> None:
    """All outcomes of all fights."""
    chances = pivotal_chances(proportional_probabilities(SIZES, n).tolist())
    assert joint.pivotal_joint(SIZES, n) == pytest.approx(enumerated(chances, 6), abs=1e-10)


def test_systematic_start_by_start() -> None:
    """Sizes 1, 2, 3 and n = 2, so λ = ⅓, ⅔ and certainty: the first two exclude one another."""
    expected = [[1 / 3, 0, 1 / 3], [0, 2 / 3, 2 / 3], [1 / 3, 2 / 3, 1]]
    assert joint.systematic_joint([1, 2, 3], 2) == pytest.approx(np.array(expected), abs=1e-12)


def test_equal_sizes_are_a_simple_sample() -> None:
    """With equal odds every order is as likely: Pareto, Sampford and maximum entropy are the simple random sample."""
    simple, p = joint.simple_joint(7, 3), np.full(7, 3 / 7)
    for matrix in (joint.pareto_joint(p, 3), joint.sampford_joint(p), joint.maximum_entropy_joint(p)):
        assert matrix == pytest.approx(simple, abs=1e-11)


def test_pareto_of_two_by_every_order() -> None:
    """n = 1: π_i from the pairwise orders of three units, integrated one by one."""
    odds = np.array([0.2, 1.0, 3.0])
    first = dict.fromkeys(range(3), 0.0)
    for order in permutations(range(3)):
        i, rest = order[0], list(order[1:])
        if rest == sorted(rest):
            first[i] = quad(lambda q, i=i, r=rest: odds[i] / (1 + odds[i] * q) ** 2 / np.prod(1 + odds[r] * q), 0,
                            np.inf, epsabs=1e-12)[0]  # fmt: skip
    assert order_probabilities(odds, 1) == pytest.approx(list(first.values()), abs=1e-10)


# ---------------------------------------------------------------- where exact and aimed-at probabilities meet
def test_pareto_near_its_aim_where_the_stratum_is_large() -> None:
    """Where Σλ(1−λ) is a little above 10, the exact probabilities are within 0.5 % of λ, which is then reported."""
    sizes = np.random.default_rng(4).integers(20, 60, 60).tolist()
    aimed = proportional_probabilities(sizes, 15)
    assert 10 <= (aimed * (1 - aimed)).sum() < 12
    assert pareto_probabilities(sizes, 15).tolist() == aimed.tolist()
    assert order_probabilities(aimed / (1 - aimed), 15) == pytest.approx(aimed, rel=0.005)


def test_hajek_is_near_where_the_stratum_is_large() -> None:
    """Against the exact matrix of maximum entropy, 40 units: a few parts in a thousand."""
    sizes = np.random.default_rng(5).integers(20, 60, 40).tolist()
    p = proportional_probabilities(sizes, 15)
    exact = joint.maximum_entropy_joint(p)
    assert joint.hajek_joint(p) == pytest.approx(exact, rel=0.005)


def test_certainty_units_and_releases() -> None:
    """A certainty unit stays one; r units more give n + r in all; with everybody taken all are certain."""
    p = pareto_probabilities([10, 1, 1, 2], 2, released=1)
    assert p[0] == 1
    assert p.sum() == pytest.approx(3, abs=1e-10)
    assert p[3] > p[1]
    assert pareto_probabilities([10, 1, 1, 2], 2, released=2).tolist() == [1, 1, 1, 1]
    assert joint.hajek_joint(np.array([1.0, 0.5, 0.5]))[0].tolist() == [1, 0.5, 0.5]


def test_maximum_entropy_of_an_impossible_sum() -> None:
    """Inclusion probabilities that do not add up to a whole number belong to no fixed-size design."""
    with pytest.raises(ValueError, match=r"no sample of 1\.6"):
        joint.maximum_entropy_joint(np.array([0.5, 0.7, 0.4]))
