"""Columns of a table as arrays: numbers with what is missing, or codes with their labels.

A table is a pandas DataFrame or anything that offers itself through the Arrow interface; a column is looked at when it
is asked for, and never changed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sipas_survey.formats import collation_key, normal
from sipas_survey.problems import NOWHERE, Place, SurveyError, problem, stop
from sipas_survey.statistics.arrays import Floats, Ints, Mask, compress

MISSING_TEXT = frozenset({"", "NA", "NaN", "nan", "N/A", "."})
"""What stands for a missing value in a text column, as R, Python, spreadsheets and Stata write it."""
_INTEGERS = tuple(np.dtype(name) for name in ("i1", "i2", "i4", "i8", "u1", "u2", "u4"))


@dataclass(frozen=True, slots=True)
class Numbers:
    """n numbers: `values` with 0 where one is missing, `known` where it is not; None where none is missing.

    `binary` : whether all values are 0 or 1.
    """

    values: Floats
    known: Mask | None
    binary: bool

    def only(self, rows: Mask | None) -> Floats:
        """(n,) the values, 0 in the other rows; None means all rows, or all that are known."""
        return self.values if rows is None or rows is self.known else self.values * rows

    def text(self, i: int) -> str:
        """A number as it is shown in a message; empty where it is missing."""
        return "" if self.known is not None and not self.known[i] else f"{self.values[i]:.12g}"


@dataclass(frozen=True, slots=True)
class Codes:
    """n codes 0..K-1, -1 where the value is missing, and the K labels, numbers by size and texts in order."""

    code: Ints
    labels: tuple[str, ...]

    def position(self, label: str) -> int | None:
        """The code of a label; None where it does not occur. Numbers are compared as numbers: 1.0 is 1."""
        wanted = label_of(label)
        return self.labels.index(wanted) if wanted in self.labels else None


class Table:
    """The columns of a data set of n rows, `place` saying where it came from."""

    def __init__(self, data: Any, *, place: Place = NOWHERE) -> None:
        self._data = data if isinstance(data, pd.DataFrame) else _arrow(data)
        self.place = place
        names = self._data.columns if isinstance(data, pd.DataFrame) else self._data.column_names
        self.names = tuple(str(name) for name in names)

    def __len__(self) -> int:
        return len(self._data)

    def series(self, name: str) -> pd.Series:
        """A column as it is. Raises SurveyError (ESTIMATE_COLUMN_UNKNOWN)."""
        if name not in self.names:
            raise stop("ESTIMATE_COLUMN_UNKNOWN", self.place, found=name, columns=", ".join(self.names))
        if self.names.count(name) > 1:
            raise stop("COLUMN_TWICE", self.place.at(column=name), found=name, other=name)
        if isinstance(self._data, pd.DataFrame):
            return self._data.iloc[:, self.names.index(name)]
        series: pd.Series = self._data.column(self.names.index(name)).to_pandas()
        return series

    def at(self, row: int, column: str) -> Place:
        """The place of a cell; a data frame without a file counts rows as if its headings were row 1."""
        number = self._data.index[row] if isinstance(self._data, pd.DataFrame) and self.place.file else row + 2
        return self.place.at(row=int(number), column=column)

    def numbers(self, name: str) -> Numbers:
        """A column of numbers. Raises SurveyError (ESTIMATE_NOT_A_NUMBER) at the first cells that are none."""
        series = self.series(name)
        if series.dtype.kind in "iub" and isinstance(series.dtype, np.dtype):
            raw = series.to_numpy()
            binary = series.dtype.kind == "b" or (raw.min() >= 0 and raw.max() <= 1)
            return Numbers(raw.astype(np.float64), None, bool(binary))
        values = self._read_numbers(series, name)
        # One pass tells whether anything is missing; only then a mask is made.
        if np.isnan(values.sum()) and (missing := np.isnan(values)).any():
            values = np.where(missing, 0.0, values)
            return Numbers(values, ~missing, _binary(values))
        return Numbers(values, None, _binary(values))

    def _read_numbers(self, series: pd.Series, name: str) -> Floats:
        if pd.api.types.is_numeric_dtype(series.dtype):
            own = isinstance(series.dtype, np.dtype)
            return series.to_numpy(dtype=np.float64) if own else series.to_numpy(dtype=np.float64, na_value=np.nan)
        texts = pd.Series(series.astype(object).to_numpy())
        blank = texts.isna() | texts.astype(str).str.strip().isin(MISSING_TEXT)
        values = pd.to_numeric(texts.where(~blank, None), errors="coerce")
        wrong = np.flatnonzero(values.isna() & ~blank)
        if len(wrong):
            raise SurveyError(
                [problem("ESTIMATE_NOT_A_NUMBER", self.at(i, name), found=str(texts[i])) for i in wrong[:20].tolist()]
            )
        return values.to_numpy(dtype=np.float64)

    def codes(self, name: str) -> Codes:
        """A column of labels."""
        series = self.series(name)
        if series.dtype in _INTEGERS and (found := _integer_codes(series.to_numpy())) is not None:
            return found
        if isinstance(series.dtype, pd.CategoricalDtype):
            number, distinct = _occurring(series.cat.codes.to_numpy(), series.cat.categories)
        else:
            number, distinct = pd.factorize(series)
        texts = [label_of(value) for value in distinct]
        labels = sorted({text for text in texts if text not in MISSING_TEXT}, key=_order)
        place = {label: j for j, label in enumerate(labels)}
        lookup = np.array([*(place.get(text, -1) for text in texts), -1], dtype=np.int64)
        if np.array_equal(lookup, [*range(len(texts)), -1]):
            return Codes(number.astype(np.int64, copy=False), tuple(labels))
        return Codes(lookup[number], tuple(labels))


def _occurring(code: Any, categories: pd.Index) -> tuple[Any, pd.Index]:
    """Codes of the categories that occur, -1 staying what it is."""
    present = np.zeros(len(categories) + 1, dtype=bool)
    present[code] = True
    if present[:-1].all():
        return code, categories
    number = np.append(np.cumsum(present[:-1]) - 1, -1)
    return number[code], categories[present[:-1]]


def _binary(values: Floats) -> bool:
    # most columns that are not binary show it at their beginning
    return bool(np.array_equal(values[:64], values[:64] != 0) and np.array_equal(values, values != 0))


def _integer_codes(values: Any) -> Codes | None:
    """Whole numbers in a narrow range need no search; None where the range is wide."""
    if not len(values):
        return Codes(np.zeros(0, dtype=np.int64), ())
    low, high = int(values.min()), int(values.max())
    if high - low > 4 * len(values) + 1024:
        return None
    code, occurring = compress(values.astype(np.int64, copy=False) - low, size=high - low + 1)
    return Codes(code, tuple(str(low + j) for j in occurring.tolist()))


def label_of(value: Any) -> str:
    """A value as the text it is compared by: 1, 1.0 and "1.0" are `1`."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    text = normal(str(value))
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 and not _has_zeros(text) else text


def _has_zeros(text: str) -> bool:
    """Codes keep their leading zeros: 04249 is not 4249."""
    return text.lstrip("+-")[:1] == "0" and text.lstrip("+-")[1:2].isdigit()


def _order(label: str) -> tuple[int, float, str, str]:
    try:
        return (0, float(label), "", label)
    except ValueError:
        return (1, 0.0, collation_key(label), label)


def _arrow(data: Any) -> Any:
    if not hasattr(data, "__arrow_c_stream__"):
        raise TypeError("a Survey takes a pandas DataFrame or an object with the Arrow interface (__arrow_c_stream__)")
    try:
        import pyarrow as pa
    except ImportError as error:
        raise stop("EXTRA_MISSING", extra="engines", found="Arrow") from error
    return pa.table(data)
