"""A questionnaire for other programs: an XLSForm that ODK and KoboToolbox load, and a codebook.

The form code is asked first and must have its check digits. Sections are groups, and so are the parts and elements of
the satisfaction table; everything else may be left blank, as on paper.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import xlsxwriter

from sipas_survey.exchange.delimited import csv_text
from sipas_survey.formats import LANGUAGES, Lang, spreadsheet_text, word
from sipas_survey.satisfaction.questionnaire import (
    CRITERIA,
    Choice,
    Condition,
    Element,
    Labels,
    Question,
    QuestionKind,
    Questionnaire,
)

_NAMES = {"vi": "Tiếng Việt (vi)", "en": "English (en)"}
_CODE_RULE = "regex(., '^[1-9][0-9]{9}$') and number(.) mod 97 = 1"
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's day has no zone; a constant one keeps the bytes the same
_SCALE = "scale"
_TYPES = {QuestionKind.ONE: "select_one", QuestionKind.MANY: "select_multiple", QuestionKind.TEXT: "text"}

Row = tuple[str, ...]


# ---------------------------------------------------------------- XLSForm
@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the sheet `survey`; words in every language are written by their heads."""

    type: str
    name: str = ""
    label: Labels | None = None
    hint: Labels | None = None
    required: str = ""
    relevant: str = ""
    constraint: str = ""
    message: Labels | None = None
    appearance: str = ""

    def row(self, languages: Sequence[str]) -> Row:
        """The cells, in the order of `_heads`."""
        label, hint, message = (_words(said or {}, languages) for said in (self.label, self.hint, self.message))
        rules = (self.required, self.relevant, self.constraint)
        return (self.type, self.name, *label, *hint, *rules, *message, self.appearance)


def _heads(languages: Sequence[str]) -> Row:
    label, hint, message = (
        [f"{column}::{_NAMES.get(lang, f'{lang} ({lang})')}" for lang in languages]
        for column in ("label", "hint", "constraint_message")
    )
    return ("type", "name", *label, *hint, "required", "relevant", "constraint", *message, "appearance")


