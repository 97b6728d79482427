"""Known totals as a person writes them, turned into what a calibration needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sipas_survey.problems import Checked, Problem, SurveyError, problem, stop
from sipas_survey.statistics.arrays import Floats, Ints
from sipas_survey.statistics.auxiliaries import Auxiliaries
from sipas_survey.statistics.calibration import Calibrated, calibrate, rake
from sipas_survey.statistics.choices import Distance
from sipas_survey.workflow.estimates.columns import Table, label_of
from sipas_survey.workflow.estimates.domains import crossed
from sipas_survey.workflow.estimates.sample import Calibration

Margin = str | tuple[str, ...]
Counts = Mapping[Any, float]
COUNT = "count"
"""The name of the number of units, where no column has it."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Weights (n,) after a step, the step itself, and warnings."""

    weight: Floats
    calibration: Calibration
    problems: tuple[Problem, ...]


def raked(table: Table, weight: Floats, margins: Mapping[Margin, Counts]) -> Reached:
    """Weights raked to the margins. Raises SurveyError where margins do not match the categories, or never agree."""
    codes, totals, names = margins_of(table, margins)
    variables = Auxiliaries(codes, tuple(len(part) for part in totals), np.zeros((len(table), 0)))
    return _reached(
        variables, weight, lambda before: rake(before, variables, totals=np.concatenate(totals), names=names)
    )


def calibrated(
    table: Table,
    weight: Floats,
    totals: Mapping[Margin, float | Counts],
    *,
    distance: Distance,
    bounds: tuple[float, float] | None,
) -> Reached:
    """Weights calibrated to totals of numbers and counts of categories together.

    Raises SurveyError where margins do not match the categories, or the totals cannot be reached.
    """
    counts = {margin: known for margin, known in totals.items() if isinstance(known, Mapping)}
    codes, known, names = margins_of(table, counts)
    numbers = [(str(name), float(total)) for name, total in totals.items() if not isinstance(total, Mapping)]
    columns = [_column(table, name) for name, _ in numbers]
    numeric = np.column_stack(columns) if columns else np.zeros((len(table), 0))
    variables = Auxiliaries(codes, tuple(len(part) for part in known), numeric)
    wanted = np.concatenate([*known, np.array([total for _, total in numbers])])
    names = (*names, *(name for name, _ in numbers))
    return _reached(
        variables,
        weight,
        lambda before: calibrate(before, variables, totals=wanted, names=names, distance=distance, bounds=bounds),
    )


def _reached(variables: Auxiliaries, before: Floats, step: Callable[[Floats], Checked[Calibrated]]) -> Reached:
    found = step(before)

    def again(weight: Floats) -> Floats:
        try:
            return step(weight).or_raise().weight
        except SurveyError:
            return np.full(len(weight), np.nan)

    return Reached(found.or_raise().weight, Calibration(variables, before, again), found.warnings)


def margins_of(
    table: Table, margins: Mapping[Margin, Counts]
) -> tuple[tuple[Ints, ...], list[Floats], tuple[str, ...]]:
    """Codes (n,) and known counts of the categories of each margin, and the names of all categories.

    Raises SurveyError: ESTIMATE_COLUMN_UNKNOWN, ESTIMATE_DESIGN_BLANK, ESTIMATE_MARGIN_MISSING.
    """
    codes, totals, names = [], [], []
    for margin, known in margins.items():
        columns = (margin,) if isinstance(margin, str) else tuple(margin)
        code, values = crossed(table, columns)
        labels = [tuple(value[column] for column in columns) for value in values]
        wanted = {_key(key, len(columns)): float(count) for key, count in known.items()}
        _check_categories(table, columns, code, labels=labels, known=wanted)
        order = [*labels, *(key for key in wanted if key not in set(labels))]
        codes.append(code)
        totals.append(np.array([wanted[key] for key in order]))
        names += ["×".join(columns) + "=" + "×".join(key) for key in order]
    return tuple(codes), totals, tuple(names)


def _check_categories(
    table: Table, columns: Sequence[str], code: Ints, *, labels: Sequence[tuple[str, ...]], known: Mapping[Any, float]
) -> None:
    """Raise SurveyError for rows without a category, and for categories of the data that have no known count."""
    place = table.place.at(column=columns[0])
    if (blank := np.flatnonzero(code < 0)).size:
        raise stop("ESTIMATE_DESIGN_BLANK", table.at(int(blank[0]), columns[0]))
    missing = [label for label in labels if label not in known]
    if missing:
        raise SurveyError([problem("ESTIMATE_MARGIN_MISSING", place, found="×".join(label)) for label in missing[:20]])


def _key(key: Any, width: int) -> tuple[str, ...]:
    parts = key if isinstance(key, tuple) and width > 1 else (key,)
    return tuple(label_of(part) for part in parts)


def _column(table: Table, name: str) -> Floats:
    if name == COUNT and COUNT not in table.names:
        return np.ones(len(table))
    numbers = table.numbers(name)
    if numbers.known is not None:
        raise stop("ESTIMATE_DESIGN_BLANK", table.at(int(np.argmin(numbers.known)), name))
    return numbers.values
