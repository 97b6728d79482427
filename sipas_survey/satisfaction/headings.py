"""Which column of an answers file holds what: form, criteria, respondent fields, and the rest."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sipas_survey.formats import search_key
from sipas_survey.problems import Checked, Place, Problem, problem
from sipas_survey.satisfaction.questionnaire import Questionnaire

_FORM_HEADINGS = frozenset({"form", "ma phieu"})
_NUMBERED = re.compile(r"(?:q|c|cau)?\s*0*([0-9]{1,3})")
_CRITERION_NUMBER = re.compile(r"q0*([0-9]+)")


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of the columns, by what they hold; `others` by their heading."""

    form: int | None
    criteria: Mapping[str, int]
    respondent: Mapping[str, int]
    others: Mapping[str, int]


def recognise(headings: Sequence[str], questionnaire: Questionnaire, *, place: Place) -> Checked[Columns]:
    """Find the columns of an answers file.

    Headings are compared without case, accents and outer spaces. A criterion may be called `q15`, `Q15`, `C15`,
    `Câu 15` or `15`; a respondent field by its code or label. What is claimed twice is RESPONSES_COLUMN_TWICE, and
    the first column is kept.
    """
    names = _names(questionnaire)
    taken: dict[str, int] = {}
    problems: list[Problem] = []
    for position, heading in enumerate(headings):
        name = _named(heading, names)
        if name in taken:
            where = place.at(column=heading)
            problems.append(problem("RESPONSES_COLUMN_TWICE", where, found=heading, first=headings[taken[name]]))
        else:
            taken[name] = position
    form = taken.pop("form", None)
    criteria = {c.code: taken.pop(c.code) for c in questionnaire.criteria if c.code in taken}
    respondent = {f.code: taken.pop(f.code) for f in questionnaire.respondent if f.code in taken}
    return Checked(Columns(form, criteria, respondent, taken), tuple(problems))


def _names(questionnaire: Questionnaire) -> dict[str, str]:
    """What a heading may say → the name of the column here. Criteria come last: their codes win."""
    names = dict.fromkeys(_FORM_HEADINGS, "form")
    for asked in questionnaire.respondent:
        names |= {_folded(text): asked.code for text in (asked.code, *asked.labels.values())}
    for criterion in questionnaire.criteria:
        names[_folded(criterion.code)] = criterion.code
        if number := _CRITERION_NUMBER.fullmatch(criterion.code):
            names[number[1]] = criterion.code
    return names


def _named(heading: str, names: Mapping[str, str]) -> str:
    """The name of the column here, or the heading itself."""
    folded = _folded(heading)
    number = _NUMBERED.fullmatch(folded)
    return names.get(folded) or (names.get(number[1]) if number else None) or heading.strip()


def _folded(heading: str) -> str:
    return search_key(heading.replace("_", " "))
