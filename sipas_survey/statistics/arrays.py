"""The two kinds of arrays, and the sums by code that everything else is built on."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows in groups: sums of each group, and what belongs to a group carried back to its rows.

    Attributes
    ----------
    code : (n,) codes 0..size-1.
    first, occurring : where each run of equal codes begins, and its code, if the codes never fall; else None. Runs are
        summed without a search.
    """

    code: Ints
    size: int
    first: Ints | None
    occurring: Ints | None

    @classmethod
    def of(cls, code: Ints, *, size: int) -> "Groups":
        """Rows with these codes."""
        step = code[1:] != code[:-1]
        if not len(code) or np.any(code[1:] < code[:-1]):
            return cls(code, size, None, None)
        first = np.concatenate([[0], np.flatnonzero(step) + 1])
        return cls(code, size, first, code[first])

    def sum(self, columns: Floats) -> Floats:
        """(size, k) sums of (n, k) columns; 0 for a group without a row."""
        if self.first is None or self.occurring is None:
            return sum_by(self.code, columns, size=self.size)
        sums = np.zeros((self.size, columns.shape[1]))
        sums[self.occurring] = np.add.reduceat(columns, self.first, axis=0)
        return sums

    def spread(self, values: Floats) -> Floats:
        """(n, k) for each row the values (size, k) of its group."""
        if self.first is not None and self.occurring is not None:
            return np.repeat(values[self.occurring], np.diff(self.first, append=len(self.code)), axis=0)
        if values.shape[1] == 1:
            return values[:, 0].take(self.code)[:, None]
        return values.take(self.code, axis=0)


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
