"""Data to compute with, in whatever a statistical package writes: columns keep the type the file gives them."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sipas_survey.exchange.limits import LIMITS, Limits
from sipas_survey.exchange.tables import open_table
from sipas_survey.problems import Place, stop


@dataclass(frozen=True)
class Dataset:
    """A table and where it came from.

    data : a DataFrame, its index counting rows as the file's viewer does; or an Arrow table, from Parquet.
    """

    place: Place
    data: Any


def read_dataset(path: Path, *, limits: Limits = LIMITS) -> Dataset:
    """Read CSV and XLSX as text; Parquet, SPSS (.sav, .zsav) and Stata (.dta) with their own types.

    SPSS and Stata values are read as they are stored, not as their labels; what the file declares missing is missing.

    Raises SurveyError: what `open_table` raises, FILE_NOT_FOUND, FILE_TOO_LARGE, FILE_UNREADABLE, EXTRA_MISSING.
    """
    read = {".parquet": _parquet, ".sav": _spss, ".zsav": _spss, ".dta": _stata}.get(path.suffix.lower())
    if read is None:
        source = open_table(path, limits=limits)
        return Dataset(source.place, source.frame().or_raise())
    place = Place(file=path.name)
    if not path.is_file():
        raise stop("FILE_NOT_FOUND", place, found=str(path))
    if path.stat().st_size > limits.text_bytes:
        raise stop("FILE_TOO_LARGE", place)
    data = read(path, place)
    if not len(data):
        raise stop("FILE_NO_ROWS", place)
    return Dataset(place, data)


def _parquet(path: Path, place: Place) -> Any:
    return _guarded(_package("pyarrow.parquet", "engines", place).read_table, path, place)


def _spss(path: Path, place: Place) -> Any:
    read = _package("pyreadstat", "spss", place).read_sav
    return _numbered(_guarded(lambda file: read(str(file))[0], path, place))


def _stata(path: Path, place: Place) -> Any:
    return _numbered(_guarded(lambda file: pd.read_stata(file, convert_categoricals=False), path, place))


def _numbered(data: pd.DataFrame) -> pd.DataFrame:
    """Rows count from 1, as both packages show them."""
    data.index = pd.RangeIndex(1, len(data) + 1, name="row")
    return data


def _package(name: str, extra: str, place: Place) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise stop("EXTRA_MISSING", place, found=name.partition(".")[0], extra=extra) from error


def _guarded(read: Callable[[Path], Any], path: Path, place: Place) -> Any:
    try:
        return read(path)
    except Exception as error:
        raise stop("FILE_UNREADABLE", place) from error
