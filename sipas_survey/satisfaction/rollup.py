"""How criteria make elements, parts and the whole: three ways, in exact fractions and with scores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from sipas_survey.satisfaction.questionnaire import Index, IndexLevel, Questionnaire
from sipas_survey.statistics.arrays import Floats, Mask
from sipas_survey.statistics.linearization import Linearized, mean_scores, ratio_scores


class Aggregation(StrEnum):
    """How criteria make an index.

    POOLED: satisfied answers over valid answers of all its criteria. CRITERIA: the plain mean of its criteria.
    ELEMENTS: an element is the mean of its criteria, a part the mean of its elements, the whole that of all elements.
    A mean is over those that have a valid answer.
    """

    POOLED = "pooled"
    CRITERIA = "criteria"
    ELEMENTS = "elements"


@dataclass(frozen=True, slots=True)
class Rollup:
    """The m indices that k criteria make.

    Attributes
    ----------
    indices : (m,) in print order.
    aggregation : the way.
    criteria : (m,) positions of each index's criteria.
    elements : (m,) positions among the indices of its elements; an element or criterion has only itself.
    member : (k, m) 1 where a criterion belongs to an index.
    """

    indices: tuple[Index, ...]
    aggregation: Aggregation
    criteria: tuple[tuple[int, ...], ...]
    elements: tuple[tuple[int, ...], ...]
    member: Floats

    def position(self, index: str) -> int:
        """Where an index stands. Raises KeyError for one that is not made."""
        for i, made in enumerate(self.indices):
            if made.code == index:
                return i
        raise KeyError(index)

    def linearized(self, part: Floats, whole: Floats) -> Linearized:
        """The m indices and their scores from weighted form totals per criterion, both (C, k)."""
        if self.aggregation is Aggregation.POOLED:
            return ratio_scores(part @ self.member, whole @ self.member)
        means = mean_scores(ratio_scores(part, whole), self.member)
        if self.aggregation is Aggregation.CRITERIA:
            return means
        return mean_scores(means, self._element_member())

    def coefficients(self, part: Floats, whole: Floats) -> tuple[Floats, Floats]:
        """The m indices, and what turns form totals into their scores.

        Parameters
        ----------
        part, whole : (k,) totals per criterion over all forms.

        Returns
        -------
        value : (m,), NaN where there is none. coefficient : (2k, m); the scores of `linearized` are
        [part whole] · coefficient, form by form.
        """
        if self.aggregation is Aggregation.POOLED:
            y, x = part @ self.member, whole @ self.member
            value, above, below = _ratio(y, x)
            return value, np.vstack([self.member * above, self.member * below])
        value, above, below = _ratio(part, whole)
        mixing = _mixing(self.member, whole != 0)
        if self.aggregation is Aggregation.ELEMENTS:
            known: Mask = np.any(mixing > 0, axis=0)
            mixing = np.asarray(mixing @ _mixing(self._element_member(), known))
        found = np.where(mixing.any(axis=0), np.nan_to_num(value) @ mixing, np.nan)
        return found, np.vstack([above[:, None] * mixing, below[:, None] * mixing])

    def exact(self, part: Sequence[int] | Sequence[Fraction], whole: Sequence[int]) -> list[Fraction | None]:
        """The m indices from numbers of answers per criterion, both (k,); None where nothing was counted."""
        if self.aggregation is Aggregation.POOLED:
            return [_share(sum(part[q] for q in own), sum(whole[q] for q in own)) for own in self.criteria]
        shares = [_share(part[q], whole[q]) for q in range(len(whole))]
        means = [_mean(shares[q] for q in own) for own in self.criteria]
        if self.aggregation is Aggregation.CRITERIA:
            return means
        return [_mean(means[e] for e in own) for own in self.elements]

    def _element_member(self) -> Floats:
        """(m, m) 1 where the row's index is one of `elements` of the column's."""
        member = np.zeros((len(self.indices), len(self.indices)))
        for i, own in enumerate(self.elements):
            member[list(own), i] = 1.0
        return member


def rollup(questionnaire: Questionnaire, criteria: Sequence[str], *, aggregation: Aggregation) -> Rollup:
    """The indices that can be computed from `criteria`, the ones that have a column.

    An element or part with some of its criteria is computed from those; the whole only where every part has one.
    """
    position = {code: q for q, code in enumerate(criteria)}
    indices = [index for index in questionnaire.indices if any(code in position for code in index.criteria)]
    parts = sum(index.level is IndexLevel.PART for index in indices)
    if parts < len(questionnaire.parts):
        indices = [index for index in indices if index.level is not IndexLevel.OVERALL]
    own = [tuple(position[code] for code in index.criteria if code in position) for index in indices]
    member = np.zeros((len(position), len(indices)))
    for i, rows in enumerate(own):
        member[list(rows), i] = 1.0
    return Rollup(tuple(indices), aggregation, tuple(own), _elements(indices), member)


def _elements(indices: Sequence[Index]) -> tuple[tuple[int, ...], ...]:
    """The positions of the elements within the whole and the parts; of itself for every other index."""
    found = [(i, set(index.criteria)) for i, index in enumerate(indices) if index.level is IndexLevel.ELEMENT]
    above = (IndexLevel.OVERALL, IndexLevel.PART)
    return tuple(
        tuple(i for i, inside in found if inside <= set(index.criteria)) if index.level in above else (j,)
        for j, index in enumerate(indices)
    )


def _ratio(y: Floats, x: Floats) -> tuple[Floats, Floats, Floats]:
    """y/x (NaN where x is 0), and what a form's share of y and of x adds to its score: 1/x and −y/x²."""
    known = x != 0
    safe = np.where(known, x, 1.0)
    return np.where(known, y / safe, np.nan), known / safe, -y * known / safe**2


def _mixing(member: Floats, known: Mask) -> Floats:
    """`member` (k, m) as the weights of plain means over the `known` (k,)."""
    entering = member * known[:, None]
    return np.asarray(entering / np.maximum(entering.sum(axis=0), 1.0))


def _share(part: int | Fraction, whole: int) -> Fraction | None:
    return Fraction(part) / whole if whole else None


def _mean(shares: Iterable[Fraction | None]) -> Fraction | None:
    known = [share for share in shares if share is not None]
    return sum(known, Fraction()) / len(known) if known else None
