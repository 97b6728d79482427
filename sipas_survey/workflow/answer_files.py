"""Files of answers, of whatever program: their columns named, their cells read against the questionnaire."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from sipas_survey.exchange import headings
from sipas_survey.exchange.answer_tables import AnswerTable, read_answer_table
from sipas_survey.formats import normal, search_key
from sipas_survey.problems import Checked, Place, stop
from sipas_survey.satisfaction import responses as raw
from sipas_survey.satisfaction.headings import FORM, known_headings, value_words
from sipas_survey.satisfaction.questionnaire import Questionnaire
from sipas_survey.satisfaction.responses import Responses

Renames = Mapping[str, str]


def read_responses(
    file: Path, questionnaire: Questionnaire, *, sheet: str | None = None, renames: Renames | None = None,
    form_required: bool = False,
) -> Checked[Responses]:  # fmt: skip
    """The answers in a file, checked against a questionnaire and stored nowhere.

    Raises SurveyError where the file as a whole cannot be read, or `renames` speaks of a column that there is not.
    """
    read = _read(file, questionnaire, sheet, renames or {})
    return _checked(read, questionnaire, renames or {}, form_required=form_required)


def read_several(
    files: Sequence[Path], questionnaire: Questionnaire, *, sheet: str | None, renames: Renames | None
) -> Iterator[tuple[Checked[Responses], Place]]:
    """The answers in files whose headings may differ, each with the place of its table; every row needs a form.

    A name in `renames` is of one of the files at least. Raises SurveyError as `read_responses`.
    """
    unseen = dict(renames or {})
    names: set[str] = set()
    for left, file in enumerate(files, start=1 - len(files)):
        read = _read(file, questionnaire, sheet, renames or {})
        own = {theirs: ours for theirs, ours in (renames or {}).items() if _has(read, theirs)}
        unseen = {theirs: ours for theirs, ours in unseen.items() if theirs not in own}
        names.update(read.table.columns)
        if left == 0 and unseen:
            raise stop("MAP_NO_COLUMN", read.place, found=next(iter(unseen)), columns=tuple(names))
        yield _checked(read, questionnaire, own, form_required=True), read.place


def _has(read: AnswerTable, theirs: str) -> bool:
    return headings.fold(theirs) in {headings.fold(str(column)) for column in read.table.columns}


def _read(file: Path, questionnaire: Questionnaire, sheet: str | None, renames: Renames) -> AnswerTable:
    own = {headings.fold(theirs) for theirs in renames}

    def known(cells: Sequence[str]) -> int:
        return known_headings(cells, questionnaire) + sum(headings.fold(cell) in own for cell in cells)

    return read_answer_table(file, headings=known, sheet=sheet)


def _checked(
    read: AnswerTable, questionnaire: Questionnaire, renames: Renames, *, form_required: bool
) -> Checked[Responses]:
    names = _named(read, questionnaire, renames)
    table = _with_labels(read, questionnaire, names).rename(columns=names)
    found = raw.check(table, questionnaire, place=read.place, form_required=form_required)
    return Checked(found.value, (*read.problems, *found.problems))


# ---------------------------------------------------------------- names
def _named(read: AnswerTable, questionnaire: Questionnaire, renames: Renames) -> dict[str, str]:
    """Their heading → the one to read it by: what the user says, else the words of a column whose name says nothing."""
    asked = [q.code for section in questionnaire.sections for q in section.questions]
    codes = [FORM, *(c.code for c in questionnaire.criteria), *asked]
    columns = [str(column) for column in read.table.columns]
    said = (
        headings.match(columns, dict.fromkeys(codes, ()), place=read.place, renames=renames).or_raise()
        if renames
        else {}
    )
    known = partial(known_headings, questionnaire=questionnaire)
    free = set(columns) | set(said.values())
    for name, words in read.described.items():
        if name not in said and not known([name]) and known([words]) and words not in free:
            said[name] = words
            free.add(words)
    return said


# ---------------------------------------------------------------- value labels
def _with_labels(read: AnswerTable, questionnaire: Questionnaire, names: Mapping[str, str]) -> pd.DataFrame:
    """The table with the label in place of the value, where the label is one of the questionnaire's words.

    A file that counts 1 as very satisfied is read by what it says, not by its numbers; other words do not count.
    """
    table = read.table
    for name, labels in read.labels.items():
        if name not in table.columns:
            continue
        words = value_words(names.get(name, name), questionnaire)
        spoken = {value: label for value, label in labels.items() if search_key(normal(label)) in words}
        if spoken:
            table = table.assign(**{name: table[name].map(lambda cell, said=spoken: said.get(cell, cell))})
    return table
