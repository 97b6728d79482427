"""Tables of scores by province: wide (`Province, SC11, SC12, …`) or long (`province, sub_dimension, score`)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sipas_survey.exchange.tables import open_table
from sipas_survey.formats import search_key
from sipas_survey.problems import Checked, Place, Problem, problem, stop

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
    headings = {search_key(name): name for name in source.columns}
    province = _column(headings, _PROVINCE)
    if province is None:
        raise stop("PAPI_COLUMN_MISSING", source.place.at(row=source.header_row), found="Province")
    year = _column(headings, _YEARS)
    named = _YEAR.search(path.name)
    if year is None and named is None:
        raise stop("PAPI_YEAR_MISSING", source.place, found=path.name)
    wide = {name: code for name in source.columns if (code := _code(name)) in sub_dimensions}
    reading = _Reading()
    long = {ours: _column(headings, names) for ours, names in _LONG.items()}
    if not wide and None in long.values():
        raise stop("PAPI_COLUMN_MISSING", source.place.at(row=source.header_row), found="SC11 … SC83")
    for chunk in source.chunks():
        reading.problems += chunk.problems
        for number, cells in zip(chunk.value.index.tolist(), chunk.value.to_dict("records"), strict=True):
            on = str(cells[year]) if year else named.group() if named else ""
            told = wide.items() if wide else [(long["score"], _code(str(cells[long["sub_dimension"]])))]
            for column, code in told:
                place = source.place.at(row=int(number), column=str(column))
                if code in sub_dimensions:
                    reading.take(on, str(cells[province]), code, str(cells[column]), place=place)
                else:
                    reading.problems.append(problem("PAPI_SUB_DIMENSION_UNKNOWN", place, found=code))
    return Checked(tuple(reading.scores), tuple(reading.problems))


def _column(headings: dict[str, str], names: Sequence[str]) -> str | None:
    return next((headings[name] for name in names if name in headings), None)


def _code(text: str) -> str:
    """The code of a sub-dimension as people write it: `1.1 Tri thức công dân` → `SC11`; other text as it is."""
    found = _WRITTEN.match(search_key(text))
    return "SC" + "".join(digit for digit in found.groups() if digit) if found else text.upper()
