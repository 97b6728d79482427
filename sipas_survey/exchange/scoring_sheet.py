"""A scoring sheet of PAR INDEX in a file: CSV, XLSX or Parquet, one line of the sheet a row."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sipas_survey.exchange import headings
from sipas_survey.exchange.figures import exact_figure
from sipas_survey.exchange.tables import open_table
from sipas_survey.formats import search_key
from sipas_survey.problems import Checked, Place, Problem, SurveyError, problem
from sipas_survey.satisfaction.par_index import Line

ALIASES: headings.Aliases = {
    "code": ("STT", "Mã", "Mã tiêu chí", "No", "Number"),
    "title": ("Nội dung", "Lĩnh vực, tiêu chí, tiêu chí thành phần", "Tiêu chí", "Tên tiêu chí", "Label"),
    "maximum": ("Điểm tối đa", "Tối đa", "Max", "Maximum points"),
    "reached": ("Điểm đạt", "Điểm đạt được", "Điểm chấm", "Điểm", "Points", "Score"),
    "survey": ("Điều tra xã hội học", "Khảo sát", "ĐTXHH"),
    "agency": ("Cơ quan", "Cơ quan chủ trì", "Đơn vị chủ trì", "Đơn vị phụ trách"),
    "evidence": ("Tài liệu kiểm chứng", "Minh chứng", "TLKC"),
}
REQUIRED = ("code", "title", "maximum", "reached")
_TOTALS = ("tong", "cong", "tong cong", "tong diem", "total")
_CODE = re.compile(r"[1-9]\d?(\.[1-9]\d?){0,2}", re.ASCII)
_SURVEY = re.compile(r"(citizens|officials):([a-z][a-z0-9_]*)")


@dataclass(frozen=True)
class Written:
    """The lines of a file, its headings by our names of the columns, and its line of the whole if it has one."""

    lines: tuple[Line, ...]
    headings: Mapping[str, str]
    total: Line | None = None


def read_sheet(file: Path) -> Checked[Written]:
    """The lines of a sheet; a row with an unreadable cell is a problem with its row and column, and left out.

    Raises SurveyError where the file cannot be read, or PAR_INDEX_COLUMN_MISSING.
    """
    source = open_table(file)
    names = headings.match(source.columns, ALIASES, place=source.place).or_raise()
    place = source.place.at(row=source.header_row)
    lacking = [name for name in REQUIRED if name not in names.values()]
    if lacking:
        raise SurveyError(problem("PAR_INDEX_COLUMN_MISSING", place, found=name) for name in lacking)
    told = source.frame()
    wrong: list[Problem] = list(told.problems)
    lines, total = [], None
    theirs = {ours: heading for heading, ours in names.items()}
    for number, row in zip(told.value.index.tolist(), told.value.to_dict("records"), strict=True):
        cells = {ours: str(row[heading]) for ours, heading in theirs.items()}
        place = source.place.at(row=int(number))
        whole = not cells["code"] and search_key(cells["title"]).rstrip(":") in _TOTALS
        faults = _faults({**cells, "code": "1"} if whole else cells, theirs, place)
        wrong += faults
        if whole and not faults:
            total = _line(cells, place)
        elif not faults:
            lines.append(_line(cells, place))
    return Checked(Written(tuple(lines), theirs, total), tuple(wrong))


def _code(text: str) -> str:
    return text.strip().rstrip(".")


def _survey(text: str) -> str:
    return re.sub(r"\s*[:/ ]\s*", ":", text.strip().lower())


def _figure(text: str) -> Fraction | None:
    found = exact_figure(text)
    return None if found is None or found < 0 else found


def _faults(cells: Mapping[str, str], theirs: Mapping[str, str], place: Place) -> list[Problem]:
    """What is unreadable in a row."""
    survey = _survey(cells.get("survey", ""))
    looked_at = (
        ("PAR_INDEX_CODE", "code", not _CODE.fullmatch(_code(cells["code"]))),
        ("PAR_INDEX_POINTS", "maximum", _no_points(cells["maximum"])),
        ("PAR_INDEX_POINTS", "reached", _no_points(cells["reached"])),
        ("PAR_INDEX_SURVEY", "survey", bool(survey) and not _SURVEY.fullmatch(survey)),
    )
    return [problem(kind, place.at(column=theirs[name]), found=cells[name]) for kind, name, wrong in looked_at if wrong]


def _no_points(text: str) -> bool:
    """Whether a cell holds something that is no number of points."""
    return bool(text) and _figure(text) is None


def _line(cells: Mapping[str, str], place: Place) -> Line:
    return Line(
        code=_code(cells["code"]),
        label=cells["title"],
        maximum=_figure(cells["maximum"]),
        reached=_figure(cells["reached"]),
        survey=_survey(cells.get("survey", "")),
        agency=cells.get("agency", ""),
        evidence=cells.get("evidence", ""),
        place=place,
    )
