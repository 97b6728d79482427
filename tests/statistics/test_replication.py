"""Replicates: multiplicities by hand, totals by loops, the variance in closed form."""

import numpy as np
import pytest

from sipas_survey.statistics import replication
from sipas_survey.statistics.arrays import Floats, Ints
from sipas_survey.statistics.choices import ReplicateMethod
from sipas_survey.statistics.replication import (
    BalancedHalves,
    Bootstrap,
    GivenWeights,
    Jackknife,
    Replicates,
    replicate_totals,
    replicate_variance,
    usual_scale,
)
from sipas_survey.statistics.totals import Cells
from sipas_survey.statistics.variance import Stage, variance_of_total


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


STAGE = Stage(ints(0, 1, 0, 1, 1, 2, 3), np.array([0.25, 0.0, 0.5, 1.0]))
PAIRS = Stage(ints(0, 1, 1, 0, 2, 2), np.array([0.0, 0.0, 0.0]))
SCORES = np.array([3.0, 1, 4, 1, 5, 9, 2])


def multiplicities(made: Replicates, units: int, *, whole: bool = False) -> Floats:
    """(R, U) all multiplicities; every pair must come once."""
    found = np.full((len(made.scale), units), np.nan)
    for some, of, block in made.blocks(whole=whole):
        assert np.isnan(found[some][:, of]).all()
        assert not whole or sorted(of.tolist()) == list(range(units))
        found[some.start : some.stop, of] = block
    assert not np.isnan(found).any()
    return found


# ---------------------------------------------------------------- jackknife
def test_the_jackknife_by_hand() -> None:
    """Units of strata with two or more and f < 1 are left out in turn; the others of the stratum are raised."""
    made = Jackknife(STAGE)
    assert made.left_out.tolist() == [0, 1, 2, 3, 4]
    assert made.scale.tolist() == pytest.approx([0.75 / 2, 2 / 3, 0.75 / 2, 2 / 3, 2 / 3])
    assert multiplicities(made, 7).tolist() == [
        [0, 1, 2, 1, 1, 1, 1], [1, 0, 1, 1.5, 1.5, 1, 1], [2, 1, 0, 1, 1, 1, 1], [1, 1.5, 1, 0, 1.5, 1, 1],
        [1, 1.5, 1, 1.5, 0, 1, 1],
    ]  # fmt: skip


def test_the_jackknife_of_a_total_is_its_variance() -> None:
    """Σ s (θ_r − θ̄)² of stratum 0 and 1 is the variance by scores."""
    stage = Stage(ints(0, 1, 0, 1, 1), np.array([0.25, 0.1]))
    made, z = Jackknife(stage), SCORES[:5]
    totals = multiplicities(made, 5) @ z
    squares = float((made.scale * (totals - z.sum()) ** 2).sum())
    assert squares == pytest.approx(float(variance_of_total(z[:, None], stage.group, stage.fraction)[0]))


