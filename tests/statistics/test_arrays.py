"""Sums by code, groups in and out of order, codes made dense, and the reductions on them: against plain loops."""

import numpy as np
import pytest

from sipas_survey.statistics.arrays import Groups, compress, sum_by, total_by
from sipas_survey.statistics.auxiliaries import COLLINEAR, Auxiliaries, solve
from sipas_survey.statistics.linearization import ratio_scores
from sipas_survey.statistics.representativity import partial_indicator, representativity, response_propensities
from sipas_survey.statistics.totals import Cells, cluster_totals, nested

COLUMNS = np.array([[1.0, 10], [2, 20], [3, 30], [4, 40], [5, 50]])


@pytest.mark.parametrize(
    "code", [[0, 0, 2, 2, 3], [0, 1, 2, 3, 4], [3, 3, 3, 3, 3], [2, 0, 2, 3, 0], [4, 3, 2, 1, 0], [0, 1, 1, 0, 0]]
)
def test_sums_and_spreads_of_groups(code: list[int]) -> None:
    """Rising codes are summed by runs, others by counting: the sums are the same."""
    codes, values = np.array(code), np.arange(10.0).reshape(5, 2)
    expected = [[sum(row[j] for row, c in zip(COLUMNS.tolist(), code, strict=True) if c == g) for j in (0, 1)]
                for g in range(5)]  # fmt: skip
    groups = Groups.of(codes, size=5)
    assert (groups.first is not None) == (code == sorted(code))
    assert groups.sum(COLUMNS).tolist() == expected
    assert groups.sum(COLUMNS[:, :1]).tolist() == [[row[0]] for row in expected]
    assert groups.spread(values).tolist() == [values[c].tolist() for c in code]
    assert groups.spread(values[:, :1]).tolist() == [values[c, :1].tolist() for c in code]
    assert sum_by(codes, COLUMNS, size=5).tolist() == expected
    assert total_by(codes, COLUMNS[:, 1] > 20, size=5).tolist() == [
        sum(1 for c, v in zip(code, COLUMNS[:, 1], strict=True) if c == g and v > 20) for g in range(5)
    ]


def test_groups_of_no_rows() -> None:
    """No rows, no runs; sums of 0."""
    groups = Groups.of(np.zeros(0, dtype=np.int64), size=2)
    assert groups.first is None
    assert groups.sum(np.zeros((0, 2))).tolist() == [[0, 0], [0, 0]]
    assert groups.spread(np.ones((2, 1))).shape == (0, 1)


@pytest.mark.parametrize("size", [6, 1044, 1045, 10**9])
def test_codes_are_numbered_in_their_order(size: int) -> None:
    """By a table where the codes are dense, else by sorting; nothing changes where all occur."""
    number, occurring = compress(np.array([5, 0, 5, 3, 0]), size=size)
    assert (number.tolist(), occurring.tolist()) == ([2, 0, 2, 1, 0], [0, 3, 5])
    code = np.array([1, 0, 2, 2, 1])
    number, occurring = compress(code, size=3)
    assert (number.tolist(), occurring.tolist()) == (code.tolist(), [0, 1, 2])


