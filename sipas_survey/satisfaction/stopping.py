"""While forms arrive: how precise an index is by now, and whether forms still out can change its verdict."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.special import ndtr, ndtri

from sipas_survey.satisfaction.indices import IndexEstimate
from sipas_survey.satisfaction.verdict import Verdict

SURE = 0.95
"""The chance of the verdict to stay from which further forms are not needed for it."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """An index in the middle of the field.

    Attributes
    ----------
    forms, remaining : forms with a valid answer, and forms that may still bring one.
    effective, deff : the number of independent answers that would be as precise, and valid answers per such one; None
        without a standard error above 0.
    margin : half the interval; None without one.
    settled : whatever the remaining forms hold, the value stays on its side of the target (exact).
    stays : the chance that the verdict by the interval is the same in the end, if the rest answers as those so far.
    stop : no further form is needed for the verdict.
    """

    forms: int
    remaining: int
    effective: float | None
    deff: float | None
    margin: float | None
    settled: bool
    stays: float | None
    stop: bool


def outlook(
    row: IndexEstimate, verdict: Verdict, threshold: Fraction, *, remaining: int, answers: int, level: float = 0.95
) -> Outlook:
    """How an index stands in the middle of the field.

    Parameters
    ----------
    row : its estimate so far, pooled answers. verdict : that of its interval. threshold : the target in [0, 1].
    remaining : forms that may still bring answers. answers : most valid answers that one form can hold.

    Source: predictive power (Spiegelhalter, Freedman & Blackburn 1986): the final estimate is normal about the present
    one with variance σ²·m/(n(n+m)), σ² = n·se², for m further forms; the finite population is left out, which makes it
    cautious.
    """
    settled = row.value is not None and _settled(row, threshold, remaining * answers)
    stays = _stays(row, verdict, float(threshold), remaining=remaining, level=level)
    effective = deff = None
    if row.se and row.value is not None and 0 < row.value < 1:
        effective = float(row.value * (1 - row.value)) / row.se**2
        deff = row.valid / effective
    return Outlook(
        forms=row.forms,
        remaining=remaining,
        effective=effective,
        deff=deff,
        margin=None if row.lower is None or row.upper is None else (row.upper - row.lower) / 2,
        settled=settled,
        stays=stays,
        stop=remaining == 0 or (settled and verdict is not Verdict.UNDECIDED) or (stays is not None and stays >= SURE),
    )


def _settled(row: IndexEstimate, threshold: Fraction, answers: int) -> bool:
    """Whether neither all nor none of some further answers being satisfied carries the value over the target."""
    worst = Fraction(row.satisfied, row.valid + answers)
    best = Fraction(row.satisfied + answers, row.valid + answers)
    return worst >= threshold or best < threshold


def _stays(row: IndexEstimate, verdict: Verdict, threshold: float, *, remaining: int, level: float) -> float | None:
    """The chance of the same verdict after some further forms; None where the spread is not known."""
    if row.value is None or not row.se or row.forms < 2:
        return None
    if remaining == 0:
        return 1.0
    n, m = row.forms, remaining
    spread = row.se * np.sqrt(m / (n + m))  # of the final estimate about the present one
    half = ndtri((1 + level) / 2) * row.se * np.sqrt(n / (n + m))  # of the final interval
    met = 1 - ndtr((threshold + half - float(row.value)) / spread)
    not_met = ndtr((threshold - half - float(row.value)) / spread)
    chances = {Verdict.MET: met, Verdict.NOT_MET: not_met, Verdict.UNDECIDED: 1 - met - not_met}
    return float(chances[verdict])
