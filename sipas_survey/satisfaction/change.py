"""What became of an index since another round: the difference, its error, and whether it is outside noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from sipas_survey.satisfaction.indices import IndexEstimate
from sipas_survey.satisfaction.moments import Measure, worth
from sipas_survey.satisfaction.questionnaire import IndexLevel
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.satisfaction.rollup import Aggregation, Rollup, rollup
from sipas_survey.statistics.arrays import Floats, Ints, sum_by
from sipas_survey.statistics.intervals import t_interval
from sipas_survey.statistics.multiplicity import welch
from sipas_survey.statistics.variance import variance_of_total


@dataclass(frozen=True, slots=True)
class Change:
    """An index now and before.

    Attributes
    ----------
    estimate : the row now. before : its value then, exact where it was counted; None where there is none.
    change : now less before, in shares; None where either is missing.
    before_se, se, df, lower, upper : errors of the value before and of the change; None where they cannot be estimated,
        as of a published figure.
    outside_noise : whether the interval of the change leaves 0 out; None without an interval.
    same_criteria : whether both rest on the same criteria; None where that is not known.
    """

    estimate: IndexEstimate
    before: Fraction | None
    change: Fraction | None
    before_se: float | None
    se: float | None
    df: float
    lower: float | None
    upper: float | None
    outside_noise: bool | None
    same_criteria: bool | None


@dataclass(frozen=True, slots=True)
class Pairing:
    """Rounds joined by a key that both carry: persons of a panel, or clusters drawn in both.

    `codes` (n,) of each form of the two rounds, now and before; forms without a key are units of their own. `common`
    keys stand in both, `now` and `before` count the keys of each.
    """

    codes: tuple[Ints, Ints]
    units: int
    common: int
    now: int
    before: int

    @classmethod
    def of(cls, now: Sequence[str], before: Sequence[str]) -> "Pairing":
        """Join two rounds by the keys of their forms, "" where a form has none."""
        keys = [[key or f"\0{side}{i}" for i, key in enumerate(column)] for side, column in enumerate((now, before))]
        codes, found = pd.factorize(np.array([*keys[0], *keys[1]], dtype=object))
        one, other = ({key for key in column if key} for column in (now, before))
        split = (codes[: len(now)].astype(np.int64), codes[len(now) :].astype(np.int64))
        return cls(split, len(found), len(one & other), len(one), len(other))


def independent_change(row: IndexEstimate, before: IndexEstimate | None, *, same: bool, level: float) -> Change:
    """The change between rounds drawn independently: variances add up, df after Welch."""
    if before is None or before.value is None or row.value is None:
        return _without_error(row, None if before is None else before.value, same)
    if row.se is None or before.se is None or min(row.df, before.df) < 1:
        return _without_error(row, before.value, same, before_se=before.se)
    variances = np.array([row.se**2]), np.array([before.se**2])
    df = float(welch(*variances, np.array([float(row.df)]), np.array([float(before.df)]))[0])
    return _told(row, before, float(np.sqrt(row.se**2 + before.se**2)), df, same, level)


def published_change(row: IndexEstimate, before: Fraction | None) -> Change:
    """The change against a published figure, which has no error that is known."""
    return _without_error(row, before, None)


def paired_change(
    row: IndexEstimate, before: IndexEstimate | None, *, scores: tuple[Floats, Floats], units: Ints, same: bool,
    level: float,
) -> Change:  # fmt: skip
    """The change between rounds with units in common.

    Parameters
    ----------
    scores : (U,) totals of the scores of each unit of either round, now and before, 0 where it is in one only.
    units : the units that have a valid answer to the index in either round.

    The units are taken as one sample without replacement from no finite population, whatever strata they were drawn in:
    Var = U/(U−1) Σ (z − z̄)² with z = z now − z before; df = units used − 1.
    """
    if before is None or before.value is None or row.value is None:
        return _without_error(row, None if before is None else before.value, same)
    z = (scores[0] - scores[1])[:, None]
    spread = variance_of_total(z, np.zeros(len(z), dtype=np.int64), np.zeros(1))
    se = float(np.sqrt(spread[0]))
    if np.isnan(se):
        return _without_error(row, before.value, same, before_se=before.se)
    return _told(row, before, se, float(max(len(units) - 1, 0)), same, level)


def unit_scores(
    responses: Responses, codes: Ints, *, units: int, inside: Floats, aggregation: Aggregation
) -> Mapping[str, tuple[Floats, Ints]]:
    """The scores of every index of the forms `inside` (n,) 1 or 0, summed by unit (U,), and the units that answered."""
    plan = rollup(responses.questionnaire, responses.criteria, aggregation=aggregation)
    points = worth(Measure.SATISFIED, responses.questionnaire)
    satisfied = points[responses.answers] * inside[:, None]
    valid = (responses.answers > 0) * inside[:, None]
    found = plan.linearized(satisfied, valid)
    scores = sum_by(codes, found.scores, size=units)
    answered = sum_by(codes, valid @ plan.member, size=units)
    return {index.code: (scores[:, i], np.flatnonzero(answered[:, i])) for i, index in enumerate(plan.indices)}


def same_criteria(now: Rollup, before: Rollup, index: str) -> bool:
    """Whether an index rests on criteria of the same codes and the same words in both rounds."""
    return _criteria(now, index) == _criteria(before, index)


def _criteria(plan: Rollup, index: str) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    by_code = {made.code: made for made in plan.indices if made.level is IndexLevel.CRITERION}
    codes = [made.criteria for made in plan.indices if made.code == index]
    asked = [by_code[code] for code in (codes[0] if codes else ()) if code in by_code]
    return {(one.code, tuple(sorted(one.labels.items()))) for one in asked}


def _without_error(
    row: IndexEstimate, before: Fraction | None, same: bool | None, *, before_se: float | None = None
) -> Change:
    change = None if before is None or row.value is None else row.value - before
    return Change(row, before, change, before_se, None, 0.0, None, None, None, same)


def _told(row: IndexEstimate, before: IndexEstimate, se: float, df: float, same: bool, level: float) -> Change:
    assert row.value is not None and before.value is not None  # noqa: S101, PT018 - the callers looked
    change = row.value - before.value
    lower, upper = (float(limit) for limit in t_interval(float(change), se, df, level=level))
    known = df >= 1
    return Change(
        row, before.value, change, before.se, se, df, lower if known else None, upper if known else None,
        not lower <= 0 <= upper if known else None, same,
    )  # fmt: skip
