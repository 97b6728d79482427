"""Many tests in one report: what each p-value is worth among the others."""

import numpy as np

from sipas_survey.statistics.arrays import Floats


def holm(p_values: Floats) -> Floats:
    """Holm's adjusted p-values.

    Parameters
    ----------
    p_values : (k,) in [0, 1]; NaN is no test, and does not count.

    Returns
    -------
    (k,) max over the smaller ones of (number of tests not smaller) · p, at most 1. Who calls those different that are
    at most α is wrong about any true one with chance α at most, however the tests hang together.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65–70.
    """
    there = np.flatnonzero(~np.isnan(p_values))
    order = there[np.argsort(p_values[there], kind="stable")]
    steps = (len(order) - np.arange(len(order))) * p_values[order]
    adjusted = np.full(len(p_values), np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if len(order) else steps
    return adjusted


def welch(one: Floats, other: Floats, df_one: Floats, df_other: Floats) -> Floats:
    """Degrees of freedom of the difference of independent estimates with variances `one` and `other`.

    Returns
    -------
    (v₁ + v₂)² / (v₁²/df₁ + v₂²/df₂), the smaller df where both variances are 0; 0 where either df is below 1.

    Source: Satterthwaite (1946), Biometrics Bulletin 2, 110–114; Welch (1947), Biometrika 34, 28–35.
    """
    safe_one, safe_other = np.maximum(df_one, 1), np.maximum(df_other, 1)
    below = one**2 / safe_one + other**2 / safe_other
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(below > 0, (one + other) ** 2 / below, np.minimum(df_one, df_other))
    return np.where((df_one >= 1) & (df_other >= 1), found, 0.0)
