"""Weighted distributions, and the values that they reach."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sipas_survey.statistics.arrays import Floats, Ints, Mask

TIE = 1e-12
"""Share of the total weight within which a distribution counts as having reached p: sums of weights are rounded."""


@dataclass(frozen=True, slots=True)
class Distributions:
    """The weighted distributions of D domains.

    Attributes
    ----------
    values : (n',) the values used, rising within each domain, domains one after another.
    reached : (n',) share of the domain's weight at or below the value.
    first : (D + 1,) where each domain begins.
    """

    values: Floats
    reached: Floats
    first: Ints

    @classmethod
    def of(cls, values: Floats, weight: Floats, used: Mask, *, domain: Ints, domains: int) -> "Distributions":
        """From (n,) rows with codes of domains; rows not `used`, of no weight or of a code beyond are left out."""
        rows = np.flatnonzero(used & (weight > 0) & (domain < domains))
        order = rows[np.lexsort((values[rows], domain[rows]))]
        first = np.searchsorted(domain[order], np.arange(domains + 1))
        reached = np.cumsum(weight[order])
        before = np.concatenate([[0.0], reached])[first[:-1]]
        total = np.concatenate([[0.0], reached])[first[1:]] - before
        code = domain[order]
        safe = np.where(total > 0, total, 1.0)
        return cls(values[order], (reached - before[code]) / safe[code], first.astype(np.int64))

    def at(self, p: Floats) -> Floats:
        """(D,) smallest value of each domain whose distribution is at least p (D,), p cut to [0, 1]; NaN if empty.

        Source: Francisco & Fuller (1991), Annals of Statistics 19, 454–469: the inverse of the distribution function.
        """
        found = np.full(len(self.first) - 1, np.nan)
        for j, (start, stop) in enumerate(pairwise(self.first.tolist())):
            if stop > start and not np.isnan(p[j]):
                place = int(np.searchsorted(self.reached[start:stop], p[j] - TIE))
                found[j] = self.values[start + min(place, stop - start - 1)]
        return found
