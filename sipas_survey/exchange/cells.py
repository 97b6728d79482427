"""One cell: from any file's value to the text that is stored and compared."""

import math
import unicodedata
from datetime import date, datetime, time

from sipas_survey.formats import normal, plain_text


def cell_text(value: object) -> str:
    """A value of a workbook or a Parquet file as text.

    Whole numbers lose their decimal point (4249.0 → `4249`), days and midnights become ISO days, other instants
    `2023-12-06 08:30:00`, truth values TRUE and FALSE as a spreadsheet shows them; nothing and NaN are empty.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def clean(text: str) -> str:
    """Text of a cell as the toolkit knows it: NFC, trimmed, the apostrophe that guards a formula taken away."""
    text = normal(text)
    return normal(plain_text(text)) if text.startswith("'") else text


def clean_record(cells: list[str]) -> list[str]:
    """All cells of a record, cleaned. Most records need nothing, and one look at the whole of it tells."""
    joined = "\x1f".join(("", *cells, ""))
    if (
        "\x1f'" not in joined
        and ".0\x1f" not in joined
        and unicodedata.is_normalized("NFC", joined)
        and list(map(str.strip, cells)) == cells
    ):
        return cells
    return [clean(cell) for cell in cells]
