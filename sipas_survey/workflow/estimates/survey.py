"""`sv.Survey`: a table with a design, and the verbs of an analyst."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sipas_survey.problems import NOWHERE, Place, Problem, stop
from sipas_survey.statistics.arrays import Floats
from sipas_survey.statistics.association import RaoScott
from sipas_survey.statistics.choices import Distance, Lonely, ReplicateMethod, ShareInterval
from sipas_survey.statistics.replication import (
    BalancedHalves,
    Bootstrap,
    GivenWeights,
    Jackknife,
    Replicates,
    usual_scale,
)
from sipas_survey.workflow.estimates import known_totals
from sipas_survey.workflow.estimates.asking import contrast_of, mean_of, position_of, shares_of, total_of
from sipas_survey.workflow.estimates.assembly import Asked, assemble
from sipas_survey.workflow.estimates.columns import Table, label_of
from sipas_survey.workflow.estimates.comparisons import Ranked, independence, ranking
from sipas_survey.workflow.estimates.contrasts import difference_figures
from sipas_survey.workflow.estimates.domains import Grouping, group, pair_of
from sipas_survey.workflow.estimates.quantiles import quantile_figures
from sipas_survey.workflow.estimates.quotients import Quotient
from sipas_survey.workflow.estimates.reduction import Reduction
from sipas_survey.workflow.estimates.replicates import figures_of
from sipas_survey.workflow.estimates.results import Estimates
from sipas_survey.workflow.estimates.sample import DesignColumns, Sample, lonely_strata, sample_of

Names = str | Sequence[str]
Where = str | Sequence[str] | Mapping[str, Any] | None


class Survey:
    """Rows of a survey and how they were drawn.

    Parameters
    ----------
    data : pandas DataFrame, or anything with the Arrow interface; never changed, never copied as a whole.
    strata, weights : names of columns.
    clusters : a column, or several: stages, first to last. Codes are read within their stratum, or the cluster above.
    fpc : a column for each stage: the number of units in the population at that stage, or the fraction drawn if all
        values are at most 1. Stages beyond the last fpc add nothing.
    probability : inclusion probabilities of rows drawn singly: weights 1/π, Brewer's variance.
    replicates : columns of complete replicate weights, or what their names begin with; `method` tells how they were
        made (brr, fay, jk1, jkn, bootstrap), `rho` Fay's coefficient, `scale` the factors where they are not usual.
    lonely : fail, remove, certainty, adjust or average: what a stratum with one cluster adds.
    level : of the intervals.

    `problems` holds warnings; what cannot be estimated raises SurveyError. Every verb of the first group returns
    `Estimates`, every one of the second a new Survey.
    """

    def __init__(
        self,
        data: Any,
        *,
        strata: str | None = None,
        clusters: Names | None = None,
        weights: str | None = None,
        fpc: Names | None = None,
        probability: str | None = None,
        replicates: Names | None = None,
        method: str = "bootstrap",
        rho: float = 0.3,
        scale: float | Sequence[float] | None = None,
        lonely: str = "fail",
        level: float = 0.95,
        place: Place = NOWHERE,
    ) -> None:
        self._table = Table(data, place=place)
        self._columns = DesignColumns(strata, _names(clusters), weights, _names(fpc), probability)
        self._sample, self.problems = sample_of(self._table, self._columns, lonely=Lonely(lonely))
        self.level = level
        if replicates is not None:
            made = ReplicateMethod(method)
            self._sample = _with_given(self._table, self._sample, replicates, made, rho=rho, scale=scale)

    def __len__(self) -> int:
        return len(self._table)

    @property
    def weights(self) -> Floats:
        """(n,) the weights as they stand; a copy."""
        return self._sample.weight.copy()

    # ------------------------------------------------------------ estimates
    def mean(self, columns: Names, *, by: Names = (), where: Where = None) -> Estimates:
        """Weighted means, with t intervals."""
        return self._estimate([Asked("mean", name, mean_of(self._table, name)) for name in _names(columns)], by, where)

    def total(self, columns: Names, *, by: Names = (), where: Where = None) -> Estimates:
        """Weighted totals, with t intervals."""
        return self._estimate(
            [Asked("total", name, total_of(self._table, name)) for name in _names(columns)], by, where
        )

    def ratio(
        self, numerator: str, denominator: str | None = None, *, by: Names = (), where: Where = None
    ) -> Estimates:
        """Σ w·numerator / Σ w·denominator over rows that have both; also `"NUM/DEN"`."""
        if denominator is None:
            numerator, denominator = pair_of(numerator, "/", self._table)
        quotient = Quotient(self._table.numbers(numerator), self._table.numbers(denominator))
        return self._estimate([Asked("ratio", f"{numerator}/{denominator}", lambda: quotient)], by, where)

    def share(
        self, columns: Names, value: Any = None, *, by: Names = (), where: Where = None, interval: str = "logit"
    ) -> Estimates:
        """Shares of rows with a value, in [0, 1]; of every value that occurs where none is given; also `"COL=VALUE"`.

        `interval` : logit, beta, wilson, t or asin.
        """
        asked = []
        for name in _names(columns):
            column, wanted = (name, value) if name in self._table.names else pair_of(name, "=", self._table)
            asked += shares_of(self._table, column, wanted)
        return self._estimate(asked, by, where, interval=ShareInterval(interval))

    def quantile(self, columns: Names, p: float | None = None, *, by: Names = (), where: Where = None) -> Estimates:
        """Smallest values whose weighted distribution reaches p, with Woodruff intervals; also `"COL@P"`."""
        self._check_lonely()
        grouping = self._group(by, where)
        reduction = Reduction(self._sample, grouping.domains)
        rows = Estimates(())
        for name in _names(columns):
            column, share = (name, p) if p is not None else pair_of(name, "@", self._table)
            numbers = self._table.numbers(column)
            figures, limits = quantile_figures(reduction, numbers, share=position_of(share), level=self.level)
            asked = Asked("quantile", f"{column}@{label_of(share)}", mean_of(self._table, column))
            rows += assemble([asked], [figures], grouping, level=self.level, table=self._table, limits=limits)
        return rows

    def difference(
        self,
        column: str,
        *,
        by: Names | None = None,
        between: tuple[Any, Any] | None = None,
        within: Names = (),
        where: Where = None,
    ) -> Estimates:
        """Mean of a column among the rows where `by` is A, less that where it is B, `between` = (A, B).

        Also `"COL:BY:A-B"`. `within` : the same in every domain of these columns.
        """
        if between is None:
            column, over, a, b = contrast_of(self._table, column)
            within = _names(by or ()) or within
        else:
            over, (a, b) = _names(by or ())[0], (label_of(side) for side in between)
        self._check_lonely()
        grouping = self._group(within, where)
        request = mean_of(self._table, column)
        figures = difference_figures(self._sample, grouping.domains, request(), self._table.codes(over), (a, b))
        asked = Asked("difference", f"{column}:{over}:{a}-{b}", request)
        return assemble([asked], [figures], grouping, level=self.level, table=self._table)

    def independence(self, rows: str, columns: str) -> RaoScott:
        """Rao and Scott's tests of whether two columns of values are independent, with both corrections."""
        self._check_lonely()
        return independence(self._table, self._sample, rows, columns)

    def ranking(self, column: str, *, by: Names, where: Where = None) -> list[Ranked]:
        """Domains ranked by the mean of a column, each with the best and the worst rank that it may have."""
        self._check_lonely()
        request = mean_of(self._table, column)
        return ranking(self._sample, self._group(by, where), request(), level=self.level)

    # ------------------------------------------------------------ weights and replicates
    def rake(self, margins: Mapping[str | tuple[str, ...], Mapping[Any, float]]) -> "Survey":
        """Weights brought to known counts: `{"sex": {"M": 410, "F": 430}, …}`; one margin is post-stratification.

        A key of several columns, with keys of several values, is their cross.
        """
        return self._calibrated(known_totals.raked(self._table, self._sample.weight, margins))

    def calibrate(
        self,
        totals: Mapping[str | tuple[str, ...], float | Mapping[Any, float]],
        *,
        distance: str = "linear",
        bounds: tuple[float, float] | None = None,
    ) -> "Survey":
        """Weights brought to known totals of numbers and known counts of categories.

        `distance` : linear, raking, or logit with bounds. The name `count`, where no column has it, is the number of
        units.
        """
        chosen = Distance(distance)
        return self._calibrated(
            known_totals.calibrated(self._table, self._sample.weight, totals, distance=chosen, bounds=bounds)
        )

    def bootstrap(self, count: int = 500, *, seed: str) -> "Survey":
        """Standard errors from `count` Rao–Wu bootstrap replicates; the same seed gives the same."""
        number = int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:8])
        return self._replicated(lambda stage: Bootstrap(stage, count, number))

    def jackknife(self) -> "Survey":
        """Standard errors from replicates that leave out one cluster at a time: JKn, or JK1 without strata."""
        return self._replicated(Jackknife)

    def balanced(self, rho: float = 0.0) -> "Survey":
        """Balanced half-samples of a design with two clusters in every stratum; Fay's with ρ > 0."""
        if np.any(self._sample.stages[0].units != 2):
            raise stop("ESTIMATE_NOT_PAIRED", self._table.place)
        return self._replicated(lambda stage: BalancedHalves(stage, rho))

    # ------------------------------------------------------------ inside
    def _estimate(
        self, asked: Sequence[Asked], by: Names, where: Where, *, interval: ShareInterval = ShareInterval.LOGIT
    ) -> Estimates:
        self._check_lonely()
        grouping = self._group(by, where)
        reduction = Reduction(self._sample, grouping.domains)
        figures = figures_of(reduction, [one.request for one in asked])
        return assemble(asked, figures, grouping, level=self.level, table=self._table, interval=interval)

    def _group(self, by: Names, where: Where) -> Grouping:
        return group(self._table, _names(by), where)

    def _check_lonely(self) -> None:
        sample = self._sample
        if sample.lonely is not Lonely.FAIL or sample.replicates is not None:
            return
        if names := lonely_strata(self._table, self._columns, sample):
            place = self._table.place.at(column=self._columns.strata)
            raise stop("ESTIMATE_LONELY", place, found=", ".join(names[:20]), strata=len(names))

    def _with(self, sample: Sample, problems: Sequence[Problem] = ()) -> "Survey":
        other = object.__new__(Survey)
        other._table, other._columns, other.level = self._table, self._columns, self.level
        other._sample, other.problems = sample, (*self.problems, *problems)
        return other

    def _calibrated(self, found: known_totals.Reached) -> "Survey":
        calibrations = (*self._sample.calibrations, found.calibration)
        return self._with(replace(self._sample, weight=found.weight, calibrations=calibrations), found.problems)

    def _replicated(self, make: Any) -> "Survey":
        stage = self._sample.stages[0]
        sample = self._sample
        if len(sample.stages) > 1:
            # replicates are made of first-stage clusters: rows are read by those
            unit = sample.unit
            for later in sample.stages[:0:-1]:
                unit = later.group[unit]
            sample = replace(sample, unit=unit, stages=(stage,))
        replicates: Replicates = make(stage)
        return self._with(replace(sample, replicates=replicates, replicate_df=None))


def _names(names: Names | None) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def _with_given(
    table: Table,
    sample: Sample,
    names: Names,
    method: ReplicateMethod,
    *,
    rho: float,
    scale: float | Sequence[float] | None,
) -> Sample:
    """The sample with replicate weights from columns."""
    chosen = [name for name in table.names if name.startswith(names)] if isinstance(names, str) else list(names)
    if len(chosen) < 2:
        raise stop("ESTIMATE_REPLICATES", table.place, found=str(names))
    weights = np.column_stack([table.numbers(name).values for name in chosen])
    factors = usual_scale(method, len(chosen), rho=rho)
    if scale is not None:
        factors = np.broadcast_to(np.asarray(scale, dtype=np.float64), len(chosen))
    given = GivenWeights(weights, factors)
    return replace(sample, replicates=given, replicate_df=given.degrees_of_freedom())
