"""What one answer cell says: a point of the scale, or why it cannot be used."""

import re
import unicodedata
from collections.abc import Mapping
from enum import IntEnum

from sipas_survey.formats import masked, search_key
from sipas_survey.satisfaction.questionnaire import Questionnaire


class Unusable(IntEnum):
    """Why an answer is left out of the denominator; NO is a usable answer."""

    NO = 0
    EMPTY = 1
    OUT_OF_RANGE = 2
    MULTIPLE = 3
    UNREADABLE = 4

    @property
    def code(self) -> str:
        """The kind as the contract writes it: `empty`, `out_of_range`, `multiple`, `unreadable`."""
        return self.name.lower()


KINDS = (Unusable.EMPTY, Unusable.OUT_OF_RANGE, Unusable.MULTIPLE, Unusable.UNREADABLE)

_NUMBER = re.compile(r"([+-]?)0*([0-9]{1,15})(?:[.,]([0-9]{0,15}))?")
_LABELLED = re.compile(r"([0-9])\s*[-–—.:)=]\s*(.*\S)")
_SEPARATORS = re.compile(r"\s*[;,/|&+–—-]\s*")
_NUMERIC = re.compile(r"[0-9.,;:/|&+\s-]{1,20}")
_DIGITS_SHOWN = 6  # more digits than any answer has may be somebody's telephone or identity number


def scale_words(questionnaire: Questionnaire) -> dict[str, int]:
    """Every way to write a point of the scale in words or one digit, by `search_key`."""
    words = {str(point.value): point.value for point in questionnaire.scale}
    for point in questionnaire.scale:
        words |= {search_key(label): point.value for label in point.labels.values()}
    return words


def read_answer(text: str, words: Mapping[str, int]) -> tuple[int, Unusable]:
    """The answer in a cell.

    Parameters
    ----------
    text : the cell; `5`, `5.0`, `５`, `Hài lòng`, `4 - Hài lòng` are answers.
    words : `scale_words` of the questionnaire.

    Returns
    -------
    The point of the scale and NO, or 0 and the kind. Several points in one cell, `3;4` or `34`, are MULTIPLE; any
    other number is OUT_OF_RANGE.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return 0, Unusable.EMPTY
    answer = _one_point(plain, words)
    if answer:
        return answer, Unusable.NO
    return 0, _why_not(plain, words)


def _one_point(plain: str, words: Mapping[str, int]) -> int:
    """The point that the text names, or 0."""
    number = _NUMBER.fullmatch(plain)
    if number:
        sign, whole, rest = number.groups()
        return words.get(whole, 0) if sign != "-" and not (rest or "").strip("0") else 0
    labelled = _LABELLED.fullmatch(plain)
    if labelled:
        digit, label = words.get(labelled[1], 0), words.get(search_key(labelled[2]), 0)
        return digit if digit == label else 0
    return words.get(search_key(plain), 0)


def _why_not(plain: str, words: Mapping[str, int]) -> Unusable:
    if all(mark in words for mark in plain) or _names_several(plain, words):
        return Unusable.MULTIPLE
    return Unusable.OUT_OF_RANGE if _NUMBER.fullmatch(plain) else Unusable.UNREADABLE


def _names_several(plain: str, words: Mapping[str, int]) -> bool:
    for marks in (_SEPARATORS.split(plain), plain.split()):
        if len(marks) > 1 and all(search_key(mark) in words for mark in marks):
            return True
    return False


def shown_answer(text: str) -> str:
    """A cell as a message may show it: short numbers as they are, everything else masked, for it may be personal."""
    few_digits = sum(c.isdigit() for c in text) <= _DIGITS_SHOWN
    return text if few_digits and _NUMERIC.fullmatch(text) else masked(text)
