"""Funnel limits: how many events among n are nothing unusual, exactly."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import binom

from sipas_survey.statistics.arrays import Floats, Ints


def funnel_limits(n: Ints, share: Floats, *, level: float = 0.998) -> tuple[Ints, Ints]:
    """The smallest and the largest number of events that are nothing unusual.

    Parameters
    ----------
    n : trials, whole numbers from 0. share : the usual share of events, in [0, 1]; both of one shape.
    level : of the funnel in (0, 1); 0.998 are the customary "three sigma".

    Returns
    -------
    Limits l and u: fewer than l, and more than u events each have a chance of at most (1 − level)/2.

    Source: Spiegelhalter (2005), Funnel plots for comparing institutional performance; binomial quantiles.
    """
    tail = (1 - level) / 2
    lower, upper = binom.ppf(tail, n, share), binom.ppf(1 - tail, n, share)
    return np.maximum(lower, 0).astype(np.int64), upper.astype(np.int64)


def tail_chance(count: Ints, n: Ints, share: Floats) -> Floats:
    """The chance of a number of events at least as far out as `count` on its side of the usual; at most 1.

    Arguments are of one shape, as in `funnel_limits`.
    """
    one_side = np.minimum(binom.cdf(count, n, share), binom.sf(np.asarray(count) - 1, n, share))
    chance: Floats = np.minimum(2 * one_side, 1.0)
    return chance


def usual_counts(events: Sequence[int], trials: Sequence[int], *, level: float = 0.998) -> list[tuple[int, int]]:
    """For each of several with `events` among `trials`, the funnel limits at the rate of all together."""
    return limits_at(sum(events) / sum(trials) if sum(trials) else 0.0, trials, level=level)


def limits_at(share: float, trials: Sequence[int], *, level: float = 0.998) -> list[tuple[int, int]]:
    """The funnel limits at one share in [0, 1] for several numbers of trials."""
    n = np.asarray(trials, dtype=np.int64)
    lower, upper = funnel_limits(n, np.full(len(n), share), level=level)
    return [(int(low), int(high)) for low, high in zip(lower, upper, strict=True)]
