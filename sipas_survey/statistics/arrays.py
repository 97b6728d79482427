"""The two kinds of arrays, and the one sum by code that everything else is built on."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    sums = np.zeros((size, columns.shape[1]))
    for j, column in enumerate(columns.T):
        sums[:, j] = np.bincount(code, weights=column, minlength=size)
    return sums
