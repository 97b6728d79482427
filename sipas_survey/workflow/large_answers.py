"""Answers that stay in their file: read piece by piece and reduced at once, never held together."""

import importlib
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sipas_survey.engines.large_answers import CodedColumn, LargeAnswers, Piece, UnlikeReaderError, open_answers
from sipas_survey.engines.large_frame import engine as duckdb
from sipas_survey.exchange.cells import cell_text, clean
from sipas_survey.exchange.tables import Source, open_table
from sipas_survey.problems import Checked, Place, Problem, SurveyError, problem, stop
from sipas_survey.satisfaction import responses as raw
from sipas_survey.satisfaction.answers import Unusable
from sipas_survey.satisfaction.headings import recognise
from sipas_survey.satisfaction.indices import domain_order
from sipas_survey.satisfaction.moments import FormMoments, FormSums, Measure, Reduced
from sipas_survey.satisfaction.questionnaire import Questionnaire
from sipas_survey.satisfaction.responses import Answers
from sipas_survey.statistics.arrays import Floats, Ints
from sipas_survey.workflow.large_frame import ANY_SIZE
from sipas_survey.workflow.weights import with_levels

LARGE = {".csv": 32 << 20, ".txt": 32 << 20, ".tsv": 32 << 20, ".parquet": 4 << 20}
"""Files of more bytes than this are left to the engine."""
_TOLD = 1000
LEVEL = "agency_level"


class Engine(StrEnum):
    """Who reduces a file of answers: by its size; always in memory; always DuckDB."""

    AUTO = "auto"
    MEMORY = "memory"
    DUCKDB = "duckdb"


def is_meant(file: Path, asked: Engine) -> bool:
    """Whether a file goes to the engine. Raises SurveyError EXTRA_MISSING where it was asked for and is not there."""
    if asked is Engine.DUCKDB:
        duckdb()
        return True
    if asked is Engine.MEMORY or not file.is_file() or file.stat().st_size <= LARGE.get(file.suffix.lower(), 1 << 60):
        return False
    try:
        duckdb()
    except SurveyError:
        return False
    return True


def reduced(
    file: Path, questionnaire: Questionnaire, *, by: Sequence[str] = (), measures: Sequence[Measure]
) -> Checked[Reduced]:
    """The moments of a file of answers.

    A CSV file that DuckDB might understand otherwise (quotation marks, blank lines, another encoding) is read by the
    reader of imports, piece by piece too, which takes longer.

    Raises SurveyError with what reading and checking the answers raises; BY_UNKNOWN, DOMAINS_TOO_MANY.
    """
    source = open_table(file, limits=ANY_SIZE)
    try:
        for take in (_by_engine, _by_reader) if file.suffix.lower() in LARGE else (_by_reader,):
            reading = _Reading(source, questionnaire, tuple(dict.fromkeys(by)), measures)
            try:
                take(reading, file, source)
            except UnlikeReaderError:
                continue
            return Checked(reading.reduced(), reading.told())
    except MemoryError as error:
        raise stop("DOMAINS_TOO_MANY", found=", ".join(by)) from error
    raise stop("FILE_UNREADABLE", source.place)


def _by_engine(reading: "_Reading", file: Path, source: Source) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="sipas-") as room,
        open_answers(file, source.columns, text=_cleaned, room=Path(room)) as opened,
    ):
        reading.refuse_repeated(opened)
        with _alone():
            for piece in opened.pieces(reading.headings):
                reading.take(piece)


def _alone() -> AbstractContextManager[object]:
    """Matrix products on one thread, where that can be set: those of the engine and theirs wait for one another."""
    try:
        pools: Any = importlib.import_module("threadpoolctl")
    except ImportError:
        return nullcontext()
    return pools.threadpool_limits(limits=1, user_api="blas")  # type: ignore[no-any-return]


def _cleaned(value: object) -> str:
    return clean(cell_text(value))


def _by_reader(reading: "_Reading", file: Path, source: Source) -> None:  # noqa: ARG001 - one way of two
    wrong: list[Problem] = []
    seen: list[Ints] = []
    for chunk in source.chunks():
        wrong += chunk.problems
        if len(chunk.value):
            reading.take(_piece(chunk.value, reading.headings))
            seen.append(np.array([hash(form) for form in reading.forms_of(chunk.value)], dtype=np.int64))
    if any(told.severity == "error" for told in wrong):
        raise SurveyError(wrong[:_TOLD])
    hashes, counts = np.unique(np.concatenate(seen), return_counts=True)
    again = set(hashes[counts > 1].tolist()) - {hash("")}
    if again:
        reading.refuse_again(source, again)


