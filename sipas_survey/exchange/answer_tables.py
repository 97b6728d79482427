"""Files of answers as offices and tablets make them: a title above the headings, merged cells, archives, labels."""

import importlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sipas_survey.exchange.cells import cell_text, clean
from sipas_survey.exchange.delimited import open_delimited
from sipas_survey.exchange.limits import LIMITS, Limits
from sipas_survey.exchange.tables import Source, file_type, open_table, source_of
from sipas_survey.exchange.workbooks import DAMAGED, Workbook, open_workbook
from sipas_survey.problems import Place, Problem, stop

Headings = Callable[[Sequence[str]], int]
"""How many of some cells are headings of what is looked for."""
Records = Callable[[], Iterator[list[str]]]

_LABELLED = {".sav": "read_sav", ".zsav": "read_sav", ".dta": "read_dta"}
_LOOKED_AT = 30
_BLOCK = 1 << 20


@dataclass(frozen=True)
class AnswerTable:
    """A table of answers as text.

    table : all cells text, "" where missing; the index is the row as the file's viewer counts.
    described : heading → the words that describe it; SPSS and Stata have them.
    labels : heading → value → its label; SPSS and Stata have them.
    """

    place: Place
    table: pd.DataFrame
    problems: tuple[Problem, ...] = ()
    described: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_answer_table(
    path: Path, *, headings: Headings, sheet: str | None = None, limits: Limits = LIMITS
) -> AnswerTable:
    """Read CSV, XLSX, Parquet, SPSS (.sav, .zsav), Stata (.dta), or the archive that ODK Central gives.

    The headings stand in the first row that is not blank or, where that is a title, in one of the rows below. A merged
    cell says the same of every cell it covers. Without `sheet` it is the first sheet that has headings.

    Raises SurveyError: what `open_table` raises; ARCHIVE_TABLES where an archive has no table, or several.
    """
    kind = path.suffix.lower()
    if kind in _LABELLED:
        return _labelled(path, limits=limits)
    if kind == ".zip":
        return _archive(path, headings, limits=limits)
    if file_type(path) == "xlsx":
        return _read(_of_workbook(open_workbook(path, Place(file=path.name), limits=limits), sheet, headings))
    opened = open_table(path, sheet, limits=limits)
    return _read(_below_title(opened.place, opened.records, headings))


def _read(source: Source) -> AnswerTable:
    held = source.frame()
    return AnswerTable(source.place, held.value, held.problems)


# ---------------------------------------------------------------- titles and merged cells
def _below_title(place: Place, records: Records, headings: Headings) -> Source:
    """The table that begins at the row of its headings; rows above it are blanked, so that numbers stay."""
    at = _heading_row(list(islice(records(), _LOOKED_AT)), headings)
    if not at:
        return source_of(place, records)
    return source_of(place, lambda: ([] if i < at else record for i, record in enumerate(records())))


def _heading_row(rows: Sequence[Sequence[str]], headings: Headings) -> int:
    """Position of the first row with the most headings; 0 where none has any, for then it is the first filled one."""
    counts = [headings([clean(cell) for cell in row]) for row in rows]
    return counts.index(max(counts)) if any(counts) else 0


def _of_workbook(book: Workbook, sheet: str | None, headings: Headings) -> Source:
    """The table of a sheet: the one that is asked for, else the first one that has headings, else the first one."""
    names = [book.sheet(sheet)] if sheet is not None else list(book.sheets)
    chosen, rows = names[0], book.unmerged(names[0])
    for name in names[1:] if not _has_headings(rows, headings) else ():
        others = book.unmerged(name)
        if _has_headings(others, headings):
            chosen, rows = name, others
            break
    return _below_title(Place(file=book.place.file, sheet=chosen), lambda: iter(rows), headings)


def _has_headings(rows: Sequence[Sequence[str]], headings: Headings) -> bool:
    return any(headings([clean(cell) for cell in row]) > 1 for row in rows[:_LOOKED_AT])


