"""Estimates by loops, straight from the definitions: nothing is shared with the package."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """An estimate, its standard error and its degrees of freedom."""

    value: float
    se: float
    df: int


def estimate(
    rows: Sequence[Row],
    top: Callable[[Row], float],
    below: Callable[[Row], float] | None = None,
    *,
    inside: Callable[[Row], bool] = lambda _: True,
    stages: Sequence[tuple[str, str | None]] = (("cluster", None),),
) -> Answer:
    """Σ w·top, or Σ w·top / Σ w·below, over the rows inside; `stages`: column of the unit, column of its count."""
    used = [row for row in rows if inside(row) and row["w"] > 0]
    size = sum(row["w"] * below(row) for row in used) if below else 1.0
    value = sum(row["w"] * top(row) for row in used) / size
    score = {
        id(row): row["w"] * (top(row) - (value * below(row) if below else 0.0)) / size if inside(row) else 0.0
        for row in rows
    }
    variance = _variance(rows, score, ("stratum",), stages)
    strata = {row["stratum"] for row in used}
    clusters = {(row["stratum"], row[stages[0][0]]) for row in used}
    return Answer(value, math.sqrt(variance), len(clusters) - len(strata))


def _variance(
    rows: Sequence[Row], score: dict[int, float], above: tuple[str, ...], stages: Sequence[tuple[str, str | None]]
) -> float:
    """Σ over groups of (1 − f) n/(n−1) Σ (z − z̄)², then f times the same one stage down."""
    unit, count = stages[0]
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in above)].append(row)
    found = 0.0
    for group in groups.values():
        units: dict[Any, list[Row]] = defaultdict(list)
        for row in group:
            units[row[unit]].append(row)
        n = len(units)
        f = n / group[0][count] if count else 0.0
        totals = [sum(score[id(row)] for row in members) for members in units.values()]
        mean = sum(totals) / n
        if n > 1:
            found += (1 - f) * n / (n - 1) * sum((z - mean) ** 2 for z in totals)
        if len(stages) > 1:
            found += f * _variance(group, score, (*above, unit), stages[1:])
    return found
