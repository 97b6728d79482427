"""Weights brought to known totals: raking, calibration, response classes, trimming.

Every step conserves what it says it conserves; `steps` writes it down, and what cannot be reached is a problem.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from sipas_survey.problems import Checked, Problem, problem
from sipas_survey.statistics.arrays import Floats, total_by
from sipas_survey.statistics.auxiliaries import Auxiliaries, solve
from sipas_survey.statistics.choices import Distance

AGREES = 1e-10
"""A total is reached when it differs by no more than this share of it, or of what the weights before it make."""
SUMS_AGREE = 1e-9
"""Margins of one population add up to the same number within this share."""
HALVINGS = 30


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Weights (n,) after a step, and the rounds it took."""

    weight: Floats
    rounds: int


class Step(NamedTuple):
    """A row of the weight ledger: one category or number of one step.

    `rows` with a weight before; weighted totals before and after; smallest and largest factor of those rows.
    """

    name: str
    rows: int
    before: float
    after: float
    smallest: float
    largest: float


def steps(before: Floats, after: Floats, variables: Auxiliaries, *, names: Sequence[str]) -> tuple[Step, ...]:
    """The weight ledger of a step, from the weights (n,) before and after it; `names` of the q variables."""
    used = np.flatnonzero(before > 0)
    factor = after[used] / before[used]
    totals = zip(variables.totals(before).tolist(), variables.totals(after).tolist(), strict=True)
    columns: list[Floats] = []
    for code, size in zip(variables.codes, variables.sizes, strict=True):
        inside = code[used]
        low, high = np.full(size, np.inf), np.full(size, -np.inf)
        np.minimum.at(low, inside, factor)
        np.maximum.at(high, inside, factor)
        rows = np.bincount(inside, minlength=size)
        columns.append(np.column_stack([rows, np.where(rows > 0, low, 1.0), np.where(rows > 0, high, 1.0)]))
    extremes = (factor.min(), factor.max()) if len(used) else (1.0, 1.0)
    columns.append(np.tile([float(len(used)), *extremes], (variables.numeric.shape[1], 1)))
    found = np.concatenate(columns).tolist()
    return tuple(
        Step(name, int(rows), one, other, low, high)
        for name, (one, other), (rows, low, high) in zip(names, totals, found, strict=True)
    )


def rake(
    weight: Floats, variables: Auxiliaries, *, totals: Floats, names: Sequence[str], rounds: int = 1000
) -> Checked[Calibrated]:
    """Multiply weights until every category has its total: iterative proportional fitting on the cells of the sample.

    Parameters
    ----------
    weight : (n,) weights, not negative.
    variables : categories only.
    totals : (q,) known counts of the categories, not negative; those of each set add up to the same number.
    names : of the q categories, for messages.
    rounds : at most. One set of categories (post-stratification) takes one.

    Problems: CALIBRATION_TOTAL, CALIBRATION_MARGINS_DISAGREE, CALIBRATION_CATEGORY_EMPTY, CALIBRATION_NOT_REACHED.
    Source: Deming & Stephan (1940); Ireland & Kullback (1968), Biometrika 55.
    """
    if wrong := _wrong_totals(weight, variables, totals, names):
        return Checked(Calibrated(weight, 0), wrong)
    cell, categories = variables.cells()
    start = total_by(cell, weight, size=len(categories.numeric))
    factor = np.ones(len(start))
    for done in range(1, rounds + 1):
        for code, part in zip(categories.codes, categories.sets, strict=True):
            now = total_by(code, start * factor, size=part.stop - part.start)
            factor *= (totals[part] / np.where(now > 0, now, 1.0))[code]
        off = _off(categories.totals(start * factor), categories.totals(start), totals)
        if off.max(initial=0.0) <= AGREES:
            return Checked(Calibrated(weight * factor.take(cell), done))
    reached = categories.totals(start * factor)
    return Checked(Calibrated(weight, rounds), (_not_reached(reached, totals, off, names=names),))


def calibrate(
    weight: Floats,
    variables: Auxiliaries,
    *,
    totals: Floats,
    names: Sequence[str],
    distance: Distance = Distance.LINEAR,
    bounds: tuple[float, float] | None = None,
    rounds: int = 100,
) -> Checked[Calibrated]:
    """Weights nearest to those before that have the known totals.

    Parameters
    ----------
    weight : (n,) weights d, not negative.
    variables : categories and numbers x.
    totals : (q,) known totals; counts of categories of each set add up to the same number.
    names : of the q variables, for messages.
    distance : linear (one step, factors may be negative), raking (factors above 0), logit (factors within bounds).
    bounds : smallest and largest factor w/d, around 1: needed by logit; linear stops at them (truncated linear).
    rounds : of Newton's method, at most.

    Problems: CALIBRATION_BOUNDS, CALIBRATION_TOTAL, CALIBRATION_MARGINS_DISAGREE, CALIBRATION_CATEGORY_EMPTY,
    CALIBRATION_NOT_REACHED, CALIBRATION_BOUNDS_TIGHT; warning CALIBRATION_NEGATIVE.
    Source: Deville & Särndal (1992), JASA 87, 376–382; Deville, Särndal & Sautory (1993), JASA 88, 1013–1020.
    """
    if distance is (Distance.LOGIT if bounds is None else Distance.RAKING):
        return Checked(Calibrated(weight, 0), (problem("CALIBRATION_BOUNDS", found=_shown(bounds)),))
    if bounds is not None and not 0 <= bounds[0] < 1 < bounds[1]:
        return Checked(Calibrated(weight, 0), (problem("CALIBRATION_BOUNDS", found=_shown(bounds)),))
    if wrong := _wrong_totals(weight, variables, totals, names):
        return Checked(Calibrated(weight, 0), wrong)
    if variables.numeric.shape[1]:
        factor, done, off, reached = _newton(weight, variables, totals, _Factor(distance, bounds), rounds)
    else:  # rows of a cell have the same factor
        cell, categories = variables.cells()
        start = total_by(cell, weight, size=len(categories.numeric))
        factor, done, off, reached = _newton(start, categories, totals, _Factor(distance, bounds), rounds)
        factor = factor.take(cell)
    if off.max(initial=0.0) > AGREES:
        kind = "CALIBRATION_NOT_REACHED" if bounds is None else "CALIBRATION_BOUNDS_TIGHT"
        return Checked(Calibrated(weight, done), (_not_reached(reached, totals, off, names=names, kind=kind),))
    negative = int(np.count_nonzero(weight * factor < 0))
    told = (problem("CALIBRATION_NEGATIVE", found=str(negative)),) if negative else ()
    return Checked(Calibrated(weight * factor, done), told)


