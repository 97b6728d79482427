"""What an estimate asks of the rows, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sipas_survey.statistics.arrays import Floats, Ints, Mask
from sipas_survey.workflow.estimates.columns import Numbers


@dataclass(frozen=True, slots=True)
class Domains:
    """D domains of n rows: `code` 0..D-1, None where there is one with all rows; rows outside all have code D."""

    code: Ints | None
    count: int

    @property
    def codes(self) -> int:
        """Number of codes, the one outside included."""
        return self.count + (self.code is not None)

    def of_rows(self, n: int) -> Ints:
        """(n,) the code of each row."""
        return np.zeros(n, dtype=np.int64) if self.code is None else self.code


@dataclass(frozen=True, slots=True)
class Quotient:
    """Σ w·numerator / Σ w·denominator; without a denominator the total of the numerator.

    A row that misses either counts in neither. `ones` : the denominator is 1 in every row, as for a mean.
    """

    numerator: Numbers
    denominator: Numbers | None = None
    ones: bool = False

    @property
    def known(self) -> Mask | None:
        """(n,) rows that miss neither; None where none misses any."""
        if self.denominator is None or self.denominator.known is None:
            return self.numerator.known
        if self.numerator.known is None:
            return self.denominator.known
        return self.numerator.known & self.denominator.known

    def top(self) -> Floats:
        """(n,) the numerator, 0 in rows that are not used."""
        return self.numerator.only(self.known)

    def below(self) -> Floats | None:
        """(n,) the denominator, 0 in rows that are not used; None where it is 1, or none."""
        return None if self.denominator is None else self.denominator.only(self.known)


Request = Callable[[], Quotient]
"""A quotient that is read from the table when its turn has come, so that a long list needs no copy of the data."""


@dataclass(frozen=True, slots=True)
class Figures:
    """An estimate in D domains.

    Attributes
    ----------
    value, variance : (D,) NaN where there is none; df; n : (D,) rows used; deff : (D,) design effect, NaN for none.
    """

    value: Floats
    variance: Floats
    df: Ints
    n: Ints
    deff: Floats
