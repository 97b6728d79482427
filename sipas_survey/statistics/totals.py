"""The one reduction: rows → totals of clusters, by domain.

Everything after it is algebra on arrays with one row per cluster. Rows of the same cluster in the same domain make
one cell. A cluster that has rows in several domains has a cell in each; a design without domains has one domain, 0.
"""

from dataclasses import dataclass

import numpy as np

from sipas_survey.statistics.arrays import Floats, Ints, sum_by


@dataclass(frozen=True, slots=True)
class ClusterTotals:
    """Totals of M cells, sorted by domain, stratum and cluster.

    Attributes
    ----------
    stratum : (M,) codes 0..H-1.
    cluster : (M,) codes as they were given: the same code in two strata names two clusters.
    domain : (M,) codes as they were given.
    rows : (M,) number of rows in the cell.
    totals : (M, k) weighted sums of the columns.
    """

    stratum: Ints
    cluster: Ints
    domain: Ints
    rows: Ints
    totals: Floats

    def of_domain(self, domain: int) -> "ClusterTotals":
        """The cells of one domain: one per cluster that has a row in it. No copy is made."""
        first, last = np.searchsorted(self.domain, [domain, domain + 1])
        cells = slice(int(first), int(last))
        return ClusterTotals(
            self.stratum[cells], self.cluster[cells], self.domain[cells], self.rows[cells], self.totals[cells]
        )

    def over_domains(self) -> "ClusterTotals":
        """The same clusters with their domains put together: one cell per cluster, domain 0."""
        return _reduce(self.stratum, self.cluster, np.zeros_like(self.domain), self.rows, self.totals)


def cluster_totals(
    stratum: Ints, cluster: Ints, *, columns: Floats, weight: Floats | None = None, domain: Ints | None = None
) -> ClusterTotals:
    """Reduce rows to cells of (domain, stratum, cluster).

    Parameters
    ----------
    stratum : (n,) codes 0..H-1.
    cluster : (n,) non-negative codes, read within their stratum.
    columns : (n, k) outcomes; a missing value must be 0 here and counted in a column of its own.
    weight : (n,) weights; None stands for 1.
    domain : (n,) non-negative codes; None puts all rows in domain 0.

    Returns
    -------
    The totals of w · column, and the number of rows, of every cell that has a row.
    """
    weighted = columns if weight is None else columns * weight[:, None]
    codes = np.zeros(len(stratum), dtype=np.int64) if domain is None else domain
    return _reduce(stratum, cluster, codes, np.ones(len(stratum), dtype=np.int64), weighted)


def _reduce(stratum: Ints, cluster: Ints, domain: Ints, rows: Ints, columns: Floats) -> ClusterTotals:
    order = np.lexsort((cluster, stratum, domain))
    first = np.zeros(len(order), dtype=bool)
    first[:1] = True
    for codes in (domain, stratum, cluster):
        first[1:] |= codes[order[1:]] != codes[order[:-1]]
    cell = np.empty(len(order), dtype=np.int64)
    cell[order] = np.cumsum(first) - 1
    heads, size = order[first], int(first.sum())
    counted = np.bincount(cell, weights=rows, minlength=size).astype(np.int64)
    return ClusterTotals(stratum[heads], cluster[heads], domain[heads], counted, sum_by(cell, columns, size=size))
