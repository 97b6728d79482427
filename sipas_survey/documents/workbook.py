"""Workbooks that are ready to print: cells by the type of their value, tables, page setup; the same bytes each time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from textwrap import wrap
from types import TracebackType
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from sipas_survey.formats import Lang, Share, exact, spreadsheet_text

Cell = str | int | float | Fraction | Share | Decimal | date | datetime | None
Look = Mapping[str, object]

EPOCH = date(1980, 1, 1)
TINT, SHADE = "#FFF8DC", "#E4E4E4"
PLAIN: Look = {"font_name": "Arial", "font_size": 10, "valign": "top"}
GRID: Look = {"border": 1, "border_color": "#808080", "text_wrap": True}
STRONG: Look = {"bold": True}
CENTRED: Look = {"align": "center"}
_HEADING: Look = {"bold": True, "bg_color": SHADE, "valign": "vcenter", "align": "center"}
_FACT: Look = {"text_wrap": True, "align": "left"}
_DAY: Mapping[Lang, str] = {"vi": "dd/mm/yyyy", "en": "yyyy-mm-dd"}
_MOST_DECIMALS = 12
_LINE, _PADDING = 13, 4
_HEADER_LIMIT = 250
_SIGNATURE_ROWS = 5


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, its width in characters, and how its cells look beyond the grid."""

    heading: str
    width: float
    look: Look = field(default_factory=dict)


