"""The one reduction of answers: forms → whole numbers per stratum and domain, from which every figure follows.

A form is the cluster. All that an estimate, its error, a league table or a change needs of many forms are sums of their
totals and of the products of these; both are whole numbers, so that any order of the rows and any engine give the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np

from sipas_survey.satisfaction.answers import KINDS, Unusable
from sipas_survey.satisfaction.questionnaire import Questionnaire
from sipas_survey.satisfaction.responses import Answers
from sipas_survey.satisfaction.rollup import Aggregation, rollup
from sipas_survey.statistics.arrays import Floats, Ints

Numbers = TypeVar("Numbers", Floats, Ints)
PIECE = 100_000  # forms reduced at once: squares of their answers stay exact in 32 bits
HELD = 20_000_000  # numbers that the products of all domains may take: 160 MB


class Measure(StrEnum):
    """What an answer is worth: 1 where satisfied; its point of the scale; +1 satisfied, −1 dissatisfied."""

    SATISFIED = "satisfied"
    MEAN = "mean"
    NET = "net"


def worth(measure: Measure, questionnaire: Questionnaire) -> Floats:
    """(10,) the worth of each point 0..9, 0 for the unusable answer.

    Dissatisfied are the points as far from the other end of the scale as the satisfied ones are from theirs.
    """
    values = np.zeros(10)
    points = sorted(point.value for point in questionnaire.scale)
    satisfied = list(questionnaire.satisfied)
    if measure is Measure.MEAN:
        values[points] = points
        return values
    if measure is Measure.NET:
        opposite = [point for point in points[: len(satisfied)] if point not in satisfied]
        values[opposite] = -1.0
    values[satisfied] = 1.0
    return values


@dataclass(frozen=True, slots=True)
class FormMoments:
    """n forms with k criteria in M cells (domain, stratum), sorted.

    Attributes
    ----------
    domain, stratum : (M,) codes from 0.
    forms : (M,) number of forms.
    sums : (M, 2k) totals of the worth of the answers, then of valid answers, by criterion.
    products : (M, 2k, 2k) totals of the products of these numbers of a form.
    answered : (M, m) forms with a valid answer to a criterion of each index that `rollup` gives.
    blanks : (M, k, 4) unusable answers by kind.
    """

    domain: Ints
    stratum: Ints
    forms: Ints
    sums: Floats
    products: Floats
    answered: Ints
    blanks: Ints

    def of_domain(self, domain: int, strata: int) -> "FormMoments":
        """The cells of one domain, one for each of the strata."""
        return self._filled(np.flatnonzero(self.domain == domain), strata)

    def over_domains(self, strata: int) -> "FormMoments":
        """All domains put together."""
        return self._filled(np.arange(len(self.domain)), strata)

    def _filled(self, cells: Ints, strata: int) -> "FormMoments":
        stratum = self.stratum[cells]

        def by_stratum(values: Numbers) -> Numbers:
            out = np.zeros((strata, *values.shape[1:]), dtype=values.dtype)
            np.add.at(out, stratum, values[cells])
            return out

        every = np.arange(strata)
        return FormMoments(
            np.zeros_like(every), every, by_stratum(self.forms), by_stratum(self.sums), by_stratum(self.products),
            by_stratum(self.answered), by_stratum(self.blanks),
        )  # fmt: skip


class FormSums:
    """Forms summed piece by piece: `add` as often as there are pieces, in any order, then `moments`.

    `measure` says what an answer is worth. Raises MemoryError where the products would take more than HELD numbers.
    """

    def __init__(self, questionnaire: Questionnaire, criteria: Sequence[str], measure: Measure) -> None:
        self._worth = worth(measure, questionnaire).astype(np.float32)
        self._k = len(criteria)
        plan = rollup(questionnaire, criteria, aggregation=Aggregation.POOLED)
        self._member = plan.member.astype(np.float32)
        self._cells: dict[tuple[int, int], list[Floats]] = {}

    def add(self, domain: Ints, stratum: Ints, answers: Answers, unusable: Answers) -> None:
        """Forms more: codes (n,), points (n, k) with 0 where unusable, and kinds (n, k)."""
        for first in range(0, len(domain), PIECE):
            part = slice(first, first + PIECE)
            self._add(domain[part], stratum[part], answers[part], unusable[part])

    def _add(self, domain: Ints, stratum: Ints, answers: Answers, unusable: Answers) -> None:
        order = np.lexsort((stratum, domain))
        place, layer = domain[order], stratum[order]
        first = np.flatnonzero(np.r_[True, (place[1:] != place[:-1]) | (layer[1:] != layer[:-1])])
        for start, end in zip(first, [*first[1:], len(order)], strict=True):
            rows = order[start:end]
            found = self._of(answers[rows], unusable[rows])
            held = self._cells.setdefault((int(place[start]), int(layer[start])), found)
            if held is not found:
                for total, more in zip(held, found, strict=True):
                    total += more
        if len(self._cells) * (2 * self._k) ** 2 > HELD:
            raise MemoryError("too many domains")

    def _of(self, answers: Answers, unusable: Answers) -> list[Floats]:
        """The numbers of one cell, all whole."""
        valid = answers > 0
        columns = np.hstack([self._worth[answers], valid]).astype(np.float32)
        answered = np.count_nonzero(valid.astype(np.float32) @ self._member, axis=0)
        kinds = np.zeros((self._k, len(KINDS)))
        kinds[:, 0] = len(answers) - np.count_nonzero(valid, axis=0)
        if unusable.max(initial=0) > Unusable.EMPTY:  # most pieces hold no other kind
            kinds = np.stack([np.count_nonzero(unusable == kind, axis=0) for kind in KINDS], axis=1)
        found = (len(answers), columns.sum(axis=0, dtype=np.float64), columns.T @ columns, answered, kinds)
        return [np.array(numbers, dtype=np.float64) for numbers in found]

    def moments(self) -> FormMoments:
        """What was added so far."""
        keys = sorted(self._cells)
        k, m = self._k, self._member.shape[1]
        shapes = ((), (2 * k,), (2 * k, 2 * k), (m,), (k, len(KINDS)))
        forms, sums, products, answered, blanks = (
            np.array([self._cells[key][j] for key in keys], dtype=np.float64).reshape(len(keys), *shape)
            for j, shape in enumerate(shapes)
        )
        domain, stratum = (np.array([key[j] for key in keys], dtype=np.int64) for j in (0, 1))
        return FormMoments(
            domain, stratum, _whole(forms), sums, products, answered=_whole(answered), blanks=_whole(blanks)
        )


def _whole(numbers: Floats) -> Ints:
    return numbers.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Reduced:
    """Answers of many forms as their moments, and how the forms were drawn.

    Attributes
    ----------
    questionnaire, criteria : what was asked, and which k criteria have a column.
    names : the values of each domain, by its code; empty where none were asked for.
    fraction, clusters : (H,) sampling fraction and number of forms of each stratum.
    moments : by measure, SATISFIED at least.
    """

    questionnaire: Questionnaire
    criteria: tuple[str, ...]
    names: tuple[Mapping[str, str], ...]
    fraction: Floats
    clusters: Ints
    moments: Mapping[Measure, FormMoments]

    def blocks(self, measure: Measure = Measure.SATISFIED) -> list[tuple[Mapping[str, str], FormMoments]]:
        """All forms first, then each domain."""
        found, strata = self.moments[measure], len(self.fraction)
        domains = [(name, found.of_domain(d, strata)) for d, name in enumerate(self.names)]
        return [({}, found.over_domains(strata)), *domains]
