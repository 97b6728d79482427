"""How the rows of a table came about, checked once: weights, stages, replicates, calibrations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sipas_survey.problems import Problem, SurveyError, problem, stop
from sipas_survey.statistics.arrays import Floats, Ints, Mask
from sipas_survey.statistics.auxiliaries import Auxiliaries
from sipas_survey.statistics.choices import Lonely
from sipas_survey.statistics.replication import Replicates
from sipas_survey.statistics.totals import Cells, nested
from sipas_survey.statistics.variance import Stage
from sipas_survey.workflow.estimates.columns import Codes, Table

SHOWN = 20
"""Problems of one kind that are listed one by one."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A step that brought weights to known totals: its variables, the weights before it, and the
    function that does the same to other weights: NaN where it cannot."""

    variables: Auxiliaries
    before: Floats
    again: Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Sample:
    """The design of n rows.

    Attributes
    ----------
    weight : (n,) final weights.
    unit : (n,) last-stage sampling unit of each row; None where rows are the units.
    stages : first to last.
    lonely : what a stratum with one cluster adds to the variance.
    calibrations : in the order they were made.
    replicates : the variance over replicates instead of the linearised one; `given` where they are complete weights.
    replicate_df : degrees of freedom of given replicates; None where the design tells them.
    """

    weight: Floats
    unit: Ints | None
    stages: tuple[Stage, ...]
    lonely: Lonely
    calibrations: tuple[Calibration, ...] = ()
    replicates: Replicates | None = None
    replicate_df: int | None = None

    def cells(self, domain: Ints | None = None, domains: int = 1) -> Cells:
        """Where the rows fall."""
        if self.unit is None:
            return Cells.of_elements(len(self.weight), domain=domain, domains=domains)
        return Cells.of(self.unit, units=len(self.stages[-1].group), domain=domain, domains=domains)


@dataclass(frozen=True, slots=True)
class DesignColumns:
    """The columns that tell the design; None or empty where there is none. One fpc for each stage of clusters."""

    strata: str | None = None
    clusters: tuple[str, ...] = ()
    weights: str | None = None
    fpc: tuple[str, ...] = ()
    probability: str | None = None


def sample_of(table: Table, columns: DesignColumns, *, lonely: Lonely) -> tuple[Sample, tuple[Problem, ...]]:
    """The design of a table's rows, and the warnings.

    Raises SurveyError: ESTIMATE_NO_ROWS, ESTIMATE_DESIGN_BLANK, ESTIMATE_WEIGHT, ESTIMATE_WEIGHTS_ALL_ZERO,
    ESTIMATE_WEIGHT_MISSING, ESTIMATE_PROBABILITY, ESTIMATE_FPC_VARIES, ESTIMATE_FPC_SMALL, ESTIMATE_FPC_STAGES,
    ESTIMATE_ONE_CLUSTER.
    """
    if not len(table):
        raise stop("ESTIMATE_NO_ROWS", table.place)
    if columns.probability is not None and (columns.fpc or columns.clusters):
        raise stop("ESTIMATE_PROBABILITY_OF_UNITS", table.place.at(column=columns.probability))
    if len(columns.fpc) > max(len(columns.clusters), 1):
        raise stop("ESTIMATE_FPC_STAGES", table.place, found=", ".join(columns.fpc))
    stratum, strata = _strata(table, columns.strata)
    unit, stages = _stages(table, columns, stratum, strata)
    weight = _weights(table, columns, unit, stages)
    sample = Sample(weight, unit, stages, lonely)
    if len(stages[0].group) == 1 and len(stages[0].lonely()):
        raise stop("ESTIMATE_ONE_CLUSTER", table.place.at(column=columns.clusters[0] if columns.clusters else None))
    zero = int(np.count_nonzero(weight == 0))
    told = (problem("ESTIMATE_WEIGHT_ZERO", table.place.at(column=columns.weights), found=str(zero)),) if zero else ()
    return sample, told


def lonely_strata(table: Table, columns: DesignColumns, sample: Sample) -> tuple[str, ...]:
    """Names of the first-stage strata with one cluster that was not taken whole."""
    alone = sample.stages[0].lonely()
    labels = table.codes(columns.strata).labels if columns.strata else ("",)
    return tuple(labels[h] for h in alone.tolist())


def _strata(table: Table, column: str | None) -> tuple[Ints, int]:
    if column is None:
        return np.zeros(len(table), dtype=np.int64), 1
    codes = _complete(table, column)
    return codes.code, len(codes.labels)


def _complete(table: Table, column: str) -> Codes:
    """The codes of a column of the design, where no value may be missing."""
    codes = table.codes(column)
    if (blank := np.flatnonzero(codes.code < 0)).size:
        raise SurveyError([problem("ESTIMATE_DESIGN_BLANK", table.at(i, column)) for i in blank[:SHOWN].tolist()])
    return codes


def _stages(table: Table, columns: DesignColumns, stratum: Ints, strata: int) -> tuple[Ints | None, tuple[Stage, ...]]:
    """The units of the last stage whose fraction is known, and the stages down to it; at least the first."""
    if not columns.clusters:
        probability = None if columns.probability is None else _probabilities(table, columns.probability)
        fraction = _fractions(table, columns.fpc[0], stratum, stratum, strata) if columns.fpc else np.zeros(strata)
        return None, (Stage(stratum, fraction, probability),)
    above, groups, stages = stratum, strata, []
    for j, column in enumerate(columns.clusters[: max(1, len(columns.fpc))]):
        unit, parent = nested(above, _complete(table, column).code)
        fraction = _fractions(table, columns.fpc[j], above, parent, groups) if columns.fpc else np.zeros(groups)
        stages.append(Stage(parent, fraction))
        above, groups = unit, len(parent)
    return above, tuple(stages)


def _fractions(table: Table, column: str, group: Ints, parent: Ints, groups: int) -> Floats:
    """(groups,) share drawn, from population counts or fractions that must be the same in all rows of a group.

    `group` (n,) is the group of each row, `parent` that of each sampling unit.
    """
    numbers = table.numbers(column)
    if numbers.known is not None:
        raise stop("ESTIMATE_DESIGN_BLANK", table.at(int(np.argmin(numbers.known)), column))
    size = np.zeros(groups)
    size[group] = numbers.values
    if (varies := np.flatnonzero(size[group] != numbers.values)).size:
        i = int(varies[0])
        raise stop("ESTIMATE_FPC_VARIES", table.at(i, column), found=numbers.text(i), other=f"{size[group[i]]:.12g}")
    drawn = np.bincount(parent, minlength=groups)
    if numbers.values.min() >= 0 and numbers.values.max() <= 1:
        # All at most 1: fractions; but groups of one unit taken whole may mean counts of 1, which is the same. A
        # fraction of 0 stands for a draw with replacement.
        return size
    if (small := np.flatnonzero(size < drawn)).size:
        i = int(np.argmax(group == small[0]))
        found, units = numbers.text(i), int(drawn[small[0]])
        raise stop("ESTIMATE_FPC_SMALL", table.at(i, column), found=found, drawn=units)
    return drawn / size


def _probabilities(table: Table, column: str) -> Floats:
    numbers = table.numbers(column)
    wrong = _bad(numbers.known, (numbers.values > 0) & (numbers.values <= 1))
    if wrong.size:
        raise SurveyError(
            [
                problem("ESTIMATE_PROBABILITY", table.at(i, column), found=numbers.text(i))
                for i in wrong[:SHOWN].tolist()
            ]
        )
    return numbers.values


def _weights(table: Table, columns: DesignColumns, unit: Ints | None, stages: Sequence[Stage]) -> Floats:
    """Weights as given; else the inverse of the probabilities or of the fractions of all stages; else 1."""
    if columns.weights is None:
        if stages[0].probability is not None:
            return np.asarray(1 / stages[0].probability)
        if not columns.fpc:
            return np.ones(len(table))
        share = np.ones(len(stages[0].fraction))
        for stage in stages:
            share = (share * stage.fraction)[stage.group]
        if not share.all():
            raise stop("ESTIMATE_WEIGHT_MISSING", table.place, found=", ".join(columns.fpc))
        return 1 / share if unit is None else (1 / share)[unit]
    numbers = table.numbers(columns.weights)
    wrong = _bad(numbers.known, np.isfinite(numbers.values) & (numbers.values >= 0))
    if wrong.size:
        raise SurveyError(
            [
                problem("ESTIMATE_WEIGHT", table.at(i, columns.weights), found=numbers.text(i))
                for i in wrong[:SHOWN].tolist()
            ]
        )
    if not numbers.values.any():
        raise stop("ESTIMATE_WEIGHTS_ALL_ZERO", table.place.at(column=columns.weights))
    return numbers.values


def _bad(known: Mask | None, good: Mask) -> Ints:
    return np.flatnonzero(~good if known is None else ~(good & known))
