"""Confidence intervals. Every function works element by element on arrays of one shape."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, expit, logit, stdtr, stdtrit

from sipas_survey.statistics.arrays import Floats
from sipas_survey.statistics.choices import ShareInterval

Interval = tuple[Floats, Floats]


def t_interval(value: ArrayLike, se: ArrayLike, df: ArrayLike, *, level: float = 0.95) -> Interval:
    """value ± t · se with the quantile of Student's t; (NaN, NaN) where df < 1."""
    centre = np.asarray(value, dtype=np.float64)
    half = _quantile(df, level) * np.asarray(se, dtype=np.float64)
    return np.asarray(centre - half), np.asarray(centre + half)


def share_interval(
    share: ArrayLike,
    se: ArrayLike,
    df: ArrayLike,
    *,
    n: ArrayLike,
    level: float = 0.95,
    method: ShareInterval = ShareInterval.LOGIT,
) -> Interval:
    """Interval of any share: by the method inside (0, 1), Clopper–Pearson at 0 and 1.

    Parameters
    ----------
    share : p in [0, 1]; NaN shares have no interval.
    se : standard error of p. Where it is 0 inside (0, 1), the interval is the point.
    df : degrees of freedom.
    n : number of observations: rows used (forms, in SIPAS, because there the form is the unit), not clusters.

    Returns
    -------
    Limits in [0, 1]. At 0 and 1, where no variance can be estimated, the exact binomial limits for
    n · (t_{n−1}/t_df)² observations: it supposes a design effect of 1. Where df < 1: (NaN, NaN), but (0, 1) at 0 and 1.

    Source: Clopper & Pearson (1934); effective n after Korn & Graubard (1998), Survey Methodology 24, 193–201.
    """
    p, freedom = np.asarray(share, dtype=np.float64), np.asarray(df, dtype=np.float64)
    inside = np.where((p > 0) & (p < 1), p, np.nan)
    observed, error = np.asarray(n, dtype=np.float64), np.asarray(se, dtype=np.float64)
    lower, upper = _METHODS[method](inside, error, _quantile(freedom, level), n=observed, level=level)
    bound = _limit_at_zero(_exchanged(observed, _quantile(freedom, level), observed, level), level)
    bound = np.where(freedom >= 1, bound, 1.0)
    lower = np.where(p == 0, 0.0, np.where(p == 1, 1 - bound, np.clip(lower, 0.0, 1.0)))
    upper = np.where(p == 1, 1.0, np.where(p == 0, bound, np.clip(upper, 0.0, 1.0)))
    return lower, upper


def share_p_value(
    share: ArrayLike, se: ArrayLike, df: ArrayLike, *, n: ArrayLike, target: float, level: float = 0.95
) -> Floats:
    """How far a share is from a target in (0, 1): the two-sided p of the test that `share_interval` (logit) inverts.

    Parameters
    ----------
    share, se, df, n : as in `share_interval`. level : that of the effective n at 0 and 1.

    Returns
    -------
    In [0, 1]: at most 1 − level where the interval of that level does not hold the target. At 0 and 1 twice the
    binomial chance of the same answers with the target as the true share. NaN without a share, or where df < 1.

    Source: Korn & Graubard (1999), ch. 2.5; Clopper & Pearson (1934).
    """
    p, freedom = np.asarray(share, dtype=np.float64), np.asarray(df, dtype=np.float64)
    observed, error = np.asarray(n, dtype=np.float64), np.asarray(se, dtype=np.float64)
    inside = np.where((p > 0) & (p < 1), p, np.nan)
    apart = logit(inside) - logit(target)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(apart == 0, 0.0, np.abs(apart) * inside * (1 - inside) / error)
    found = 2 * stdtr(np.where(freedom >= 1, freedom, np.nan), -t)
    effective = _exchanged(observed, _quantile(freedom, level), observed, level)
    chance = np.minimum(1.0, 2 * np.where(p == 0, 1 - target, target) ** effective)
    return np.where((p == 0) | (p == 1), chance, found)


# Each takes p strictly inside (0, 1) or NaN, its standard error, the quantile t of Student's distribution (NaN where
# df < 1), the number of observations and the level.
def _logit(p: Floats, se: Floats, t: Floats, *, n: Floats, level: float) -> Interval:  # noqa: ARG001
    """t on the scale of ln(p/(1−p)), carried back. Source: Korn & Graubard (1999), ch. 2.5."""
    half = t * se / (p * (1 - p))
    return expit(logit(p) - half), expit(logit(p) + half)


def _beta(p: Floats, se: Floats, t: Floats, *, n: Floats, level: float) -> Interval:
    """Clopper–Pearson with n = p(1−p)/se² · (t_{n−1}/t_df)². Source: Korn & Graubard (1998)."""
    with np.errstate(divide="ignore"):
        effective = _exchanged(p * (1 - p) / se**2, t, n, level)
    yes, no = effective * p, effective * (1 - p)
    sure = np.isinf(effective)
    lower = betaincinv(yes, no + 1, (1 - level) / 2)
    upper = betaincinv(yes + 1, no, (1 + level) / 2)
    return np.where(sure, p, lower), np.where(sure, p, upper)


def _wilson(p: Floats, se: Floats, t: Floats, *, n: Floats, level: float) -> Interval:  # noqa: ARG001
    """Wilson's score interval with n = p(1−p)/se² and Student's t. Source: Wilson (1927), JASA 22, 209–212."""
    # t²/n, which is 0 where se is
    share = (t * se) ** 2 / (p * (1 - p))
    centre = (p + share / 2) / (1 + share)
    half = np.sqrt(share * p * (1 - p) + share**2 / 4) / (1 + share)
    return centre - half, centre + half


def _plain(p: Floats, se: Floats, t: Floats, *, n: Floats, level: float) -> Interval:  # noqa: ARG001
    """p ± t · se."""
    return p - t * se, p + t * se


def _arcsine(p: Floats, se: Floats, t: Floats, *, n: Floats, level: float) -> Interval:  # noqa: ARG001
    """t on the scale of arcsin √p, carried back."""
    centre, half = np.arcsin(np.sqrt(p)), t * se / (2 * np.sqrt(p * (1 - p)))
    return np.sin(np.maximum(centre - half, 0.0)) ** 2, np.sin(np.minimum(centre + half, np.pi / 2)) ** 2


_METHODS = {
    ShareInterval.LOGIT: _logit,
    ShareInterval.BETA: _beta,
    ShareInterval.WILSON: _wilson,
    ShareInterval.STUDENT: _plain,
    ShareInterval.ASIN: _arcsine,
}


def _exchanged(effective: Floats, t: Floats, n: Floats, level: float) -> Floats:
    """Effective observations times (t_{n−1}/t_df)²: fewer where the variance is known from few clusters."""
    return np.asarray(effective * (_quantile(n - 1, level) / t) ** 2)


def _limit_at_zero(n: Floats, level: float) -> Floats:
    """Upper Clopper–Pearson limit of 0 successes in n trials."""
    return np.asarray(betaincinv(1.0, n, (1 + level) / 2))


def _quantile(df: ArrayLike, level: float) -> Floats:
    """Two-sided quantile of Student's t; NaN where df < 1."""
    freedom = np.asarray(df, dtype=np.float64)
    return np.asarray(stdtrit(np.where(freedom >= 1, freedom, np.nan), (1 + level) / 2))
