"""Workbooks (XLSX) in: looked through before they are opened, then read whole, within bounds.

A workbook is a zip archive of XML. The reader holds a sheet as a full rectangle up to its last filled cell, so that a
file of a few kilobytes with one cell far out would fill the memory: both sizes are measured first, on the real bytes.
"""

import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from sipas_survey.exchange.cells import cell_text
from sipas_survey.exchange.error_cells import error_cells
from sipas_survey.exchange.limits import Limits
from sipas_survey.formats import search_key
from sipas_survey.problems import Place, stop

_BLOCK = 1 << 20
_LONGEST_TAG = 1 << 12
_FILLED_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,8})([0-9]{1,10})["'][^<>]*(?<!/)>""")
_SHARED_CELL = re.compile(rb"""\st\s*=\s*["']s["']""")
_PLACELESS_CELL = re.compile(rb"""<(?:[\w.-]+:)?c(?=[\s/>])(?![^<>]*\sr\s*=)""")
_ROW_NUMBER = re.compile(rb"""<(?:[\w.-]+:)?row\s(?:[^<>]*\s)?r\s*=\s*["']([0-9]{1,10})["']""")
_ROW_OR_CELL = re.compile(
    rb"""<(?:[\w.-]+:)?(row|c)(?=[\s/>])(?:(?=[^<>]*\sr\s*=\s*["']([A-Za-z]{0,8})([0-9]{1,10})["']))?"""
)
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


@dataclass(frozen=True)
class Workbook:
    """An opened workbook: the names of its sheets in its own order, at least one."""

    sheets: tuple[str, ...]
    place: Place
    _book: CalamineWorkbook = field(repr=False)
    _path: Path = field(repr=False)

    def sheet(self, name: str | None) -> str:
        """The name of a sheet as it stands in the workbook; the first one for None.

        An exact name goes before one that differs in case, accents or spaces only.
        Raises SurveyError (SHEET_NOT_FOUND).
        """
        if name is None or name in self.sheets:
            return name or self.sheets[0]
        alike = [s for s in self.sheets if search_key(s) == search_key(name)]
        if not alike:
            raise stop("SHEET_NOT_FOUND", self.place, found=name, sheets=self.sheets)
        return alike[0]

    def records(self, sheet: str) -> Iterator[list[str]]:
        """All rows of a sheet as text, from its first row on, blank ones included."""
        with _panics(self.place):
            rows = self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        return ([cell_text(value) for value in row] for row in rows)

    def unmerged(self, sheet: str) -> list[list[str]]:
        """The rows of a sheet with its errors, where a merged cell says the same of every cell that it covers.

        Raises SurveyError FILE_TOO_LARGE where merged cells cover each other, which could go on for hours.
        """
        with _panics(self.place):
            held = self._book.get_sheet_by_name(sheet)
            values = held.to_python(skip_empty_area=False)
            ranges = getattr(held, "merged_cell_ranges", None) or ()
            errors = error_cells(self._path, [s.name for s in self._book.sheets_metadata].index(sheet))
        rows = [[cell_text(value) for value in row] for row in values]
        room = sum(map(len, rows))  # merged cells never cover each other
        for (row, column), sign in errors.items():
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = sign
        for (top, left), (bottom, right) in ranges:
            covered = rows[top : bottom + 1]
            room -= sum(len(row[left : right + 1]) for row in covered)
            if room < 0:
                raise stop("FILE_TOO_LARGE", self.place)
            for cells in covered:
                cells[left : right + 1] = rows[top][left : left + 1] * len(cells[left : right + 1])
        return rows


def open_workbook(path: Path, place: Place, *, limits: Limits) -> Workbook:
    """Open an XLSX file after measuring it.

    Raises SurveyError: FILE_TOO_LARGE, FILE_UNREADABLE.
    """
    if path.stat().st_size > limits.workbook_bytes:
        raise stop("FILE_TOO_LARGE", place)
    with _panics(place):
        _measure(path, place, limits=limits)
        book = CalamineWorkbook.from_path(path)
    sheets = tuple(s.name for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet)
    if not sheets:
        raise stop("FILE_UNREADABLE", place)
    return Workbook(sheets, place, book, path)