class _Factor:
    """The factor F(u) of a distance and its slope F'(u); F(0) = F'(0) = 1."""

    def __init__(self, distance: Distance, bounds: tuple[float, float] | None) -> None:
        self._distance, self._bounds = distance, bounds

    def __call__(self, u: Floats) -> tuple[Floats, Floats]:
        if self._distance is Distance.RAKING:
            factor = np.exp(np.minimum(u, 700.0))
            return factor, factor
        if self._bounds is None:
            return 1 + u, np.ones_like(u)
        low, high = self._bounds
        if self._distance is Distance.LINEAR:
            return np.clip(1 + u, low, high), ((1 + u > low) & (1 + u < high)).astype(np.float64)
        share = expit(u * (high - low) / ((1 - low) * (high - 1)) + np.log((1 - low) / (high - 1)))
        slope = (high - low) ** 2 / ((1 - low) * (high - 1)) * share * (1 - share)
        return low + (high - low) * share, slope


def _newton(
    weight: Floats, variables: Auxiliaries, totals: Floats, factor_of: _Factor, rounds: int
) -> tuple[Floats, int, Floats, Floats]:
    """Solve Σ d F(xᵀλ) x = totals for λ; return the factors (n,), rounds, what is off (q,) and the totals reached."""
    start = variables.totals(weight)
    unknown = np.zeros(len(totals))
    factor, slope = factor_of(np.zeros(len(weight)))
    reached = start
    off = _off(reached, start, totals)
    done = 0
    while done < rounds and off.max(initial=0.0) > AGREES:
        done += 1
        move = solve(variables.gram(weight * slope), totals - reached)
        for halving in range(HALVINGS):
            tried = unknown + move / 2**halving
            with np.errstate(over="ignore", invalid="ignore"):  # a step too far is halved
                factor, slope = factor_of(variables.times(tried))
                reached = variables.totals(weight * factor)
                nearer = _off(reached, start, totals)
                closer = np.linalg.norm(nearer) < np.linalg.norm(off)
            if closer:
                break
        else:
            break
        unknown, off = tried, nearer
    return factor, done, off, reached


def _off(reached: Floats, start: Floats, totals: Floats) -> Floats:
    """(q,) how far totals are from where they should be, as a share of the larger of them and the start."""
    scale = np.maximum(np.abs(totals), np.abs(start))
    return np.asarray(np.abs(reached - totals) / np.where(scale > 0, scale, 1.0))


def _wrong_totals(weight: Floats, variables: Auxiliaries, totals: Floats, names: Sequence[str]) -> tuple[Problem, ...]:
    """What is wrong with known totals before anything is computed."""
    counts = np.arange(len(totals)) < sum(variables.sizes)
    bad = ~np.isfinite(totals) | (counts & (totals < 0))
    if bad.any():
        return tuple(
            problem("CALIBRATION_TOTAL", found=names[j], total=str(totals[j])) for j in np.flatnonzero(bad).tolist()
        )
    start = variables.totals(weight)
    empty = np.flatnonzero(counts & (totals > 0) & (start <= 0))
    if len(empty):
        return tuple(problem("CALIBRATION_CATEGORY_EMPTY", found=names[j], total=totals[j]) for j in empty.tolist())
    sums = [float(totals[part].sum()) for part in variables.sets]
    if sums and max(sums) - min(sums) > SUMS_AGREE * max(sums):
        first, other = (names[variables.sets[sums.index(end(sums))].start] for end in (min, max))
        least, most = min(sums), max(sums)
        return (problem("CALIBRATION_MARGINS_DISAGREE", found=first, other=other, least=least, most=most),)
    return ()


def _not_reached(
    reached: Floats, totals: Floats, off: Floats, *, names: Sequence[str], kind: str = "CALIBRATION_NOT_REACHED"
) -> Problem:
    j = int(np.argmax(off))
    return problem(kind, found=names[j], total=float(totals[j]), reached=float(reached[j]))


def _shown(bounds: tuple[float, float] | None) -> str:
    return "–" if bounds is None else f"{bounds[0]:g} {bounds[1]:g}"
