"""A table in a file, of whatever type: headings and rows of text that still know where they stood."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sipas_survey.exchange.cells import clean_record
from sipas_survey.exchange.delimited import open_delimited
from sipas_survey.exchange.limits import LIMITS, Limits
from sipas_survey.exchange.parquet import open_parquet
from sipas_survey.exchange.workbooks import Workbook, open_workbook
from sipas_survey.formats import search_key
from sipas_survey.problems import Checked, Place, Problem, problem, stop

CHUNK = 50_000
_BY_SUFFIX = {".csv": "text", ".txt": "text", ".tsv": "text", ".xlsx": "xlsx", ".xlsm": "xlsx", ".parquet": "parquet"}
_BY_CONTENT = {b"PK\x03\x04": "xlsx", b"PAR1": "parquet", b"\xd0\xcf\x11\xe0": "old Excel", b"%PDF": "PDF"}


@dataclass(frozen=True)
class Source:
    """A table that can be read, whole or in pieces, as often as one likes.

    place       the file's name and, in a workbook, the sheet
    columns     the headings, cleaned, in the file's order; columns without a heading are not read
    header_row  the row of the headings as the file's viewer counts: the first row that is not blank
    records     reads every record of the file anew, as it stands
    """

    place: Place
    columns: tuple[str, ...]
    header_row: int
    records: Callable[[], Iterator[list[str]]] = field(repr=False)
    _positions: tuple[int, ...] = field(repr=False)

    def chunks(self, size: int = CHUNK) -> Iterator[Checked[pd.DataFrame]]:
        """The rows in pieces of at most `size`, so that a long CSV or Parquet file is never in memory as a whole.

        Each piece is a table of text (missing = "", NFC, trimmed) with the headings as columns and, as index, the row
        as the file's viewer counts. Blank rows are left out, but they count. A row of a CSV file that is wider than
        its headings is left out with a problem, FILE_ROW_WIDTH: a delimiter in a text without quotation marks has
        shifted its cells.

        Raises SurveyError where the rest of the file cannot be read.
        """
        for piece in self.pieces(size):
            yield Checked(self._table(piece.value), piece.problems)

    def pieces(self, size: int = CHUNK) -> Iterator[Checked["Rows"]]:
        """The rows as `chunks` gives them, but as lists, which is faster where nobody needs a table."""
        numbers: list[int] = []
        rows: list[list[str]] = []
        problems: list[Problem] = []
        every_column = self._positions == tuple(range(len(self._positions)))
        width = len(self._positions) if every_column else -1
        for number, cells in _filled(self.records()):
            if number <= self.header_row:
                continue
            if len(cells) == width:  # the usual row needs no choosing
                numbers.append(number)
                rows.append(cells)
            elif self._too_wide(cells):
                problems.append(_wide_row(self, number, cells))
            else:
                numbers.append(number)
                rows.append(self._chosen(cells))
            if len(rows) + len(problems) >= size:
                yield Checked(Rows(numbers, rows), tuple(problems))
                numbers, rows, problems = [], [], []
        if rows or problems:
            yield Checked(Rows(numbers, rows), tuple(problems))

    def frame(self) -> Checked[pd.DataFrame]:
        """All rows as one table, as `chunks` gives them. Raises SurveyError FILE_TOO_LARGE too."""
        pieces, cells = [], 0
        for piece in self.chunks():
            pieces.append(piece)
            cells += piece.value.size
            if cells > LIMITS.held_cells:
                raise stop("FILE_TOO_LARGE", self.place)
        return Checked(pd.concat([p.value for p in pieces]), tuple(told for p in pieces for told in p.problems))

    def _too_wide(self, cells: Sequence[str]) -> bool:
        # the cells of a sheet cannot shift: what stands beside its table there is a remark
        return self.place.sheet is None and any(cells[self._positions[-1] + 1 :])

    def _chosen(self, cells: Sequence[str]) -> list[str]:
        return [cells[i] if i < len(cells) else "" for i in self._positions]

    def _table(self, told: "Rows") -> pd.DataFrame:
        index = pd.Index(np.asarray(told.numbers, dtype=np.int64), name="row")
        return pd.DataFrame(told.cells, index=index, columns=pd.Index(self.columns, dtype=object), dtype=object)


class Rows(NamedTuple):
    """Rows of a table: the number of each as the file's viewer counts, and its cells in the order of the headings."""

    numbers: Sequence[int]
    cells: Sequence[Sequence[str]]


