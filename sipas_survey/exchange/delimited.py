"""Delimited text: CSV in and out."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from sipas_survey.formats import spreadsheet_text
from sipas_survey.problems import Place, stop

DELIMITERS = (",", ";", "\t")
_BLOCK = 1 << 20
_QUOTED = re.compile(r'"[^"]*"')


# ---------------------------------------------------------------- in
def open_delimited(path: Path, place: Place) -> Callable[[], Iterator[list[str]]]:
    """A function that reads the records of a CSV file anew each time, one at a time.

    UTF-8 with or without a byte-order mark, or UTF-16 with one; `,` `;` or tab, whichever the first line has most of.
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
    """The delimiter that the first line with text has most of; quoted parts do not count."""
    lines = _QUOTED.sub("", start).splitlines()
    first = next((line for line in lines if line.strip()), "")
    return max(DELIMITERS, key=first.count)


# ---------------------------------------------------------------- out
def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]], *, excel: bool = False) -> str:
    """A table as CSV.

    Parameters
    ----------
    columns, rows : headings, and values of any kind: numbers in full precision, days as ISO, nothing and NaN empty.
    excel : with a byte-order mark, `;` and decimal comma, as Excel with Vietnamese settings opens it.

    Text that a spreadsheet could take for a formula is guarded by an apostrophe in both.
    """
    out = io.StringIO()
    out.write("\ufeff" if excel else "")
    writer = csv.writer(out, delimiter=";" if excel else ",", lineterminator="\n")
    writer.writerow([_written(column, excel=excel) for column in columns])
    writer.writerows([_written(value, excel=excel) for value in row] for row in rows)
    return out.getvalue()


def _written(value: object, *, excel: bool) -> str:
    if isinstance(value, str):
        return spreadsheet_text(value.replace("\r\n", "\n").replace("\r", "\n"))
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating, Fraction)):
        number = float(value)
        text = "" if number != number else repr(number)
        return text.replace(".", ",") if excel else text
    return value.isoformat() if isinstance(value, date) else str(value)
