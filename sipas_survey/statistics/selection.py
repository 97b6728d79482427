"""Permanent random numbers and the draws made with them."""

import hashlib
from collections.abc import Sequence

import numpy as np

from sipas_survey.statistics.arrays import Floats, Ints

_BITS = 52  # 13 hexadecimal digits
_WHOLE = 2 ** (_BITS + 1)  # a permanent random number is an odd multiple of 1/_WHOLE


def permanent_random_numbers(unit_ids: Sequence[str], seed: str) -> Floats:
    """The number in (0, 1) that a unit has under a seed, whatever else is in the frame.

    Parameters
    ----------
    unit_ids : n ids as stored (NFC, trimmed, whole numbers without a decimal point: `formats.normal`).
    seed : the published seed, in the same normal form.

    Returns
    -------
    (n,) u = (first 13 hexadecimal digits of SHA-256 of the UTF-8 text `seed:unit_id`, as an integer, + ½) / 16¹³,
    without rounding: 52 bits and the half fill the 53 bits of a float.

    Source: permanent random numbers after Ohlsson (1995), in Cox et al., Business Survey Methods, ch. 9.
    """
    begun = hashlib.sha256(f"{seed}:".encode())
    heads = bytearray()
    for unit_id in unit_ids:
        text = begun.copy()
        text.update(unit_id.encode())
        heads += text.digest()[:8]
    integers = np.frombuffer(bytes(heads), dtype=">u8") >> np.uint64(64 - _BITS)
    return (integers.astype(np.float64) + 0.5) / 2.0**_BITS


def simple_random_order(unit_ids: Sequence[str], numbers: Floats, *, size: int | None = None) -> Ints:
    """The order in which units are drawn: ascending numbers, ties by the UTF-8 bytes of the id.

    Parameters
    ----------
    unit_ids : n ids, all different.
    numbers : (n,) their permanent random numbers.
    size : how many to draw; None, or more than there are, draws all.

    Returns
    -------
    (min(size, n),) positions in `unit_ids`. The first ones are the sample, what follows is the reserve.

    Raises
    ------
    ValueError where size is negative.
    """
    if size is not None and size < 0:
        raise ValueError(f"cannot draw {size} units")
    order = np.argsort(numbers, kind="stable").astype(np.int64)
    ascending = numbers[order]
    if np.any(ascending[1:] == ascending[:-1]):
        by_id = sorted(range(len(unit_ids)), key=lambda i: (numbers[i], unit_ids[i].encode()))
        order = np.array(by_id, dtype=np.int64)
    return order[:size]


def certainty_units(sizes: Sequence[int], n: int) -> tuple[list[int], list[int]]:
    """The units that a sample proportional to size takes with certainty, and all others.

    Parameters
    ----------
    sizes : (N,) measures of size, at least 1.
    n : size of the sample, 1 to N.

    Returns
    -------
    positions with λ = n·size/Σ size >= 1, where certain ones are taken out and λ is computed anew until none is left;
    and the remaining positions, for which places are left unless there are none. Both ascending.

    Raises
    ------
    ValueError where n or a size is outside its domain.

    Source: Särndal, Swensson & Wretman (1992), ch. 3.6.1; Tillé (2006), ch. 2.10.
    """
    if not 1 <= n <= len(sizes) or min(sizes) < 1:
        raise ValueError(f"no sample of {n} from {len(sizes)} units; sizes are whole numbers of at least 1")
    certain: list[int] = []
    rest = list(range(len(sizes)))
    while True:
        left, total = n - len(certain), sum(sizes[i] for i in rest)
        sure = [i for i in rest if left * sizes[i] >= total]
        if not sure:
            return sorted(certain), rest
        certain += sure
        rest = [i for i in rest if left * sizes[i] < total]


def pareto_order(unit_ids: Sequence[str], numbers: Floats, *, sizes: Sequence[int], n: int) -> Ints:
    """Pareto order sampling: the n units with the smallest [u/(1−u)] / [λ/(1−λ)], and all others in that order.

    Parameters
    ----------
    unit_ids : N ids, all different.
    numbers : (N,) their permanent random numbers.
    sizes, n : as in `certainty_units`.

    Returns
    -------
    (N,) positions. Certainty units come first, in ascending order of their numbers. Ties go by the UTF-8 bytes of ids.

    Source: Rosén (1997), Journal of Statistical Planning and Inference 62, 135–191; Ohlsson (1998).
    """
    certain, rest = certainty_units(sizes, n)
    rank = np.full(len(sizes), -1.0)
    left, total = n - len(certain), sum(sizes[i] for i in rest)
    for i in rest:
        u = numbers[i]
        rank[i] = u / (1 - u) * ((total - left * sizes[i]) / (left * sizes[i]))
    order = sorted(range(len(sizes)), key=lambda i: (rank[i], numbers[i], unit_ids[i].encode()))
    return np.array(order, dtype=np.int64)


def systematic(sizes: Sequence[int], n: int, *, start: float) -> Ints:
    """Systematic sampling with one random start; proportional to size after Madow.

    Parameters
    ----------
    sizes, n : as in `certainty_units`, in the order of the list; all 1 for equal probabilities.
    start : u in (0, 1).

    Returns
    -------
    (n,) ascending positions: certainty units, and those in whose piece of the cumulated λ one of u, u+1, … lies. With
    equal sizes these are floor((u + i)·N/n). Computed in whole numbers: the last units are reached, none comes twice.

    Source: Madow (1949), Annals of Mathematical Statistics 20, 333–354; Cochran (1977), ch. 8.
    """
    certain, rest = certainty_units(sizes, n)
    left = n - len(certain)
    cumulated = np.cumsum([sizes[i] for i in rest], dtype=np.int64)
    u, total = _exact(start), int(cumulated[-1]) if rest else 0
    points = [(u + i * _WHOLE) * total // (left * _WHOLE) for i in range(left)]
    chosen = [rest[j] for j in np.searchsorted(cumulated, points, side="right")]
    return np.array(sorted(certain + chosen), dtype=np.int64)


def pivotal(numbers: Floats, *, sizes: Sequence[int], n: int) -> Ints:
    """Sequential pivotal sampling proportional to size: neighbours fight until one holds 1 or 0.

    Parameters
    ----------
    numbers : (N,) permanent random numbers, in the order of the list.
    sizes, n : as in `certainty_units`, in the same order.

    Returns
    -------
    (n,) ascending positions. The unit a that is still undecided meets the next unit b with b's u; together they hold
    s = λ_a + λ_b. Where s < 1, b goes on with s if u < λ_b/s, else a does, and the other is out. Where s >= 1, a is
    drawn and b goes on with s − 1 if u < (1 − λ_b)/(2 − s), else b is drawn and a goes on. Computed in whole numbers.

    Source: Deville & Tillé (1998), Biometrika 85, 89–101; Chauvet (2012), Bernoulli 18, 1320–1340.
    """
    certain, rest = certainty_units(sizes, n)
    left, whole = n - len(certain), sum(sizes[i] for i in rest)
    drawn, undecided, held = list(certain), -1, 0
    for i in rest:
        own, u = left * sizes[i], _exact(numbers[i])
        both = held + own
        if both < whole:
            if undecided < 0 or u * both < own * _WHOLE:
                undecided = i
            held = both
            continue
        if u * (2 * whole - both) < (whole - own) * _WHOLE:
            undecided, i = i, undecided
        drawn.append(i)
        held = both - whole
    return np.array(sorted(drawn), dtype=np.int64)


def _exact(number: float) -> int:
    return int(number * _WHOLE)