def open_table(path: Path, sheet: str | None = None, *, limits: Limits = LIMITS) -> Source:
    """Open a CSV, XLSX or Parquet file, told by its name and its content, and read its headings.

    Parameters
    ----------
    path : the file; problems hold its name only.
    sheet : the sheet of a workbook, by name (case and accents do not matter); the first one where None.

    Raises
    ------
    SurveyError: FILE_NOT_FOUND, FILE_EMPTY, FILE_NO_ROWS, FILE_TYPE, FILE_TOO_LARGE, FILE_ENCODING, FILE_UNREADABLE,
    FILE_ROW_UNREADABLE, SHEET_NOT_FOUND, COLUMN_TWICE, EXTRA_MISSING.
    """
    place, kind = Place(file=path.name), file_type(path)
    if kind == "xlsx":
        return _sheet(open_workbook(path, place, limits=limits), sheet)
    if path.stat().st_size > limits.text_bytes:
        raise stop("FILE_TOO_LARGE", place)
    return source_of(
        place, open_parquet(path, place, limits=limits) if kind == "parquet" else open_delimited(path, place)
    )


def open_preferred(path: Path, sheet: str, *, limits: Limits = LIMITS) -> Source:
    """Open a file as `open_table` does; of a workbook the given sheet where it has one, else its first."""
    if file_type(path) != "xlsx":
        return open_table(path, limits=limits)
    book = open_workbook(path, Place(file=path.name), limits=limits)
    return _sheet(book, next((name for name in book.sheets if search_key(name) == search_key(sheet)), None))


def _sheet(book: Workbook, sheet: str | None) -> Source:
    name = book.sheet(sheet)
    rows = list(book.records(name))
    return source_of(Place(file=book.place.file, sheet=name), lambda: iter(rows))


def file_type(path: Path) -> str:
    """`text`, `xlsx` or `parquet`, where name and content agree.

    Raises SurveyError: FILE_NOT_FOUND, FILE_EMPTY, FILE_TYPE, FILE_UNREADABLE.
    """
    place = Place(file=path.name)
    if not path.is_file():
        raise stop("FILE_NOT_FOUND", place, found=str(path))
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise stop("FILE_UNREADABLE", place) from error
    if not start:
        raise stop("FILE_EMPTY", place)
    kind = _BY_SUFFIX.get(path.suffix.lower())
    if kind is None or _BY_CONTENT.get(start, "text") != kind:
        raise stop("FILE_TYPE", place, found=path.name)
    return kind


def source_of(place: Place, records: Callable[[], Iterator[list[str]]]) -> Source:
    """The table in some records, whose headings are the first that is not blank; `records` reads them anew each time.

    Raises SurveyError: FILE_EMPTY, FILE_NO_ROWS, FILE_TOO_LARGE, COLUMN_TWICE.
    """
    filled = _filled(records())
    header_row, headings = next(filled, (0, []))
    if not headings:
        raise stop("FILE_EMPTY", place)
    if len(headings) > LIMITS.columns:
        raise stop("FILE_TOO_LARGE", place)
    positions = tuple(i for i, heading in enumerate(headings) if heading)
    columns = tuple(headings[i] for i in positions)
    for i, name in enumerate(columns):
        if name in columns[:i]:
            raise stop("COLUMN_TWICE", place.at(row=header_row, column=name), found=name, other=name)
    if next(filled, None) is None:
        raise stop("FILE_NO_ROWS", place.at(row=header_row))
    return Source(place, columns, header_row, records, positions)


def _filled(records: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, cleaned, with their number from 1."""
    for number, record in enumerate(records, start=1):
        cells = clean_record(record)
        if any(cells):
            yield number, cells


def _wide_row(source: Source, number: int, cells: Sequence[str]) -> Problem:
    width = max(i for i, cell in enumerate(cells) if cell) + 1
    return problem("FILE_ROW_WIDTH", source.place.at(row=number), found=str(width), columns=source._positions[-1] + 1)
