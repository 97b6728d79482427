"""Records as programs are told them, turned into a table for a file: one row each, nothing inside a cell."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sipas_survey.exchange.delimited import csv_text
from sipas_survey.exchange.exports import write_workbook

Record = Mapping[str, Any]


def flat(record: Record) -> dict[str, Any]:
    """A record without inner ones: `by` spread into columns of its own, others as `outer_inner`, lists as words."""
    row: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, Mapping):
            row |= value if name == "by" else {f"{name}_{inner}": cell for inner, cell in value.items()}
        else:
            row[name] = " ".join(map(str, value)) if isinstance(value, list | tuple) else value
    return row


def csv_of(records: Sequence[Record], *, columns: Sequence[str] = (), excel: bool = False) -> str:
    """Records as CSV; `columns` are its headings where there are none."""
    names, rows = _table(records, columns)
    return csv_text(names, rows, excel=excel)


def workbook_of(records: Sequence[Record], *, created: datetime, columns: Sequence[str] = ()) -> bytes:
    """Records as a workbook of one sheet: numbers as numbers, in full precision."""
    names, rows = _table(records, columns)
    held = io.BytesIO()
    write_workbook(held, names, [[_cell(value) for value in row] for row in rows], created)
    return held.getvalue()


def _table(records: Sequence[Record], columns: Sequence[str]) -> tuple[list[str], Iterable[list[Any]]]:
    """Headings in order of first appearance, and the rows under them."""
    nested = any(isinstance(value, Mapping | list | tuple) for record in records for value in record.values())
    rows = [flat(record) for record in records] if nested else records
    names = list(dict.fromkeys(name for row in rows for name in row)) or list(columns)
    return names, ([row.get(name) for name in names] for row in rows)


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
