"""Confidence intervals. Every function works element by element on arrays of one shape."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, expit, logit, stdtrit

from sipas_survey.statistics.arrays import Floats

Interval = tuple[Floats, Floats]


def t_interval(value: ArrayLike, se: ArrayLike, df: ArrayLike, *, level: float = 0.95) -> Interval:
    """value ± t · se with the quantile of Student's t; (NaN, NaN) where df < 1."""
    centre = np.asarray(value, dtype=np.float64)
    half = _quantile(df, level) * np.asarray(se, dtype=np.float64)
    return np.asarray(centre - half), np.asarray(centre + half)


def logit_interval(share: ArrayLike, se: ArrayLike, df: ArrayLike, *, level: float = 0.95) -> Interval:
    """Interval of a share strictly between 0 and 1: t on the scale of ln(p/(1−p)), carried back.

    Parameters
    ----------
    share : p in [0, 1].
    se : standard error of p; that of its logit is se / (p(1−p)).
    df : degrees of freedom.

    Returns
    -------
    lower and upper limit, inside (0, 1); (NaN, NaN) where p is 0 or 1, where se is NaN, or where df < 1.

    Source: Korn & Graubard (1999), ch. 2.5; `svyciprop(method="logit")` of R's survey package.
    """
    p = np.asarray(share, dtype=np.float64)
    inside = np.where((p > 0) & (p < 1), p, np.nan)
    half = _quantile(df, level) * np.asarray(se, dtype=np.float64) / (inside * (1 - inside))
    return np.asarray(expit(logit(inside) - half)), np.asarray(expit(logit(inside) + half))


def share_interval(share: ArrayLike, se: ArrayLike, df: ArrayLike, *, n: ArrayLike, level: float = 0.95) -> Interval:
    """Interval of any share: logit inside (0, 1), Clopper–Pearson at 0 and 1.

    Parameters
    ----------
    share, se, df : as in `logit_interval`; NaN shares have no interval.
    n : number of observations: rows used (forms, in SIPAS, because there the form is the unit), not clusters.

    Returns
    -------
    At 0 and 1, where no variance can be estimated, the exact binomial limits for n · (t_{n−1}/t_df)² observations: it
    supposes a design effect of 1. Where df < 1: (NaN, NaN), but (0, 1) at 0 and 1.

    Source: Clopper & Pearson (1934); effective n after Korn & Graubard (1998), Survey Methodology 24, 193–201.
    """
    p, freedom = np.asarray(share, dtype=np.float64), np.asarray(df, dtype=np.float64)
    lower, upper = logit_interval(p, se, freedom, level=level)
    observed = np.asarray(n, dtype=np.float64)
    effective = observed * (_quantile(observed - 1, level) / _quantile(freedom, level)) ** 2
    bound = np.where(freedom >= 1, _limit_at_zero(effective, level), 1.0)
    lower = np.where(p == 0, 0.0, np.where(p == 1, 1 - bound, lower))
    upper = np.where(p == 1, 1.0, np.where(p == 0, bound, upper))
    return lower, upper


def _limit_at_zero(n: Floats, level: float) -> Floats:
    """Upper Clopper–Pearson limit of 0 successes in n trials."""
    return np.asarray(betaincinv(1.0, n, (1 + level) / 2))


def _quantile(df: ArrayLike, level: float) -> Floats:
    """Two-sided quantile of Student's t; NaN where df < 1."""
    freedom = np.asarray(df, dtype=np.float64)
    return np.asarray(stdtrit(np.where(freedom >= 1, freedom, np.nan), (1 + level) / 2))
