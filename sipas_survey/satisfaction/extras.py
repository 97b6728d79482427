"""Two more ways to say how content people are: the mean point of the scale, and satisfied less dissatisfied answers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sipas_survey.satisfaction.figures import degrees_of_moments, spread_of
from sipas_survey.satisfaction.moments import Measure, Reduced
from sipas_survey.satisfaction.rollup import Aggregation, rollup
from sipas_survey.statistics.intervals import t_interval

EXTRAS = (Measure.MEAN, Measure.NET)


@dataclass(frozen=True, slots=True)
class Extra:
    """A figure with its standard error and t interval; None where they cannot be estimated."""

    value: float | None
    se: float | None
    lower: float | None
    upper: float | None


def extras(reduced: Reduced, *, aggregation: Aggregation, level: float = 0.95) -> tuple[Mapping[Measure, Extra], ...]:
    """The mean point and the net score of every row, in the order of the estimates.

    `reduced` must hold the moments of both measures. They are rolled up like the shares, blanks left out.
    """
    plan = rollup(reduced.questionnaire, reduced.criteria, aggregation=aggregation)
    found: dict[Measure, list[Extra]] = {measure: [] for measure in EXTRAS}
    for measure, rows in found.items():
        for _, block in reduced.blocks(measure):
            value, spread = spread_of(block, reduced.fraction, reduced.clusters, plan=plan)
            se = np.where(np.isnan(value), np.nan, np.sqrt(np.diag(spread)))
            lower, upper = t_interval(value, se, degrees_of_moments(block), level=level)
            columns = (value, se, lower, upper)
            rows += [Extra(*(_known(column[i]) for column in columns)) for i in range(len(value))]
    return tuple({m: found[m][i] for m in EXTRAS} for i in range(len(found[EXTRAS[0]])))


def _known(x: float) -> float | None:
    return None if np.isnan(x) else float(x)
