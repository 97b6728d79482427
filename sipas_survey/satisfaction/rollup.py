"""How criteria make elements, parts and the whole: three ways, in exact fractions and with scores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from sipas_survey.satisfaction.questionnaire import Index, IndexLevel, Questionnaire
from sipas_survey.statistics.arrays import Floats
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

    def linearized(self, part: Floats, whole: Floats) -> Linearized:
        """The m indices and their scores from weighted form totals per criterion, both (C, k)."""
        if self.aggregation is Aggregation.POOLED:
            return ratio_scores(part @ self.member, whole @ self.member)
        means = mean_scores(ratio_scores(part, whole), self.member)
        if self.aggregation is Aggregation.CRITERIA:
            return means
        return mean_scores(means, self._element_member())

    def exact(self, part: Sequence[int], whole: Sequence[int]) -> list[Fraction | None]:
        """The m indices from numbers of answers per criterion, both (k,); None where nothing was counted."""
        if self.aggregation is Aggregation.POOLED:
            return [_share(sum(part[q] for q in own), sum(whole[q] for q in own)) for own in self.criteria]
        shares = [_share(s, v) for s, v in zip(part, whole, strict=True)]
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


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def _mean(shares: Iterable[Fraction | None]) -> Fraction | None:
    known = [share for share in shares if share is not None]
    return sum(known, Fraction()) / len(known) if known else None
