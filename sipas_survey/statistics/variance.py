"""The variance of a total of scores. No other module computes one from a design."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sipas_survey.statistics.arrays import Floats, Groups, Ints, sum_by, total_by
from sipas_survey.statistics.choices import Lonely
from sipas_survey.statistics.totals import Cells

_ROUNDING = 1e-13  # of a sum of squares: what 64 bits leave of clusters that are all alike


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
    scores: Floats,
    stratum: Ints,
    fraction: Floats,
    *,
    clusters: Ints | None = None,
    probability: Floats | None = None,
    lonely: Lonely = Lonely.FAIL,
) -> Floats:
    """Ultimate-cluster variance of totals of scores.

    Parameters
    ----------
    scores : (C, k) weighted score totals, one row per cluster.
    stratum : (C,) codes 0..H-1.
    fraction : (H,) share f_h of each stratum's clusters that was drawn, in [0, 1].
    clusters : (H,) number n_h of clusters of the design. Clusters whose scores are all 0 (those outside a domain) may
        be left out of `scores` when this is given; None counts those in `scores`.
    probability : (C,) inclusion probabilities, with all clusters in `scores`: Brewer's variance, without `fraction`.
    lonely : what a stratum with one cluster and f_h < 1 adds.

    Returns
    -------
    (k,) Σ_h (1 − f_h) · n_h/(n_h − 1) · Σ_c (z_hc − z̄_h)². A stratum with f_h = 1 adds 0.

    Source: Särndal, Swensson & Wretman (1992), eq. 4.6.2; Brewer & Hanif (1983), ch. 4; Lumley (2010), ch. 2.
    """
    stage = Stage(stratum, fraction, probability)
    level = _Level.of(
        stage, stratum, n=stage.units if clusters is None else clusters, domains=1, probability=probability
    )
    return np.asarray(level.added(scores, lonely)[0].sum(axis=0))


def covariance_of_moments(sums: Floats, products: Floats, fraction: Floats, *, clusters: Ints) -> Floats:
    """The same for totals of scores that were summed before: covariances from Σ z and Σ z zᵀ of each stratum.

    Parameters
    ----------
    sums : (H, k) totals of k scores over the clusters of each stratum. products : (H, k, k) totals of their products.
    fraction : (H,) as in `variance_of_total`. clusters : (H,) number n_h of clusters of the design.

    Returns
    -------
    (k, k) Σ_h (1 − f_h) · n_h/(n_h − 1) · (Σ z zᵀ − Σ z Σ zᵀ / n_h). NaN in the rows and columns of estimates that have
    a score in a stratum with one cluster and f_h < 1. What is within rounding of 0 on the diagonal is 0.

    Source: Särndal, Swensson & Wretman (1992), eq. 4.6.2 and ch. 5.4.
    """
    factor = (1 - fraction) * clusters / np.maximum(clusters - 1, 1)
    about = products - sums[:, :, None] * sums[:, None, :] / np.maximum(clusters, 1)[:, None, None]
    spread: Floats = np.einsum("h,hij->ij", factor, about)
    scale = np.einsum("h,hii->i", factor, products)
    own = np.diag(spread)
    np.fill_diagonal(spread, np.where(own > _ROUNDING * scale, own, 0.0))
    alone = (clusters == 1) & (fraction < 1)
    broken = (sums[alone] != 0).any(axis=0)
    spread[broken, :] = spread[:, broken] = np.nan
    return spread


def variance_in_stages(scores: Floats, stages: Sequence[Stage]) -> Floats:
    """Variance of totals of scores of units that were drawn in stages.

    Parameters
    ----------
    scores : (U, k) weighted scores of the units of the last stage.
    stages : first to last; a group of a later stage with one unit and f < 1 adds 0.

    Returns
    -------
    (k,) Σ over stages of Σ_g F_g (1 − f_g) · n_g/(n_g − 1) · Σ_u (z_gu − z̄_g)², F_g the product of the fractions above
    the group; nan where a stratum of the first stage has one unit with scores, and f < 1.

    Source: Särndal, Swensson & Wretman (1992), result 4.3.1; Lumley (2010), ch. 2.3.
    """
    columns, found = scores, np.zeros(scores.shape[1])
    for j in range(len(stages) - 1, -1, -1):
        stage = stages[j]
        level = _Level.of(stage, stage.group, n=stage.units, domains=1, above=_fraction_above(stages, j))
        found = found + level.above @ level.added(columns, Lonely.REMOVE if j else Lonely.FAIL)[0]
        columns = level.group.sum(columns)
    return np.asarray(found)


@dataclass(frozen=True, slots=True)
class DomainVariance:
    """The same for every domain at once, and for selection in stages; made once for all estimates on the same cells.

    Σ over stages of Σ_g F_g (1 − f_g) · n_g/(n_g − 1) · Σ_u (z_gu − z̄_g)², F_g the product of the fractions above the
    group. With inclusion probabilities: Σ_u (1 − π_u) · n/(n − 1) · (z_u − z̄)² (Brewer).

    Source: Särndal, Swensson & Wretman (1992), result 4.3.1; Brewer & Hanif (1983), ch. 4; Lumley (2010), ch. 2.3.
    """

    levels: tuple["_Level", ...]
    lonely: Lonely

    @classmethod
    def of(cls, cells: Cells, stages: Sequence[Stage], *, lonely: Lonely = Lonely.FAIL) -> "DomainVariance":
        """For scores of `cells` of the last stage's units, drawn in `stages` (first to last)."""
        levels, domain, unit = [], cells.domain.code, cells.unit
        for j in range(len(stages) - 1, -1, -1):
            stage, groups = stages[j], len(stages[j].fraction)
            group = domain * groups + stage.group[unit]
            probability = None if stage.probability is None else stage.probability[unit]
            above = _fraction_above(stages, j)
            levels.append(
                _Level.of(stage, group, n=stage.units, domains=cells.domains, above=above, probability=probability)
            )
            domain, unit = np.divmod(np.arange(cells.domains * groups), groups)
        return cls(tuple(levels), lonely)

    def __call__(self, scores: Floats) -> Floats:
        """(D,) variances of the totals of (M,) scores; units without a cell in a domain score 0 there."""
        columns, parts = scores[:, None], []
        for level in self.levels:
            parts.append(level.added(columns, self.lonely)[:, :, 0] @ level.above)
            columns = level.group.sum(columns)
        return np.asarray(np.sum(parts, axis=0))

    def of_moments(self, sums: Floats, squares: Floats) -> Floats:
        """(D,) from Σ z and Σ z², (D·H,), of all rows of each domain and stratum; for rows drawn singly, one stage."""
        added = self.levels[0].added_of_moments(sums[:, None], squares[:, None], self.lonely)
        return np.asarray(added[:, :, 0].sum(axis=1))

    @property
    def strata(self) -> Groups:
        """The cells by domain · H + stratum, of a design with one stage."""
        return self.levels[0].group


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
    cells, stages : as in `DomainVariance`.

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
        domain, cluster = cells.domain.code[here], cluster[here]
    else:
        domain, cluster = np.divmod(np.unique(cells.domain.code[here] * clusters + cluster[here]), clusters)
    counted = np.bincount(domain * strata + first.group[cluster], minlength=cells.domains * strata)
    by_stratum = counted.reshape(cells.domains, strata)
    return np.asarray(by_stratum.sum(axis=1) - np.count_nonzero(by_stratum, axis=1), dtype=np.int64)


