"""Answers of any size in a CSV or Parquet file, read by DuckDB piece by piece (needs the extra `engines`).

The engine decides nothing about an answer. It hands over each piece of the file as columns of codes with the few texts
that differ, so that the one reader of answers judges every text once; the pieces are never held together.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sipas_survey.engines.large_frame import MEMORY_MB, THREADS, engine
from sipas_survey.problems import Place, stop
from sipas_survey.statistics.arrays import Ints

BATCH = 100_000
_LONGEST_CELL = 1 << 20


@dataclass(frozen=True)
class CodedColumn:
    """A column of a piece: `texts` are the cleaned cells that differ, `code` (n,) says which each row has."""

    texts: tuple[str, ...]
    code: Ints


@dataclass(frozen=True)
class Piece:
    """Some rows of the file: their numbers as the file's viewer counts, and the columns asked for, by heading."""

    rows: Ints
    columns: Mapping[str, CodedColumn]


class UnlikeReaderError(Exception):
    """The engine might read this file otherwise than the reader of imports does, or cannot read it at all."""


@dataclass
class LargeAnswers:
    """An opened file of answers."""

    _connection: Any = field(repr=False)
    _names: Mapping[str, str]
    _first_row: int
    _text: Callable[[object], str]

    def pieces(self, headings: Sequence[str]) -> Iterator[Piece]:
        """The columns with these headings, piece by piece, in the order of the file; blank rows are left out."""
        chosen = ", ".join(f"{_quoted(self._names[heading])} as c{j}" for j, heading in enumerate(headings))
        everything = " and ".join(f"coalesce(cast({_quoted(own)} as varchar), '') = ''" for own in self._names.values())
        query = f"select {chosen}, {everything} as blank from raw"
        first = self._first_row
        with self._failing(), self._connection.sql(query).to_arrow_reader(BATCH) as batches:
            for batch in batches:
                rows = np.arange(first, first + batch.num_rows)
                first += batch.num_rows
                blank = batch.column(len(headings)).to_numpy(zero_copy_only=False)
                if blank.any():
                    rows = rows[~blank]
                    batch = batch.filter(importlib.import_module("pyarrow").array(~blank))
                if len(rows):
                    yield Piece(rows, {name: _coded(batch.column(j), self._text) for j, name in enumerate(headings)})

    def repeated(self, heading: str, limit: int) -> list[tuple[str, int, int]]:
        """Codes that stand in a column twice: the code, its row, the row where it stood first; in order of the rows."""
        code = f"regexp_replace(coalesce(cast({_quoted(self._names[heading])} as varchar), ''), '\\s+', '', 'g')"
        again = f"select {code} as code from raw group by code having count(*) > 1 and code <> ''"
        with self._failing():
            if not self._connection.execute(f"select count(*) from ({again})").fetchall()[0][0]:
                return []
            numbered = f"select {code} as code, row_number() over () + {self._first_row - 1} as row from raw"
            found = self._connection.execute(
                f"select code, row, min(row) over (partition by code) as first from ({numbered}) "
                f"where code in ({again}) qualify row <> first order by row limit {limit}"
            ).fetchall()
        return [(str(text), int(row), int(start)) for text, row, start in found]

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except importlib.import_module("duckdb").Error as error:
            raise UnlikeReaderError from error


@contextmanager
def open_answers(
    path: Path, headings: Sequence[str], *, text: Callable[[object], str], room: Path, memory_mb: int = MEMORY_MB,
    threads: int = THREADS,
) -> Iterator[LargeAnswers]:  # fmt: skip
    """Open a CSV file (UTF-8, headings in the first row) or a Parquet file.

    Parameters
    ----------
    headings : those of the reader of imports; the engine must see the same.
    text : what that reader makes of a cell.
    room : a folder for what does not fit into memory.

    Raises SurveyError EXTRA_MISSING, FILE_UNREADABLE; UnlikeReaderError where the two readers might differ.
    """
    duckdb = engine()
    settings = {"memory_limit": f"{memory_mb}MB", "threads": threads, "temp_directory": str(room)}
    connection = duckdb.connect(config=settings)
    try:
        source = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
        connection.execute(f"create view raw as from {source}")
        found = [str(row[0]) for row in connection.execute("describe raw").fetchall()]
        if [text(name) for name in found] != list(headings):
            raise UnlikeReaderError
        yield LargeAnswers(connection, dict(zip(headings, found, strict=True)), 2, text)
    except duckdb.Error as error:
        if path.suffix.lower() != ".parquet":
            raise UnlikeReaderError from error
        raise stop("FILE_UNREADABLE", Place(file=path.name)) from error
    finally:
        connection.close()


def _parquet(path: Path) -> str:
    return f"read_parquet({_literal(path)})"


def _csv(path: Path) -> str:
    """A CSV file that both readers understand alike: plain lines, the same delimiter in each."""
    with path.open("rb") as file:
        start = file.read(1 << 16)
        if start[:2] in (b"\xff\xfe", b"\xfe\xff") or start.lstrip(b"\xef\xbb\xbf")[:1] in (b"\r", b"\n", b""):
            raise UnlikeReaderError
        before = b""
        while start:
            if b"\n\n" in before + start or b"\n\r\n" in before + start or b'"' in start:
                # a blank line shifts the rows; quotation marks are read by rules of each reader's own
                raise UnlikeReaderError
            before, start = start[-3:], file.read(1 << 20)
        file.seek(0)
        heading = file.readline().decode("utf-8-sig", "replace")
    delimiter = max(";\t,", key=heading.count)
    return (
        f"read_csv({_literal(path)}, all_varchar = true, header = true, auto_detect = false, "
        f"delim = {_literal(delimiter)}, quote = '', escape = '', "
        f"columns = {_columns(heading, delimiter)}, max_line_size = {_LONGEST_CELL})"
    )


def _columns(heading: str, delimiter: str) -> str:
    names = heading.rstrip("\r\n").split(delimiter)
    if len(set(names)) < len(names) or not all(map(str.strip, names)):
        raise UnlikeReaderError
    return "{" + ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in names) + "}"


def _coded(column: Any, text: Callable[[object], str]) -> CodedColumn:
    """A column as codes of its cells, the same value once."""
    encoded = column.dictionary_encode(null_encoding="encode")
    texts = map(text, encoded.dictionary.to_pylist())
    code = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return CodedColumn(tuple(texts), code)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
