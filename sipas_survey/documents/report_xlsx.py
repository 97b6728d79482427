"""A report as a workbook: a sheet per table with real numbers, days and shares, to compute with and to print."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sipas_survey.documents.appendices import NUMBER_FORMATS
from sipas_survey.documents.report import (
    PAIRS,
    Block,
    Column,
    Paragraph,
    Raw,
    Remarks,
    Report,
    Simple,
    Table,
    Tile,
    Tiles,
)
from sipas_survey.documents.report import Cell as Printed
from sipas_survey.documents.workbook import CENTRED, Book, Cell, Look, header_text, height_of, lines_of
from sipas_survey.documents.workbook import Column as SheetColumn
from sipas_survey.formats import word

_TITLE_LIMIT = 100
_PROVENANCE = "provenance"
_HALF, _LEAST_HALF = 0.62, 8.5
_PLAIN_NUMBERS = ("points", "figure", "score", "change")


def write_xlsx(report: Report, path: Path) -> None:
    """Write the report as a workbook. The same report gives the same bytes.

    A share is the exact value; its format has as many decimals as it takes not to show it across its target.
    """
    title = f"{report.kicker} – {report.title}"
    tables = [table for table in report.tables if table.key != _PROVENANCE]
    with Book(path, title=title, created=report.as_of, lang=report.lang, targets=report.targets) as book:
        _write_sentences(book, report)
        for table in tables:
            _write(book, table, report)
        _write_information(book, tables, report)


def _write(book: Book, table: Table, report: Report) -> None:
    columns = [sheet_column for column in table.columns for sheet_column in _columns(column)]
    rows = [_cells(table, row, report) for row in table.rows]
    total = rows.pop() if table.total else None
    sheet = book.sheet(table.name)
    strong = [table.bold(i) for i in range(len(rows))]
    after = rows_used = book.table(sheet, columns, rows, total=total, strong=strong)
    for text in filter(None, (table.caption, *table.notes)):
        rows_used = _say(book, sheet, max(rows_used, after + 1), text, columns)
    _page(book, sheet, report, columns=len(columns), rows=rows_used, filtered=after - table.total)


def _say(book: Book, sheet: Any, row: int, text: str, columns: Sequence[SheetColumn]) -> int:
    """A sentence below a table, over all of its columns; the number of the row after it."""
    look: Look = {"text_wrap": True, "italic": True}
    sheet.merge_range(row, 0, row, len(columns) - 1, "", book.style(**look))
    book.put(sheet, row, 0, text, **look)
    sheet.set_row(row, height_of(lines_of(text, sum(column.width for column in columns))))
    return row + 1


def _columns(column: Column) -> list[SheetColumn]:
    """The columns of a workbook for one of a table: two for a pair."""
    look: Look = CENTRED if column.kind in ("sign", "day") else {}
    if column.kind in _PLAIN_NUMBERS:
        look = {"num_format": NUMBER_FORMATS[column.kind]}  # type: ignore[index]
    if column.kind in PAIRS:
        width = max(column.width * _HALF, _LEAST_HALF)
        return [SheetColumn(heading, width, look) for heading in column.halves]
    return [SheetColumn(column.heading, column.width, {"align": "left"} if column.kind == "fact" else look)]


def _cells(table: Table, row: Sequence[Printed], report: Report) -> list[Cell]:
    held: list[Cell] = []
    for column, cell in zip(table.columns, row, strict=True):
        parts = cell.value if isinstance(cell.value, tuple) else (cell.value,)
        held += [_value(column, part, report) for part in parts]
    return held


def _value(column: Column, value: Simple, report: Report) -> Cell:
    """A value as the workbook takes it; numbers that are no share are decimals in the format of their column."""
    if column.kind in _PLAIN_NUMBERS and isinstance(value, Fraction | float):
        exact = Fraction(value) * (100 if column.kind == "points" else 1)
        return Decimal(exact.numerator) / Decimal(exact.denominator)
    return _local(value, report)


def _local(value: Simple, report: Report) -> Cell:
    """A value, an instant on the clock of the survey's place: a workbook knows no time zones. No text is a blank."""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(report.timezone)).replace(tzinfo=None)
    return value if value != "" else None


# ---------------------------------------------------------------- what is said in words
def _write_sentences(book: Book, report: Report) -> None:
    """The headline and the remarks: a sheet of sentences."""
    lines = [(section.heading, text) for section in report.sections for b in section.blocks for text in _said(b)]
    columns = [
        SheetColumn(word("report_item", report.lang), 30),
        SheetColumn(word("report_sheet_text", report.lang), 110),
    ]
    sheet = book.sheet(word("report_sheet_text", report.lang))
    after = book.table(sheet, columns, lines)
    _page(book, sheet, report, columns=2, rows=after, filtered=after)


def _said(block: Block) -> list[str]:
    match block:
        case Tiles():
            return [text for tile in block.tiles for text in _of_tile(tile)]
        case Remarks():
            return list(block.items)
        case Paragraph():
            return [block.text]
    return []


def _of_tile(tile: Tile) -> list[str]:
    rulings = "; ".join(f"{name}: {text}" for name, text in tile.rulings)
    return [
        text for text in (f"{tile.heading}: {tile.figure} {tile.beside}", rulings, *tile.sentences, *tile.notes) if text
    ]


# ---------------------------------------------------------------- where it comes from
def _write_information(book: Book, tables: Sequence[Table], report: Report) -> None:
    """As-of day, filters, provenance, how many rows each sheet has, and the digest of all numbers."""
    lang = report.lang
    known = next(table for table in report.tables if table.key == _PROVENANCE)
    facts: list[tuple[str, Cell]] = [
        (word("report_kind", lang), report.kicker),
        (word("report_filters", lang), report.filters),
        *((row[0].text, _fact(row[1].value, report)) for row in known.rows),
        *((word("report_rows_in", lang, sheet=table.name), table.records) for table in tables),
        (word("report_digest", lang), report.digest),
    ]
    columns = [
        SheetColumn(word("report_item", lang), 40),
        SheetColumn(word("report_share", lang), 90, {"align": "left"}),
    ]
    sheet = book.sheet(word("report_sheet_provenance", lang))
    after = book.table(sheet, columns, facts)
    _page(book, sheet, report, columns=2, rows=after, filtered=after)


def _fact(value: Raw, report: Report) -> Cell:
    return None if isinstance(value, tuple) else _local(value, report)


def _page(book: Book, sheet: Any, report: Report, *, columns: int, rows: int, filtered: int) -> None:
    survey, about = (header_text(text, limit=_TITLE_LIMIT) for text in (report.title, report.about))
    header = f'&L&"Arial,Bold"{survey}\n&"Arial,Regular"{about}'
    footer = f'&R&"Arial,Regular"{word("report_page", report.lang)}'
    book.print_setup(sheet, header=header, footer=footer, columns=columns, rows=rows, filtered=filtered)
