"""Figures of one domain, from totals of forms or from their moments: values, errors, degrees of freedom, intervals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sipas_survey.satisfaction.moments import FormMoments
from sipas_survey.satisfaction.rollup import Rollup
from sipas_survey.statistics.arrays import Floats, Ints
from sipas_survey.statistics.intervals import share_interval
from sipas_survey.statistics.totals import ClusterTotals
from sipas_survey.statistics.variance import covariance_of_moments


@dataclass(frozen=True, slots=True)
class Figures:
    """The m indices of one domain with one set of weights; `part` and `whole` (k,) are totals per criterion."""

    part: Floats
    whole: Floats
    value: Floats
    se: Floats
    df: Ints
    forms: Ints
    lower: Floats
    upper: Floats


def figures_of_totals(
    totals: ClusterTotals,
    variance_of: Callable[[ClusterTotals, Floats], Floats],
    degrees_of: Callable[[Floats, ClusterTotals], Ints],
    *,
    plan: Rollup,
    level: float,
) -> Figures:
    """The estimates of one domain: algebra on its form totals.

    `variance_of` the scores of these totals, `degrees_of` freedom of the indices by their numbers of valid answers.
    """
    part, whole = np.hsplit(totals.totals, 2)
    found = plan.linearized(part, whole)
    variance = variance_of(totals, found.scores)
    se = np.where(np.isnan(found.value), np.nan, np.sqrt(variance))
    used = whole @ plan.member
    df = degrees_of(used, totals)
    forms = np.count_nonzero(used, axis=0)
    lower, upper = share_interval(found.value, se, df, n=forms, level=level)
    return Figures(part.sum(axis=0), whole.sum(axis=0), found.value, se, df, forms, lower, upper)


def figures_of_moments(
    moments: FormMoments, fraction: Floats, clusters: Ints, *, plan: Rollup, level: float
) -> Figures:
    """The same from the moments of one domain, (H,) strata; `fraction` and `clusters` as `covariance_of_moments`."""
    part, whole = np.split(moments.sums.sum(axis=0), 2)
    value, spread = spread_of(moments, fraction, clusters, plan=plan)
    se = np.where(np.isnan(value), np.nan, np.sqrt(np.diag(spread)))
    df = degrees_of_moments(moments)
    forms = moments.answered.sum(axis=0)
    lower, upper = share_interval(value, se, df, n=forms, level=level)
    return Figures(part, whole, value, se, df, forms, lower, upper)


def spread_of(moments: FormMoments, fraction: Floats, clusters: Ints, *, plan: Rollup) -> tuple[Floats, Floats]:
    """The (m,) indices of one domain and their (m, m) covariances."""
    value, sums, products = scores_of(moments, plan)
    return value, covariance_of_moments(sums, products, fraction, clusters=clusters)


def scores_of(moments: FormMoments, plan: Rollup) -> tuple[Floats, Floats, Floats]:
    """The (m,) indices of one domain; (H, m) sums of their scores and (H, m, m) sums of the products of these."""
    part, whole = np.split(moments.sums.sum(axis=0), 2)
    value, turn = plan.coefficients(part, whole)
    sums = moments.sums @ turn
    sums[np.abs(sums) <= _ROUNDING * (np.abs(moments.sums) @ np.abs(turn))] = 0.0
    products = turn.T @ moments.products @ turn
    products[np.abs(products) <= _ROUNDING * (np.abs(turn).T @ np.abs(moments.products) @ np.abs(turn))] = 0.0
    return value, sums, products


_ROUNDING = 1e-14  # of the terms of a sum: what 64 bits leave where they cancel out


def degrees_of_moments(moments: FormMoments) -> Ints:
    """(m,) forms less strata, of those with a valid answer."""
    return np.asarray(moments.answered.sum(axis=0) - np.count_nonzero(moments.answered, axis=0), dtype=np.int64)
