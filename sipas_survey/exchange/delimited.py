"""Delimited text: CSV in and out."""

import codecs
import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from sipas_survey.formats import spreadsheet_text
from sipas_survey.problems import Place, stop

DELIMITERS = (";", "\t", ",")
_LINES_LOOKED_AT = 10
_BLOCK = 1 << 20
_TO_QUOTE = re.compile(r'[",;\t\n]')
_QUOTED = re.compile(r'"[^"]*"')


# ---------------------------------------------------------------- in
def open_delimited(path: Path, place: Place) -> Callable[[], Iterator[list[str]]]:
    """A function that reads the records of a CSV file anew each time, one at a time.

    UTF-8 with or without a byte-order mark, or UTF-16 with one; `,` `;` or tab, told from the first lines.
    The whole text is looked through once, in blocks, so that a wrong encoding is known before the first record.

    Raises SurveyError: FILE_ENCODING, FILE_UNREADABLE now; FILE_ROW_UNREADABLE while records are read.
    """
    encoding = _checked_encoding(path, place)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _delimiter(file.read(_BLOCK // 16))

    def records() -> Iterator[list[str]]:
        count = 0
        with path.open(encoding=encoding, newline="") as file:
            try:
                for record in csv.reader(file, delimiter=delimiter, strict=True):
                    count += 1
                    yield record
            except csv.Error as error:
                raise stop("FILE_ROW_UNREADABLE", place.at(row=count + 1)) from error

    return records


def _checked_encoding(path: Path, place: Place) -> str:
    """The encoding of a text, after decoding all of it."""
    with path.open("rb") as file:
        wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        encoding = "utf-16" if wide else "utf-8-sig"
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        file.seek(0)
        try:
            while block := file.read(_BLOCK):
                text = decoder.decode(block)
                endless = len(block) == _BLOCK and "\n" not in text and "\r" not in text
                if "\0" in text or endless:
                    raise stop("FILE_UNREADABLE", place)
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            raise stop("FILE_ENCODING", place) from error
    return encoding


def _delimiter(start: str) -> str:
    """Of the delimiters in the headings the one that every one of the first lines has most of.

    Quoted parts do not count; a file with `;` may well have commas in its texts.
    """
    lines = [line for line in re.split(r"[\r\n]+", _QUOTED.sub("", start)) if line.strip()][:_LINES_LOOKED_AT]
    counts = {d: [line.count(d) for line in lines] for d in DELIMITERS if lines and d in lines[0]}
    return max(counts, key=lambda d: (min(counts[d]), counts[d][0]), default=",")


# ---------------------------------------------------------------- out
def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]], *, excel: bool = False) -> str:
    """A table as CSV.

    Parameters
    ----------
    columns, rows : headings, and values of any kind: numbers in full precision, days as ISO, nothing and NaN empty.
    excel : with a byte-order mark, `;` and decimal comma, as Excel with Vietnamese settings opens it.

    Text that a spreadsheet could take for a formula is guarded by an apostrophe in both. Text with any of the
    delimiters is quoted, so that a reader who has to tell them apart cannot go wrong.
    """
    delimiter = ";" if excel else ","
    known = _Texts(excel=excel)
    lines = [
        delimiter.join([known[v] if type(v) is str else _written(v, excel=excel) for v in row])
        for row in (columns, *rows)
    ]  # fmt: skip
    return ("\ufeff" if excel else "") + "\n".join(lines) + "\n"


class _Texts(dict[str, str]):
    """Texts as they are written: a long table has many cells and few texts."""

    def __init__(self, *, excel: bool) -> None:
        super().__init__()
        self.excel = excel

    def __missing__(self, text: str) -> str:
        self[text] = _written(text, excel=self.excel)
        return self[text]


def _written(value: object, *, excel: bool) -> str:
    if isinstance(value, str):
        text = spreadsheet_text(value.replace("\r\n", "\n").replace("\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating, Fraction)):
        number = float(value)
        text = "" if number != number else repr(number)
        return text.replace(".", ",") if excel else text
    return value.isoformat() if isinstance(value, date) else str(value)