def write_xlsform(file: Path, questionnaire: Questionnaire) -> None:
    """Write the workbook with the sheets survey, choices and settings; the same questionnaire gives the same bytes."""
    languages = questionnaire.languages
    labels = [head for head in _heads(languages) if head.startswith("label")]
    default = labels[0].removeprefix("label::")
    sheets: dict[str, list[Row]] = {
        "survey": [_heads(languages), *(line.row(languages) for line in _survey(questionnaire))],
        "choices": [("list_name", "name", *labels), *_choices(questionnaire, languages)],
        "settings": [("form_title", "form_id", "version", "default_language"),
                     (questionnaire.code, questionnaire.code, questionnaire.version, default)],
    }  # fmt: skip
    with xlsxwriter.Workbook(str(file)) as book:
        book.set_properties({"created": _CREATED})
        bold = book.add_format({"bold": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, text in enumerate(row):
                    sheet.write_string(r, c, spreadsheet_text(text), bold if r == 0 else None)
            sheet.freeze_panes(1, 0)
            sheet.autofit()


def _survey(questionnaire: Questionnaire) -> Iterator[_Line]:
    """Every line of the form, in its order."""
    langs = questionnaire.languages
    told, rule = _said("xlsform_form", langs), _said("xlsform_form_wrong", langs)
    yield _Line("text", "form", told, required="yes", constraint=_CODE_RULE, message=rule, appearance="numbers")
    for section in questionnaire.sections:
        yield _Line("begin_group", section.code, section.labels)
        yield from (_asked(question, langs) for question in section.questions)
        for part in questionnaire.parts if section.criteria else ():
            yield _Line("begin_group", part.code, part.labels)
            for element in questionnaire.elements_of(part.code):
                yield from _battery(questionnaire, element)
            yield _Line("end_group")
        yield _Line("end_group")


def _battery(questionnaire: Questionnaire, element: Element) -> Iterator[_Line]:
    """The criteria of one element, on one screen."""
    yield _Line("begin_group", element.code, element.labels, appearance="field-list")
    for criterion in questionnaire.criteria_in(element.code):
        yield _Line(f"select_one {_SCALE}", criterion.code, criterion.labels)
    yield _Line("end_group")


def _asked(question: Question, langs: Sequence[str]) -> _Line:
    """A question, with its condition and the limit of its choices."""
    relevant = _condition(question.asked_if)
    if question.kind is QuestionKind.TEXT:
        hint = _said("xlsform_text", langs)
        return _Line("text", question.code, question.labels, hint, relevant=relevant, appearance="multiline")
    line = _Line(f"{_TYPES[question.kind]} {question.code}", question.code, question.labels, relevant=relevant)
    alone = [choice.code for choice in question.choices if choice.alone and question.kind is QuestionKind.MANY]
    rules = [f"(not(selected(., '{code}')) or count-selected(.) = 1)" for code in alone]
    if question.most is not None:
        hint = _said("xlsform_hint_most", langs, most=question.most)
        line = replace(line, hint=hint, message=_said("xlsform_most", langs, most=question.most))
        rules.insert(0, f"count-selected(.) <= {question.most}")
    elif alone:
        line = replace(line, message=_said("xlsform_alone", langs))
    return replace(line, constraint=" and ".join(rules))


def _condition(condition: Condition | None) -> str:
    if condition is None:
        return ""
    return " or ".join(f"selected(${{{condition.question}}}, '{choice}')" for choice in condition.choices)


def _choices(questionnaire: Questionnaire, langs: Sequence[str]) -> Iterable[Row]:
    for point in questionnaire.scale:
        yield (_SCALE, str(point.value), *_words(point.labels, langs))
    for section in questionnaire.sections:
        for asked in section.questions:
            for choice in asked.choices:
                yield (asked.code, choice.code, *_words(choice.labels, langs))


def _words(labels: Labels, langs: Sequence[str]) -> tuple[str, ...]:
    return tuple(labels.get(lang, "") for lang in langs)


def _said(key: str, langs: Sequence[str], **details: object) -> Mapping[str, str]:
    """Words of the program in every language of the questionnaire; in English where it does not speak it."""
    spoken: dict[str, Lang] = {lang: lang for lang in LANGUAGES}
    return {lang: word(key, spoken.get(lang, "en"), **details) for lang in langs}


# ---------------------------------------------------------------- codebook
def write_codebook(file: Path, questionnaire: Questionnaire, *, excel: bool = False) -> None:
    """Write one line for each value that a column of the answers may hold, as CSV, in the order of the form."""
    langs = questionnaire.languages
    labels, values = ([f"{of}_{lang}" for lang in langs] for of in ("label", "value"))
    heads = ("column", "section", "element", "kind", *labels, "value", *values, "asked_if")
    file.write_text(csv_text(heads, list(_codebook(questionnaire, langs)), excel=excel), encoding="utf-8", newline="")


def _codebook(questionnaire: Questionnaire, langs: Sequence[str]) -> Iterable[Row]:
    for section in questionnaire.sections:
        for asked in section.questions:
            front = (asked.code, section.code, "", asked.kind, *_words(asked.labels, langs))
            for choice in asked.choices or (Choice("", {}),):
                yield (*front, choice.code, *_words(choice.labels, langs), _told(asked.asked_if))
        for criterion in section.criteria:
            front = (criterion.code, CRITERIA, criterion.element, _SCALE, *_words(criterion.labels, langs))
            for point in questionnaire.scale:
                yield (*front, str(point.value), *_words(point.labels, langs), "")


def _told(condition: Condition | None) -> str:
    """`on_time: late`."""
    return f"{condition.question}: {' '.join(condition.choices)}" if condition else ""
