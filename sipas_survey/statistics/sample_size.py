"""Sample size and precision of a share."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, sqrt

from scipy.special import ndtri

_ROUNDING = 1e-9  # a size that exceeds a whole number by less is that number: 384.0000000001 comes from the arithmetic


@dataclass(frozen=True, slots=True)
class SizeStep:
    """One step of a derivation: its name, and the size (not rounded) that stands after it."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class SampleSize:
    """A sample size `n` with the steps that led to it; only the last one is rounded up."""

    steps: tuple[SizeStep, ...]
    n: int


def size_for_share(
    margin: float, share: float = 0.5, *, level: float = 0.95, deff: float = 1.0, population: int | None = None,
    response: float = 1.0,
) -> SampleSize:  # fmt: skip
    """How many names a share with a given margin needs.

    Parameters
    ----------
    margin : half-width e of the interval to reach, in (0, 1).
    share : the share p to expect, in (0, 1); 0.5 is the worst case.
    level : confidence level, in (0, 1).
    deff : design effect, above 0.
    population : N, at least 1; None for an unbounded one.
    response : share of the names that is expected to answer, in (0, 1].

    Returns
    -------
    steps `simple` n₀ = z²p(1−p)/e², `design_effect` n₁ = n₀·deff, `finite_population` n₂ = n₁/(1 + (n₁−1)/N) and
    `response` n₂/response, all of them always; `n`, at least 1, rounded up once, at the end. It may exceed N where few
    answers are expected.

    Raises
    ------
    ValueError outside these domains.

    Source: Cochran (1977), ch. 4.4 and 4.5; Kish (1965), ch. 8.2.
    """
    if not (0 < margin < 1 and 0 < share < 1 and 0 < level < 1 and deff > 0 and 0 < response <= 1):
        raise ValueError("margin, share and level lie between 0 and 1, response in (0, 1], the design effect above 0")
    if population is not None and population < 1:
        raise ValueError(f"no population of {population}")
    z = float(ndtri((1 + level) / 2))
    simple = z**2 * share * (1 - share) / margin**2
    clustered = simple * deff
    finite = clustered if population is None else clustered / (1 + (clustered - 1) / population)
    names = finite / response
    values = {"simple": simple, "design_effect": clustered, "finite_population": finite, "response": names}
    return SampleSize(tuple(SizeStep(*step) for step in values.items()), max(1, ceil(names * (1 - _ROUNDING))))


def yamane_size(population: int, margin: Fraction) -> SampleSize:
    """The rule of the 2012 method, n = N/(1 + N e²), rounded up; exact.

    Parameters
    ----------
    population : N, at least 1.
    margin : e, in (0, 1).

    Returns
    -------
    one step `yamane`, and `n`.

    Raises
    ------
    ValueError outside these domains.

    Source: Yamane (1967), Statistics: an introductory analysis, 2nd ed., p. 886.
    """
    if population < 1 or not 0 < margin < 1:
        raise ValueError(f"no size for a population of {population} and a margin of {margin}")
    n = population / (1 + population * margin**2)
    return SampleSize((SizeStep("yamane", float(n)),), ceil(n))


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
