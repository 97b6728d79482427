"""Replicates: the same estimate from many versions of the sample, each a set of multiplicities of its units.

A replicate never exists as weights of rows unless somebody asks for them: its totals are the product of the
multiplicities (replicates × units) and the units' totals (units × columns).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import Protocol

import numpy as np
from scipy.linalg import hadamard

from sipas_survey.statistics.arrays import Floats, Ints
from sipas_survey.statistics.choices import ReplicateMethod
from sipas_survey.statistics.totals import Cells
from sipas_survey.statistics.variance import Stage

BLOCK = 2_000_000
"""Multiplicities held at once: 16 MB."""

GROUP = 50
"""Replicates that a bootstrap draws together; part of what its seed means."""

Block = tuple[slice, Ints, Floats]
"""Some replicates, some units (U',), and the (r, U') multiplicities of those units in those replicates."""


class Replicates(Protocol):
    """R versions of a sample of U units."""

    @property
    def scale(self) -> Floats:
        """(R,) factors of the squared deviations."""

    def blocks(self, *, whole: bool = False) -> Iterator[Block]:
        """Every pair of replicate and unit once, blocks of the same units after one another; all units in each block
        where `whole`.
        """


def replicate_totals(replicates: Replicates, cells: Cells, columns: Callable[[Ints], Floats]) -> Floats:
    """Totals of every replicate in every domain.

    Parameters
    ----------
    replicates : of the units of `cells`.
    cells : where the rows fall.
    columns : gives the (m, k) weighted totals of m cells from their numbers.

    Returns
    -------
    (R, D, k).
    """
    found: Floats | None = None
    known: Ints | None = None
    for some, units, block in replicates.blocks():
        if units is not known:
            known, position, inside = units, *_cells_of(cells, units)
            totals = columns(inside)
            parts = _by_domain(cells.domain.code[inside], cells.domains)
        if found is None:
            found = np.zeros((len(replicates.scale), cells.domains, totals.shape[1]))
        for domain, part in parts:
            found[some, domain] += block[:, position[part]] @ totals[part] if part is not None else block @ totals
    return np.zeros((len(replicates.scale), cells.domains, 0)) if found is None else found


def _cells_of(cells: Cells, units: Ints) -> tuple[Ints, Ints]:
    """Of the cells of `units`: the position of their unit in `units`, and their numbers."""
    if cells.of_row is None:
        return np.arange(len(units)), units
    place = np.full(max(int(cells.unit.max(initial=0)), int(units.max(initial=0))) + 1, -1, dtype=np.int64)
    place[units] = np.arange(len(units))
    inside = np.flatnonzero(place[cells.unit] >= 0)
    return place[cells.unit[inside]], inside


def _by_domain(domain: Ints, domains: int) -> list[tuple[int, Ints | None]]:
    """The positions of each domain's cells; None stands for all of them."""
    if domains == 1:
        return [(0, None)]
    order = np.argsort(domain, kind="stable")
    bounds = np.searchsorted(domain[order], np.arange(domains + 1))
    return [(j, order[first:end]) for j, (first, end) in enumerate(pairwise(bounds)) if first < end]


def replicate_variance(estimates: Floats, scale: Floats) -> Floats:
    """Variance over replicates, about their mean.

    Parameters
    ----------
    estimates : (R, …) the estimate of each replicate; NaN where it has none.
    scale : (R,) factors.

    Returns
    -------
    (…) Σ_r s_r (θ_r − θ̄)². Replicates without a value are left out and the rest scaled up; NaN where none has one.

    Source: Wolter (2007), ch. 3–5; Shao & Tu (1995), ch. 6.
    """
    factor = scale.reshape(-1, *(1,) * (estimates.ndim - 1))
    known = ~np.isnan(estimates)
    counted = known.sum(axis=0)
    safe = np.maximum(counted, 1)
    mean = np.where(known, estimates, 0.0).sum(axis=0) / safe
    squares = (factor * np.where(known, estimates - mean, 0.0) ** 2).sum(axis=0)
    return np.asarray(np.where(counted > 0, squares * len(scale) / safe, np.nan))