def _fraction_above(stages: Sequence[Stage], j: int) -> Floats:
    """(G,) product of the fractions of the stages above each group of stage j; 1 for the strata of the first."""
    above = np.ones(len(stages[0].fraction))
    for stage in stages[:j]:
        above = (above * stage.fraction)[stage.group]
    return above


@dataclass(frozen=True, slots=True)
class _Level:
    """One stage, for cells in D domains: what its G groups add to the variance.

    group : the cells by domain · G + group · number (D·G,) : units of the design · absent (D·G,) : what the units
    without a cell weigh in the sum of squares · factor, above (G,) · remaining (M,) : 1 − π, None where all weigh 1.
    """

    stage: Stage
    group: Groups
    number: Ints
    absent: Floats
    factor: Floats
    above: Floats
    remaining: Floats | None
    alone: Ints

    @classmethod
    def of(
        cls,
        stage: Stage,
        group: Ints,
        *,
        n: Ints,
        domains: int,
        above: Floats | None = None,
        probability: Floats | None = None,
    ) -> "_Level":
        """`n` (G,) counts the units of the design, those without a cell included."""
        number = np.tile(n, domains)
        remaining, open_share = None, 1 - stage.fraction
        absent = (number - np.bincount(group, minlength=len(number))).astype(np.float64)
        if probability is not None:
            remaining, open_share = 1 - probability, np.ones(len(n))
            absent = np.tile(_remaining(stage), domains) - total_by(group, remaining, size=len(number))
        factor = open_share * n / np.maximum(n - 1, 1)
        above = np.ones(len(n)) if above is None else above
        return cls(stage, Groups.of(group, size=len(number)), number, absent, factor, above, remaining, stage.lonely(n))

    def added(self, scores: Floats, lonely: Lonely) -> Floats:
        """(D, G, k) from (M, k) scores."""
        sums = self.group.sum(scores)
        mean = sums / np.maximum(self.number, 1)[:, None]
        deviation = self.group.spread(mean)
        np.subtract(scores, deviation, out=deviation)
        deviation *= deviation
        if self.remaining is not None:
            deviation *= self.remaining[:, None]
        return self._closed(sums, self.group.sum(deviation) + self.absent[:, None] * mean**2, lonely)

    def added_of_moments(self, sums: Floats, squares: Floats, lonely: Lonely) -> Floats:
        """(D, G, k) from Σ z and Σ z², (D·G, k), over all units of each group."""
        about_mean = squares - sums**2 / np.maximum(self.number, 1)[:, None]
        return self._closed(sums, np.maximum(about_mean, 0.0), lonely)

    def _closed(self, sums: Floats, squares: Floats, lonely: Lonely) -> Floats:
        """(D, G, k) from sums and squares about the mean."""
        shape = (len(self.number) // len(self.factor), len(self.factor), sums.shape[1])
        added = self.factor[:, None] * squares.reshape(shape)
        return _with_lonely(added, sums.reshape(shape), self, lonely) if len(self.alone) else added


def _with_lonely(added: Floats, sums: Floats, level: _Level, lonely: Lonely) -> Floats:
    """The same with what the groups that have one unit add: (D, G, k)."""
    stage, alone = level.stage, level.alone
    if lonely is Lonely.FAIL:
        added[:, alone] = np.where(sums[:, alone] != 0, np.nan, 0.0)
    elif lonely is Lonely.ADJUST:
        units = level.number[: added.shape[1]].sum()
        centre = sums.sum(axis=1, keepdims=True) / units
        open_share = 1 - stage.fraction if stage.probability is None else _remaining(stage)
        added[:, alone] = open_share[alone][:, None] * (sums[:, alone] - centre) ** 2
    elif lonely is Lonely.AVERAGE:
        others = np.setdiff1d(np.arange(added.shape[1]), alone)
        added[:, alone] = added[:, others].mean(axis=1, keepdims=True) if len(others) else np.nan
    return added


def _remaining(stage: Stage) -> Floats:
    """(G,) Σ (1 − π) over the units of each group; 0 where none has a probability."""
    probability = np.ones(len(stage.group)) if stage.probability is None else stage.probability
    return total_by(stage.group, 1 - probability, size=len(stage.fraction))
