"""Estimators as a value and the scores whose total has the same variance."""

from dataclasses import dataclass

import numpy as np

from sipas_survey.statistics.arrays import Floats, Groups


@dataclass(frozen=True, slots=True)
class Linearized:
    """k estimates: `value` (k,), or (D, k) for D domains, NaN where there is none; `scores` (C, k), one row per cluster
    or cell, then all 0.
    """

    value: Floats
    scores: Floats


def ratio_scores(numerator: Floats, denominator: Floats, *, domain: Groups | None = None) -> Linearized:
    """Ratios of totals.

    Parameters
    ----------
    numerator, denominator : (C, k) weighted cluster totals y_c and x_c.
    domain : the cells by domain, each of which has its own ratio; None: one for all.

    Returns
    -------
    value Y/X, (k,) or (D, k), and scores (y_c − (Y/X) x_c) / X. NaN and scores 0 where X = 0. A mean is a ratio
    to the total of weights, a share the mean of an indicator, a domain's mean the ratio of its own totals.

    Source: Särndal, Swensson & Wretman (1992), eq. 5.6.7–5.6.10; Woodruff (1971).
    """
    groups = Groups.of(np.zeros(len(numerator), dtype=np.int64), size=1) if domain is None else domain
    y, x = groups.sum(numerator), groups.sum(denominator)
    known = x != 0
    safe = np.where(known, x, 1.0)
    # Over one denominator, so that the only cluster of a domain gets exactly 0, not a rounding error.
    scores = groups.spread(safe)
    scores *= numerator
    scores -= groups.spread(y) * denominator
    scores *= groups.spread(np.where(known, safe**-2, 0.0))
    value = np.where(known, y / safe, np.nan)
    return Linearized(value[0] if domain is None else value, scores)


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
