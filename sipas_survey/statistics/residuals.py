"""Scores of estimates whose weights were brought to known totals: what those totals do not explain."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sipas_survey.statistics.arrays import Floats
from sipas_survey.statistics.auxiliaries import Auxiliaries, solve


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A step that brought weights to totals of `variables` x: `before` (n,) holds the weights d that it found."""

    variables: Auxiliaries
    before: Floats


def residual_scores(scores: Floats, weight: Floats, adjustments: Sequence[Adjustment]) -> Floats:
    """Weighted residuals of scores on the known variables.

    Parameters
    ----------
    scores : (n, k) weighted scores w·u of k estimates, 0 for rows outside their domain.
    weight : (n,) final weights w, not negative.
    adjustments : in the order they were made.

    Returns
    -------
    (n, k) w·e, where each step, the last first, turns u into e = u − xᵀB, B = (Σ d x xᵀ)⁻¹ Σ d x u.

    Source: Särndal, Swensson & Wretman (1992), eq. 6.6.4; Deville & Särndal (1992), JASA 87, 376–382.
    """
    u = scores / np.where(weight > 0, weight, np.inf)[:, None]
    for step in reversed(adjustments):
        right = [step.variables.totals(step.before * column) for column in u.T]
        if right:
            B = solve(step.variables.gram(step.before), np.column_stack(right))
            u = u - step.variables.times(B)
    return u * weight[:, None]
