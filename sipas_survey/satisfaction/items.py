"""What a questionnaire is: sections, questions with their choices, and the satisfaction table with its hierarchy."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from sipas_survey.formats import Lang

Labels = Mapping[str, str]

OVERALL = "overall"
"""The index over all criteria."""
RESPONDENT = "respondent"
"""The section that holds the questions about the respondent."""
CRITERIA = "criteria"
"""The section that holds the satisfaction table."""
QUESTIONS = "questions"
"""The section of the other questions, where a file does not divide them."""


class IndexLevel(StrEnum):
    """The four storeys of the indices."""

    OVERALL = "overall"
    PART = "part"
    ELEMENT = "element"
    CRITERION = "criterion"


class QuestionKind(StrEnum):
    """How a question is answered: one choice, any number of choices, or in words."""

    ONE = "one"
    MANY = "many"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the questionnaire: policy, service."""

    code: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Element:
    """A group of criteria within a part; the five service elements are the dimensions of SIPAS."""

    code: str
    part: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the satisfaction table."""

    code: str
    element: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class ScalePoint:
    """One answer of the scale: a whole number from 1 to 9 and its words."""

    value: int
    labels: Labels


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question; an `alone` one, such as "none of these", goes with no other."""

    code: str
    labels: Labels
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A question is asked only of those who gave one of these choices to an earlier one."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is no line of the satisfaction table.

    Attributes
    ----------
    kind : whether one choice, any number (at most `most`, where that is given) or words are the answer.
    choices : in the order of the form; none where the answer is words.
    asked_if : None where everybody is asked.
    """

    code: str
    kind: QuestionKind
    labels: Labels
    choices: tuple[Choice, ...] = ()
    most: int | None = None
    asked_if: Condition | None = None

    def choice(self, code: str) -> Choice:
        """The choice with a code. KeyError where there is none."""
        for one in self.choices:
            if one.code == code:
                return one
        raise KeyError(code)


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of the form under one heading: questions or, in the section `criteria`, the satisfaction table."""

    code: str
    labels: Labels
    questions: tuple[Question, ...] = ()
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """A figure that is reported: its criteria are those it is computed from."""

    code: str
    level: IndexLevel
    labels: Labels
    criteria: tuple[str, ...]


@dataclass(frozen=True)
class Questionnaire:
    """A version of the questionnaire.

    Attributes
    ----------
    kind : who is asked: `citizens` or `officials`.
    satisfied : the answers that count as satisfied.
    sections : the whole form, in its order: everything that is printed or asked stands in one of them.
    text : the file, as its digest is taken.
    """

    code: str
    version: str
    kind: str
    languages: tuple[str, ...]
    source: Labels
    overall: Labels
    parts: tuple[Part, ...]
    elements: tuple[Element, ...]
    criteria: tuple[Criterion, ...]
    scale: tuple[ScalePoint, ...]
    satisfied: tuple[int, ...]
    sections: tuple[Section, ...]
    text: str = field(repr=False)

    @property
    def respondent(self) -> tuple[Question, ...]:
        """The questions about the respondent."""
        return tuple(q for section in self.sections if section.code == RESPONDENT for q in section.questions)

    @property
    def questions(self) -> tuple[Question, ...]:
        """The other questions, those that are neither about the respondent nor lines of the satisfaction table."""
        return tuple(q for section in self.sections if section.code != RESPONDENT for q in section.questions)

    @cached_property
    def indices(self) -> tuple[Index, ...]:
        """All indices in print order: overall, then each part, its elements, and their criteria."""
        rows = [Index(OVERALL, IndexLevel.OVERALL, self.overall, tuple(c.code for c in self.criteria))]
        for part in self.parts:
            elements = self.elements_of(part.code)
            inside = {e.code: self.criteria_in(e.code) for e in elements}
            everything = tuple(c.code for e in elements for c in inside[e.code])
            rows.append(Index(part.code, IndexLevel.PART, part.labels, everything))
            for element in elements:
                criteria = inside[element.code]
                rows.append(Index(element.code, IndexLevel.ELEMENT, element.labels, tuple(c.code for c in criteria)))
                rows += [Index(c.code, IndexLevel.CRITERION, c.labels, (c.code,)) for c in criteria]
        return tuple(rows)

    def elements_of(self, part: str) -> tuple[Element, ...]:
        """The elements of a part, in the order of the form."""
        return tuple(e for e in self.elements if e.part == part)

    def criteria_in(self, element: str) -> tuple[Criterion, ...]:
        """The criteria of an element, in the order of the form."""
        return tuple(c for c in self.criteria if c.element == element)

    def label(self, index: str, lang: Lang) -> str:
        """The words of an index; in the questionnaire's first language where it has none in `lang`."""
        return wording(self._index(index).labels, lang)

    def criteria_of(self, index: str) -> tuple[str, ...]:
        """Codes of the criteria an index is computed from. KeyError for an unknown index."""
        return self._index(index).criteria

    def digest(self) -> str:
        """SHA-256 of the file's text (NFC, line ends LF, no blanks at line ends), in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def _index(self, code: str) -> Index:
        for index in self.indices:
            if index.code == code:
                return index
        raise KeyError(code)


def wording(labels: Labels, lang: Lang) -> str:
    """The label in a language, or in the first one there is."""
    return labels.get(lang) or next(iter(labels.values()), "")
