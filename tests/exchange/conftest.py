"""Files for the tests: written from tables that stand in the test."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

Cell = str | int | float | bool | date | datetime | None
WriteText = Callable[..., Path]
WriteWorkbook = Callable[..., Path]


@pytest.fixture
def text_file(tmp_path: Path) -> WriteText:
    """Write bytes, or text in an encoding, to a file."""

    def write(content: str | bytes, name: str = "t.csv", *, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def workbook(tmp_path: Path) -> WriteWorkbook:
    """Write sheets of rows to an XLSX file, days with a date format; `#N/A` becomes a formula's error."""

    def write(sheets: dict[str, Sequence[Sequence[Cell]]], name: str = "t.xlsx") -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(path) as book:
            day = book.add_format({"num_format": "dd/mm/yyyy"})
            moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
            for title, rows in sheets.items():
                sheet = book.add_worksheet(title)
                for r, row in enumerate(rows):
                    for c, value in enumerate(row):
                        if isinstance(value, datetime):
                            sheet.write_datetime(r, c, value, moment)
                        elif isinstance(value, date):
                            sheet.write_datetime(r, c, value, day)
                        elif value == "#N/A":
                            sheet.write_formula(r, c, "=NA()", None, "#N/A")
                        elif isinstance(value, str):
                            sheet.write_string(r, c, value)
                        else:
                            sheet.write(r, c, value)
        return path

    return write