# ---------------------------------------------------------------- made from the design
@dataclass(frozen=True, slots=True)
class Jackknife:
    """Delete one first-stage unit at a time: JKn, or JK1 in a single stratum.

    Each replicate leaves out one unit and raises the others of its stratum by n_h/(n_h − 1); scale
    (1 − f_h)(n_h − 1)/n_h. A stratum taken whole has no replicate, nor has one with a single unit (it adds nothing).

    Source: Wolter (2007), ch. 4.5; Lumley (2010), ch. 2.3.
    """

    stage: Stage

    @property
    def left_out(self) -> Ints:
        """(R,) the unit that each replicate leaves out."""
        return np.flatnonzero((self.stage.units[self.stage.group] > 1) & (self.stage.fraction[self.stage.group] < 1))

    @property
    def scale(self) -> Floats:
        """(R,) factors of the squared deviations."""
        h = self.stage.group[self.left_out]
        n = self.stage.units[h]
        return np.asarray((1 - self.stage.fraction[h]) * (n - 1) / n)

    def blocks(self, *, whole: bool = True) -> Iterator[Block]:  # noqa: ARG002 - blocks are always whole
        """All units at a time."""
        group, n, left_out = self.stage.group, self.stage.units, self.left_out
        everyone = np.arange(len(group))
        for some in _slices(len(left_out), len(group)):
            units = left_out[some]
            h = group[units][:, None]
            block = np.where(group == h, n[h] / np.maximum(n[h] - 1, 1), 1.0)
            block[np.arange(len(units)), units] = 0.0
            yield some, everyone, block


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Rao–Wu: n_h − 1 units of each stratum drawn with replacement, rescaled for the finite population.

    r_u draws of a unit make the multiplicity 1 + √(1 − f_h) · (r_u · n_h/(n_h − 1) − 1); scale 1/(R − 1). A stratum
    with a single unit keeps it in every replicate.

    Source: Rao & Wu (1988), JASA 83, 231–241; Rao, Wu & Yue (1992), Survey Methodology 18, 209–217.
    """

    stage: Stage
    count: int
    seed: int

    @property
    def scale(self) -> Floats:
        """(R,) factors of the squared deviations."""
        return np.full(self.count, 1 / (self.count - 1))

    def blocks(self, *, whole: bool = False) -> Iterator[Block]:
        """One stratum after the other, or all units of some replicates: the multiplicities are the same."""
        strata = [np.flatnonzero(self.stage.group == h) for h in range(len(self.stage.fraction))]
        slices = [slice(first, min(first + GROUP, self.count)) for first in range(0, self.count, GROUP)]
        with ThreadPoolExecutor(2) as pool:
            if whole:
                everyone = np.concatenate(strata)
                for some in slices:
                    parts = pool.map(self._stratum, repeat(some), range(len(strata)), map(len, strata))
                    yield some, everyone, np.hstack(list(parts))
                return
            for h, units in enumerate(strata):
                made = pool.map(self._stratum, slices, repeat(h), repeat(len(units)))
                for some, block in zip(slices, made, strict=True):
                    yield some, units, block

    def _stratum(self, some: slice, h: int, n: int) -> Floats:
        """(r, n) multiplicities of stratum h. Each has its own source of chance: seed, stratum, first replicate."""
        replicates = some.stop - some.start
        if n < 2:
            return np.ones((replicates, n))
        chance = np.random.Generator(np.random.SFC64([self.seed, h, some.start]))
        drawn = chance.integers(0, n, size=(replicates, n - 1))
        drawn += (np.arange(replicates) * n)[:, None]
        block = np.bincount(drawn.ravel(), minlength=replicates * n).reshape(replicates, n).astype(np.float64)
        shrink = np.sqrt(1 - self.stage.fraction[h])
        block *= shrink * n / (n - 1)
        block += 1 - shrink
        return block


@dataclass(frozen=True, slots=True)
class BalancedHalves:
    """Balanced repeated replication of a design with two units in every stratum, or Fay's milder form.

    Each replicate raises one unit of every stratum to 2 − ρ and lowers the other to ρ, after the columns of a Hadamard
    matrix; scale 1/(R (1 − ρ)²).

    Source: McCarthy (1969); Judkins (1990), Journal of Official Statistics 6, 223–239.
    """

    stage: Stage
    rho: float = 0.0

    @property
    def scale(self) -> Floats:
        """(R,) factors of the squared deviations."""
        return np.full(self._order, 1 / (self._order * (1 - self.rho) ** 2))

    @property
    def _order(self) -> int:
        """The least power of two above the number of strata: a Hadamard matrix of that order is at hand."""
        return 1 << len(self.stage.fraction).bit_length()

    def blocks(self, *, whole: bool = True) -> Iterator[Block]:  # noqa: ARG002 - the block is always whole
        """One block. Raises ValueError where a stratum has not two units."""
        if np.any(self.stage.units != 2):
            raise ValueError("balanced halves need two units in every stratum")
        signs = hadamard(self._order)[:, 1 : len(self.stage.fraction) + 1].astype(np.float64)
        order = np.argsort(self.stage.group, kind="stable")
        first = np.empty(len(order))
        first[order] = np.tile([1.0, -1.0], len(order) // 2)
        block = 1 + (1 - self.rho) * first * signs[:, self.stage.group]
        yield slice(0, self._order), np.arange(len(order)), block


# ---------------------------------------------------------------- given
@dataclass(frozen=True, slots=True)
class GivenWeights:
    """Replicates that came as R columns (n, R) of complete weights: units are rows, their totals unweighted."""

    weights: Floats
    scale: Floats

    def blocks(self, *, whole: bool = True) -> Iterator[Block]:  # noqa: ARG002 - the block is always whole
        """One block."""
        yield slice(0, len(self.scale)), np.arange(len(self.weights)), self.weights.T

    def degrees_of_freedom(self) -> int:
        """Rank of the replicate weights less 1, at least 0. Source: Lumley (2010), ch. 2.3."""
        gram = self.weights.T @ self.weights
        rank = np.linalg.matrix_rank(gram, hermitian=True, tol=1e-10 * np.trace(gram)) if len(gram) else 0
        return max(int(rank) - 1, 0)


def usual_scale(method: ReplicateMethod, count: int, *, rho: float = 0.0) -> Floats:
    """(R,) factors of replicate weights from a file: BRR 1/R, Fay 1/(R(1−ρ)²), jackknife (R−1)/R, bootstrap 1/(R−1).

    A JKn whose strata differ in size needs its own factors, (n_h − 1)/n_h for the replicates of stratum h.
    """
    factor = {
        ReplicateMethod.BRR: 1 / count,
        ReplicateMethod.FAY: 1 / (count * (1 - rho) ** 2),
        ReplicateMethod.BOOTSTRAP: 1 / max(count - 1, 1),
    }
    return np.full(count, factor.get(method, (count - 1) / count))


def _slices(items: int, units: int) -> Iterator[slice]:
    """Parts of 0..items-1 whose multiplicities of `units` units fit in a block."""
    step = max(1, BLOCK // max(units, 1))
    for first in range(0, items, step):
        yield slice(first, min(first + step, items))
