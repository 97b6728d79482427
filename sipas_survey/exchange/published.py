"""Published figures in: a table of indices and their shares, as a report or a web page gives them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sipas_survey.exchange.tables import open_table
from sipas_survey.formats import search_key
from sipas_survey.problems import SurveyError, problem, stop

_INDEX = ("index", "element", "chi so", "ma")
_VALUE = ("value", "share", "ty le", "gia tri")
_PERCENT = ("percent", "phan tram", "ty le %", "%")
_YEAR = ("year", "nam")
_NUMBER = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Published:
    """Shares in [0, 1] by index, of one year (empty where the file names none)."""

    year: str
    shares: Mapping[str, Fraction]


def is_published(headings: Sequence[str]) -> bool:
    """Whether headings are those of published figures: an index and a value."""
    known = {search_key(heading) for heading in headings}
    return bool(known & set(_INDEX)) and bool(known & {*_VALUE, *_PERCENT})


def read_published(file: Path, *, year: str | None = None) -> Published:
    """Read figures of one year.

    Columns: `index` (or `element`), `value` (or `percent`), and where there are several years `year`. A column
    `percent` is in percent; a column `value` too where any of its figures is above 1. `88,29%` is understood.

    Raises SurveyError: what reading a table raises, PUBLISHED_COLUMNS, PUBLISHED_VALUE, PUBLISHED_TWICE,
    PUBLISHED_YEARS.
    """
    source = open_table(file)
    table = source.frame().or_raise()
    named = {search_key(str(heading)): str(heading) for heading in table.columns}
    index, percent, value, when = (next((named[n] for n in names if n in named), None)
                                   for names in (_INDEX, _PERCENT, _VALUE, _YEAR))  # fmt: skip
    column = percent or value
    if index is None or column is None:
        raise stop("PUBLISHED_COLUMNS", source.place, found=", ".join(map(str, table.columns)))
    years = table[when].tolist() if when else [""] * len(table)
    known = sorted(set(years))
    chosen = year if year is not None else known[-1]
    if chosen not in known or (year is None and len(known) > 1):
        raise stop("PUBLISHED_YEARS", source.place, found=year or "", years=known)
    figures: dict[str, Fraction] = {}
    for row, code, cell, of in zip(table.index.tolist(), table[index], table[column], years, strict=True):
        where = source.place.at(row=int(row), column=column)
        number = cell.removesuffix("%").strip()
        if of != chosen or not number:
            continue
        if not _NUMBER.fullmatch(number) or (read := Fraction(number.replace(",", "."))) > 100:
            raise SurveyError(problem("PUBLISHED_VALUE", where, found=cell))
        if code in figures:
            raise SurveyError(problem("PUBLISHED_TWICE", where, found=code))
        figures[code] = read
    hundred = percent is not None or any(figure > 1 for figure in figures.values())
    return Published(chosen, {code: figure / 100 if hundred else figure for code, figure in figures.items()})
