"""Joint inclusion probabilities: exact for small strata, Hájek's approximation for large ones.

Every function returns an (N, N) symmetric matrix whose diagonal holds the inclusion probabilities themselves.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from scipy.special import expit

from sipas_survey.statistics.arrays import Floats
from sipas_survey.statistics.inclusion import (
    integrate,
    order_nodes,
    order_probabilities,
    proportional_probabilities,
    without_each,
)
from sipas_survey.statistics.selection import certainty_units, systematic

_ROUNDS = 2_000
_NEAR = 1e-13
_WHOLE_WITHIN = 1e-6


def simple_joint(N: int, n: int) -> Floats:
    """Simple random sampling: n(n−1)/(N(N−1)). 1 <= n <= N."""
    return _with_diagonal(np.full((N, N), n * (n - 1) / (N * max(N - 1, 1))), np.full(N, n / N))


def systematic_joint(sizes: Sequence[int], n: int) -> Floats:
    """Systematic sampling, proportional to size or not; exact at any n, many pairs are 0.

    Parameters
    ----------
    sizes, n : as in `selection.systematic`.

    Returns
    -------
    For each pair the length of the starts that draw both: the sample changes only where a start passes the fraction of
    a cumulated λ.

    Source: Madow (1949); Hidiroglou & Gray (1980), Applied Statistics 29, 107–112.
    """
    probability = proportional_probabilities(sizes, n)
    bends = np.unique(np.concatenate([[0.0, 1.0], np.mod(np.cumsum(probability[probability < 1]), 1.0)]))
    joint = np.zeros((len(sizes), len(sizes)))
    for low, high in pairwise(bends.tolist()):
        drawn = systematic(sizes, n, start=(low + high) / 2)
        joint[np.ix_(drawn, drawn)] += high - low
    return joint


def pivotal_joint(sizes: Sequence[int], n: int) -> Floats:
    """Sequential pivotal sampling, exact by following each pair through all fights; N up to some dozens.

    Parameters
    ----------
    sizes, n : as in `selection.pivotal`, in the order of the list.

    Source: Chauvet (2012), Bernoulli 18, 1320–1340, who gives the same in closed form.
    """
    certain, rest = certainty_units(sizes, n)
    probability = proportional_probabilities(sizes, n)
    joint = np.outer(probability, probability)  # right for pairs with a certainty unit
    own = [(n - len(certain)) * sizes[i] for i in rest]
    whole = sum(sizes[i] for i in rest)
    for i, j in _distinct(len(rest)):
        both = _both_drawn(own, whole, i, j)
        joint[rest[i], rest[j]] = joint[rest[j], rest[i]] = both
    return _with_diagonal(joint, probability)


def _both_drawn(own: Sequence[int], whole: int, i: int, j: int) -> float:
    """The chance that units i and j are both drawn; a state is (how many of the two are drawn, who is undecided)."""
    chances, held = {(0, -1): 1.0}, 0
    for b, mass in enumerate(own):
        both, drawn = held + mass, held + mass >= whole
        first = (whole - mass) / (2 * whole - both) if drawn else mass / both  # b goes on
        held = both - whole if drawn else both
        after: defaultdict[tuple[int, int], float] = defaultdict(float)
        for (count, a), chance in chances.items():
            after[count + (drawn and a in (i, j)), b] += chance * first
            after[count + (drawn and b in (i, j)), a] += chance * (1 - first)
        chances = after
    return sum(chance for (count, _), chance in chances.items() if count == 2)


def pareto_joint(odds: Floats, n: int) -> Floats:
    """The first n of an order by [u/(1−u)]/odds, exact by integration; N up to some dozens.

    Parameters
    ----------
    odds, n : as in `inclusion.order_probabilities`.

    Returns
    -------
    For each pair ∫ (f_i F_j + F_i f_j) P(fewer than n − 1 of the others lie below) dy.
    """
    nodes = order_nodes(odds)
    below = expit(np.log(odds)[:, None] + nodes)
    joint = np.zeros((len(odds), len(odds)))
    for i in range(len(odds) if n > 1 else 0):
        others = np.delete(below, i, axis=0)
        for j, counts in without_each(others, n - 1):
            both = below[i] * others[j] * (2 - below[i] - others[j])
            joint[i, j + (j >= i)] = integrate(both * counts.sum(axis=0))
    return _with_diagonal(joint, order_probabilities(odds, n))


def maximum_entropy_joint(probability: Floats) -> Floats:
    """Maximum entropy (conditional Poisson) sampling with given inclusion probabilities; N up to some hundreds.

    Parameters
    ----------
    probability : (N,) in (0, 1), with a whole sum n.

    Returns
    -------
    w_i w_j e_{n−2}(others)/e_n(all) with the odds w at which the inclusion probabilities are the given ones, found by
    the fixed point w_i ← w_i π_i/π_i(w) to 1e-13.

    Raises
    ------
    ValueError where the sum is no whole number.

    Source: Chen, Dempster & Liu (1994), Biometrika 81, 457–469; Tillé (2006), ch. 5.2.
    """
    n = _size(probability)
    odds = probability / (1 - probability)
    for _ in range(_ROUNDS):
        reached = _conditional(odds, n)
        if np.max(np.abs(reached - probability)) < _NEAR:
            break
        odds = odds * probability / reached
    return _with_diagonal(_pairs(odds, n, _all_sums), probability)


def sampford_joint(probability: Floats) -> Floats:
    """Sampford's sampling: samples as likely as (n − Σ_s π) Π_s π/(1−π).

    Parameters
    ----------
    probability : as in `maximum_entropy_joint`.

    Source: Sampford (1967), Biometrika 54, 499–513.
    """
    n = _size(probability)
    odds = probability / (1 - probability)
    return _with_diagonal(_pairs(odds, n, _sampford_sums), probability)


def elimination_joint(probability: Floats) -> Floats:
    """Tillé's elimination: one unit after the other goes, the others stay proportional to size.

    Parameters
    ----------
    probability : as in `maximum_entropy_joint`; proportional to size.

    Returns
    -------
    Π over the steps of 1 − v_i − v_j, v the chance to be eliminated. Midzuno's sampling is its complement:
    π_i + π_j − 1 + `elimination_joint`(1 − π) off the diagonal.

    Source: Tillé (1996), Biometrika 83, 238–241.
    """
    N, n = len(probability), _size(probability)
    joint, before = np.ones((N, N)), np.ones(N)
    for size in range(N - 1, n - 1, -1):
        after = _proportional(probability, size)
        gone = 1 - after / before
        joint *= 1 - gone[:, None] - gone[None, :]
        before = after
    return _with_diagonal(joint, probability)


def hajek_joint(probability: Floats) -> Floats:
    """Near every design of high entropy with large d = Σπ(1−π): π_i π_j [1 − (1−π_i)(1−π_j)/d].

    Parameters
    ----------
    probability : (N,) in (0, 1]; certainty units are independent of all others.

    Source: Hájek (1964), Annals of Mathematical Statistics 35, 1491–1523, eq. 5.27.
    """
    not_drawn = 1 - probability
    spread = float((probability * not_drawn).sum())
    joint = np.outer(probability, probability)
    if spread > 0:
        joint *= 1 - np.outer(not_drawn, not_drawn) / spread
    return _with_diagonal(joint, probability)


def _with_diagonal(joint: Floats, probability: Floats) -> Floats:
    np.fill_diagonal(joint, probability)
    return joint


def _size(probability: Floats) -> int:
    total = float(probability.sum())
    if abs(total - round(total)) > _WHOLE_WITHIN:
        raise ValueError(f"no sample of {total} units")
    return round(total)


def _conditional(odds: Floats, n: int) -> Floats:
    """Inclusion probabilities of independent draws given that n units were drawn."""
    chance = (odds / (1 + odds))[:, None]
    alone = np.array([counts[n - 1, 0] for _, counts in without_each(chance, n)])
    drawn = chance[:, 0] * alone
    return np.asarray(n * drawn / drawn.sum())


def _pairs(odds: Floats, n: int, sums: Callable[[Floats, int], float]) -> Floats:
    """w_i w_j times the sum over the other n − 2 units of a sample, over the sum over whole samples."""
    joint = np.zeros((len(odds), len(odds)))
    for i, j in _distinct(len(odds)):
        joint[i, j] = joint[j, i] = odds[i] * odds[j] * sums(np.delete(odds, [i, j]), n - 2)
    return joint / sums(odds, n)


def _distinct(N: int) -> Iterator[tuple[int, int]]:
    return ((i, j) for i in range(N) for j in range(i))


def _all_sums(odds: Floats, n: int) -> float:
    """The elementary symmetric polynomial e_n."""
    if n < 0:
        return 0.0
    counts = np.zeros(n + 1)
    counts[0] = 1
    for w in odds:
        counts[1:] += w * counts[:-1]
    return float(counts[n])


def _sampford_sums(odds: Floats, n: int) -> float:
    """Σ over samples of Π_s w times Σ over units outside of w/(1+w) = π, which is n − Σ_s π for the whole."""
    if n < 0:
        return 0.0
    counts = np.zeros((2, n + 1))  # without and with a unit marked outside
    counts[0, 0] = 1
    for w in odds:
        more = counts.copy()
        more[:, 1:] += w * counts[:, :-1]
        more[1] += w / (1 + w) * counts[0]
        counts = more
    return float(counts[1, n])


def _proportional(measure: Floats, n: int) -> Floats:
    """n·x/Σx with certainty units at 1, for real measures x."""
    probability = np.ones(len(measure))
    rest = np.ones(len(measure), dtype=bool)
    while True:
        left = n - int((~rest).sum())
        aimed = left * measure / measure[rest].sum() if rest.any() else measure
        sure = rest & (aimed >= 1)
        if not sure.any():
            break
        rest &= ~sure
    probability[rest] = aimed[rest]
    return probability
