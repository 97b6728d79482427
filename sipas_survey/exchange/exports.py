"""Plain tables out, for other programs: CSV, XLSX or Parquet by the ending of the file's name."""

import importlib
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter

from sipas_survey.exchange.delimited import csv_text
from sipas_survey.formats import spreadsheet_text
from sipas_survey.problems import stop

SUFFIXES = (".csv", ".txt", ".xlsx", ".parquet")


def write_table(file: Path, table: pd.DataFrame, *, created: datetime, excel: bool = False) -> None:
    """Write a table of text and numbers; missing values are empty cells (null in Parquet).

    The same table and `created` give the same bytes. Raises SurveyError EXTRA_MISSING where Parquet is not installed.
    """
    rows = [[None if value != value else value for value in row] for row in table.itertuples(index=False, name=None)]
    columns = list(table.columns)
    match file.suffix.lower():
        case ".xlsx":
            write_workbook(str(file), columns, rows, created)
        case ".parquet":
            _write_parquet(file, columns, rows)
        case _:
            file.write_text(csv_text(columns, rows, excel=excel), encoding="utf-8", newline="")


def write_workbook(
    file: str | io.BytesIO, columns: Sequence[str], rows: Iterable[Sequence[object]], created: datetime
) -> None:
    """Write a workbook of one sheet: text (never a formula) and numbers under bold headings."""
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"created": created.replace(tzinfo=None)})
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.write_row(0, 0, columns, bold)
        for r, row in enumerate(rows, 1):
            for c, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(r, c, spreadsheet_text(value))
                elif value is not None:
                    sheet.write_number(r, c, value)
        sheet.freeze_panes(1, 0)
        sheet.autofit()


def _write_parquet(file: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise stop("EXTRA_MISSING", found="pyarrow", extra="engines") from error
    parquet.write_table(arrow.table({name: [row[i] for row in rows] for i, name in enumerate(columns)}), file)
