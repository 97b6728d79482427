"""A province's own PAPI from respondent data: every score with its interval, and what that does to its group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sipas_survey.exchange.datasets import read_dataset
from sipas_survey.exchange.tables import open_table
from sipas_survey.problems import Place, SurveyError, problem, stop
from sipas_survey.satisfaction.papi_index import TOTAL, Group, group_of, structure
from sipas_survey.statistics.arrays import Floats
from sipas_survey.workflow.estimates.survey import Survey
from sipas_survey.workflow.papi import bounds_of

SCALE_COLUMNS = ("year", "sub_dimension", "indicator", "worst", "best")


@dataclass(frozen=True)
class Scale:
    """An indicator of a sub-dimension: a column of the respondents, and the values that are worst and best.

    Where less is better, `best` is below `worst`.
    """

    sub_dimension: str
    indicator: str
    worst: float
    best: float


@dataclass(frozen=True)
class SampleDesign:
    """How the respondents were drawn: columns of their file."""

    strata: str | None = None
    clusters: Sequence[str] = ()
    weights: str | None = None
    fpc: Sequence[str] = ()


@dataclass(frozen=True)
class Estimated:
    """A sub-dimension, dimension or the total of the province, with its interval and the groups that it reaches."""

    of: str
    score: float
    se: float | None
    df: float | None
    lower: float | None
    upper: float | None
    group: Group | None = None
    groups: tuple[Group, ...] = ()
    indicators: int = field(default=0)


def read_scale(file: Path, year: int) -> tuple[Scale, ...]:
    """The indicators of a year. Raises SurveyError PAPI_SCALE_COLUMN_MISSING, PAPI_SCALE_WRONG, PAPI_SCALE_EMPTY."""
    source = open_table(file)
    table = source.frame().or_raise()
    lacking = [name for name in SCALE_COLUMNS if name not in table.columns]
    if lacking:
        raise SurveyError(problem("PAPI_SCALE_COLUMN_MISSING", source.place, found=name) for name in lacking)
    wrong, found = [], []
    known = structure().sub_dimensions
    for number, row in zip(table.index.tolist(), table.to_dict("records"), strict=True):
        if str(row["year"]) != str(year):
            continue
        worst, best = _number(row["worst"]), _number(row["best"])
        if row["sub_dimension"] not in known or worst is None or best is None or worst == best:
            place = Place(file=file.name, row=int(number))
            wrong.append(problem("PAPI_SCALE_WRONG", place, found=f"{row['sub_dimension']} {row['indicator']}"))
        else:
            found.append(Scale(str(row["sub_dimension"]), str(row["indicator"]), worst, best))
    if wrong:
        raise SurveyError(wrong)
    if not found:
        raise stop("PAPI_SCALE_EMPTY", Place(file=file.name), found=str(year))
    return tuple(found)


def _number(text: object) -> float | None:
    try:
        return float(str(text).replace(",", "."))
    except ValueError:
        return None


def provincial(
    data: pd.DataFrame | Path, scale: Sequence[Scale], *, design: SampleDesign, official: Sequence[Path] = (),
    year: int | None = None, level: float = 0.95,
) -> tuple[Estimated, ...]:  # fmt: skip
    """Every sub-dimension, dimension and the total (where all eight are asked) from respondents.

    An indicator is the weighted mean of its column, brought to [0, 1]; a score is linear in those means, so its error
    is that of the total of its linearised scores, with the strata and clusters of the design. With `official` tables
    of a `year` the groups come along, in which score and interval lie; the other provinces count as known.

    Source: METHOD, PAPI arithmetic; Särndal, Swensson & Wretman (1992), ch. 5.6.
    """
    table = read_dataset(data).data if isinstance(data, Path) else data
    members = structure().members
    asked = {d: [c for c in codes if any(s.sub_dimension == c for s in scale)] for d, codes in members.items()}
    asked = {dimension: codes for dimension, codes in asked.items() if codes}
    weight = _survey(table, design).weights
    values, scores = _indicators(table, scale, weight)
    found: dict[str, tuple[float, Floats, int]] = {}
    for dimension, codes in asked.items():
        for code in codes:
            own = [i for i, each in enumerate(scale) if each.sub_dimension == code]
            share = 9 / len(codes)
            value = 1 / len(codes) + share * float(values[own].mean())
            found[code] = (value, share * scores[:, own].mean(axis=1), len(own))
        found[dimension] = _sum([found[code] for code in codes])
    if len(asked) == len(members):
        found[TOTAL] = _sum([found[dimension] for dimension in asked])
    bounds = bounds_of(official, year) if official and year else {}
    possible = {code: 1 / len(codes) for codes in asked.values() for code in codes}
    possible |= dict.fromkeys(asked, 1.0) | {TOTAL: float(len(members))}
    return _with_errors(table, found, design, bounds=bounds, least=possible, level=level)


def _sum(parts: Sequence[tuple[float, Floats, int]]) -> tuple[float, Floats, int]:
    return sum(p[0] for p in parts), np.sum([p[1] for p in parts], axis=0), sum(p[2] for p in parts)


def _survey(table: pd.DataFrame, design: SampleDesign, *, level: float = 0.95) -> Survey:
    """The respondents with their design."""
    return Survey(
        table, strata=design.strata, clusters=list(design.clusters) or None, weights=design.weights,
        fpc=list(design.fpc) or None, level=level,
    )  # fmt: skip


def _indicators(table: pd.DataFrame, scale: Sequence[Scale], weight: Floats) -> tuple[Floats, Floats]:
    """(J,) weighted means of the indicators in [0, 1], and (n, J) their scores, free of weights."""
    lacking = sorted({each.indicator for each in scale} - set(map(str, table.columns)))
    if lacking:
        raise SurveyError(problem("PAPI_INDICATOR_MISSING", found=name) for name in lacking)
    values, scores = np.empty(len(scale)), np.zeros((len(table), len(scale)))
    for j, each in enumerate(scale):
        x = pd.to_numeric(table[each.indicator], errors="coerce").to_numpy(dtype=np.float64)
        x = np.clip((x - each.worst) / (each.best - each.worst), 0, 1)
        known = ~np.isnan(x)
        whole = weight[known].sum()
        if not whole:
            raise stop("PAPI_INDICATOR_EMPTY", found=each.indicator)
        values[j] = (weight[known] * x[known]).sum() / whole
        scores[known, j] = (x[known] - values[j]) / whole
    return values, scores


def _with_errors(
    table: pd.DataFrame, found: Mapping[str, tuple[float, Floats, int]], design: SampleDesign, *,
    bounds: Mapping[str, Sequence[float]], least: Mapping[str, float], level: float,
) -> tuple[Estimated, ...]:  # fmt: skip
    """The errors of scores are those of totals of their linearised scores.

    An interval ends where a score can: between the `least` and ten times that.
    """
    names = {of: f"score {of}" for of in found}
    columns = {names[of]: scores for of, (_, scores, _) in found.items()}
    survey = _survey(table.assign(**columns), design, level=level)
    rows = []
    for (of, (value, _, indicators)), estimate in zip(found.items(), survey.total(list(names.values())), strict=True):
        half = None if estimate.lower is None or estimate.upper is None else (estimate.upper - estimate.lower) / 2
        lower, upper = (
            (None, None) if half is None else (max(value - half, least[of]), min(value + half, 10 * least[of]))
        )
        limits = bounds.get(of)
        ends = [value if lower is None else lower, value if upper is None else upper]
        reached = () if limits is None else tuple(g for g in Group if _between(g, [group_of(e, limits) for e in ends]))
        group = None if limits is None else group_of(value, limits)
        rows.append(Estimated(of, value, estimate.se, estimate.df, lower, upper, group, reached, indicators))
    return tuple(rows)


def _between(group: Group, ends: Sequence[Group]) -> bool:
    order = list(Group)  # the highest first
    first, last = sorted(order.index(end) for end in ends)
    return first <= order.index(group) <= last


def record_of_estimated(rows: Sequence[Estimated]) -> list[dict[str, Any]]:
    """The estimates as plain values."""
    return [
        {
            "dimension": row.of,
            "score": row.score,
            "se": row.se,
            "df": row.df,
            "lower": row.lower,
            "upper": row.upper,
            "indicators": row.indicators,
            "group": str(row.group) if row.group else None,
            "groups": [str(group) for group in row.groups],
        }
        for row in rows
    ]
