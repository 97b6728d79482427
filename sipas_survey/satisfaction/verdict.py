"""Estimates confronted with the target: the plan's rule on the point estimate, and a verdict from the interval."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from sipas_survey.satisfaction.indices import IndexEstimate, WeightedEstimate
from sipas_survey.satisfaction.questionnaire import OVERALL

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
    """

    reached: bool | None
    verdict: Verdict
    weighted: Verdict | None
    few_forms: bool


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
