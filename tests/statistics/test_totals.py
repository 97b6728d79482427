"""The reduction of rows to cluster totals."""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.statistics.totals import ClusterTotals, cluster_totals

row = st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 2), st.integers(-9, 9), st.integers(0, 5))
rows_of = st.lists(row, max_size=40)


def reduce_rows(rows: list[tuple[int, int, int, int, int]]) -> ClusterTotals:
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    y, w = table[:, 3].astype(float), table[:, 4].astype(float)
    columns = np.column_stack([y, np.ones(len(table))])
    return cluster_totals(table[:, 0], table[:, 1], columns=columns, weight=w, domain=table[:, 2])


def cells_of(totals: ClusterTotals) -> dict[tuple[int, ...], tuple[float, ...]]:
    keys = zip(totals.domain.tolist(), totals.stratum.tolist(), totals.cluster.tolist(), strict=True)
    values = np.column_stack([totals.rows, totals.totals]).tolist()
    return dict(zip(keys, map(tuple, values), strict=True))


@given(rows_of)
def test_cells_equal_a_naive_loop(rows: list[tuple[int, int, int, int, int]]) -> None:
    """Every cell has the sums that a dictionary gives, in sorted order, and clusters are read within their stratum."""
    expected: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [0, 0, 0])
    for stratum, cluster, domain, y, w in rows:
        cell = expected[domain, stratum, cluster]
        cell[0] += 1
        cell[1] += w * y
        cell[2] += w
    found = cells_of(reduce_rows(rows))
    assert found == {key: tuple(value) for key, value in sorted(expected.items())}
    assert list(found) == sorted(found)


@given(rows_of)
def test_domains_add_up(rows: list[tuple[int, int, int, int, int]]) -> None:
    """The cells over all domains are those of a reduction without domains."""
    together = reduce_rows(rows).over_domains()
    alone = reduce_rows([(s, c, 0, y, w) for s, c, _, y, w in rows])
    assert cells_of(together) == cells_of(alone)


@given(rows_of, st.integers(0, 3))
def test_a_domain_is_its_own_rows(rows: list[tuple[int, int, int, int, int]], domain: int) -> None:
    """The cells of a domain are those of its rows alone."""
    inside = reduce_rows([r for r in rows if r[2] == domain])
    assert cells_of(reduce_rows(rows).of_domain(domain)) == cells_of(inside)


def test_without_weights_and_domains_rows_are_added() -> None:
    """Two rows of one cluster: 2 + 3 = 5."""
    zero = np.zeros(2, dtype=np.int64)
    found = cluster_totals(zero, zero, columns=np.array([[2.0], [3.0]]))
    assert cells_of(found) == {(0, 0, 0): (2.0, 5.0)}
