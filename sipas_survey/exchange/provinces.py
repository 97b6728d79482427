"""Tables of scores by province: wide (`Province, SC11, SC12, …`) or long (`province, sub_dimension, score`)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from sipas_survey.exchange.tables import open_table
from sipas_survey.formats import search_key
from sipas_survey.problems import NOWHERE, Checked, Place, Problem, problem, stop

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_PROVINCE = ("province", "tinh", "ma tinh", "don vi", "province_code")
_LONG = {
    "sub_dimension": ("sub_dimension", "sub-dimension", "indicator", "noi dung thanh phan", "ma noi dung"),
    "score": ("score", "value", "diem"),
}
_YEARS = ("year", "nam")
_WRITTEN = re.compile(r"(?:sc|s)[. ]?(\d)[. ]?(\d)\b|(\d)\.(\d)\b")


@dataclass(frozen=True)
class Score:
    """One score as a file tells it; None where it is withheld (empty, or 0)."""

    year: int
    province: str
    sub_dimension: str
    value: float | None


@dataclass
class _Reading:
    scores: list[Score] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def take(self, year: str, province: str, code: str, text: str, *, place: Place) -> None:
        """One cell: a number in [0, 10], or withheld."""
        if not _YEAR.fullmatch(year):
            self.problems.append(problem("PAPI_YEAR_MISSING", place, found=year))
            return
        value = _number(text)
        if value is None or not 0 <= value <= 10:
            self.problems.append(problem("PAPI_SCORE_UNREADABLE", place, found=text))
            return
        self.scores.append(Score(int(year), province, code, value or None))


def _number(text: str) -> float | None:
    """A number with a point or a decimal comma; 0 of nothing."""
    try:
        return float(text.replace(",", ".")) if text else 0.0
    except ValueError:
        return None


def read_scores(path: Path, sub_dimensions: Sequence[str]) -> Checked[tuple[Score, ...]]:
    """All scores of a file, CSV or XLSX, wide or long.

    The year stands in a column `year`, or in the name of the file. A sub-dimension is written as `SC11`, `S1.1`, `1.1`,
    or with its name behind. Columns that are no sub-dimension are left alone.
    Raises SurveyError where the file cannot be read or has no column of provinces or of scores.
    """
    source = open_table(path)
    place = source.place.at(row=source.header_row)
    named = _YEAR.search(path.name)
    columns = _columns(source.columns, sub_dimensions, place, year=named.group() if named else None)
    reading = _Reading()
    for chunk in source.chunks():
        reading.problems += chunk.problems
        _take_rows(chunk.value, columns, reading, source.place)
    return Checked(tuple(reading.scores), tuple(reading.problems))


def scores_of(
    table: pd.DataFrame, sub_dimensions: Sequence[str], *, year: int | None = None
) -> Checked[tuple[Score, ...]]:
    """All scores of a table of text whose index counts the rows, as `read_scores` reads them."""
    columns = _columns(list(table.columns), sub_dimensions, NOWHERE, year=None if year is None else str(year))
    reading = _Reading()
    _take_rows(table, columns, reading, NOWHERE)
    return Checked(tuple(reading.scores), tuple(reading.problems))


@dataclass(frozen=True)
class _Columns:
    """Where a table has what: `year` is a column, or `named` the year of all; `wide` codes by column, or `long`."""

    province: str
    year: str | None
    named: str
    wide: Mapping[str, str]
    long: Mapping[str, str]
    known: Sequence[str]

    def told(self, cells: Mapping[str, str]) -> list[tuple[str, str]]:
        """The columns of a row that hold scores, each with the sub-dimension it is of."""
        if self.wide:
            return list(self.wide.items())
        return [(self.long["score"], _code(cells[self.long["sub_dimension"]]))]


def _columns(names: Sequence[str], known: Sequence[str], place: Place, *, year: str | None) -> _Columns:
    headings = {search_key(name): name for name in names}
    province, of_year = _column(headings, _PROVINCE), _column(headings, _YEARS)
    if province is None:
        raise stop("PAPI_COLUMN_MISSING", place, found="Province")
    if of_year is None and year is None:
        raise stop("PAPI_YEAR_MISSING", Place(file=place.file, sheet=place.sheet), found=place.file or "year")
    wide = {name: code for name in names if (code := _code(name)) in known}
    long = {ours: found for ours, theirs in _LONG.items() if (found := _column(headings, theirs))}
    if not wide and len(long) < len(_LONG):
        raise stop("PAPI_COLUMN_MISSING", place, found="SC11 … SC83")
    return _Columns(province, of_year, year or "", wide, long, known)


def _take_rows(table: pd.DataFrame, columns: _Columns, reading: _Reading, of: Place) -> None:
    for number, row in zip(table.index.tolist(), table.to_dict("records"), strict=True):
        cells = {str(name): str(cell) for name, cell in row.items()}
        on = cells[columns.year] if columns.year else columns.named
        for column, code in columns.told(cells):
            place = of.at(row=int(number), column=column)
            if code in columns.known:
                reading.take(on, cells[columns.province], code, cells[column], place=place)
            else:
                reading.problems.append(problem("PAPI_SUB_DIMENSION_UNKNOWN", place, found=code))


def _column(headings: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((headings[name] for name in names if name in headings), None)


def _code(text: str) -> str:
    """The code of a sub-dimension as people write it: `1.1 Tri thức công dân` → `SC11`; other text as it is."""
    found = _WRITTEN.match(search_key(text))
    return "SC" + "".join(digit for digit in found.groups() if digit) if found else text.upper()