def percent_format(value: Fraction, targets: Sequence[Fraction] = ()) -> str:
    """The number format with the fewest decimals, two at least, that shows a share on its side of every target.

    84.996 % of target 85 % would show as 85.00 %: it gets `0.000%`. 100 % always counts as a target.
    """
    for decimals in range(2, _MOST_DECIMALS):
        scale = 10 ** (decimals + 2)
        shown = Fraction((value * scale * 2 + 1) // 2, scale)
        if all((shown < target) == (value < target) for target in (*targets, Fraction(1))):
            return f"0.{'0' * decimals}%"
    return f"0.{'0' * _MOST_DECIMALS}%"


class Book:
    """A workbook being written; a context manager that saves it at the end.

    `created` stands in the file as its day of creation, so that the same content is the same bytes.
    """

    def __init__(self, path: Path, *, title: str, created: date | None, lang: Lang, targets: Sequence[Fraction] = ()):
        self._book = xlsxwriter.Workbook(str(path))
        self._book.set_properties({"title": title, "created": datetime.combine(created or EPOCH, time())})
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self._lang, self._targets = lang, tuple(targets)

    def __enter__(self) -> "Book":
        """The book itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        """Save, unless something went wrong on the way. Raises OSError where the disk refuses."""
        if kind is not None:
            return
        try:
            self._book.close()
        except FileCreateError as error:  # XlsxWriter's own, which is no OSError
            raise OSError(str(error)) from error

    def sheet(self, name: str) -> Any:
        """A new, empty sheet (an XlsxWriter worksheet)."""
        return self._book.add_worksheet(name)

    def put(self, sheet: Any, row: int, column: int, value: Cell, **look: object) -> None:
        """Write a value in a cell (counted from 0): text escaped, shares as percent, days as days, None as a blank."""
        match value:
            case None:
                sheet.write_blank(row, column, None, self.style(**look))
            case str():
                sheet.write_string(row, column, spreadsheet_text(value), self.style(**look))
            case datetime():
                style = self.style(num_format=_DAY[self._lang] + " hh:mm:ss", **look)
                sheet.write_datetime(row, column, value, style)
            case date():
                sheet.write_datetime(row, column, value, self.style(num_format=_DAY[self._lang], **look))
            case Decimal():  # a number that is no share; its format is that of its column
                sheet.write_number(row, column, float(value), self.style(**look))
            case int():
                sheet.write_number(row, column, value, self.style(**{"num_format": "#,##0", **look}))
            case _:
                self._put_share(sheet, row, column, value, look)

    def _put_share(self, sheet: Any, row: int, column: int, value: float | Fraction | Share, look: Look) -> None:
        share = exact(value)
        if share is None:
            sheet.write_blank(row, column, None, self.style(**look))
        else:
            style = self.style(num_format=percent_format(share, self._targets), **look)
            sheet.write_number(row, column, float(share), style)

    def style(self, **look: object) -> Any:
        """The cell format with this look."""
        key = tuple(sorted({**PLAIN, **look}.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(dict(key))
        return self._formats[key]

    def table(
        self,
        sheet: Any,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell]],
        *,
        total: Sequence[Cell] | None = None,
        strong: Sequence[bool] = (),
    ) -> int:
        """Write a heading row, the rows under it and a total in bold; return the number of the row after the last.

        `strong` tells which of the rows are sums, and bold like the total.
        """
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        self._line(sheet, 0, columns, [column.heading for column in columns], look=_HEADING)
        row = 0
        for row, cells in enumerate(rows, 1):
            self._line(sheet, row, columns, cells, look=STRONG if strong and strong[row - 1] else None)
        if total is not None:
            row += 1
            self._line(sheet, row, columns, total, look=STRONG)
        return row + 1

    def _line(
        self, sheet: Any, row: int, columns: Sequence[Column], cells: Sequence[Cell], *, look: Look | None = None
    ) -> None:
        """A row of a table, as high as its longest text: not every office program works that out when it opens."""
        for place, (column, value) in enumerate(zip(columns, cells, strict=True)):
            self.put(sheet, row, place, value, **{**GRID, **column.look, **(look or {})})
        lines = [lines_of(value, column.width) for column, value in zip(columns, cells, strict=True)]
        sheet.set_row(row, height_of(max(lines)))

    def facts(self, sheet: Any, top: int, facts: Iterable[tuple[str, Cell]], *, columns: int, width: int) -> int:
        """Write lines of a name and a value, the value over columns 1 … columns − 1, together `width` characters wide.

        Returns the number of the row after the last.
        """
        row = top - 1
        for row, (name, value) in enumerate(facts, top):
            self.put(sheet, row, 0, name, text_wrap=True, **STRONG)
            if columns > 2:
                sheet.merge_range(row, 1, row, columns - 1, "", self.style(**_FACT))
            self.put(sheet, row, 1, value, **_FACT)
            sheet.set_row(row, height_of(max(lines_of(name, 20), lines_of(value, width))))
        return row + 1

    def signatures(self, sheet: Any, top: int, signers: Sequence[str], *, day: str, hint: str, columns: int) -> int:
        """Write places to sign side by side under a table, the day above the last one.

        Returns the number of the row after the space for the last signature.
        """
        bounds = [round(i * columns / len(signers)) for i in range(len(signers) + 1)]
        last = len(signers) - 1
        texts = {1: ["", *[""] * (last - 1), day], 2: list(signers), 3: [hint] * len(signers)}
        looks: dict[int, Look] = {1: {"italic": True}, 2: STRONG, 3: {"italic": True}}
        for down, line in texts.items():
            for begin, end, text in zip(bounds, bounds[1:], line, strict=False):
                if text:
                    look = self.style(**CENTRED, **looks[down])
                    if end - begin > 1:
                        sheet.merge_range(top + down, begin, top + down, end - 1, "", look)
                    sheet.write_string(top + down, begin, text, look)
        return top + 3 + _SIGNATURE_ROWS

    def print_setup(
        self, sheet: Any, *, header: str, footer: str, columns: int, rows: int, filtered: int | None = None
    ) -> None:
        """A4 landscape, one page wide; the first row repeated on every page and frozen; the table filtered.

        `rows` counts the rows printed, `filtered` those of the table with its heading (all, unless given). `header` and
        `footer` are in the codes of the format: free text goes into them through `header_text`.
        """
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.9, bottom=0.6)
        sheet.set_header(header)
        sheet.set_footer(footer)
        sheet.print_area(0, 0, rows - 1, columns - 1)
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max((filtered or rows) - 1, 1), columns - 1)


def header_text(text: str, *, limit: int = _HEADER_LIMIT) -> str:
    """Free text inside the codes of a page header: `&` doubled, not longer than the format allows."""
    return (text if len(text) <= limit else text[: limit - 1] + "…").replace("&", "&&")


def lines_of(value: Cell, width: float) -> int:
    """How many lines a cell needs whose width is given in digits: capitals are as wide, small letters narrower."""
    if not isinstance(value, str):
        return 1
    return max(len(wrap(value, max(int(width * (0.9 if value.isupper() else 1.3)), 1))), 1)


def height_of(lines: int) -> int:
    """The height in points of a row with so many lines."""
    return _LINE * lines + _PADDING
