"""Ranks that say how sure they are."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from sipas_survey.statistics.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Ranks:
    """For each of K estimates its rank from 1, the largest first, and the best and worst it may have.

    Attributes
    ----------
    rank, best, worst : (K,) whole numbers; equal estimates share the better rank; 0 where there is no estimate.
    """

    rank: Ints
    best: Ints
    worst: Ints


def ranks(value: Floats, covariance: Floats, df: Ints, *, level: float = 0.95) -> Ranks:
    """Ranks of K estimates with intervals.

    Parameters
    ----------
    value : (K,) estimates; NaN is not ranked.
    covariance : (K, K).
    df : (K, K) degrees of freedom of each difference; where below 1 nothing is sure.
    level : of all comparisons of one estimate together.

    Returns
    -------
    best = 1 + number surely above, worst = K − number surely below, where "surely" means that the t interval of the
    difference, of level 1 − (1 − level)/(K − 1), does not hold 0.

    Source: METHOD: ranks; Bonferroni's inequality; Mogstad, Romano, Shaikh & Wilhelm (2024), Review of Economic
    Studies 91, for intervals of ranks from pairwise differences.
    """
    there = ~np.isnan(value)
    count = int(there.sum())
    difference = value[:, None] - value
    variance = np.diag(covariance)[:, None] + np.diag(covariance) - 2 * covariance
    risk = (1 - level) / max(count - 1, 1)
    freedom = np.where(df >= 1, df, np.nan)
    reach = stdtrit(freedom, 1 - risk / 2) * np.sqrt(np.maximum(variance, 0.0))
    sure = np.abs(difference) > reach
    higher = (sure & (difference < 0)).sum(axis=1)
    lower = (sure & (difference > 0)).sum(axis=1)
    plain = 1 + (difference < 0).sum(axis=1)
    return Ranks(*(np.where(there, column, 0) for column in (plain, 1 + higher, count - lower)))
