"""Estimates with the variance over replicates, all outcomes in one pass over them; and the door to all figures."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from sipas_survey.statistics.arrays import Floats, Ints, Mask
from sipas_survey.statistics.replication import Block, GivenWeights, Replicates, replicate_totals, replicate_variance
from sipas_survey.statistics.totals import Cells
from sipas_survey.workflow.estimates.quotients import Figures, Quotient, Request
from sipas_survey.workflow.estimates.reduction import Reduction
from sipas_survey.workflow.estimates.sample import Calibration, Sample

WORTH_A_THREAD = 500_000
"""Answers below which starting threads takes longer than summing."""


def figures_of(reduction: Reduction, requests: Sequence[Request]) -> list[Figures]:
    """Estimates with their variance: linearised, or over the sample's replicates.

    Outcomes are independent of one another, and NumPy sums them side by side.
    """
    sample = reduction.sample
    if sample.replicates is not None:
        return _replicated(reduction, sample.replicates, requests)
    if len(sample.weight) * len(requests) < WORTH_A_THREAD:
        return [reduction.figures(request()) for request in requests]
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(lambda request: reduction.figures(request()), requests))


def replicate_estimates(reduction: Reduction, replicates: Replicates, asked: Iterable[Quotient]) -> list[Floats]:
    """Per quotient (R, D): its value in every replicate; NaN where its denominator is 0 there."""
    sample, domains = reduction.sample, reduction.domains
    source = Recalibrated.of(sample, replicates) if sample.calibrations else replicates
    complete = isinstance(source, Recalibrated | GivenWeights)
    cells, weight = reduction.cells, sample.weight
    if complete:
        cells, weight = Cells.of_elements(len(weight), domain=domains.code, domains=domains.codes), np.ones(len(weight))
    columns = _Columns(cells, weight, asked)
    totals = replicate_totals(source, cells, columns)[:, : domains.count]
    return [
        _quotients(totals[:, :, top], None if below is None else totals[:, :, below]) for top, below in columns.places
    ]


def _quotients(top: Floats, below: Floats | None) -> Floats:
    if below is None:
        return top
    return np.where(below != 0, top / np.where(below != 0, below, 1.0), np.nan)


def _replicated(reduction: Reduction, replicates: Replicates, requests: Sequence[Request]) -> list[Figures]:
    """One outcome in memory at a time: a column is read for its figures, and again for its totals."""
    figures = []
    found = replicate_estimates(reduction, replicates, (request() for request in requests))
    for request, estimates in zip(requests, found, strict=True):
        full = reduction.figures(request())
        variance = np.where(full.n > 0, replicate_variance(estimates, replicates.scale), np.nan)
        given = reduction.sample.replicate_df
        df = full.df if given is None else np.full_like(full.df, given)
        simple = np.where(full.deff > 0, full.variance / np.where(full.deff > 0, full.deff, 1.0), np.nan)
        figures.append(replace(full, variance=variance, df=df, deff=variance / simple))
    return figures


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """Replicates whose weights went through the sample's calibrations again: complete weights of rows."""

    base: Replicates
    start: Floats
    unit: Ints | None
    calibrations: tuple[Calibration, ...]

    @classmethod
    def of(cls, sample: Sample, base: Replicates) -> "Recalibrated":
        """From replicates of the weights before the first calibration."""
        if isinstance(base, GivenWeights):
            return cls(base, np.ones(len(sample.weight)), None, sample.calibrations)
        return cls(base, sample.calibrations[0].before, sample.unit, sample.calibrations)

    @property
    def scale(self) -> Floats:
        """(R,) factors of the squared deviations."""
        return self.base.scale

    def blocks(self, *, whole: bool = True) -> Iterator[Block]:  # noqa: ARG002 - blocks are always whole
        """All rows, one replicate at a time. NaN where the known totals cannot be reached."""
        everyone = np.arange(len(self.start))
        for some, units, block in self.base.blocks(whole=True):
            factors = np.empty_like(block)
            factors[:, units] = block
            for r, factor in zip(range(some.start, some.stop), factors, strict=True):
                weight = self.start * (factor if self.unit is None else factor[self.unit])
                for step in self.calibrations:
                    weight = step.again(weight)
                yield slice(r, r + 1), everyone, weight[None, :]


class _Columns:
    """The columns that some quotients need, each once; called with numbers of cells it gives their weighted totals.

    `places` : for each quotient the position of its numerator and of its denominator, None for a total.
    """

    def __init__(self, cells: Cells, weight: Floats, asked: Iterable[Quotient]) -> None:
        self._cells, self._weight = cells, weight
        self._elements = cells.of_row is None
        self._rows: list[tuple[Floats | None, Mask | None]] = []
        self._totals: list[Floats] = []
        self.places: list[tuple[int, int | None]] = []
        ones: int | None = None
        for quotient in asked:
            known = quotient.known
            top, below = self._add(quotient.numerator.values, known), None
            if quotient.denominator is not None:
                below = self._add(quotient.denominator.values, known)
            elif quotient.ones and known is not None:
                below = self._add(None, known)
            elif quotient.ones:
                below = ones = self._add(None, None) if ones is None else ones
            self.places.append((top, below))

    def _add(self, values: Floats | None, known: Mask | None) -> int:
        if self._elements:
            self._rows.append((values, known))
            return len(self._rows) - 1
        column = self._weight if values is None else self._weight * values
        self._totals.append(self._cells.total(column if known is None else column * known))
        return len(self._totals) - 1

    def __call__(self, inside: Ints) -> Floats:
        """(m, k) totals of the cells `inside`; of rows that are cells themselves only those are touched."""
        if not self._elements:
            return np.column_stack([total[inside] for total in self._totals])
        weight = self._weight[inside]
        out = np.empty((len(inside), len(self._rows)))
        for j, (values, known) in enumerate(self._rows):
            column = weight if values is None else weight * values[inside]
            out[:, j] = column if known is None else column * known[inside]
        return out
