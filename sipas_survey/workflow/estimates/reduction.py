"""From rows to figures: one reduction of each outcome, then algebra on its totals."""

from functools import cached_property

import numpy as np

from sipas_survey.statistics.arrays import Floats, Groups, Ints, Mask, total_by
from sipas_survey.statistics.linearization import ratio_scores
from sipas_survey.statistics.variance import DomainVariance, degrees_by_domain
from sipas_survey.workflow.estimates.columns import Numbers
from sipas_survey.workflow.estimates.quotients import Domains, Figures, Quotient
from sipas_survey.workflow.estimates.residuals import Residuals
from sipas_survey.workflow.estimates.sample import Sample


class Reduction:
    """The cells of a sample in some domains, and what all outcomes share. Read-only; outcomes may run side by side."""

    def __init__(self, sample: Sample, domains: Domains) -> None:
        self.sample, self.domains = sample, domains
        self.cells = sample.cells(domains.code, domains.codes)
        used = sample.weight > 0
        self._used = None if used.all() else used
        self._weights = self.cells.total(sample.weight)
        self._rows = self._count(None)
        self._variance = DomainVariance.of(self.cells, sample.stages, lonely=sample.lonely)
        self._residuals = Residuals(sample, self.cells, self.rows) if sample.calibrations else None
        drawn_singly = sample.unit is None and sample.stages[0].probability is None
        self._by_moments = drawn_singly and self._residuals is None
        self._element_weights = self._weight_moments(sample.weight) if self._by_moments else None

    @property
    def degrees(self) -> Ints:
        """(D,) degrees of freedom of all rows."""
        return self._rows[0][: self.domains.count]

    @cached_property
    def rows(self) -> Groups:
        """The rows by domain."""
        return Groups.of(self.domains.of_rows(len(self.sample.weight)), size=self.domains.codes)

    def figures(self, asked: Quotient) -> Figures:
        """The linearised estimate."""
        if self._by_moments and asked.ones:
            return self._element_mean(asked)
        numerator, denominator = self._totals(asked)
        value, scores = self._scores(numerator, denominator)
        if self._residuals is None:
            variance = self._variance(scores)
        else:
            variance = self._residuals.variance(asked, value, denominator, scores=scores)
        weights = denominator if asked.ones else self._weights_of(asked.known)
        assert weights is not None  # noqa: S101 - ones makes a denominator
        return self._figures(asked, value, variance, self.cells.by_domain(numerator), self.cells.by_domain(weights))

    def scores(self, asked: Quotient) -> tuple[Floats, Floats]:
        """Values (D,) and scores (U, D) of all units, for covariances between domains."""
        numerator, denominator = self._totals(asked)
        value, scores = self._scores(numerator, denominator)
        dense = np.zeros((len(self.sample.stages[-1].group), self.domains.codes))
        dense[self.cells.unit, self.cells.domain.code] = scores
        if self._residuals is not None:
            dense -= self._residuals.explained(self._residuals.fitted(asked, value, denominator))
        keep = slice(0, self.domains.count)
        return value[keep], dense[:, keep]

    # ------------------------------------------------------------ totals and scores of cells
    def _totals(self, asked: Quotient) -> tuple[Floats, Floats | None]:
        """(M,) weighted totals of numerator and denominator."""
        weight, below = self.sample.weight, asked.below()
        numerator = self.cells.total(weight * asked.top())
        if asked.ones:
            return numerator, self._weights_of(asked.known)
        return numerator, None if below is None else self.cells.total(weight * below)

    def _scores(self, numerator: Floats, denominator: Floats | None) -> tuple[Floats, Floats]:
        """Values (codes,) and scores (M,)."""
        if denominator is None:
            return self.cells.by_domain(numerator), numerator
        found = ratio_scores(numerator[:, None], denominator[:, None], domain=self.cells.domain)
        return found.value[:, 0], found.scores[:, 0]

    def _weights_of(self, known: Mask | None) -> Floats:
        """(M,) sums of the weights of the known rows."""
        return self._weights if known is None else self.cells.total(self.sample.weight * known)

    def _count(self, known: Mask | None) -> tuple[Ints, Ints]:
        """(codes,) degrees of freedom and rows used."""
        used = self._used if known is None else (known if self._used is None else known & self._used)
        rows = self.cells.rows.astype(np.float64) if used is None else self.cells.total(used.astype(np.float64))
        df = degrees_by_domain(rows, self.cells, self.sample.stages)
        return df, self.cells.by_domain(rows).astype(np.int64)

    # ------------------------------------------------------------ rows drawn singly
    def _element_mean(self, asked: Quotient) -> Figures:
        """A mean where rows were drawn singly: five moments of each domain and stratum tell all.

        Values are taken about their overall mean first, so that no digit is lost to a far origin.
        """
        numbers, weight, known = asked.numerator, self.sample.weight, asked.known
        used = weight if known is None else weight * known
        origin = 0.0 if numbers.binary else float(np.vdot(used, numbers.values) / used.sum())
        first = used * (numbers.values - origin) if origin else weight * numbers.values
        y, wy = self._by_stratum(first), self._by_stratum(used * first)
        yy = wy if numbers.binary else self._by_stratum(first * first)
        w, ww = (
            self._weight_moments(used) if known is not None or self._element_weights is None else self._element_weights
        )
        codes = self.domains.codes
        total, population = y.reshape(codes, -1).sum(axis=1), w.reshape(codes, -1).sum(axis=1)
        safe = np.where(population > 0, population, 1.0)
        p, x = (np.repeat(column, len(y) // codes) for column in (total / safe, safe))
        variance = self._variance.of_moments((y - p * w) / x, (yy - 2 * p * wy + p * p * ww) / x**2)
        value = np.where(population > 0, total / safe + origin, np.nan)
        return self._figures(asked, value, variance, value * population, population)

    def _weight_moments(self, weight: Floats) -> tuple[Floats, Floats]:
        """(D·H,) Σ w and Σ w² of each domain and stratum."""
        return self._by_stratum(weight), self._by_stratum(weight * weight)

    def _by_stratum(self, column: Floats) -> Floats:
        """(D·H,) sums of (n,) rows drawn singly."""
        strata = self._variance.strata
        return total_by(strata.code, column, size=strata.size)

    # ------------------------------------------------------------ figures
    def _figures(self, asked: Quotient, value: Floats, variance: Floats, total: Floats, population: Floats) -> Figures:
        """From (codes,) value, variance, total of the numerator and sum of weights to the figures of the domains."""
        df, n = self._rows if asked.known is None else self._count(asked.known)
        keep, nan = slice(0, self.domains.count), np.full(len(value), np.nan)
        deff = nan if asked.denominator is not None else self._design_effect(asked, variance, n, total, population)
        variance = np.where(n > 0, variance, np.nan)
        return Figures(value[keep], variance[keep], df[keep], n[keep], deff[keep])

    def _design_effect(self, asked: Quotient, variance: Floats, n: Ints, total: Floats, population: Floats) -> Floats:
        """(codes,) variance over that of a simple random sample of as many rows; NaN where that is not positive.

        Source: Kish (1965), ch. 8.1; Särndal, Swensson & Wretman (1992), eq. 2.8.1.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = self._squares(asked.numerator, total / population, total) / population * n / (n - 1)
            simple = spread * (population - n) / (population * n)
            simple = simple if asked.ones else simple * population**2
            return np.where(simple > 0, variance / simple, np.nan)

    def _squares(self, numbers: Numbers, mean: Floats, total: Floats) -> Floats:
        """(codes,) Σ w (y − ȳ)² over the rows used."""
        if numbers.binary:
            return np.asarray(total * (1 - mean))
        weight = self.sample.weight if numbers.known is None else self.sample.weight * numbers.known
        deviation = weight * (numbers.values - self.rows.spread(np.nan_to_num(mean)[:, None])[:, 0]) ** 2
        return self.rows.sum(deviation[:, None])[:, 0]
