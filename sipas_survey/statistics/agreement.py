"""How far two answers to one question agree, and what is shared by the answers that one interviewer brings.

Tables of agreement hold the first answers in rows and the second ones in columns. They may be of counts or of sums of
weights: values are the same functions of the shares.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, chi2

from sipas_survey.statistics.arrays import Floats, Ints, total_by

_EXACT_BELOW = 25  # pairs that changed, from which McNemar's χ² is a good enough approximation


def agreement_table(first: Ints, second: Ints, *, levels: int, weight: Floats | None = None) -> Floats:
    """(levels, levels) sums of `weight` (of ones, where None) by first and second answer, codes 0..levels-1."""
    summed = total_by(first * levels + second, np.ones(len(first)) if weight is None else weight, size=levels**2)
    return np.asarray(summed).reshape(levels, levels)


# ---------------------------------------------------------------- response variance
@dataclass(frozen=True, slots=True)
class Change:
    """Yes and no at two times. None where nothing can be said.

    Attributes
    ----------
    n : pairs. gdr : gross difference rate (b + c)/n. ndr : net difference rate (b − c)/n. ndr_se : its standard error.
    inconsistency : index of inconsistency GDR/(p₁(1−p₂) + p₂(1−p₁)). kappa : 1 − index.
    mcnemar : (b − c)²/(b + c). p_value : of no net change; exact below 25 pairs that changed, else by χ² with 1 df.
    """

    n: int
    gdr: float | None
    ndr: float | None
    ndr_se: float | None
    inconsistency: float | None
    kappa: float | None
    mcnemar: float | None
    p_value: float | None


def change(a: int, b: int, c: int, d: int) -> Change:
    """Response variance of a question with two answers.

    Parameters
    ----------
    a, b, c, d : pairs with yes–yes, yes–no, no–yes, no–no, whole numbers from 0.

    Source: Hansen, Hurwitz & Pritzker (1964); Biemer & Stokes (1991); McNemar (1947), Psychometrika 12, 153–157.
    """
    n = a + b + c + d
    if n == 0:
        return Change(0, *[None] * 7)
    gdr, ndr = (b + c) / n, (b - c) / n
    se = float(np.sqrt(b + c - (b - c) ** 2 / n) / n)
    index = inconsistency(np.array([[a, b], [c, d]], dtype=np.float64))
    kappa = None if index is None else 1 - index
    statistic = (b - c) ** 2 / (b + c) if b + c else None
    return Change(n, gdr, ndr, se, index, kappa, statistic, _no_net_change(b, c))


def _no_net_change(b: int, c: int) -> float | None:
    """How often b and c are as unequal as this by chance."""
    if b + c == 0:
        return None
    if b + c < _EXACT_BELOW:
        return float(min(2 * binom.cdf(min(b, c), b + c, 0.5), 1.0))
    return float(chi2.sf((b - c) ** 2 / (b + c), 1))


def gross_difference(table: Floats) -> float | None:
    """Share of pairs of which the answers differ; None for an empty table."""
    total = table.sum()
    return float(1 - np.trace(table) / total) if total > 0 else None


def inconsistency(table: Floats) -> float | None:
    """Index of inconsistency: the gross difference rate over what independent answers would give.

    None for an empty table, and where all answers are one and the same. With two answers the denominator is
    p₁(1−p₂) + p₂(1−p₁).

    Source: U.S. Bureau of the Census (1985), Evaluating censuses of population and housing, ch. 4.
    """
    gross = gross_difference(table)
    if gross is None:
        return None
    share = table / table.sum()
    expected = 1 - float(share.sum(axis=1) @ share.sum(axis=0))
    return gross / expected if expected > 1e-12 else None


def reliability_ratio(first: Floats, second: Floats) -> float | None:
    """1 − simple response variance / variance, for answers on a scale.

    Parameters
    ----------
    first, second : (n,) answers of the same people at two times.

    Returns
    -------
    1 − Σ(x − y)²/2n over the mean of the two variances (divisor n); None where nobody differs from anybody.

    Source: Biemer & Stokes (1991), in Biemer et al., Measurement errors in surveys, ch. 24.
    """
    if not len(first):
        return None
    spread = (float(np.var(first)) + float(np.var(second))) / 2
    return 1 - float(np.mean((first - second) ** 2)) / 2 / spread if spread > 0 else None


# ---------------------------------------------------------------- kappa
@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa, and the score of a pair in each cell: their mean is 0, and the variance of their mean is its own.

    `scores` (k, k): the variance of kappa is the variance of the (weighted) mean of the pairs' scores. None and 0 where
    all answers are one and the same.
    """

    value: float | None
    scores: Floats


def kappa(table: Floats, *, quadratic: bool = False) -> Kappa:
    """Agreement beyond chance.

    Parameters
    ----------
    table : (k, k) counts or sums of weights.
    quadratic : agreement of answers i and j counts 1 − (i − j)²/(k − 1)², as for points of a scale; else 1 where they
        are the same.

    Source: Cohen (1960, 1968); scores after Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72, 323–327.
    """
    k, total = len(table), float(table.sum())
    if total <= 0:
        return Kappa(None, np.zeros((k, k)))
    share, point = table / total, np.arange(k)
    w = 1 - ((point[:, None] - point) / (k - 1)) ** 2 if quadratic else np.eye(k)
    row, column = share.sum(axis=1), share.sum(axis=0)
    observed, expected = float((w * share).sum()), float(row @ w @ column)
    if 1 - expected < 1e-12:
        return Kappa(None, np.zeros((k, k)))
    value = (observed - expected) / (1 - expected)
    margins = (w @ column)[:, None] + (row @ w)
    scores = (w - margins * (1 - value) - (value - expected * (1 - value))) / (1 - expected)
    return Kappa(value, scores)


# ---------------------------------------------------------------- interviewers
@dataclass(frozen=True, slots=True)
class InterviewerEffect:
    """What is shared by the answers that one interviewer brings. NaN where it cannot be told.

    rho : intraclass correlation. load : forms of the interviewer of an average form, Σm²/Σm. effect : 1 + ρ(m − 1), the
    factor by which it multiplies a variance; 1 where ρ is negative.
    """

    rho: float
    load: float
    effect: float


def interviewer_effect(value: Floats, interviewer: Ints, *, size: int) -> InterviewerEffect:
    """The interviewer effect of one question, by one-way analysis of variance.

    Parameters
    ----------
    value : (n,) answers, NaN where there is none. interviewer : (n,) codes 0..size-1.

    Source: Kish (1962), JASA 57, 92–115; unequal loads after Donner & Koval (1980), Biometrics 36, 19–25.
    """
    known = ~np.isnan(value)
    y, code = value[known], interviewer[known]
    m = np.bincount(code, minlength=size).astype(np.float64)
    n, groups = len(y), int(np.count_nonzero(m))
    if groups < 2 or n <= groups:
        return InterviewerEffect(float("nan"), float("nan"), float("nan"))
    load = float((m**2).sum() / n)
    mean = total_by(code, y, size=size) / np.maximum(m, 1)
    between = float((m * (mean - y.mean()) ** 2).sum()) / (groups - 1)
    within = float(((y - mean[code]) ** 2).sum()) / (n - groups)
    usual = (n - load) / (groups - 1)
    spread = between + (usual - 1) * within
    rho = (between - within) / spread if spread > 0 else 0.0
    return InterviewerEffect(rho, load, 1 + max(rho, 0.0) * (load - 1))
