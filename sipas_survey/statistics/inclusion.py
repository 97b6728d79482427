"""Inclusion probabilities of the designs with unequal probabilities."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import expit

from sipas_survey.statistics.arrays import Floats
from sipas_survey.statistics.selection import certainty_units

EXACT_BELOW = 10.0  # Σλ(1−λ) from which λ itself is near enough to the probabilities of Pareto sampling
_STEP = 0.125
_TAIL = 40.0  # e⁻⁴⁰ is below the accuracy of a float


def proportional_probabilities(sizes: Sequence[int], n: int) -> Floats:
    """λ = n·size/Σ size, 1 for certainty units, of a sample of n.

    Parameters
    ----------
    sizes, n : as in `selection.certainty_units`.

    Returns
    -------
    (N,) the exact probabilities of systematic and pivotal sampling, and the aimed-at ones of Pareto sampling.
    """
    certain, rest = certainty_units(sizes, n)
    probability = np.ones(len(sizes))
    measures = np.array([sizes[i] for i in rest], dtype=np.float64)
    probability[rest] = (n - len(certain)) * measures / measures.sum() if rest else []
    return probability


def pareto_probabilities(sizes: Sequence[int], n: int, *, released: int = 0) -> Floats:
    """Probability of each unit to be among the first n + r of the order of Pareto sampling.

    Parameters
    ----------
    sizes, n : as in `selection.certainty_units`; the order is made with λ for n.
    released : r, how many of the units that follow were taken too.

    Returns
    -------
    (N,) with λ computed anew for n + r: that λ where Σλ(1−λ) >= 10, else the exact probabilities (`order_probabilities`
    with the odds for n that the order was made with).

    Source: Rosén (2000), Journal of Statistical Planning and Inference 83, 159–170; Aires (1999).
    """
    again = proportional_probabilities(sizes, n + released)
    if float((again * (1 - again)).sum()) >= EXACT_BELOW:
        return again
    certain, rest = certainty_units(sizes, n)
    aimed = proportional_probabilities(sizes, n)[rest]
    probability = np.ones(len(sizes))
    if rest:
        probability[rest] = order_probabilities(aimed / (1 - aimed), n - len(certain) + released)
    return probability


def order_probabilities(odds: Floats, n: int) -> Floats:
    """Probability of each unit to be among the n smallest of q = [u/(1−u)]/odds.

    Parameters
    ----------
    odds : (N,) above 0.
    n : 1 to N.

    Returns
    -------
    (N,) ∫ f_i(y) P(fewer than n other units lie below y) dy over y = log q, by the trapezoidal rule with step 1/8. The
    integrand is analytic within ±iπ and falls exponentially on both sides, so the rule errs by less than 1e-11.

    Source: Aires (1999), Methodology and Computing in Applied Probability 1, 457–469.
    """
    if n == len(odds):
        return np.ones(n)
    nodes = order_nodes(odds)
    below = expit(np.log(odds)[:, None] + nodes)
    probability = np.empty(len(odds))
    for i, counts in without_each(below, n):
        probability[i] = integrate(below[i] * (1 - below[i]) * counts.sum(axis=0))
    return probability


def order_nodes(odds: Floats) -> Floats:
    """The values of log q at which integrals over the order are evaluated, 1/8 apart."""
    middle = -np.log(odds)
    return np.arange(middle.min() - _TAIL, middle.max() + _TAIL, _STEP)


def integrate(values: Floats) -> float:
    """The integral of values at `order_nodes`."""
    return float(_STEP * values.sum())


def without_each(below: Floats, n: int) -> Iterator[tuple[int, Floats]]:
    """For each unit i the chances that 0, 1, …, n − 1 of the other units lie below, at each node.

    Parameters
    ----------
    below : (N, nodes) chance of each unit to lie below.

    Returns
    -------
    pairs of i and (n, nodes). All others are put together by halves, N log N steps in all, and only sums of positive
    terms are formed: nothing cancels.
    """
    nobody = np.zeros((n, below.shape[1]))
    nobody[0] = 1

    def split(low: int, high: int, counts: Floats) -> Iterator[tuple[int, Floats]]:
        if high - low == 1:
            yield low, counts
            return
        middle = (low + high) // 2
        yield from split(low, middle, joined(counts, below[middle:high]))
        yield from split(middle, high, joined(counts, below[low:middle]))

    return split(0, len(below), nobody)


def joined(counts: Floats, below: Floats) -> Floats:
    """The chances of counts (n, nodes) once the units of `below` (k, nodes) are added."""
    for chance in below:
        more = counts * (1 - chance)
        more[1:] += counts[:-1] * chance
        counts = more
    return counts
