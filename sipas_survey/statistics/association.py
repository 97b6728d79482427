"""Whether two questions of a survey are independent: Pearson's test, corrected for the design."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, fdtrc

from sipas_survey.statistics.arrays import Floats


@dataclass(frozen=True, slots=True)
class RaoScott:
    """Tests of independence in a two-way table.

    Attributes
    ----------
    pearson : X² of the weighted shares, as if they were of n rows drawn at random.
    first_order : X² over the mean of the generalised design effects: a χ² with `df` = (I − 1)(J − 1).
    first_order_p : its p-value.
    second_order : X² over the sum of the design effects, an F with `numerator_df` and `denominator_df`.
    second_order_p : its p-value.
    """

    pearson: float
    first_order: float
    df: int
    first_order_p: float
    second_order: float
    numerator_df: float
    denominator_df: float
    second_order_p: float


def rao_scott(share: Floats, covariance: Floats, *, n: int, df: int) -> RaoScott:
    """First- and second-order corrected tests of independence of rows and columns.

    Parameters
    ----------
    share : (I, J) estimated shares of the cells, adding up to 1; I, J ≥ 2; no row or column without a share.
    covariance : (I·J, I·J) design-based covariances of the shares, row by row.
    n : rows of the survey that were used.
    df : degrees of freedom of the design.

    Returns
    -------
    All NaN where df < 1.

    Source: Rao & Scott (1984), Annals of Statistics 12, 46–60; Thomas & Rao (1987), JASA 82, 630–636.
    """
    height, width = share.shape
    expected = np.outer(share.sum(axis=1), share.sum(axis=0))
    pearson = float(n * ((share - expected) ** 2 / expected).sum())
    contrasts = _interactions(height, width)
    p = share.ravel()
    weighted = contrasts * np.where(p > 0, 1 / np.where(p > 0, p, 1.0), 0.0)[:, None]
    simple = contrasts.T @ weighted / n
    effects = np.linalg.solve(simple, weighted.T @ covariance @ weighted)
    trace, squares = float(np.trace(effects)), float(np.trace(effects @ effects))
    if df < 1:
        nan = float("nan")
        return RaoScott(pearson, nan, len(effects), nan, nan, nan, nan, nan)
    first, second, numerator = pearson * len(effects) / trace, pearson / trace, trace**2 / squares
    return RaoScott(
        pearson,
        first,
        len(effects),
        float(chdtrc(len(effects), first)),
        second,
        numerator,
        numerator * df,
        float(fdtrc(numerator, numerator * df, second)),
    )


def _interactions(height: int, width: int) -> Floats:
    """(I·J, (I−1)(J−1)) contrasts of the cells that are orthogonal to all rows and columns."""
    return np.asarray(np.kron(_contrasts(height), _contrasts(width)), dtype=np.float64)


def _contrasts(levels: int) -> Floats:
    """(levels, levels − 1) each level against the last, made to add up to 0 over the levels."""
    return np.eye(levels)[:, :-1] - 1 / levels
