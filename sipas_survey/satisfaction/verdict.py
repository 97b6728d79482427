"""Estimates confronted with the target: the plan's rule on the point estimate, and a verdict from the interval."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

import numpy as np

from sipas_survey.satisfaction.indices import IndexEstimate, WeightedEstimate
from sipas_survey.satisfaction.questionnaire import OVERALL
from sipas_survey.statistics.intervals import share_p_value
from sipas_survey.statistics.multiplicity import holm

SERVICE = "service"
FEW_FORMS = 30


class Verdict(StrEnum):
    """What the interval says about the target."""

    MET = "met"
    NOT_MET = "not_met"
    UNDECIDED = "undecided"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Judgement:
    """An estimate against a target.

    Attributes
    ----------
    reached : the plan's rule, value >= target, judged on exact fractions; None without a valid answer.
    verdict : the interval of the unweighted estimate; `weighted` : that of the weighted one, None where there is none.
    few_forms : fewer forms have a valid answer than an estimate should rest on.
    p_value : two-sided, of the target as the true share; `p_adjusted` : what it is worth among all advisory rows of the
        same result, by Holm; that of the row that a check reads stays as it is. None where nothing can be tested.
    adjusted : the verdict by the adjusted one.
    """

    reached: bool | None
    verdict: Verdict
    weighted: Verdict | None
    few_forms: bool
    p_value: float | None = None
    p_adjusted: float | None = None
    adjusted: Verdict = Verdict.NO_DATA


def judge_all(
    estimates: Sequence[IndexEstimate], threshold: Fraction, *, few_forms: int = FEW_FORMS, level: float = 0.95
) -> tuple[Judgement, ...]:
    """Judge every row of a result; all but the row that a check reads are advisory, and tested as many at once.

    Source: METHOD, ranks: one of twenty rows at the target would come out wrong by chance.
    """
    checked = headline(estimates)
    p_values = np.array([np.nan if p is None else p for p in _p_values(estimates, threshold, level)])
    advisory = np.array([row is not checked for row in estimates], dtype=bool)
    adjusted = np.where(advisory, holm(np.where(advisory, p_values, np.nan)), p_values)
    judged = []
    for row, p_value, worth in zip(estimates, p_values.tolist(), adjusted.tolist(), strict=True):
        plain = judge(row, threshold, few_forms=few_forms)
        known = p_value == p_value
        verdict = _adjusted(plain, sure=known and worth <= 1 - level, row=row)
        judged.append(replace(plain, p_value=p_value if known else None, p_adjusted=worth if known else None,
                              adjusted=verdict if row is not checked else plain.verdict))  # fmt: skip
    return tuple(judged)


def _p_values(estimates: Sequence[IndexEstimate], threshold: Fraction, level: float) -> list[float | None]:
    """How far each row is from the target; None without a value, and where every share is on one side of the target."""
    if not 0 < threshold < 1:
        return [None] * len(estimates)
    value = [np.nan if row.value is None else float(row.value) for row in estimates]
    se = [np.nan if row.se is None else row.se for row in estimates]
    found = share_p_value(
        value, se, [r.df for r in estimates], n=[r.forms for r in estimates], target=float(threshold), level=level
    )
    return [None if p != p else float(p) for p in found]


def _adjusted(plain: Judgement, *, sure: bool, row: IndexEstimate) -> Verdict:
    if row.value is None:
        return Verdict.NO_DATA
    if not sure:
        return Verdict.UNDECIDED
    return Verdict.MET if plain.reached else Verdict.NOT_MET


def judge(estimate: IndexEstimate, threshold: Fraction, *, few_forms: int = FEW_FORMS) -> Judgement:
    """Judge one row against the target, a share in [0, 1]; `few_forms` is the least that an estimate should rest on."""
    return Judgement(
        reached=None if estimate.value is None else estimate.value >= threshold,
        verdict=verdict_of(estimate, threshold),
        weighted=None if estimate.weighted is None else verdict_of(estimate.weighted, threshold),
        few_forms=estimate.forms < few_forms,
    )


def verdict_of(estimate: IndexEstimate | WeightedEstimate, threshold: Fraction) -> Verdict:
    """MET: lower limit >= target. NOT_MET: upper limit < target. NO_DATA: no value. UNDECIDED: all else.

    Limits are compared as the exact numbers that they are; a missing interval decides nothing.
    """
    if estimate.value is None:
        return Verdict.NO_DATA
    if estimate.lower is not None and estimate.lower >= threshold:
        return Verdict.MET
    if estimate.upper is not None and estimate.upper < threshold:
        return Verdict.NOT_MET
    return Verdict.UNDECIDED


def headline(estimates: Iterable[IndexEstimate]) -> IndexEstimate | None:
    """The row that a check reads: of all forms, `overall` where there is one, else `service`; None without either."""
    whole = {row.index: row for row in estimates if not row.by}
    return whole.get(OVERALL) or whole.get(SERVICE)
