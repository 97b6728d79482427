"""The one reduction: rows → totals of sampling units, by domain.

Everything after it is algebra on arrays with one row per cell. Rows of the same unit in the same domain make one cell.
A unit that has rows in several domains has a cell in each; a design without domains has one domain, 0.
"""

from dataclasses import dataclass

import numpy as np

from sipas_survey.statistics.arrays import Floats, Groups, Ints, compress, sum_by, total_by


@dataclass(frozen=True, slots=True)
class Cells:
    """Where n rows fall: the M cells (domain, unit) that hold a row.

    Attributes
    ----------
    domain : the cells by domain.
    unit : (M,) codes of sampling units.
    rows : (M,) number of rows in the cell.
    of_row : (n,) the cell of each row; None where every row is a cell of its own, in the order of the rows.
    """

    domain: Groups
    unit: Ints
    rows: Ints
    of_row: Ints | None

    @property
    def domains(self) -> int:
        """Number of domains."""
        return self.domain.size

    @classmethod
    def of(cls, unit: Ints, *, units: int, domain: Ints | None = None, domains: int = 1) -> "Cells":
        """The cells of rows with codes 0..units-1 and 0..domains-1 (None: all 0), in order of domain and unit."""
        key = unit if domain is None else domain * units + unit
        of_row, occurring = compress(key, size=units * domains)
        rows = np.bincount(of_row, minlength=len(occurring))
        place, unit = np.divmod(occurring, units)
        return cls(Groups.of(place, size=domains), unit, rows, of_row)

    @classmethod
    def of_elements(cls, n: int, *, domain: Ints | None = None, domains: int = 1) -> "Cells":
        """The cells of n rows that are sampling units themselves."""
        codes = np.zeros(n, dtype=np.int64) if domain is None else domain
        numbers = np.arange(n, dtype=np.int64)
        return cls(Groups.of(codes, size=domains), numbers, np.ones(n, dtype=np.int64), None)

    def total(self, values: Floats) -> Floats:
        """(M,) sums of the (n,) values of each cell's rows."""
        if self.of_row is None:
            return values
        return total_by(self.of_row, values, size=len(self.unit))

    def by_domain(self, totals: Floats) -> Floats:
        """(domains,) sums of the (M,) totals of cells."""
        return self.domain.sum(totals[:, None])[:, 0]


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


def nested(above: Ints, code: Ints) -> tuple[Ints, Ints]:
    """Number units whose codes are read within a unit above: clusters in strata, later stages in clusters.

    Parameters
    ----------
    above : (n,) codes 0..A-1 of the units above.
    code : (n,) non-negative codes; the same code under two units above names two units.

    Returns
    -------
    unit : (n,) numbers 0..U-1, in order of the unit above.
    parent : (U,) the unit above each.
    """
    if not len(code):
        return code, code
    owner = np.zeros(int(code.max()) + 1, dtype=np.int64)
    owner[code] = above
    if np.array_equal(owner[code], above):
        # Every code occurs under one unit only, so that the codes themselves number the units.
        present = np.zeros(len(owner), dtype=bool)
        present[code] = True
        order = np.flatnonzero(present)
        order = order[np.argsort(owner[order], kind="stable")]
        number = np.empty(len(owner), dtype=np.int64)
        number[order] = np.arange(len(order))
        return number[code], owner[order]
    unit, occurring = compress(above * len(owner) + code, size=(int(above.max()) + 1) * len(owner))
    return unit, occurring // len(owner)


def _reduce(stratum: Ints, cluster: Ints, domain: Ints, rows: Ints, columns: Floats) -> ClusterTotals:
    if not len(stratum):
        return ClusterTotals(stratum, cluster, domain, rows, columns)
    strata, clusters = int(stratum.max()) + 1, int(cluster.max()) + 1
    size = (int(domain.max()) + 1) * strata * clusters
    cell, key = compress((domain * strata + stratum) * clusters + cluster, size=size)
    counted = np.bincount(cell, weights=rows, minlength=len(key)).astype(np.int64)
    totals = sum_by(cell, columns, size=len(key))
    return ClusterTotals(key // clusters % strata, key % clusters, key // clusters // strata, counted, totals)
