"""R-indicators: how far response depends on what is known of everybody."""

from dataclasses import dataclass

import numpy as np

from sipas_survey.statistics.arrays import Floats, Ints

_STEPS = 60
_CLOSE = 1e-10


@dataclass(frozen=True, slots=True)
class Partial:
    """What one variable has to do with response.

    Attributes
    ----------
    unconditional : standard deviation of the response rates between its categories, at most 0.5.
    conditional : what is left of it within the cells of the other variables.
    categories : (K,) per category √(n_k/n)·(rate − overall rate): below 0 it is under-represented.
    """

    unconditional: float
    conditional: float
    categories: Floats


@dataclass(frozen=True, slots=True)
class Representativity:
    """R = 1 − 2·S of the response propensities, in [0, 1]; 1: response depends on nothing that is known.

    `adjusted` takes out the variance that estimated propensities have by chance. `propensity` (n,).
    """

    value: float
    adjusted: float
    propensity: Floats


def response_propensities(x: Floats, responded: Floats) -> Floats:
    """Propensities of a logistic regression by Newton's method.

    Parameters
    ----------
    x : (n, k) with a column of ones. responded : (n,) 0 or 1.

    Returns
    -------
    (n,) in [0, 1]. Where a category responded as a whole, or not at all, its propensities end at 1 or 0; columns that
    depend on others do no harm.
    """
    eta = np.zeros(len(x))
    propensity = np.full(len(x), 0.5)
    for _ in range(_STEPS):
        w = np.maximum(propensity * (1 - propensity), 1e-12)
        worked = np.clip(eta + (responded - propensity) / w, -30, 30)
        root = np.sqrt(w)
        coefficients = np.linalg.lstsq(x * root[:, None], worked * root, rcond=None)[0]
        eta = np.clip(x @ coefficients, -30, 30)
        before, propensity = propensity, 1 / (1 + np.exp(-eta))
        if np.abs(propensity - before).max(initial=0) < _CLOSE:
            break
    return propensity


def representativity(x: Floats, responded: Floats) -> Representativity:
    """The R-indicator of n cases drawn with equal chances.

    Parameters
    ----------
    x : (n, k) with a column of ones, n >= 2. responded : (n,) 0 or 1.

    Source: Schouten, Cobben & Bethlehem (2009); the adjustment for bias after Shlomo, Skinner & Schouten (2012),
    Estimation of an indicator of the representativeness of survey response, without finite population.
    """
    n = len(x)
    propensity = response_propensities(x, responded)
    variance = propensity.var(ddof=1)
    z = (propensity * (1 - propensity))[:, None] * x
    by_chance = float(np.einsum("ij,jk,ik->", z, np.linalg.pinv(z.T @ x), z)) / n
    adjusted = max((1 + 1 / n) * variance - by_chance, 0.0)
    return Representativity(1 - 2 * float(np.sqrt(variance)), 1 - 2 * float(np.sqrt(adjusted)), propensity)


def partial_indicator(propensity: Floats, category: Ints, others: Ints) -> Partial:
    """The partial R-indicators of one variable.

    Parameters
    ----------
    propensity : (n,). category : (n,) codes 0..K-1 of the variable; others : (n,) codes of the cells of all others.

    Source: Schouten, Shlomo & Skinner (2011), Indicators for monitoring and improving representativeness of response.
    """
    n = len(propensity)
    size = np.bincount(category)
    mean = np.bincount(category, propensity) / np.maximum(size, 1)
    categories = np.sqrt(size / n) * (mean - propensity.mean())
    within = propensity - (np.bincount(others, propensity) / np.maximum(np.bincount(others), 1))[others]
    return Partial(float(np.sqrt((categories**2).sum())), float(np.sqrt((within**2).mean())), categories)
