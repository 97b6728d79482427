"""Statistical disclosure control: what may be told of respondents so that nobody stands alone."""

import numpy as np
import pandas as pd

from sipas_survey.statistics.arrays import Ints


def without_small_cells(table: pd.DataFrame, *, smallest: int) -> pd.DataFrame:
    """Blank values so that every combination of values left has `smallest` rows at least (k-anonymity).

    Parameters
    ----------
    table : (n, m) text, the columns in order of worth: a row whose combination is too rare loses its last value first,
        then the last but one, and so on. n >= smallest.
    smallest : the fewest rows that a combination may have, >= 2.

    Returns
    -------
    The table with its index and columns; no value is changed but into "". Where the rows that lost everything are too
    few themselves, the smallest combinations join them.

    Source: Samarati & Sweeney (1998), generalisation and suppression; Hundepool et al. (2012), ch. 3.
    """
    if smallest < 2 or len(table) < smallest:
        raise ValueError("a cell has two rows at least, and a table no fewer than a cell")
    kept = np.full(len(table), table.shape[1])  # how many values of each row stay
    for width in range(table.shape[1], 0, -1):
        inside = np.flatnonzero(kept == width)
        rare = _sizes(table.iloc[inside, :width]) < smallest
        kept[inside[rare]] = width - 1
    while 0 < (kept == 0).sum() < smallest:
        _join_smallest(table, kept)
    cells = table.to_numpy(dtype=object, copy=True)
    cells[np.arange(table.shape[1]) >= kept[:, None]] = ""
    return pd.DataFrame(cells, index=table.index, columns=table.columns, dtype=object)


def _sizes(table: pd.DataFrame) -> Ints:
    """(n,) the number of rows that are like each row."""
    codes = np.asarray(table.groupby(list(table.columns), sort=True).ngroup(), dtype=np.int64)
    return np.asarray(np.bincount(codes)[codes], dtype=np.int64) if len(codes) else codes


def _join_smallest(table: pd.DataFrame, kept: Ints) -> None:
    """Take everything from the rows of the smallest combination; of several the first."""
    some = np.flatnonzero(kept > 0)
    cells = table.to_numpy(dtype=object)
    combinations = [(*cells[i, : kept[i]], *[None] * (table.shape[1] - kept[i])) for i in some]
    codes, _ = pd.factorize(pd.Series(combinations, dtype=object))
    kept[some[codes == np.bincount(codes).argmin()]] = 0