# ---------------------------------------------------------------- the archive of ODK Central
def _archive(path: Path, headings: Headings, *, limits: Limits) -> AnswerTable:
    """The table of the forms in an archive; tables of repeated groups and media files stay where they are."""
    place = Place(file=path.name)
    if not path.is_file():
        raise stop("FILE_NOT_FOUND", place, found=str(path))
    if path.stat().st_size > limits.workbook_bytes:
        raise stop("FILE_TOO_LARGE", place)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                file = _unpacked(archive, Path(folder) / "answers.csv", place, limits=limits)
        except DAMAGED as error:
            raise stop("FILE_UNREADABLE", place) from error
        return _read(_below_title(place, open_delimited(file, place), headings))


def _unpacked(archive: zipfile.ZipFile, file: Path, place: Place, *, limits: Limits) -> Path:
    """The main table of an archive on the disk, unpacked up to the bound."""
    if len(archive.infolist()) > limits.entries:
        raise stop("FILE_TOO_LARGE", place)
    tables = [name for name in archive.namelist() if name.lower().endswith(".csv") and "/" not in name]
    stems = {name: name[:-4] for name in tables}
    main = [name for name in tables if all(o == name or stems[o].startswith(stems[name] + "-") for o in tables)]
    if len(main) != 1:
        raise stop("ARCHIVE_TABLES", place, found=str(len(tables)))
    size = 0
    with archive.open(main[0]) as packed, file.open("wb") as unpacked:
        while block := packed.read(_BLOCK):
            size += len(block)
            if size > limits.unpacked_bytes:
                raise stop("FILE_TOO_LARGE", place)
            unpacked.write(block)
    if not size:
        raise stop("FILE_EMPTY", place)
    return file


# ---------------------------------------------------------------- SPSS and Stata
def _labelled(path: Path, *, limits: Limits) -> AnswerTable:
    """Values as text beside their labels; what the file declares missing is missing."""
    place = Place(file=path.name)
    if not path.is_file():
        raise stop("FILE_NOT_FOUND", place, found=str(path))
    if path.stat().st_size > limits.text_bytes:
        raise stop("FILE_TOO_LARGE", place)
    try:
        package = importlib.import_module("pyreadstat")
    except ImportError as error:
        raise stop("EXTRA_MISSING", place, found="pyreadstat", extra="spss") from error
    read = getattr(package, _LABELLED[path.suffix.lower()])
    about = _guarded(lambda: read(str(path), metadataonly=True)[1], place)
    most = _most_rows(about, place, limits=limits)
    data, about = _guarded(lambda: read(str(path), row_limit=most + 1), place)
    if len(data) > most:
        raise stop("FILE_TOO_LARGE", place)
    if not len(data):
        raise stop("FILE_NO_ROWS", place)
    return _as_text(data, about, place)


def _most_rows(about: Any, place: Place, *, limits: Limits) -> int:
    """How many rows may be read, by the number of columns and the width of their texts."""
    columns = len(about.column_names)
    if not columns:
        raise stop("FILE_EMPTY", place)
    width = sum(max(1, int(n)) for n in about.variable_storage_width.values())
    most = min(limits.held_cells // columns, limits.unpacked_bytes // max(1, width))
    if columns > limits.columns or most < max(1, about.number_rows or 0):
        raise stop("FILE_TOO_LARGE", place)
    return most


def _as_text(data: pd.DataFrame, about: Any, place: Place) -> AnswerTable:
    index = pd.RangeIndex(1, len(data) + 1, name="row")
    names = [clean(str(name)) for name in data.columns]
    columns = {name: _texts(data.iloc[:, i]) for i, name in enumerate(names)}
    values = {
        clean(str(name)): {clean(cell_text(value)): clean(str(label)) for value, label in labels.items()}
        for name, labels in about.variable_value_labels.items()
    }
    told = {clean(str(k)): clean(str(v)) for k, v in about.column_names_to_labels.items() if v}
    table = pd.DataFrame(columns, index=index, dtype=object)
    return AnswerTable(place, table, described=told, labels=values)


def _texts(column: "pd.Series[Any]") -> Any:
    """The cells of a column as text; every different value is read once."""
    codes, found = pd.factorize(column)
    texts = np.array([*(clean(cell_text(_plain(value))) for value in found), ""], dtype=object)
    return texts[codes]  # a missing value has the code -1


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _guarded(read: Callable[[], Any], place: Place) -> Any:
    try:
        return read()
    except MemoryError as error:
        raise stop("FILE_TOO_LARGE", place) from error
    except Exception as error:
        raise stop("FILE_UNREADABLE", place) from error
