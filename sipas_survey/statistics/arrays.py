"""The two kinds of arrays, and the sums by code that everything else is built on."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def sum_by(code: Ints, columns: Floats, *, size: int) -> Floats:
    """Sum rows that share a code.

    Parameters
    ----------
    code : (n,) codes 0..size-1, in any order.
    columns : (n, k) values.
    size : number of codes.

    Returns
    -------
    (size, k) sums; 0 for a code without a row.
    """
    if columns.shape[1] == 1:
        return total_by(code, columns[:, 0], size=size)[:, None]
    sums = np.zeros((size, columns.shape[1]))
    for j, column in enumerate(columns.T):
        sums[:, j] = total_by(code, column, size=size)
    return sums


def total_by(code: Ints, values: Floats | Mask, *, size: int) -> Floats:
    """(size,) sums of (n,) values that share a code 0..size-1; 0 for a code without one."""
    return np.asarray(np.bincount(code, weights=values, minlength=size), dtype=np.float64)


def compress(code: Ints, *, size: int) -> tuple[Ints, Ints]:
    """Number the codes that occur, in their order.

    Parameters
    ----------
    code : (n,) codes 0..size-1.
    size : number of possible codes; a table of that length is used where it is not much longer than n.

    Returns
    -------
    number : (n,) codes 0..K-1 of the K that occur.
    occurring : (K,) the code of each number, rising.
    """
    if size > 4 * len(code) + 1024:
        occurring, number = np.unique(code, return_inverse=True)
        return number.astype(np.int64), occurring
    present = np.zeros(size, dtype=bool)
    present[code] = True
    occurring = np.flatnonzero(present)
    if len(occurring) == size:
        return code, occurring
    number = np.empty(size, dtype=np.int64)
    number[occurring] = np.arange(len(occurring))
    return number[code], occurring