def test_blocks_hold_no_more_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 14 multiplicities a block, seven units are two replicates at a time; with less than seven, one."""
    for size, counts in ((14, [2, 2, 1]), (15, [2, 2, 1]), (6, [1] * 5), (35, [5])):
        monkeypatch.setattr(replication, "BLOCK", size)
        slices = [some for some, _, _ in Jackknife(STAGE).blocks()]
        assert [s.stop - s.start for s in slices] == counts
        assert [s.start for s in slices] == np.cumsum([0, *counts[:-1]]).tolist()


# ---------------------------------------------------------------- bootstrap
def test_bootstrap_multiplicities_by_hand() -> None:
    """1 + √(1 − f)(r n/(n − 1) − 1), r adding up to n − 1; a unit alone stays; the parts are those of the whole."""
    made = Bootstrap(STAGE, 120, 7)
    found = multiplicities(made, 7)
    assert found.tolist() == multiplicities(made, 7, whole=True).tolist()
    for h, f in ((0, 0.25), (1, 0.0)):
        units = np.flatnonzero(STAGE.group == h)
        n = len(units)
        draws = ((found[:, units] - 1) / np.sqrt(1 - f) + 1) * (n - 1) / n
        assert draws == pytest.approx(np.round(draws), abs=1e-9)
        assert draws.sum(axis=1) == pytest.approx(np.full(120, n - 1))
        assert draws.min() == pytest.approx(0, abs=1e-9)
        assert set(np.round(draws).ravel().tolist()) == set(range(n))
    assert (found[:, 5:] == 1).all()
    assert made.scale.tolist() == [1 / 119] * 120


def test_the_bootstrap_is_its_seed() -> None:
    """The same seed, the same multiplicities, however many replicates; another seed or stratum, others."""
    stage = Stage(np.repeat([0, 1], 5), np.zeros(2))
    one, longer = (multiplicities(Bootstrap(stage, count, 3), 10) for count in (100, 150))
    assert one.tolist() == longer[:100].tolist()
    assert one[:50].tolist() != one[50:].tolist()
    assert one[:, :5].tolist() != one[:, 5:].tolist()
    assert one.tolist() != multiplicities(Bootstrap(stage, 100, 4), 10).tolist()


def test_the_bootstrap_comes_near_the_variance() -> None:
    """1,000 replicates of 8 and 6 units: within a seventh of the variance by scores."""
    stage = Stage(np.repeat([0, 1], [8, 6]), np.array([0.3, 0.0]))
    z = np.arange(14.0) ** 1.5
    made = Bootstrap(stage, 1000, 11)
    totals = multiplicities(made, 14) @ z
    found = float(replicate_variance(totals, made.scale))
    assert found == pytest.approx(float(variance_of_total(z[:, None], stage.group, stage.fraction)[0]), rel=0.14)


# ---------------------------------------------------------------- balanced halves
@pytest.mark.parametrize("rho", [0.0, 0.3])
def test_balanced_halves_of_a_total_are_its_variance(rho: float) -> None:
    """Three strata of two: 4 replicates, one of each pair raised to 2 − ρ; the variance is that by scores, exactly."""
    made = BalancedHalves(PAIRS, rho)
    found = multiplicities(made, 6)
    assert found.shape == (4, 6)
    assert sorted(set(found.ravel().tolist())) == pytest.approx([rho, 2 - rho])
    for h in range(3):
        assert found[:, PAIRS.group == h].sum(axis=1) == pytest.approx([2.0] * 4)
    z = SCORES[:6]
    expected = float(variance_of_total(z[:, None], PAIRS.group, PAIRS.fraction)[0])
    assert float((made.scale * (found @ z - z.sum()) ** 2).sum()) == pytest.approx(expected)


@pytest.mark.parametrize(("strata", "order"), [(1, 2), (2, 4), (3, 4), (4, 8), (7, 8), (8, 16)])
def test_a_hadamard_matrix_has_more_columns_than_there_are_strata(strata: int, order: int) -> None:
    """The column of ones is not used: with it a stratum would never change sides."""
    stage = Stage(np.repeat(np.arange(strata), 2), np.zeros(strata))
    found = multiplicities(BalancedHalves(stage), 2 * strata)
    assert found.shape == (order, 2 * strata)
    assert found.mean(axis=0) == pytest.approx(np.ones(2 * strata))


def test_halves_need_pairs() -> None:
    """One unit, or three, in a stratum."""
    for group in (ints(0, 1, 1), ints(0, 0, 0, 1, 1)):
        with pytest.raises(ValueError, match="two units in every stratum"):
            list(BalancedHalves(Stage(group, np.zeros(2))).blocks())


# ---------------------------------------------------------------- given
def test_given_weights() -> None:
    """Columns of weights are replicates; the degrees of freedom are their rank less one."""
    weights = np.array([[1.0, 2, 3], [2, 4, 1], [0, 0, 5], [1, 2, 0]])
    made = GivenWeights(weights, np.full(3, 0.5))
    assert multiplicities(made, 4).tolist() == weights.T.tolist()
    assert made.degrees_of_freedom() == 1
    assert GivenWeights(np.eye(4)[:, :3], np.ones(3)).degrees_of_freedom() == 2
    assert GivenWeights(np.zeros((4, 0)), np.ones(0)).degrees_of_freedom() == 0
    assert GivenWeights(np.zeros((4, 2)), np.ones(2)).degrees_of_freedom() == 0


@pytest.mark.parametrize(
    ("method", "factor"),
    [("brr", 0.25), ("fay", 0.25 / 0.49), ("jk1", 0.75), ("jkn", 0.75), ("bootstrap", 1 / 3)],
)
def test_usual_factors(method: str, factor: float) -> None:
    """Of four replicates, ρ = 0.3."""
    assert usual_scale(ReplicateMethod(method), 4, rho=0.3).tolist() == pytest.approx([factor] * 4)
    assert usual_scale(ReplicateMethod.BOOTSTRAP, 1).tolist() == [1.0]
    assert usual_scale(ReplicateMethod.FAY, 2).tolist() == [0.5, 0.5]


# ---------------------------------------------------------------- variance over replicates
def test_variance_about_the_mean_by_hand() -> None:
    """1, 3, 5 with factors ½: 4; with the middle one missing 1, 5: (4 + 4)/2 · 3/2; none: nan."""
    estimates = np.array([[1.0, 1, np.nan], [3, np.nan, np.nan], [5, 5, np.nan]])
    found = replicate_variance(estimates, np.full(3, 0.5))
    assert found[:2].tolist() == pytest.approx([4.0, 6.0])
    assert np.isnan(found[2])
    assert float(replicate_variance(np.array([1.0, 4.0]), np.array([0.5, 0.25]))) == pytest.approx(2.25 * 0.75)
    assert replicate_variance(estimates[:, :, None], np.full(3, 0.5)).shape == (3, 1)


# ---------------------------------------------------------------- totals
@pytest.mark.parametrize("domains", [1, 3])
@pytest.mark.parametrize("elements", [True, False])
def test_totals_of_replicates_are_the_loops(domains: int, elements: bool) -> None:
    """Σ over rows of multiplicity times column, in each domain; units in any order, several rows each."""
    unit = np.arange(7) if elements else np.array([3, 0, 6, 1, 1, 5, 4, 2, 0, 6, 3])
    domain = np.array([2, 0, 2, 0, 0, 2, 0, 0, 0, 2, 2])[: len(unit)] if domains > 1 else None
    column = np.arange(1.0, len(unit) + 1) ** 2
    if elements:
        cells = Cells.of_elements(7, domain=domain, domains=domains)
    else:
        cells = Cells.of(unit, units=7, domain=domain, domains=domains)
    totals = cells.total(column)
    for made in (Bootstrap(STAGE, 60, 5), Jackknife(STAGE)):
        found = replicate_totals(made, cells, lambda some: np.column_stack([totals[some], 2 * totals[some]]))
        times = multiplicities(made, 7)
        for j in range(domains):
            inside = np.ones(len(unit)) if domain is None else (domain == j).astype(float)
            expected = times[:, unit] @ (column * inside)
            assert found[:, j, 0] == pytest.approx(expected)
            assert found[:, j, 1] == pytest.approx(2 * expected)


def test_no_replicates_no_totals() -> None:
    """A design taken whole has no replicate of the jackknife."""
    stage = Stage(ints(0, 0), np.ones(1))
    found = replicate_totals(Jackknife(stage), Cells.of_elements(2), lambda some: np.ones((len(some), 1)))
    assert found.shape == (0, 1, 0)