# ---------------------------------------------------------------- cells and clusters
@pytest.mark.parametrize("step", [1, 1_000_000])
def test_cells_by_hand(step: int) -> None:
    """Rows of one unit in one domain are one cell, in order of domain and unit, however far apart the codes."""
    unit, domain = np.array([2, 0, 2, 1, 0, 2]) * step, np.array([1, 0, 1, 0, 0, 0])
    cells = Cells.of(unit, units=3 * step, domain=domain, domains=2)
    assert (cells.unit // step).tolist() == [0, 1, 2, 2]
    assert cells.domain.code.tolist() == [0, 0, 0, 1]
    assert (cells.rows.tolist(), cells.domains) == ([2, 1, 1, 2], 2)
    values = np.array([1.0, 2, 4, 8, 16, 32])
    assert cells.total(values).tolist() == [18, 8, 32, 5]
    assert cells.by_domain(cells.total(values)).tolist() == [58, 5]
    whole = Cells.of(unit, units=3 * step)
    assert ((whole.unit // step).tolist(), whole.domains, whole.total(values).tolist()) == ([0, 1, 2], 1, [18, 8, 37])


def test_cells_of_elements_by_hand() -> None:
    """Every row a cell, with or without domains."""
    cells = Cells.of_elements(3, domain=np.array([1, 0, 1]), domains=3)
    assert (cells.unit.tolist(), cells.rows.tolist(), cells.domains) == ([0, 1, 2], [1, 1, 1], 3)
    assert cells.by_domain(cells.total(np.array([1.0, 2, 4]))).tolist() == [2, 5, 0]
    assert Cells.of_elements(2).by_domain(np.array([1.0, 2])).tolist() == [3]
    assert Cells.of_elements(2).domains == 1


@pytest.mark.parametrize("step", [1, 50_000])
def test_cluster_totals_by_hand(step: int) -> None:
    """Sorted by domain, stratum and cluster; the same cluster code in two strata is two clusters."""
    stratum, cluster = np.array([1, 0, 1, 0, 1, 1]), np.array([1, 1, 0, 1, 1, 0]) * step
    domain = np.array([0, 1, 0, 0, 0, 1])
    columns = np.array([[1.0, 1], [2, 1], [4, 1], [8, 1], [16, 1], [32, 1]])
    found = cluster_totals(stratum, cluster, columns=columns, weight=np.array([1.0, 1, 1, 1, 2, 0.5]), domain=domain)
    cells = list(zip(found.domain.tolist(), found.stratum.tolist(), (found.cluster // step).tolist(), strict=True))
    assert cells == [(0, 0, 1), (0, 1, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]
    assert found.totals.tolist() == [[8, 1], [4, 1], [33, 3], [2, 1], [16, 0.5]]
    assert found.rows.tolist() == [1, 1, 2, 1, 1]
    one = found.of_domain(1)
    assert (one.domain.tolist(), one.stratum.tolist(), one.rows.tolist()) == ([1, 1], [0, 1], [1, 1])
    assert (one.totals.tolist(), (one.cluster // step).tolist()) == ([[2, 1], [16, 0.5]], [1, 0])
    together = found.over_domains()
    assert together.domain.tolist() == [0, 0, 0]
    assert (together.totals.tolist(), together.rows.tolist()) == ([[10, 2], [20, 1.5], [33, 3]], [2, 2, 2])
    plain = cluster_totals(stratum, cluster, columns=columns)
    assert plain.totals.tolist() == [[10, 2], [36, 2], [17, 2]]
    assert plain.domain.tolist() == [0, 0, 0]


def test_units_within_units() -> None:
    """Codes of one parent each number the units by parent; codes that come back under another are other units."""
    unit, parent = nested(np.array([1, 0, 1, 0]), np.array([7, 9, 5, 9]))
    assert (unit.tolist(), parent.tolist()) == ([2, 0, 1, 0], [0, 1, 1])
    unit, parent = nested(np.array([1, 0, 0, 1]), np.array([4, 4, 0, 4]))
    assert (unit.tolist(), parent.tolist()) == ([2, 1, 0, 2], [0, 0, 1])
    far = 3_000_000
    unit, parent = nested(np.array([2, 0, 0, 2, 1]), np.array([far, far, 0, 1, 0]))
    assert (unit.tolist(), parent.tolist()) == ([4, 1, 0, 3, 2], [0, 0, 1, 2, 2])
    nothing = np.zeros(0, dtype=np.int64)
    assert [x.tolist() for x in nested(nothing, nothing)] == [[], []]


# ---------------------------------------------------------------- known variables
def test_cells_of_many_sets() -> None:
    """Seven sets of nine categories are more than rows: still one cell for each joint category that occurs."""
    chance = np.random.default_rng(2)
    rows = chance.integers(0, 9, (40, 7))
    rows[20:] = rows[:20]
    x = Auxiliaries(tuple(rows.T), (9,) * 7, np.zeros((40, 0)))
    cell, categories = x.cells()
    assert len(categories.numeric) == len(np.unique(rows, axis=0))
    assert sorted(set(cell.tolist())) == list(range(len(categories.numeric)))
    assert (np.column_stack(categories.codes)[cell] == rows).all()
    assert cell[:20].tolist() == cell[20:].tolist()
    assert (x.width, [(s.start, s.stop) for s in x.sets][:2]) == (63, [(0, 9), (9, 18)])
    full = Auxiliaries((np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])), (2, 2), np.zeros((4, 0)))
    joint, of = full.cells()
    assert (joint.tolist(), [c.tolist() for c in of.codes]) == ([0, 2, 1, 3], [[0, 0, 1, 1], [0, 1, 0, 1]])


def test_rows_of_no_group() -> None:
    """−1 is no group; 0 is one."""
    x = Auxiliaries((np.array([0, 1, 1]),), (2,), np.array([[1.0], [2], [4]]))
    found = x.by_group(np.array([1.0, 10, 100]), np.array([0, -1, 1]), 2)
    assert found.tolist() == [[1, 0, 1], [0, 100, 400]]
    assert x.by_group(np.array([1.0, 10, 100]), np.array([0, 0, 1]), 2).tolist() == [[1, 10, 21], [0, 100, 400]]
    assert x.width == 3


def test_solutions_by_hand() -> None:
    """A variable that is always 0 gets 0; of two that are the same each gets half; scales do not matter."""
    assert solve(np.diag([4.0, 0.0]), np.array([8.0, 0.0])).tolist() == pytest.approx([2, 0])
    assert solve(np.full((2, 2), 3.0), np.array([6.0, 6.0])).tolist() == pytest.approx([1, 1])
    apart = np.array([[1e12, 1e3], [1e3, 1e-4]])
    right = apart @ np.array([3e-6, 5e2])
    assert solve(apart, right) == pytest.approx([3e-6, 5e2], rel=1e-6)
    assert solve(np.zeros((2, 2)), np.zeros(2)).tolist() == [0, 0]
    nearly = np.array([[1.0, 1 - 4 * COLLINEAR], [1 - 4 * COLLINEAR, 1.0]])
    assert solve(nearly, nearly @ np.array([1.0, 3.0])) == pytest.approx([1, 3], rel=1e-3)


# ---------------------------------------------------------------- scores and propensities
def test_ratios_of_domains_are_those_of_each() -> None:
    """Each domain by itself, in order or not; one without a denominator has none."""
    y, x = np.array([[1.0], [4], [2], [5]]), np.array([[3.0], [5], [2], [0]])
    for code in ([0, 0, 1, 2], [1, 0, 1, 2]):
        domain = np.array(code)
        found = ratio_scores(y, x, domain=Groups.of(domain, size=3))
        for d in (0, 1):
            alone = ratio_scores(y[domain == d], x[domain == d])
            assert found.value[d] == pytest.approx(alone.value)
            assert found.scores[domain == d] == pytest.approx(alone.scores)
        assert np.isnan(found.value[2]).all()
        assert found.scores[3].tolist() == [0.0]


def test_propensities_of_a_slope() -> None:
    """At the solution Σ x (y − p) = 0 for every column: the likelihood equations of logistic regression."""
    chance = np.random.default_rng(3)
    x = np.column_stack([np.ones(200), chance.normal(size=200), chance.integers(0, 2, 200)])
    y = (chance.random(200) < 1 / (1 + np.exp(-(x @ [0.3, 1.5, -0.8])))).astype(float)
    p = response_propensities(x, y)
    assert x.T @ (y - p) == pytest.approx(np.zeros(3), abs=1e-9)
    found = representativity(x, y)
    assert found.value == pytest.approx(1 - 2 * p.std(ddof=1))
    chance_part = np.trace(
        np.linalg.inv(x.T @ (x * (p * (1 - p))[:, None])) @ (x.T @ (x * ((p * (1 - p)) ** 2)[:, None]))
    )
    assert found.adjusted == pytest.approx(1 - 2 * np.sqrt((1 + 1 / 200) * p.var(ddof=1) - chance_part / 200))
    assert response_propensities(np.ones((4, 1)), np.ones(4)) == pytest.approx(np.ones(4), abs=1e-9)
    assert response_propensities(np.ones((0, 1)), np.ones(0)).tolist() == []


def test_indicators_stop_at_one() -> None:
    """Less spread than chance makes: adjusted to 1."""
    x = np.column_stack([np.ones(4), [0, 0, 1, 1]])
    found = representativity(x, np.array([1.0, 0, 1, 0]))
    assert (found.value, found.adjusted) == (pytest.approx(1.0), 1.0)


def test_partial_indicators_by_hand() -> None:
    """Propensities 0.2, 0.4 | 0.6, 0.8, 0.6: rates 0.3 and 2/3; within the cells of the others what is left."""
    p = np.array([0.2, 0.4, 0.6, 0.8, 0.6])
    found = partial_indicator(p, np.array([0, 0, 2, 2, 2]), np.array([0, 1, 1, 0, 3]))
    overall = 0.52
    expected = [np.sqrt(2 / 5) * (0.3 - overall), 0.0, np.sqrt(3 / 5) * (2 / 3 - overall)]
    assert found.categories == pytest.approx(expected)
    assert found.unconditional == pytest.approx(np.sqrt(sum(e**2 for e in expected)))
    assert found.conditional == pytest.approx(np.sqrt((0.09 + 0.01 + 0.01 + 0.09 + 0) / 5))
