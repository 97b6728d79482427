"""What one cell says of a question with choices: codes of the choices, or that it cannot be used."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sipas_survey.formats import normal, search_key
from sipas_survey.satisfaction.questionnaire import Question, QuestionKind

_DASHES = str.maketrans("–—−", "---")
_CODED = re.compile(r"([a-z0-9_+-]{1,32}?)\s*[-.:)=]\s*(.*\S)")
_BETWEEN = re.compile(r"\s*[;,|/\n]\s*")
_TICKED = frozenset({"1", "true", "yes", "co", "x", "v", "✓", "✔", "☑", "☒"})
_EMPTY_BOX = frozenset({"0", "false", "no", "khong", "☐", ""})
BETWEEN = " "
"""What stands between the codes of several choices, as ODK and KoboToolbox write them."""


@dataclass(frozen=True)
class ChoiceReader:
    """Reads the cells of one question. `words`: how a choice may be written, folded → its code, which wins."""

    question: Question
    words: Mapping[str, str]

    @classmethod
    def of(cls, question: Question) -> "ChoiceReader":
        """The reader of a question."""
        words = {folded(label): choice.code for choice in question.choices for label in choice.labels.values()}
        return cls(question, words | {folded(choice.code): choice.code for choice in question.choices})

    def read(self, text: str) -> str | None:
        """Codes in the order of the form with a blank between, "" for an empty cell, None where it cannot be used."""
        plain = folded(text)
        if not plain:
            return ""
        one = self._one(plain)
        if one or self.question.kind is not QuestionKind.MANY:
            return one
        for marks in (_BETWEEN.split(_spread(text)), _spread(text).split()):
            found = [self._one(folded(mark)) for mark in marks if mark.strip()]
            if len(found) > 1 and None not in found:
                return self.together([code for code in found if code])
        return None

    def together(self, codes: Iterable[str]) -> str | None:
        """Several choices as one text; None where they do not go together, or are too many."""
        chosen = set(codes)
        choices = [choice for choice in self.question.choices if choice.code in chosen]
        alone = any(choice.alone for choice in choices) and len(choices) > 1
        if alone or (self.question.most is not None and len(choices) > self.question.most):
            return None
        return BETWEEN.join(choice.code for choice in choices)

    def boxes(self, cells: Sequence[str], codes: Sequence[str]) -> str | None:
        """What a column for each choice says: a tick is 1, TRUE, x, or the choice itself."""
        chosen = []
        for cell, code in zip(cells, codes, strict=True):
            plain = folded(cell)
            if plain in _TICKED or self.words.get(plain) == code:
                chosen.append(code)
            elif plain not in _EMPTY_BOX:
                return None
        return self.together(chosen)

    def _one(self, plain: str) -> str | None:
        """`late`, `Trễ hẹn`, `late - Trễ hẹn`; a code and words that disagree are none."""
        if code := self.words.get(plain):
            return code
        coded = _CODED.fullmatch(plain)
        code = self.words.get(coded[1]) if coded else None
        return code if coded and code is not None and self.words.get(coded[2]) == code else None


def folded(text: str) -> str:
    """A cell without case, accents, wide signs and kinds of dashes, as choices are compared."""
    return search_key(normal(unicodedata.normalize("NFKC", text)).translate(_DASHES))


def _spread(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
