"""The variance of a total of scores. No other module computes one from a design."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sipas_survey.statistics.arrays import Floats, Ints, sum_by, total_by
from sipas_survey.statistics.totals import Cells


class Lonely(StrEnum):
    """What a stratum with one cluster, not taken whole, adds to the variance.

    fail: NaN, unless its score is 0 · remove, certainty: nothing · adjust: its square about the mean of the clusters
    of all strata · average: the mean of what the other strata add.
    """

    FAIL = "fail"
    REMOVE = "remove"
    CERTAINTY = "certainty"
    ADJUST = "adjust"
    AVERAGE = "average"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of selection, with U sampling units drawn from G groups.

    Attributes
    ----------
    group : (U,) what each unit was drawn from: its stratum at the first stage, the unit above it at a later one.
    fraction : (G,) share of each group's units that was drawn, in [0, 1].
    probability : (U,) inclusion probabilities in (0, 1] where units were drawn with unequal ones, else None; `fraction`
        is then not used.
    """

    group: Ints
    fraction: Floats
    probability: Floats | None = None

    @property
    def units(self) -> Ints:
        """(G,) number of units drawn from each group."""
        return np.bincount(self.group, minlength=len(self.fraction))

    def lonely(self, units: Ints | None = None) -> Ints:
        """Groups with one unit (of `units` (G,), where those of the design are more) that was not sure to be drawn."""
        sure = self.fraction >= 1 if self.probability is None else _remaining(self) == 0
        return np.flatnonzero(((self.units if units is None else units) == 1) & ~sure)


def variance_of_total(
    scores: Floats, stratum: Ints, fraction: Floats, *, clusters: Ints | None = None, lonely: Lonely = Lonely.FAIL
) -> Floats:
    """Ultimate-cluster variance of totals of scores.

    Parameters
    ----------
    scores : (C, k) weighted score totals, one row per cluster.
    stratum : (C,) codes 0..H-1.
    fraction : (H,) share f_h of each stratum's clusters that was drawn, in [0, 1].
    clusters : (H,) number n_h of clusters of the design. Clusters whose scores are all 0 (those outside a domain) may
        be left out of `scores` when this is given; None counts those in `scores`.
    lonely : what a stratum with one cluster and f_h < 1 adds.

    Returns
    -------
    (k,) Σ_h (1 − f_h) · n_h/(n_h − 1) · Σ_c (z_hc − z̄_h)². A stratum with f_h = 1 adds 0.

    Source: Särndal, Swensson & Wretman (1992), eq. 4.6.2; Lumley (2010), ch. 2.
    """
    stage = Stage(stratum, fraction)
    n = stage.units if clusters is None else clusters
    return np.asarray(_by_group(scores, stratum, stage=stage, n=n, domains=1, lonely=lonely)[0].sum(axis=0))


def variance_by_domain(
    scores: Floats, cells: Cells, stages: Sequence[Stage], *, lonely: Lonely = Lonely.FAIL
) -> Floats:
    """The same for every domain at once, and for selection in stages.

    Parameters
    ----------
    scores : (M,) weighted score totals of the cells; units without a cell in a domain score 0 there.
    cells : cells of the units of the last stage.
    stages : first to last, U_j units each; a group of a later stage is the unit of that number one stage above.
    lonely : what a group with one unit that was not certain to be drawn adds.

    Returns
    -------
    (D,) Σ over stages of Σ_g F_g (1 − f_g) · n_g/(n_g − 1) · Σ_u (z_gu − z̄_g)², F_g the product of the fractions
    above the group. With inclusion probabilities: Σ_u (1 − π_u) · n/(n − 1) · (z_u − z̄)² (Brewer).

    Source: Särndal, Swensson & Wretman (1992), result 4.3.1; Brewer & Hanif (1983), ch. 4; Lumley (2010), ch. 2.3.
    """
    total = np.zeros(cells.domains)
    domain, unit = cells.domain, cells.unit
    for j in range(len(stages) - 1, -1, -1):
        stage, groups = stages[j], len(stages[j].fraction)
        group = domain * groups + stage.group[unit]
        added = _by_group(
            scores[:, None],
            group,
            stage=stage,
            n=stage.units,
            domains=cells.domains,
            lonely=lonely,
            probability=None if stage.probability is None else stage.probability[unit],
        )
        total += added[:, :, 0] @ _fraction_above(stages, j)
        if j:
            scores = total_by(group, scores, size=cells.domains * groups)
            domain, unit = np.divmod(np.arange(cells.domains * groups), groups)
    return total