@contextmanager
def _panics(place: Place) -> Iterator[None]:
    """What a reader says of a damaged workbook, as a problem."""
    try:
        yield
    except (CalamineError, *DAMAGED) as error:
        raise stop("FILE_UNREADABLE", place) from error
    except BaseException as error:  # a panic of the reader, written in Rust, is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise stop("FILE_UNREADABLE", place) from error


def _measure(path: Path, place: Place, *, limits: Limits) -> None:
    """Unpack every part once, piece by piece, and stop where a bound is passed."""
    unpacked = shared_cells = longest = 0
    with zipfile.ZipFile(path) as archive:
        if len(archive.infolist()) > limits.entries:
            raise stop("FILE_TOO_LARGE", place)
        for entry in archive.infolist():
            entry.file_size = sys.maxsize  # what the archive says of itself is not believed: read on to the real end
            part = _Part(entry.filename.lower().endswith("sharedstrings.xml"))
            with archive.open(entry) as stream:
                while block := stream.read(_BLOCK):
                    unpacked += len(block)
                    part.take(block)
                    if unpacked > limits.unpacked_bytes or part.exceeds(limits):
                        raise stop("FILE_TOO_LARGE", place)
            shared_cells, longest = shared_cells + part.shared_cells, max(longest, part.longest)
    # a text that many cells share is written once, and held in memory as often as it is shown
    swollen = unpacked > max(limits.ratio_from, limits.ratio * path.stat().st_size)
    if swollen or shared_cells * longest > limits.shared_bytes:
        raise stop("FILE_TOO_LARGE", place)


@dataclass
class _Part:
    """What has been seen of a part: the rectangle of its filled cells, cells that show a shared text, the longest one.

    Cells usually say where they stand; those that do not follow the one before, in a row that may say its number.
    """

    of_texts: bool
    last_row: int = 0
    last_column: int = 0
    shared_cells: int = 0
    longest: int = 0
    _rest: bytes = b""
    _text: int = 0
    _row: int = 0
    _column: int = 0

    def take(self, block: bytes) -> None:
        """Look at the next block."""
        data = self._rest + block
        if self.of_texts:
            first, *others = (len(text) for text in block.split(b"si>"))
            lengths = [self._text + first, *others]
            self.longest, self._text = max(self.longest, *lengths), lengths[-1]
        else:
            found = _FILLED_CELL.findall(data)
            self.last_row = max(self.last_row, *(int(row) for row in {row for _, row in found}), 0)
            columns = {letters for letters, _ in found}
            self.last_column = max(self.last_column, *(_column_number(letters) for letters in columns), 0)
            self.shared_cells += len(_SHARED_CELL.findall(data))
            self._take_placeless(data)
        self._rest = data[max(data.rfind(b"<"), len(data) - _LONGEST_TAG, 0) :]

    def _take_placeless(self, data: bytes) -> None:
        """Cells that do not say where they stand; nearly no program writes them."""
        if not _PLACELESS_CELL.search(data):
            rows = _ROW_NUMBER.findall(data)
            self._row = int(rows[-1]) if rows else self._row
            self._column = self.last_column  # the place of the last cell is not known: it is no further out
            return
        for tag, letters, number in _ROW_OR_CELL.findall(data):
            if tag == b"row":
                self._row, self._column = int(number) if number else self._row + 1, 0
            else:
                self._column = _column_number(letters) if letters else self._column + 1
                self._row = int(number) if number else self._row
                self.last_row = max(self.last_row, self._row)
                self.last_column = max(self.last_column, self._column)

    def exceeds(self, limits: Limits) -> bool:
        """Whether a bound is passed."""
        rectangle = self.last_row * self.last_column
        return self.last_row > limits.rows or rectangle > limits.cells or self._text > limits.shared_text


def _column_number(letters: bytes) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
