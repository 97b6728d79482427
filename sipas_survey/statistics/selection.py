"""Permanent random numbers and the draws made with them."""

import hashlib
from collections.abc import Sequence

import numpy as np

from sipas_survey.statistics.arrays import Floats, Ints

_BITS = 52  # 13 hexadecimal digits


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