def degrees_of_freedom(used: Floats, stratum: Ints, *, strata: int) -> Ints:
    """Clusters less strata, counting only those with a row that was used.

    Parameters
    ----------
    used : (C, k) not 0 where cluster c has a row that enters estimate k.
    stratum : (C,) codes 0..strata-1.

    Returns
    -------
    (k,) whole numbers, at least 0.

    Source: Korn & Graubard (1999), ch. 5.2; Lumley (2010), ch. 2.
    """
    clusters = sum_by(stratum, (used != 0).astype(np.float64), size=strata)
    return np.asarray(clusters.sum(axis=0) - (clusters > 0).sum(axis=0), dtype=np.int64)


def degrees_by_domain(used: Floats, cells: Cells, stages: Sequence[Stage]) -> Ints:
    """The same for every domain: first-stage units less strata.

    Parameters
    ----------
    used : (M,) not 0 where the cell has a row that enters the estimate.
    cells, stages : as in `variance_by_domain`.

    Returns
    -------
    (D,) whole numbers, at least 0.
    """
    cluster = cells.unit
    for stage in stages[:0:-1]:
        cluster = stage.group[cluster]
    first = stages[0]
    clusters, strata = len(first.group), len(first.fraction)
    here = used != 0
    if len(stages) == 1:
        domain, cluster = cells.domain[here], cluster[here]
    else:
        domain, cluster = np.divmod(np.unique(cells.domain[here] * clusters + cluster[here]), clusters)
    counted = np.bincount(domain * strata + first.group[cluster], minlength=cells.domains * strata)
    by_stratum = counted.reshape(cells.domains, strata)
    return np.asarray(by_stratum.sum(axis=1) - np.count_nonzero(by_stratum, axis=1), dtype=np.int64)


def _fraction_above(stages: Sequence[Stage], j: int) -> Floats:
    """(G,) product of the fractions of the stages above each group of stage j; 1 for the strata of the first."""
    above = np.ones(len(stages[0].fraction))
    for stage in stages[:j]:
        above = (above * stage.fraction)[stage.group]
    return above


def _by_group(
    scores: Floats,
    group: Ints,
    *,
    stage: Stage,
    n: Ints,
    domains: int,
    lonely: Lonely,
    probability: Floats | None = None,
) -> Floats:
    """What each of G groups adds in each of D domains: (D, G, k).

    `scores` (M, k) have codes `group` = domain · G + group, and `probability` (M,) where the stage has one; `n` (G,)
    counts the units, those without a score included.
    """
    groups, k = len(n), scores.shape[1]
    size, number = groups * domains, np.tile(n, domains)
    sums = sum_by(group, scores, size=size)
    mean = sums / np.maximum(number, 1)[:, None]
    deviation = (scores - mean[group]) ** 2
    if probability is None:
        absent = (number - np.bincount(group, minlength=size)).astype(np.float64)
        spread = sum_by(group, deviation, size=size) + absent[:, None] * mean**2
        open_share = 1 - stage.fraction
    else:
        remaining = 1 - probability
        absent = np.tile(_remaining(stage), domains) - total_by(group, remaining, size=size)
        spread = sum_by(group, remaining[:, None] * deviation, size=size) + absent[:, None] * mean**2
        open_share = np.ones(groups)
    factor = open_share * n / np.maximum(n - 1, 1)
    added = factor[:, None] * spread.reshape(domains, groups, k)
    alone = stage.lonely(n)
    return _with_lonely(added, sums.reshape(added.shape), alone, n=n, stage=stage, lonely=lonely) if len(alone) else added


def _with_lonely(added: Floats, sums: Floats, alone: Ints, *, n: Ints, stage: Stage, lonely: Lonely) -> Floats:
    """The same with what the groups `alone` add: (D, G, k)."""
    added = added.copy()
    if lonely is Lonely.FAIL:
        added[:, alone] = np.where(sums[:, alone] != 0, np.nan, 0.0)
    elif lonely is Lonely.ADJUST:
        centre = sums.sum(axis=1, keepdims=True) / n.sum()
        open_share = 1 - stage.fraction if stage.probability is None else _remaining(stage)
        added[:, alone] = open_share[alone][:, None] * (sums[:, alone] - centre) ** 2
    elif lonely is Lonely.AVERAGE:
        others = np.setdiff1d(np.arange(added.shape[1]), alone)
        added[:, alone] = added[:, others].mean(axis=1, keepdims=True) if len(others) else np.nan
    return added


def _remaining(stage: Stage) -> Floats:
    """(G,) Σ (1 − π) over the units of each group."""
    assert stage.probability is not None
    return total_by(stage.group, 1 - stage.probability, size=len(stage.fraction))
