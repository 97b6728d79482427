"""Estimators as a value and the scores whose total has the same variance."""

from dataclasses import dataclass

import numpy as np

from sipas_survey.statistics.arrays import Floats


@dataclass(frozen=True, slots=True)
class Linearized:
    """k estimates: `value` (k,), NaN where there is none; `scores` (C, k), one row per cluster, then all 0."""

    value: Floats
    scores: Floats


def ratio_scores(numerator: Floats, denominator: Floats) -> Linearized:
    """Ratios of totals.

    Parameters
    ----------
    numerator, denominator : (C, k) weighted cluster totals y_c and x_c.

    Returns
    -------
    value Y/X and scores (y_c − (Y/X) x_c) / X. NaN and scores 0 where X = 0. A mean is a ratio to the total of weights,
    a share the mean of an indicator, a domain's mean the ratio of its own totals.

    Source: Särndal, Swensson & Wretman (1992), eq. 5.6.7–5.6.10; Woodruff (1971).
    """
    y, x = numerator.sum(axis=0), denominator.sum(axis=0)
    known = x != 0
    safe = np.where(known, x, 1.0)
    # Over one denominator, so that the only cluster of a domain gets exactly 0, not a rounding error.
    scores = (numerator * safe - y * denominator) / safe**2
    return Linearized(np.where(known, y / safe, np.nan), np.where(known, scores, 0.0))


def mean_scores(estimates: Linearized, member: Floats) -> Linearized:
    """Plain means of several estimates, each over the estimates that have a value.

    Parameters
    ----------
    estimates : k estimates on C clusters.
    member : (k, m) 1 where estimate k enters mean m, else 0.

    Returns
    -------
    m means: values and scores are averaged alike. NaN and scores 0 where no member has a value.
    """
    known = ~np.isnan(estimates.value)
    entering = member * known[:, None]
    counted = entering.sum(axis=0)
    safe = np.where(counted > 0, counted, 1.0)
    value = np.where(known, estimates.value, 0.0) @ entering / safe
    return Linearized(np.where(counted > 0, value, np.nan), estimates.scores @ entering / safe)
