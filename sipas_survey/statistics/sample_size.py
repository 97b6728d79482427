"""Sample size and precision of a share."""

from math import sqrt

from scipy.special import ndtri


def margin(
    n: float, share: float = 0.5, *, level: float = 0.95, population: float | None = None, deff: float = 1.0
) -> float:
    """Half-width of the interval of a share from a simple random sample.

    Parameters
    ----------
    n : size of the sample, at least 1.
    share : the share to expect, in [0, 1]; 0.5 is the worst case.
    level : confidence level, in (0, 1).
    population : size of the population, at least n; None for an unbounded one.
    deff : design effect, variance over that of a simple random sample.

    Returns
    -------
    z √(deff · p(1−p)/n · (N−n)/(N−1)), as a share; it undoes n₂ = n₁/(1 + (n₁−1)/N).

    Raises
    ------
    ValueError where n < 1 or the population is smaller than the sample.

    Source: Cochran (1977), eq. 4.1 and 4.2.
    """
    if n < 1 or (population is not None and population < n):
        raise ValueError(f"no sample of {n} from a population of {population}")
    not_drawn = 1.0
    if population is not None:
        not_drawn = (population - n) / (population - 1) if population > n else 0.0
    z = float(ndtri((1 + level) / 2))
    return z * sqrt(deff * share * (1 - share) / n * not_drawn)
