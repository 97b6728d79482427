"""Known variables without a dense table of zeros and ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.statistics.auxiliaries import Auxiliaries, solve


def variables(seed: int, n: int = 40, numbers: int = 2) -> tuple[Auxiliaries, np.ndarray]:
    """Two sets of categories and some numbers; the same as a dense table."""
    chance = np.random.default_rng(seed)
    codes = (chance.integers(0, 3, n), chance.integers(0, 4, n))
    numeric = chance.normal(5, 2, (n, numbers))
    dense = np.hstack([np.eye(3)[codes[0]], np.eye(4)[codes[1]], numeric])
    return Auxiliaries(codes, (3, 4), numeric), dense


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_equals_the_dense_table(seed: int) -> None:
    """Totals, group totals, cross products and fitted values are those of matrix algebra."""
    x, dense = variables(seed)
    other, its = variables(seed + 1, numbers=1)
    chance = np.random.default_rng(seed)
    w, group, B = chance.uniform(0, 3, 40), chance.integers(-1, 5, 40), chance.normal(size=(9, 3))
    assert x.totals(w) == pytest.approx(dense.T @ w)
    inside = np.eye(5)[group] * (group >= 0)[:, None]
    assert x.by_group(w, group, 5) == pytest.approx(inside.T @ (dense * w[:, None]))
    assert x.gram(w) == pytest.approx(dense.T @ (dense * w[:, None]))
    assert x.cross(other, w) == pytest.approx(dense.T @ (its * w[:, None]))
    assert x.times(B) == pytest.approx(dense @ B)
    assert x.times(B[:, 0]) == pytest.approx(dense @ B[:, 0])


def test_cells_are_the_joint_categories() -> None:
    """Rows of a cell have the same categories, and every cell has a row."""
    x, _ = variables(7, numbers=0)
    cell, categories = x.cells()
    assert sorted(set(cell.tolist())) == list(range(len(categories.numeric)))
    for code, of_cell in zip(x.codes, categories.codes, strict=True):
        assert np.array_equal(of_cell[cell], code)
    assert len({tuple(row) for row in np.column_stack(categories.codes).tolist()}) == len(categories.numeric)


def test_cells_of_numbers_are_refused() -> None:
    """A variable that is a number makes no cells."""
    with pytest.raises(ValueError, match="categories only"):
        variables(1)[0].cells()


def test_collinear_sets_have_the_smallest_solution() -> None:
    """Two full sets of categories add up to the same: the normal equations still hold exactly."""
    x, dense = variables(3)
    w = np.random.default_rng(3).uniform(1, 2, 40)
    u = np.random.default_rng(4).normal(size=40)
    found = solve(x.gram(w), dense.T @ (w * u))
    residual = u - dense @ found
    assert dense.T @ (w * residual) == pytest.approx(np.zeros(9), abs=1e-9)
    wanted = u - dense @ np.linalg.lstsq(dense * np.sqrt(w)[:, None], u * np.sqrt(w), rcond=None)[0]
    assert residual == pytest.approx(wanted, abs=1e-9)