def _piece(table: pd.DataFrame, headings: Sequence[str]) -> Piece:
    coded = {}
    for heading in headings:
        code, texts = pd.factorize(table[heading].to_numpy(dtype=object))
        coded[heading] = CodedColumn(tuple(map(str, texts)), code.astype(np.int64))
    return Piece(table.index.to_numpy(dtype=np.int64), coded)


class _Reading:
    """One pass over a file: every text is judged once by the reader of answers, every piece is added to the sums."""

    def __init__(
        self, source: Source, questionnaire: Questionnaire, by: tuple[str, ...], measures: Sequence[Measure]
    ) -> None:
        self.place, self.questionnaire, self.by = source.place, questionnaire, by
        self.columns = recognise(source.columns, questionnaire, place=source.place).or_raise()
        if not self.columns.criteria:
            raise stop("RESPONSES_NO_CRITERIA", source.place)
        self.all = source.columns
        self.criteria = tuple(self.columns.criteria)
        own = {**self.columns.questions, **self.columns.others}
        if LEVEL in by and LEVEL not in own and "agency" in own:
            own[LEVEL] = own["agency"]
        if unknown := [name for name in by if name not in own]:
            raise stop("BY_UNKNOWN", found=", ".join(unknown), columns=list(own))
        self.by_headings = [source.columns[own[name]] for name in by]
        self.answer_headings = [source.columns[j] for j in self.columns.criteria.values()]
        self.headings = list(dict.fromkeys([*self.answer_headings, *self.by_headings]))
        self.sums = {m: FormSums(questionnaire, self.criteria, m) for m in measures}
        self.answers: dict[str, tuple[int, int]] = {}
        self.values: dict[tuple[str, str], str] = {}
        self.domains: dict[tuple[str, ...], int] = {}
        self.forms = 0
        self.odd: list[Problem] = []
        self.uncounted = 0

    def refuse_repeated(self, opened: LargeAnswers) -> None:
        """Raises SurveyError RESPONSE_FORM_TWICE for every form that stands there again."""
        if self.columns.form is None:
            return
        heading = self.all[self.columns.form]
        if found := opened.repeated(heading, _TOLD):
            place = self.place.at(column=heading)
            raise SurveyError(
                problem("RESPONSE_FORM_TWICE", place.at(row=row), found=form, first=str(first))
                for form, row, first in found
            )

    def forms_of(self, table: pd.DataFrame) -> list[str]:
        """The form codes of some rows without the blanks of their grouping; empty where there is no such column."""
        if self.columns.form is None:
            return [""] * len(table)
        return ["".join(cell.split()) for cell in table[self.all[self.columns.form]].tolist()]

    def refuse_again(self, source: Source, hashes: set[int]) -> None:
        """The same, where only the hashes of the codes that may stand there twice are known."""
        first: dict[str, int] = {}
        found: list[Problem] = []
        for chunk in source.chunks():
            for row, form in zip(chunk.value.index.tolist(), self.forms_of(chunk.value), strict=True):
                if hash(form) in hashes and first.setdefault(form, row) != row:
                    place = self.place.at(row=int(row), column=self.all[self.columns.form or 0])
                    found.append(problem("RESPONSE_FORM_TWICE", place, found=form, first=str(first[form])))
        if found:
            raise SurveyError(found[:_TOLD])

    def take(self, piece: Piece) -> None:
        """Add the forms of a piece."""
        answers = np.empty((len(piece.rows), len(self.criteria)), dtype=np.int8)
        unusable = np.empty_like(answers)
        for j, heading in enumerate(self.answer_headings):
            column = piece.columns[heading]
            read = np.array([self._answer(text) for text in column.texts], dtype=np.int8)
            answers[:, j], unusable[:, j] = read[column.code, 0], read[column.code, 1]
            if (read[:, 1] > Unusable.EMPTY).any():
                self._tell_odd(piece, heading, unusable[:, j])
        domain = self._domain(piece)
        stratum = np.zeros(len(domain), dtype=np.int64)
        self.forms += len(domain)
        for sums in self.sums.values():
            sums.add(domain, stratum, answers, unusable)

    def _answer(self, text: str) -> tuple[int, int]:
        """What one text says, as the reader of answers reads it."""
        if text not in self.answers:
            code = self.answer_headings[0]
            one = raw.check(pd.DataFrame({code: [text]}), self.questionnaire, place=Place(), form_required=False).value
            self.answers[text] = int(one.answers[0, 0]), int(one.unusable[0, 0])
        return self.answers[text]

    def _tell_odd(self, piece: Piece, heading: str, unusable: Answers) -> None:
        """A warning for each cell that is neither empty nor an answer, of the first ones."""
        column = piece.columns[heading]
        found = np.flatnonzero(unusable > Unusable.EMPTY)
        room = max(_TOLD - len(self.odd), 0)
        self.uncounted += max(len(found) - room, 0)
        for i in found[:room].tolist():
            where = self.place.at(row=int(piece.rows[i]), column=heading)
            self.odd += _problems_at(self.questionnaire, heading, column.texts[column.code[i]], where)

    def _domain(self, piece: Piece) -> Ints:
        """The domain of each form; a combination of values that is new gets the next code."""
        if not self.by:
            return np.zeros(len(piece.rows), dtype=np.int64)
        columns = [piece.columns[heading] for heading in self.by_headings]
        key = np.zeros(len(piece.rows), dtype=np.int64)
        for column in columns:
            key = key * len(column.texts) + column.code
        different, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        values = [self._values(name, column, piece) for name, column in zip(self.by, columns, strict=True)]
        codes = np.empty(len(different), dtype=np.int64)
        for d, i in enumerate(first.tolist()):
            name = tuple(texts[column.code[i]] for texts, column in zip(values, columns, strict=True))
            codes[d] = self.domains.setdefault(name, len(self.domains))
        return codes[inverse]

    def _values(self, name: str, column: CodedColumn, piece: Piece) -> list[str]:
        """What the texts of a column become: codes of choices, levels of agencies, or the texts themselves."""
        for code, text in enumerate(column.texts):
            if (name, text) not in self.values:
                row = (
                    int(piece.rows[int(np.flatnonzero(column.code == code)[0])])
                    if name in self.columns.questions
                    else 0
                )
                self.values[name, text] = self._value(name, text, row)
        return [self.values[name, text] for text in column.texts]

    def _value(self, name: str, text: str, row: int) -> str:
        if name == LEVEL and LEVEL not in self.columns.others:
            return str(with_levels(pd.DataFrame({"agency": [text]}))[LEVEL].iloc[0])
        if name not in self.columns.questions:
            return text
        heading = self.all[self.columns.questions[name]]
        table = pd.DataFrame({self.answer_headings[0]: [""], heading: [text]}, index=[row])
        checked = raw.check(table, self.questionnaire, place=self.place, form_required=False)
        self.odd += checked.problems
        return str(checked.value.table[name].iloc[0])

    def reduced(self) -> Reduced:
        """The moments of all pieces, domains in order."""
        names = sorted(self.domains, key=domain_order)
        place = np.zeros(max(len(names), 1), dtype=np.int64)
        for d, name in enumerate(names):
            place[self.domains[name]] = d
        found = {measure: _ordered(sums.moments(), place) for measure, sums in self.sums.items()}
        domains = tuple(dict(zip(self.by, name, strict=True)) for name in names)
        fraction: Floats = np.zeros(1)
        return Reduced(self.questionnaire, self.criteria, domains, fraction, np.array([self.forms]), found)

    def told(self) -> tuple[Problem, ...]:
        """The warnings, the first thousand one by one."""
        more = []
        if self.uncounted:
            more.append(problem("ANSWERS_MORE_UNUSABLE", self.place, found=str(self.uncounted), told=_TOLD))
        order = sorted(self.odd, key=lambda told: told.place.row or 0)
        return (*order, *more)


def _ordered(moments: FormMoments, place: Ints) -> FormMoments:
    """The same with other codes for the domains, the cells in their order."""
    domain = place[moments.domain]
    order = np.lexsort((moments.stratum, domain))
    return FormMoments(
        domain[order], moments.stratum[order], moments.forms[order], moments.sums[order], moments.products[order],
        moments.answered[order], moments.blanks[order],
    )  # fmt: skip


def _problems_at(questionnaire: Questionnaire, heading: str, text: str, where: Place) -> tuple[Problem, ...]:
    """What the reader of answers says of one cell, at its place."""
    table = pd.DataFrame({heading: [text]}, index=[where.row])
    return raw.check(table, questionnaire, place=Place(where.file, where.sheet), form_required=False).problems
