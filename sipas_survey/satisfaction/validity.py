"""Whether a whole form is valid, by a rule in figures: enough is answered, and little is ticked twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sipas_survey.satisfaction.answers import Unusable
from sipas_survey.satisfaction.questionnaire import Questionnaire

INCOMPLETE = "incomplete"
DOUBLE_TICKS = "double_ticks"
SAME_ANSWER = "same_answer"
REASONS = (INCOMPLETE, DOUBLE_TICKS, SAME_ANSWER)
"""Why a form is invalid, as the ledger records it; the first one that holds."""

Cells = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a valid form has. Shares are of the criteria of the questionnaire, whether or not a file has their columns.

    answered : the least share of criteria with a usable answer; `each_part` that in every part of the questionnaire.
    double_ticks : the greatest share of criteria with several points ticked.
    same_answer : whether one and the same answer to every criterion is valid.
    required : questions that must be answered.
    """

    answered: Fraction = Fraction(1, 2)
    each_part: Fraction = Fraction(0)
    double_ticks: Fraction = Fraction(1)
    same_answer: bool = True
    required: tuple[str, ...] = ()


def why_invalid(cells: Cells, given: Mapping[str, str], questionnaire: Questionnaire, rule: Rule) -> str:
    """The reason for which a form is invalid, or "" for a valid one.

    Parameters
    ----------
    cells : criterion → point of the scale, or the kind of an unusable answer; a criterion that is missing is a blank.
    given : question → codes of its choices; missing or empty is a blank.
    """
    everything = [criterion.code for criterion in questionnaire.criteria]
    parts = [[c.code for e in questionnaire.elements_of(p.code) for c in questionnaire.criteria_in(e.code)]
             for p in questionnaire.parts]  # fmt: skip
    if not _reaches(cells, everything, rule.answered) or any(not _reaches(cells, p, rule.each_part) for p in parts):
        return INCOMPLETE
    if any(not given.get(question) for question in rule.required):
        return INCOMPLETE
    doubled = sum(cells.get(code) == Unusable.MULTIPLE.code for code in everything)
    if doubled > rule.double_ticks * len(everything):
        return DOUBLE_TICKS
    points = [cells.get(code) for code in everything]
    if not rule.same_answer and len(points) > 1 and len(set(points)) == 1 and isinstance(points[0], int):
        return SAME_ANSWER
    return ""


def _reaches(cells: Cells, criteria: Sequence[str], least: Fraction) -> bool:
    """Whether the share of criteria with a usable answer is at least so much, in whole numbers."""
    return sum(isinstance(cells.get(code), int) for code in criteria) >= least * len(criteria)
