"""A questionnaire for other programs: an XLSForm that ODK and KoboToolbox load, and a codebook.

The form code is asked first and must have its check digits; criteria stand in a group for each element, and may be left
blank, as on paper.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from sipas_survey.exchange.delimited import csv_text
from sipas_survey.formats import Lang, spreadsheet_text, word
from sipas_survey.satisfaction.questionnaire import Element, Labels, Questionnaire

_NAMES: dict[Lang, str] = {"vi": "Tiếng Việt (vi)", "en": "English (en)"}
_CODE_RULE = "regex(., '^[1-9][0-9]{9}$') and number(.) mod 97 = 1"
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's day has no zone; a constant one keeps the bytes the same
_SCALE = "scale"

Row = tuple[str, ...]


def languages_of(questionnaire: Questionnaire) -> tuple[Lang, ...]:
    """The languages of the program that the questionnaire has, its first one first."""
    order = {name: i for i, name in enumerate(questionnaire.languages)}
    return tuple(sorted((lang for lang in _NAMES if lang in order), key=order.__getitem__))


# ---------------------------------------------------------------- XLSForm
def write_xlsform(file: Path, questionnaire: Questionnaire) -> None:
    """Write the workbook with the sheets survey, choices and settings; the same questionnaire gives the same bytes."""
    langs = languages_of(questionnaire)
    labels = [f"label::{_NAMES[lang]}" for lang in langs]
    messages = [f"constraint_message::{_NAMES[lang]}" for lang in langs]
    sheets: dict[str, list[Row]] = {
        "survey": [("type", "name", *labels, "required", "constraint", *messages, "appearance"),
                   *_survey(questionnaire, langs)],
        "choices": [("list_name", "name", *labels), *_choices(questionnaire, langs)],
        "settings": [("form_title", "form_id", "version", "default_language"),
                     (questionnaire.code, questionnaire.code, questionnaire.version, _NAMES[langs[0]])],
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


def _survey(questionnaire: Questionnaire, langs: Sequence[Lang]) -> Iterable[Row]:
    empty = ("",) * len(langs)
    told = tuple(word("xlsform_form", lang) for lang in langs)
    rule = tuple(word("xlsform_form_wrong", lang) for lang in langs)
    yield ("text", "form", *told, "yes", _CODE_RULE, *rule, "numbers")
    for part in questionnaire.parts:
        yield ("begin_group", part.code, *_words(part.labels, langs), "", "", *empty, "")
        for element in (e for e in questionnaire.elements if e.part == part.code):
            yield from _battery(questionnaire, element, langs)
        yield ("end_group", "", *empty, "", "", *empty, "")
    for asked in questionnaire.respondent:
        yield (f"select_one {asked.code}", asked.code, *_words(asked.labels, langs), "", "", *empty, "")


def _battery(questionnaire: Questionnaire, element: Element, langs: Sequence[Lang]) -> Iterable[Row]:
    """The criteria of one element, on one screen."""
    empty = ("",) * len(langs)
    yield ("begin_group", element.code, *_words(element.labels, langs), "", "", *empty, "field-list")
    for criterion in (c for c in questionnaire.criteria if c.element == element.code):
        yield (f"select_one {_SCALE}", criterion.code, *_words(criterion.labels, langs), "", "", *empty, "")
    yield ("end_group", "", *empty, "", "", *empty, "")


def _choices(questionnaire: Questionnaire, langs: Sequence[Lang]) -> Iterable[Row]:
    for point in questionnaire.scale:
        yield (_SCALE, str(point.value), *_words(point.labels, langs))
    for asked in questionnaire.respondent:
        for choice in asked.choices:
            yield (asked.code, choice.code, *_words(choice.labels, langs))


def _words(labels: Labels, langs: Sequence[Lang]) -> tuple[str, ...]:
    return tuple(labels.get(lang, "") for lang in langs)


# ---------------------------------------------------------------- codebook
def write_codebook(file: Path, questionnaire: Questionnaire, *, excel: bool = False) -> None:
    """Write one line for each answer that a column of the answers may hold, as CSV."""
    langs = languages_of(questionnaire)
    heads = ("column", "element", *(f"label_{lang}" for lang in langs), "value", *(f"value_{lang}" for lang in langs))
    file.write_text(csv_text(heads, list(_codebook(questionnaire, langs)), excel=excel), encoding="utf-8", newline="")


def _codebook(questionnaire: Questionnaire, langs: Sequence[Lang]) -> Iterable[Row]:
    for criterion in questionnaire.criteria:
        for point in questionnaire.scale:
            label, value = _words(criterion.labels, langs), _words(point.labels, langs)
            yield (criterion.code, criterion.element, *label, str(point.value), *value)
    for asked in questionnaire.respondent:
        for choice in asked.choices:
            yield (asked.code, "", *_words(asked.labels, langs), choice.code, *_words(choice.labels, langs))
