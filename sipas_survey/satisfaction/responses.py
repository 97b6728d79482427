"""Answers confronted with the questionnaire: one row per form, one column per criterion."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sipas_survey.formats import normal
from sipas_survey.problems import Checked, Place, Problem, problem
from sipas_survey.satisfaction.answers import Unusable, read_answer, scale_words, shown_answer
from sipas_survey.satisfaction.choices import ChoiceReader
from sipas_survey.satisfaction.headings import Columns, recognise
from sipas_survey.satisfaction.questionnaire import Question, QuestionKind, Questionnaire

Answers = NDArray[np.int8]
Cells = NDArray[np.object_]
Mask = NDArray[np.bool_]

_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Responses:
    """Answers of n forms to k criteria.

    Attributes
    ----------
    questionnaire : the version that was asked.
    criteria : (k,) codes of the criteria that have a column, in the questionnaire's order.
    answers : (n, k) points of the scale, 0 where unusable.
    unusable : (n, k) `Unusable`, NO where the answer is a point of the scale.
    forms : (n,) form codes, empty where a cell is; None where the file has no such column.
    table : n rows of text: answers to questions as codes of their choices (several with a blank between), other columns
        as they are, "" = missing. The index is the row number of the file as its viewer shows it.
    """

    questionnaire: Questionnaire
    criteria: tuple[str, ...]
    answers: Answers
    unusable: Answers
    forms: tuple[str, ...] | None
    table: pd.DataFrame

    @classmethod
    def none(cls, questionnaire: Questionnaire) -> "Responses":
        """No response yet: every criterion has a column, no form a row."""
        codes = tuple(c.code for c in questionnaire.criteria)
        empty = np.zeros((0, len(codes)), dtype=np.int8)
        return cls(questionnaire, codes, empty, empty, (), pd.DataFrame())

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def questions(self) -> tuple[str, ...]:
        """Codes of the questions that have a column, in the order of the form."""
        asked = (q.code for section in self.questionnaire.sections for q in section.questions)
        return tuple(code for code in asked if code in self.table.columns)

    def take(self, rows: Mask) -> "Responses":
        """The responses where `rows` (n,) is true, in the same order."""
        forms = None if self.forms is None else tuple(f for f, kept in zip(self.forms, rows, strict=True) if kept)
        return replace(
            self, answers=self.answers[rows], unusable=self.unusable[rows], forms=forms, table=self.table.loc[rows]
        )


def check(
    table: pd.DataFrame, questionnaire: Questionnaire, *, place: Place, form_required: bool
) -> Checked[Responses]:
    """Read an answers table.

    Parameters
    ----------
    table : all cells text, "" where missing; the index is the row number as the file's viewer shows it, the columns
        are the headings of the file.
    questionnaire : its criteria may have a column each, any subset.
    place : file and sheet, for the problems.
    form_required : whether every row must carry a form code.

    Returns
    -------
    The responses. Unusable cells are warnings and stored as 0; empty ones are only counted. Rows with an error (form
    empty or repeated) are left out; with an error of the columns there are no rows at all.
    """
    found = recognise([str(c) for c in table.columns], questionnaire, place=place)
    problems = [*found.problems, *_missing_columns(found.value, place=place, form_required=form_required)]
    if problems:
        return Checked(Responses.none(questionnaire), tuple(problems))
    columns = found.value
    forms, wrong, faults = _forms(table, columns, place=place, required=form_required)
    answers, unusable, oddities = _answers(table, columns, questionnaire, place=place)
    rest, unknown = _rest(table, columns, questionnaire, place=place)
    value = Responses(questionnaire, tuple(columns.criteria), answers, unusable, forms, rest)
    return Checked(value if not wrong.any() else value.take(~wrong), (*faults, *oddities, *unknown))


def _missing_columns(columns: Columns, *, place: Place, form_required: bool) -> list[Problem]:
    problems = []
    if not columns.criteria:
        problems.append(problem("RESPONSES_NO_CRITERIA", place))
    if form_required and columns.form is None:
        problems.append(problem("RESPONSES_NO_FORM", place))
    return problems


def _forms(
    table: pd.DataFrame, columns: Columns, *, place: Place, required: bool
) -> tuple[tuple[str, ...] | None, Mask, list[Problem]]:
    """Form codes without the blanks of their grouping, the rows to leave out, and why."""
    wrong = np.zeros(len(table), dtype=bool)
    if columns.form is None:
        return None, wrong, []
    forms = [
        _BLANKS.sub("", normal(unicodedata.normalize("NFKC", cell))) for cell in table.iloc[:, columns.form].tolist()
    ]
    rows, heading = table.index.tolist(), str(table.columns[columns.form])
    first: dict[str, int] = {}
    problems: list[Problem] = []
    for i, form in enumerate(forms):
        where = place.at(row=rows[i], column=heading)
        if not form and required:
            problems.append(problem("RESPONSE_FORM_EMPTY", where))
            wrong[i] = True
        elif form and form in first:
            problems.append(problem("RESPONSE_FORM_TWICE", where, found=form, first=str(rows[first[form]])))
            wrong[[i, first[form]]] = True
        else:
            first[form] = i
    return tuple(forms), wrong, problems


def _answers(
    table: pd.DataFrame, columns: Columns, questionnaire: Questionnaire, *, place: Place
) -> tuple[Answers, Answers, list[Problem]]:
    """Points of the scale and kinds; every different text is read once."""
    positions = list(columns.criteria.values())
    cells = table.iloc[:, positions].to_numpy(dtype=object)
    codes, texts = pd.factorize(cells.ravel())
    words = scale_words(questionnaire)
    read = np.array([read_answer(str(text), words) for text in texts], dtype=np.int8).reshape(-1, 2)
    answers, unusable = (read[codes, j].reshape(cells.shape) for j in (0, 1))
    rows, headings = table.index.tolist(), [str(table.columns[j]) for j in positions]
    problems = [
        _unusable(str(cells[i, j]), Unusable(unusable[i, j]), place=place.at(row=rows[i], column=headings[j]))
        for i, j in np.argwhere(unusable > Unusable.EMPTY).tolist()
    ]
    return answers, unusable, problems


def _unusable(cell: str, kind: Unusable, *, place: Place) -> Problem:
    """The warning for a cell that is neither empty nor an answer."""
    return problem("ANSWER_UNUSABLE", place, found=shown_answer(cell), reason=kind.code)


def _rest(
    table: pd.DataFrame, columns: Columns, questionnaire: Questionnaire, *, place: Place
) -> tuple[pd.DataFrame, list[Problem]]:
    """Answers to questions as codes of their choices, other columns as they are."""
    kept: dict[str, Cells] = {}
    problems: list[Problem] = []
    for asked in (q for section in questionnaire.sections for q in section.questions):
        if asked.code in columns.questions:
            cells = table.iloc[:, columns.questions[asked.code]]
            kept[asked.code], unusable = _choices(cells, asked, place=place)
        elif asked.code in columns.choices:
            boxes = columns.choices[asked.code]
            kept[asked.code], unusable = _boxes(table.iloc[:, list(boxes.values())], asked, tuple(boxes), place=place)
        else:
            continue
        problems += unusable
    for heading, position in columns.others.items():
        kept[heading] = table.iloc[:, position].to_numpy(dtype=object)
    return pd.DataFrame(kept, index=table.index, dtype=object), problems


def _choices(cells: "pd.Series[str]", asked: Question, *, place: Place) -> tuple[Cells, list[Problem]]:
    """Codes of the choices a column names; a text that names none is blank, with a warning at each cell."""
    reader = ChoiceReader.of(asked)
    found = cells.to_numpy(dtype=object)
    codes, texts = pd.factorize(found)
    read = np.array([reader.read(str(text)) for text in texts] or [""], dtype=object)[codes]
    problems = [
        _unusable_choice(asked, str(found[i]), place.at(row=int(cells.index[i]), column=str(cells.name)))
        for i in np.flatnonzero(_none(read)).tolist()
    ]
    return np.where(_none(read), "", read), problems


def _boxes(cells: pd.DataFrame, asked: Question, codes: Sequence[str], *, place: Place) -> tuple[Cells, list[Problem]]:
    """Codes of the choices that are ticked, in a column for each; what does not go together is blank and warned of."""
    reader = ChoiceReader.of(asked)
    rows = [tuple(map(str, row)) for row in cells.to_numpy(dtype=object).tolist()]
    known = {row: reader.boxes(row, codes) for row in set(rows)}
    read = np.array([known[row] for row in rows], dtype=object)
    problems = [
        _unusable_choice(asked, "; ".join(rows[i]), place.at(row=int(cells.index[i]), column=str(cells.columns[0])))
        for i in np.flatnonzero(_none(read)).tolist()
    ]
    return np.where(_none(read), "", read), problems


def _none(read: Cells) -> Mask:
    return np.fromiter((text is None for text in read), dtype=bool, count=len(read))


def _unusable_choice(asked: Question, found: str, where: Place) -> Problem:
    """The warning for a cell that names no choice, or choices that do not go together."""
    choices = tuple(choice.code for choice in asked.choices)
    if asked.kind is QuestionKind.MANY:
        most = asked.most or len(choices)
        return problem("RESPONSE_CHOICES", where, found=shown_answer(found), choices=choices, most=most)
    return problem("RESPONSE_UNKNOWN_CHOICE", where, found=shown_answer(found), choices=choices)
