"""Variables whose population totals are known, and the sums over them that calibration and its variance need."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sipas_survey.statistics.arrays import Floats, Ints, compress, total_by

COLLINEAR = 1e-11
"""Eigenvalues below this share of the largest count as zero: full sets of categories add up to one another."""


@dataclass(frozen=True, slots=True)
class Auxiliaries:
    """q known variables x of n rows. Categories stay codes: no (n, q) table of zeros and ones is ever made.

    Attributes
    ----------
    codes : for each set of categories the codes (n,) 0..size-1 of the rows.
    sizes : how many categories each set has.
    numeric : (n, m) variables that are numbers.

    The q = Σ sizes + m variables stand in that order.
    """

    codes: tuple[Ints, ...]
    sizes: tuple[int, ...]
    numeric: Floats

    @property
    def width(self) -> int:
        """q."""
        return sum(self.sizes) + int(self.numeric.shape[1])

    @property
    def sets(self) -> tuple[slice, ...]:
        """Where each set of categories stands among the q variables."""
        ends = np.cumsum((0, *self.sizes)).tolist()
        return tuple(slice(first, end) for first, end in pairwise(ends))

    def totals(self, values: Floats) -> Floats:
        """(q,) totals Σ v x of (n,) values v."""
        counts = [total_by(code, values, size=size) for code, size in zip(self.codes, self.sizes, strict=True)]
        return np.concatenate([*counts, self.numeric.T @ values])

    def by_group(self, values: Floats, group: Ints, size: int) -> Floats:
        """(size, q) totals Σ v x of (n,) values v over the rows of each group, `group` (n,) being 0..size-1, or −1
        for rows of none."""
        if len(group) and group.min() < 0:
            inside = group >= 0
            values, group = np.where(inside, values, 0.0), np.where(inside, group, 0)
        parts = [
            total_by(group * width + code, values, size=size * width).reshape(size, width)
            for code, width in zip(self.codes, self.sizes, strict=True)
        ]
        numbers = [total_by(group, values * column, size=size)[:, None] for column in self.numeric.T]
        return np.concatenate([*parts, *numbers], axis=1)

    def cross(self, other: "Auxiliaries", weight: Floats) -> Floats:
        """(q, q') sums Σ w x x'ᵀ with the variables x' of `other` on the same rows; weights w (n,)."""
        parts = [other.by_group(weight, code, size) for code, size in zip(self.codes, self.sizes, strict=True)]
        numbers = [other.totals(weight * column)[None, :] for column in self.numeric.T]
        return np.concatenate([*parts, *numbers])

    def gram(self, weight: Floats) -> Floats:
        """(q, q) sums Σ w x xᵀ; weights w (n,)."""
        return self.cross(self, weight)

    def times(self, coefficients: Floats) -> Floats:
        """(n,) or (n, k) values xᵀB for coefficients B (q,) or (q, k)."""
        fitted = self.numeric @ coefficients[sum(self.sizes) :]
        for code, part in zip(self.codes, self.sets, strict=True):
            fitted += coefficients[part].take(code, axis=0)
        return fitted

    def cells(self) -> "tuple[Ints, Auxiliaries]":
        """The cell (n,) of each row, rows of a cell having the same categories, and the categories of the cells.

        Raises ValueError where a variable is a number.
        """
        if self.numeric.shape[1]:
            raise ValueError("rows fall into cells by categories only")
        joint, size = np.zeros(len(self.numeric), dtype=np.int64), 1
        for code, width in zip(self.codes, self.sizes, strict=True):
            joint = joint * width + code if size > 1 else code
            size *= width
            if size > 4 * len(code) + 1024:
                joint, occurring = compress(joint, size=size)
                size = len(occurring)
        first = np.zeros(size, dtype=np.int64)
        first[joint] = np.arange(len(joint))
        present = np.zeros(size, dtype=bool)
        present[joint] = True
        if not present.all():
            number = np.cumsum(present) - 1
            joint, first = number[joint], first[present]
        return joint, Auxiliaries(tuple(code[first] for code in self.codes), self.sizes, np.zeros((len(first), 0)))


def solve(gram: Floats, right: Floats) -> Floats:
    """Coefficients B (q,) or (q, k) with gram·B = right, the smallest where many do, the nearest where none does.

    `gram` (q, q) is symmetric and not negative, and may be singular. Variables are brought to one scale first.
    """
    diagonal = np.diag(gram)
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values, vectors = np.linalg.eigh(gram * scale[:, None] * scale)
    kept = values > COLLINEAR * max(values[-1], 0.0)
    vectors = scale[:, None] * vectors[:, kept]
    inverse = (vectors / values[kept]) @ vectors.T
    once = inverse @ right
    return np.asarray(once + inverse @ (right - gram @ once))
