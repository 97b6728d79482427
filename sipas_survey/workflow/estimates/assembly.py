"""From figures to rows: intervals, design effects, coefficients of variation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sipas_survey.problems import problem
from sipas_survey.statistics.arrays import Floats
from sipas_survey.statistics.choices import ShareInterval
from sipas_survey.statistics.intervals import share_interval, t_interval
from sipas_survey.workflow.estimates.columns import Table
from sipas_survey.workflow.estimates.domains import Grouping
from sipas_survey.workflow.estimates.quotients import Figures, Request
from sipas_survey.workflow.estimates.results import Estimate, Estimates


@dataclass(frozen=True, slots=True)
class Asked:
    """One estimate that was asked for in every domain."""

    what: str
    of: str
    request: Request
    level: str | None = None


def assemble(
    asked: Sequence[Asked],
    figures: Sequence[Figures],
    grouping: Grouping,
    *,
    level: float,
    table: Table,
    interval: ShareInterval = ShareInterval.LOGIT,
    limits: tuple[Floats, Floats] | None = None,
) -> Estimates:
    """Rows in order: what was asked for, within each the domains. `limits` take the place of an interval from se."""
    rows: list[Estimate] = []
    empty: dict[str, int] = {}
    for one, found in zip(asked, figures, strict=True):
        se = np.sqrt(found.variance)
        if limits is not None:
            lower, upper = limits
        elif one.what == "share":
            lower, upper = share_interval(found.value, se, found.df, n=found.n, level=level, method=interval)
        else:
            lower, upper = t_interval(found.value, se, found.df, level=level)
        rows += _rows(one, grouping, found, (se, lower, upper, found.deff))
        if missing := int(np.count_nonzero(found.n == 0)):
            empty[one.of] = missing
    problems = [problem("ESTIMATE_NO_ANSWER", table.place.at(column=of), found=str(n)) for of, n in empty.items()]
    return Estimates(rows, problems)


def _rows(one: Asked, grouping: Grouping, found: Figures, columns: tuple[Floats, ...]) -> list[Estimate]:
    with np.errstate(divide="ignore", invalid="ignore"):
        cv = np.where(found.value != 0, columns[0] / np.abs(found.value), np.nan)
    lists = [_plain(column) for column in (found.value, *columns, cv)]
    return [
        Estimate(one.what, one.of, one.level, by, value, se, df, lower, upper, cv_, deff, n)
        for by, value, se, lower, upper, deff, cv_, df, n in zip(
            grouping.names, *lists, found.df.tolist(), found.n.tolist(), strict=True
        )
    ]


def _plain(column: Floats) -> list[float | None]:
    return [None if x != x or x in (np.inf, -np.inf) else x for x in column.tolist()]
