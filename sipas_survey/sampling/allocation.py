"""How a total is divided among the strata of a frame."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy.special import ndtri

from sipas_survey.places import Units
from sipas_survey.problems import Checked, Place, Problem, problem, stop
from sipas_survey.sampling.quotas import stratum_code
from sipas_survey.statistics.allocation import (
    apportion,
    neyman_measure,
    power_measure,
    sample_of_total,
    smallest_sample,
)
from sipas_survey.statistics.arrays import Floats

POWER = Fraction(1, 2)
TOTAL = "total"
WORST = 0.5
"""The share that is expected where nothing is said: the one that needs most answers."""


class Allocation(StrEnum):
    """How the total is divided."""

    EQUAL = "equal"
    PROPORTIONAL = "proportional"
    POWER = "power"
    NEYMAN = "neyman"
    BETHEL = "bethel"


@dataclass(frozen=True, slots=True)
class Target:
    """What is wanted of a stratum, or of all together (`total`): a margin at 95 %, and the share that is expected.

    `margin` is None where only the expected share is given, for Neyman's allocation.
    """

    stratum: str
    margin: float | None
    expected: float = WORST


def allocate(
    allocation: Allocation, population: Mapping[str, int], *, total: int | None, targets: Sequence[Target] = (),
    minimum: int = 0, maximum: int | None = None,
) -> Checked[dict[str, int]]:  # fmt: skip
    """Sizes by stratum that add up to the total exactly, within the bounds and never above a stratum's units.

    Parameters
    ----------
    population : units by stratum; those without a unit get nothing.
    total : the number of names; None with BETHEL: the smallest sample that meets every target.
    minimum, maximum : of each stratum.

    Rounding is by largest remainder, ties to the larger stratum, then to the first code; without a total upwards.
    Problems: DESIGN_TOTAL_SHORT where the frame or the maximum cannot give the total, or the minimum needs more.
    Raises SurveyError DESIGN_TARGETS_MISSING.

    Source: METHOD: sizes; Bankier (1988); Neyman (1934); Bethel (1989); Chromy (1987).
    """
    names = sorted(name for name, size in population.items() if size)
    sizes = [population[name] for name in names]
    lower = [min(minimum, size) for size in sizes]
    upper = [min(size, max(minimum, maximum) if maximum is not None else size) for size in sizes]
    if allocation is Allocation.BETHEL:
        real = _bethel(names, sizes, targets, total=total, lower=lower, upper=upper)
        if total is None:
            whole = [min(math.ceil(n - 1e-9), high) for n, high in zip(real, upper, strict=True)]
            return Checked(dict(zip(names, whole, strict=True)))
        measure = [Fraction(round(n * 10**9), 10**9) for n in real]
    else:
        measure = _measure(allocation, names, sizes, targets)
    wanted = total or 0
    found = apportion(measure, wanted, population=sizes, lower=lower, upper=upper)
    told: tuple[Problem, ...] = ()
    if sum(found) != wanted:
        told = (problem("DESIGN_TOTAL_SHORT", found=str(wanted), given=sum(found)),)
    return Checked(dict(zip(names, found, strict=True)), told)


def _measure(
    allocation: Allocation, names: Sequence[str], sizes: Sequence[int], targets: Sequence[Target]
) -> list[Fraction]:
    if allocation is Allocation.NEYMAN:
        expected = {target.stratum: target.expected for target in targets}
        return neyman_measure(sizes, [math.sqrt(p * (1 - p)) for p in (expected.get(n, WORST) for n in names)])
    exponent = {Allocation.EQUAL: Fraction(0), Allocation.POWER: POWER}.get(allocation, Fraction(1))
    return power_measure(sizes, exponent)


def _bethel(
    names: Sequence[str], sizes: Sequence[int], targets: Sequence[Target], *, total: int | None,
    lower: Sequence[int], upper: Sequence[int],
) -> Floats:  # fmt: skip
    """(H,) real sizes for the targets that have a margin."""
    wanted = [target for target in targets if target.margin is not None]
    if not wanted:
        raise stop("DESIGN_TARGETS_MISSING")
    N = np.array(sizes, dtype=np.float64)
    expected = {target.stratum: target.expected for target in targets}
    shares = np.array([expected.get(name, expected.get(TOTAL, WORST)) for name in names])
    squares = shares * (1 - shares) * N / np.maximum(N - 1, 1)
    z = float(ndtri(0.975))
    parts = np.array([_part(target.stratum, names, N) ** 2 * squares for target in wanted])
    bounds = np.array([(float(target.margin or 0) / z) ** 2 for target in wanted])
    low, high = np.maximum(np.array(lower, dtype=np.float64), 1.0), np.array(upper, dtype=np.float64)
    options = {"population": N, "lower": np.minimum(low, high), "upper": high}
    if total is None:
        return smallest_sample(parts, bounds, **options)
    return sample_of_total(parts, bounds, total, **options)


def _part(stratum: str, names: Sequence[str], population: Floats) -> Floats:
    """(H,) what each stratum weighs in a target."""
    if stratum == TOTAL:
        return np.asarray(population / population.sum())
    return np.array([float(name == stratum) for name in names], dtype=np.float64)


def read_targets(table: pd.DataFrame, units: Units, *, place: Place) -> Checked[tuple[Target, ...]]:
    """Targets from a table with `stratum` (or `district_code`), `margin` and, where known, `expected`; text cells.

    Margins and shares may be written as 0.05, 0,05 or 5%; `total` stands for all strata together.
    """
    key = next((name for name in ("stratum", "district_code", "commune_code") if name in table.columns), None)
    if key is None or not {"margin", "expected"} & set(table.columns):
        missing = "margin" if key else "stratum"
        return Checked((), (problem("DESIGN_COLUMN_MISSING", place.at(row=1), found=missing),))
    found: dict[str, Target] = {}
    problems: list[Problem] = []
    for row, cells in zip(table.index.tolist(), table.to_dict("records"), strict=True):
        here = place.at(row=int(row), column=key)
        name = TOTAL if cells[key].casefold() == TOTAL else stratum_code(cells[key], units)
        margin, expected = (_share(cells.get(column, "")) for column in ("margin", "expected"))
        if name is None:
            problems.append(problem("DESIGN_UNKNOWN_STRATUM", here, found=cells[key]))
        elif name in found:
            problems.append(problem("DESIGN_STRATUM_TWICE", here, found=cells[key]))
        elif "wrong" in (margin, expected):
            problems.append(problem("DESIGN_TARGET", here, found=str(cells.get("margin") or cells.get("expected"))))
        else:
            found[name] = Target(
                name,
                margin if isinstance(margin, float) else None,
                expected if isinstance(expected, float) else WORST,
            )
    return Checked(tuple(found.values()), tuple(problems))


def _share(text: str) -> float | str | None:
    """A share in (0, 1); None for a blank cell, `wrong` for anything else."""
    if not text:
        return None
    try:
        value = float(text.rstrip("%").replace(",", ".")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return "wrong"
    return value if 0 < value < 1 else "wrong"
