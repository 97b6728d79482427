"""How a sample is divided among strata: apportionment in exact numbers, and the smallest sample for several targets."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import exp

import numpy as np
from scipy.optimize import brentq

from sipas_survey.statistics.arrays import Floats

_DECIMALS = 9  # of measures that are not rational: equal strata must tie on every machine
_ROUNDS = 20_000
_GAP = 1e-10
_WIDE = 40.0  # e⁴⁰ times a bound is no bound, and e⁻⁴⁰ times it no sample but a census meets


def power_measure(population: Sequence[int], exponent: Fraction) -> list[Fraction]:
    """The measure N_h^q of power allocation, to nine decimals of the largest.

    Parameters
    ----------
    population : (H,) N_h, not negative.
    exponent : q; 0 makes the allocation equal, 1 proportional, ½ is Bankier's compromise.

    Returns
    -------
    (H,) the measures; an empty stratum has 0.

    Source: Bankier (1988), The American Statistician 42, 174–177, with equal coefficients of variation.
    """
    if exponent == 1:
        return [Fraction(size) for size in population]
    largest = max(population, default=0)
    return [_decimal((size / largest) ** float(exponent)) if size else Fraction(0) for size in population]


def neyman_measure(population: Sequence[int], deviation: Sequence[float]) -> list[Fraction]:
    """The measure N_h S_h of optimum allocation with equal costs, to nine decimals of the largest.

    Parameters
    ----------
    population : (H,) N_h, not negative.
    deviation : (H,) standard deviations S_h of the outcome in the strata, not negative.

    Source: Neyman (1934), JRSS 97, 558–625; Cochran (1977), eq. 5.26.
    """
    product = [size * spread for size, spread in zip(population, deviation, strict=True)]
    largest = max(product, default=0) or 1
    return [_decimal(value / largest) for value in product]


def _decimal(value: float) -> Fraction:
    return Fraction(round(value * 10**_DECIMALS), 10**_DECIMALS)


def apportion(
    measure: Sequence[Fraction], total: int, *, population: Sequence[int], lower: Sequence[int], upper: Sequence[int]
) -> list[int]:
    """Divide a total among strata in proportion to a measure, within bounds, in whole numbers that add up exactly.

    The share of a stratum is c times its measure, cut off at its bounds, with the one c at which the shares add up to
    the total: what a stratum cannot take goes to the others. Shares are rounded by largest remainder; of equal
    remainders the larger stratum goes first, then the one that comes first.

    Parameters
    ----------
    measure : (H,) not negative.
    total : the size to divide.
    population : (H,) N_h, which decides ties.
    lower, upper : (H,) bounds, 0 <= lower <= upper.

    Returns
    -------
    (H,) sizes that add up to the total; to Σ upper where that is smaller, to Σ lower where that is larger. Strata
    without a measure get their lower bound, and more only where all others are full.

    Source: Hamilton's method of largest remainders (Balinski & Young 1982, ch. 3); bounds as in Cochran
    (1977), ch. 5.8.
    """
    total = min(max(total, sum(lower)), sum(upper))
    shares = _within_bounds(measure, total, lower, upper)
    if (rest := total - sum(shares)) > 0:  # only strata without a measure are left
        room = [high - share for share, high in zip(shares, upper, strict=True)]
        shares = [share + rest * more / sum(room) for share, more in zip(shares, room, strict=True)]
    sizes = [int(share) for share in shares]
    first = sorted(range(len(shares)), key=lambda h: (sizes[h] - shares[h], -population[h], h))
    for h in first[: total - sum(sizes)]:
        sizes[h] += 1
    return sizes


def _within_bounds(
    measure: Sequence[Fraction], total: int, lower: Sequence[int], upper: Sequence[int]
) -> list[Fraction]:
    """The shares clip(c·measure, lower, upper) that add up to the total, or come nearest below it."""

    def shares(c: Fraction) -> list[Fraction]:
        return [min(max(c * part, Fraction(low)), Fraction(high)) for part, low, high in bounded]

    bounded = list(zip(measure, lower, upper, strict=True))
    bends = sorted({Fraction(bound) / part for part, *bounds in bounded if part for bound in bounds} | {Fraction(0)})
    reached = [sum(shares(c)) for c in bends]
    for (c, below), (following, above) in pairwise(zip(bends, reached, strict=True)):
        if below <= total <= above and above > below:
            return shares(c + (following - c) * (total - below) / (above - below))
    return shares(bends[-1])


def smallest_sample(parts: Floats, bounds: Floats, *, population: Floats, lower: Floats, upper: Floats) -> Floats:
    """The smallest sample that keeps several variances within their bounds at once (Bethel–Chromy).

    Parameters
    ----------
    parts : (J, H) W_h² S_h² of the strata that enter target j, 0 for the others: its variance is
        Σ_h W_h² S_h² (1/n_h − 1/N_h).
    bounds : (J,) what each variance may be at most, above 0.
    population : (H,) N_h.
    lower, upper : (H,) bounds of n_h, 0 < lower <= upper <= N_h.

    Returns
    -------
    (H,) real sizes. With a_jh = parts/(bound_j + Σ_h parts/N_h) the targets are Σ_h a_jh/n_h <= 1; n_h is
    √(Σ_j α_j a_jh) cut off at the bounds, with multipliers α_j ← α_j (Σ_h a_jh/n_h)² repeated until the sample is
    within a part of 1e-10 of the smallest possible one. Strata of a target that no sample within the bounds meets stand
    at their upper bounds.

    Source: Bethel (1989), Survey Methodology 15, 47–57; Chromy (1987), Proceedings ASA, Survey Research Methods.
    """
    every = parts / (bounds + (parts / population).sum(axis=1))[:, None]
    met = (every / upper).sum(axis=1) < 1
    lower = np.where(np.any(every[~met] > 0, axis=0), upper, lower)
    a = every[met]
    multiplier = np.square(np.sqrt(a).sum(axis=1))
    sizes = np.array(lower, dtype=np.float64)
    for _ in range(_ROUNDS):
        n = np.clip(np.sqrt(multiplier @ a), lower, upper)
        used = (a / n).sum(axis=1)
        sizes = np.clip(n * max(1.0, used.max(initial=0.0)), lower, upper)
        least = n.sum() + multiplier @ (used - 1)  # the dual bound: no sample that meets the targets is smaller
        if sizes.sum() - least <= _GAP * least and np.all((a / sizes).sum(axis=1) <= 1 + _GAP):
            break
        multiplier = multiplier * np.square(used)
    return sizes


def sample_of_total(
    parts: Floats, bounds: Floats, total: int, *, population: Floats, lower: Floats, upper: Floats
) -> Floats:
    """The sample of a given size that comes equally near to several variance bounds, or equally far below them.

    Parameters
    ----------
    total : Σ n_h, from Σ lower to Σ upper.

    Returns
    -------
    (H,) real sizes: those of `smallest_sample` for all bounds multiplied by the one factor at which they add up to the
    total, but for about a part of 1e-9. The other parameters are as there.
    """

    def surplus(log_factor: float) -> float:
        sizes = smallest_sample(parts, bounds * exp(log_factor), population=population, lower=lower, upper=upper)
        return float(sizes.sum() - total)

    low, high = -_WIDE, _WIDE
    if surplus(low) <= 0:
        return upper
    if surplus(high) >= 0:
        return lower
    factor = exp(float(brentq(surplus, low, high, xtol=1e-12)))
    return smallest_sample(parts, bounds * factor, population=population, lower=lower, upper=upper)
