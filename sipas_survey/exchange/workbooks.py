"""Workbooks (XLSX) in: looked through before they are opened, then read whole, within bounds.

A workbook is a zip archive of XML. The reader holds a sheet as a full rectangle up to its last filled cell, so that a
file of a few kilobytes with one cell far out would fill the memory: both sizes are measured first, on the real bytes.
"""

import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from sipas_survey.exchange.cells import cell_text
from sipas_survey.exchange.limits import Limits
from sipas_survey.formats import search_key
from sipas_survey.problems import Place, stop

_BLOCK = 1 << 20
_LONGEST_TAG = 1 << 12
_FILLED_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,8})([0-9]{1,10})["'][^<>]*(?<!/)>""")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


@dataclass(frozen=True)
class Workbook:
    """An opened workbook: the names of its sheets in its own order, at least one."""

    sheets: tuple[str, ...]
    place: Place
    _book: CalamineWorkbook = field(repr=False)

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
        try:
            rows = self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        except CalamineError as error:
            raise stop("FILE_UNREADABLE", self.place) from error
        return ([cell_text(value) for value in row] for row in rows)


def open_workbook(path: Path, place: Place, *, limits: Limits) -> Workbook:
    """Open an XLSX file after measuring it.

    Raises SurveyError: FILE_TOO_LARGE, FILE_UNREADABLE.
    """
    if path.stat().st_size > limits.workbook_bytes:
        raise stop("FILE_TOO_LARGE", place)
    try:
        _measure(path, place, limits=limits)
        book = CalamineWorkbook.from_path(path)
    except (CalamineError, *_DAMAGED) as error:
        raise stop("FILE_UNREADABLE", place) from error
    sheets = tuple(s.name for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet)
    if not sheets:
        raise stop("FILE_UNREADABLE", place)
    return Workbook(sheets, place, book)


def _measure(path: Path, place: Place, *, limits: Limits) -> None:
    """Unpack every part once, piece by piece, and stop where a bound is passed."""
    unpacked = 0
    with zipfile.ZipFile(path) as archive:
        if len(archive.infolist()) > limits.entries:
            raise stop("FILE_TOO_LARGE", place)
        for entry in archive.infolist():
            entry.file_size = sys.maxsize  # what the archive says of itself is not believed: read on to the real end
            with archive.open(entry) as part:
                unpacked += _measure_part(part, place, room=limits.unpacked_bytes - unpacked, limits=limits)
    if unpacked > max(limits.ratio_from, limits.ratio * path.stat().st_size):
        raise stop("FILE_TOO_LARGE", place)


def _measure_part(part: IO[bytes], place: Place, *, room: int, limits: Limits) -> int:
    """The unpacked size of a part; if it is a sheet, its rectangle of filled cells is judged on the way."""
    size, rest = 0, b""
    columns: set[bytes] = set()
    rows: set[bytes] = set()
    while block := part.read(_BLOCK):
        size += len(block)
        data = rest + block
        for column, row in _FILLED_CELL.findall(data):
            columns.add(column)
            rows.add(row)
        last_row, last_column = max(map(int, rows), default=0), max(map(_column_number, columns), default=0)
        if size > room or last_row > limits.rows or last_row * last_column > limits.cells:
            raise stop("FILE_TOO_LARGE", place)
        rows = {b"%d" % last_row}
        rest = data[max(data.rfind(b"<"), len(data) - _LONGEST_TAG, 0) :]
    return size


def _column_number(letters: bytes) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
