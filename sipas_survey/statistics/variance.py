"""The variance of a total of scores. No other module computes one."""

import numpy as np

from sipas_survey.statistics.arrays import Floats, Ints, sum_by


def variance_of_total(scores: Floats, stratum: Ints, fraction: Floats, *, clusters: Ints | None = None) -> Floats:
    """Ultimate-cluster variance of totals of scores.

    Parameters
    ----------
    scores : (C, k) weighted score totals, one row per cluster.
    stratum : (C,) codes 0..H-1.
    fraction : (H,) share f_h of each stratum's clusters that was drawn, in [0, 1].
    clusters : (H,) number n_h of clusters of the design. Clusters whose scores are all 0 (those outside a domain) may
        be left out of `scores` when this is given; None counts those in `scores`.

    Returns
    -------
    (k,) Σ_h (1 − f_h) · n_h/(n_h − 1) · Σ_c (z_hc − z̄_h)². A stratum with f_h = 1 adds 0. A stratum with one cluster
    and f_h < 1 makes the variance NaN, unless its score is 0: then it adds 0.

    Source: Särndal, Swensson & Wretman (1992), eq. 4.6.2; Lumley (2010), ch. 2.
    """
    strata = len(fraction)
    present = np.bincount(stratum, minlength=strata)
    n = present if clusters is None else clusters
    total = sum_by(stratum, scores, size=strata)
    mean = total / np.maximum(n, 1)[:, None]
    squares = sum_by(stratum, (scores - mean[stratum]) ** 2, size=strata) + (n - present)[:, None] * mean**2
    factor = (1 - fraction) * n / np.maximum(n - 1, 1)
    lonely = ((n == 1) & (fraction < 1))[:, None] & (total != 0)
    return np.asarray(np.where(lonely, np.nan, factor[:, None] * squares).sum(axis=0))


def degrees_of_freedom(used: Floats, stratum: Ints, *, strata: int) -> Ints:
    """Clusters less strata, counting only those with a row that was used.

    Parameters
    ----------
    used : (C, k) not 0 where cluster c has a row that enters estimate k.
    stratum : (C,) codes 0..strata-1.

    Returns
    -------
    (k,) whole numbers, at least 0.

    Source: Korn & Graubard (1999), ch. 5.2; Lumley (2010), ch. 2.
    """
    clusters = sum_by(stratum, (used != 0).astype(np.float64), size=strata)
    return np.asarray(clusters.sum(axis=0) - (clusters > 0).sum(axis=0), dtype=np.int64)
