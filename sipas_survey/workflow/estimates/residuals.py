"""The variance of estimates from calibrated weights: that of the scores' residuals on the known variables."""

from collections.abc import Sequence

import numpy as np

from sipas_survey.statistics.arrays import Floats, Groups
from sipas_survey.statistics.auxiliaries import solve
from sipas_survey.statistics.totals import Cells
from sipas_survey.statistics.variance import DomainVariance
from sipas_survey.workflow.estimates.quotients import Quotient
from sipas_survey.workflow.estimates.sample import Sample

DENSE = 2_000_000
"""Scores held at once, which a calibration spreads over all units: 16 MB."""


class Residuals:
    """Scores u become u − x′B, B = (Σ d x x′)⁻¹ Σ d x u with d the weights before the step, the last step first.

    Source: Särndal, Swensson & Wretman (1992), eq. 6.6.4; Deville & Särndal (1992), JASA 87, 376–382.
    """

    def __init__(self, sample: Sample, cells: Cells, rows: Groups) -> None:
        self._sample, self._cells, self._rows = sample, cells, rows
        steps = sample.calibrations
        self._grams = [step.variables.gram(step.before) for step in steps]
        self._crosses = {
            (j, later): steps[j].variables.cross(steps[later].variables, steps[j].before)
            for j in range(len(steps))
            for later in range(j + 1, len(steps))
        }
        units = len(sample.stages[-1].group)
        # of rows drawn singly this table would be as long as the rows, so that it is not made
        self._of_units = (
            None
            if sample.unit is None
            else [step.variables.by_group(sample.weight, sample.unit, units) for step in steps]
        )

    def variance(self, asked: Quotient, value: Floats, denominator: Floats | None, *, scores: Floats) -> Floats:
        """(codes,) variances of values (codes,) with (M,) scores and denominator totals of the cells."""
        fitted, codes = self.fitted(asked, value, denominator), self._cells.domains
        units = len(self._sample.stages[-1].group)
        found, step = np.zeros(codes), max(1, DENSE // units)
        for first in range(0, codes, step):
            part = slice(first, min(first + step, codes))
            dense = -self.explained(fitted, part)
            here = np.flatnonzero((self._cells.domain.code >= part.start) & (self._cells.domain.code < part.stop))
            dense[self._cells.unit[here], self._cells.domain.code[here] - first] += scores[here]
            found[part] = variances(dense, self._sample)
        return found

    def fitted(self, asked: Quotient, value: Floats, denominator: Floats | None) -> list[Floats]:
        """For each step (q, codes): the coefficients B of the scores of every domain."""
        known, below = asked.known, asked.below()
        top, size = asked.top(), self._cells.domains
        total = np.ones(size) if denominator is None else self._cells.by_domain(denominator)
        steps = self._sample.calibrations
        fitted: list[Floats] = [np.zeros((0, size))] * len(steps)
        for j in range(len(steps) - 1, -1, -1):
            variables, before = steps[j].variables, steps[j].before
            crossed = variables.by_group(before * top, self._rows.code, size)
            if denominator is not None:
                part = below if below is not None else np.ones(len(top)) if known is None else known
                crossed = crossed - np.nan_to_num(value)[:, None] * variables.by_group(
                    before * part, self._rows.code, size
                )
            right = (crossed / np.where(total != 0, total, 1.0)[:, None]).T
            for later in range(j + 1, len(steps)):
                right = right - self._crosses[j, later] @ fitted[later]
            fitted[j] = solve(self._grams[j], right)
        return fitted

    def explained(self, fitted: Sequence[Floats], domains: slice = slice(None)) -> Floats:
        """(U, D') weighted totals of x′B over the rows of each unit."""
        parts = []
        for j, (step, coefficients) in enumerate(zip(self._sample.calibrations, fitted, strict=True)):
            B = coefficients[:, domains]
            if self._of_units is None:
                parts.append(self._sample.weight[:, None] * step.variables.times(B))
            else:
                parts.append(self._of_units[j] @ B)
        return np.asarray(sum(parts))


def variances(scores: Floats, sample: Sample) -> Floats:
    """(k,) variances of (U, k) score totals of all units."""
    units, k = scores.shape
    everyone = np.tile(np.arange(units), k)
    cells = Cells(Groups.of(np.repeat(np.arange(k), units), size=k), everyone, np.ones_like(everyone), None)
    return DomainVariance.of(cells, sample.stages, lonely=sample.lonely)(scores.T.ravel())


def covariance(scores: Floats, sample: Sample) -> Floats:
    """(k, k) covariances of (U, k) score totals, from the one variance: (V(a + b) − V(a − b)) / 4."""
    k = scores.shape[1]
    found = np.diag(variances(scores, sample))
    for j in range(1, k):
        one, others = scores[:, j : j + 1], scores[:, :j]
        found[j, :j] = (variances(others + one, sample) - variances(others - one, sample)) / 4
    return found + np.tril(found, -1).T
