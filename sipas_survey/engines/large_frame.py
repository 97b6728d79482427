"""A frame of any size in a Parquet file, read by DuckDB (needs the extra `engines`).

The engine cleans nothing by rules of its own. Whoever opens a frame asks for the values that differ (`distinct`), has
them checked by the one checker of frames, and hands back what they become (`become`). It counts, digests, and gives
the few rows that a draw can reach: those whose numbers are small. The draw itself is made in memory, by the same code.
"""

import hashlib
import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sipas_survey.problems import Place, stop
from sipas_survey.sampling.design import BLANK
from sipas_survey.sampling.frame import COLUMNS, PUBLIC
from sipas_survey.sampling.staged import SEPARATOR

MEMORY_MB, THREADS = 400, 2
_BATCH = 50_000
_DIGITS = 13
_PLAIN_TYPES = ("VARCHAR", "DATE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_PLAIN_ID = (
    "length(unit_id) <= 500 and regexp_full_match(unit_id, '[!-&(-~]([ -~]*[!-~])?') and not ends_with(unit_id, '.0')"
)
_BROKEN_ID = "unit_id = '' or length(unit_id) > 500 or regexp_matches(unit_id, '[\\t\\n\\r]')"
ROW = "row"


@dataclass
class LargeFrame:
    """An opened frame. `columns` are those of COLUMNS that the file has; the others are empty text.

    The views `raw` and `units` hold text: as in the file, and as the frame's digest has it.
    """

    columns: tuple[str, ...]
    _connection: Any = field(repr=False)
    _changed: dict[str, str] = field(default_factory=dict, repr=False)
    _grouped: bool = field(default=False, repr=False)
    _plain: bool = field(default=False, repr=False)

    def ids_are_plain(self) -> bool:
        """Whether every unit id is printable ASCII that no cleaning changes."""
        self._plain = not self._one(f"select count(*) from raw where not ({_PLAIN_ID})")
        return self._plain

    def distinct(self, *columns: str) -> pd.DataFrame:
        """The values of some columns that occur together, each once, with the first `row` where they do."""
        names = ", ".join(columns)
        query = f"select {names}, min({ROW}) as {ROW} from raw group by {names} order by {ROW}"
        return self._connection.sql(query).df().astype(object)  # type: ignore[no-any-return]

    def become(self, columns: Sequence[str], values: pd.DataFrame) -> None:
        """Say what the values of some columns become.

        Parameters
        ----------
        values : the columns themselves, and for each a column `clean_…`; every combination that occurs, once.
        """
        changed = [name for name in columns if (values[name] != values[f"clean_{name}"]).any()]
        if changed:
            table = "clean_" + "_".join(columns)
            self._connection.register(f"{table}_values", values)
            self._connection.execute(f"create or replace table {table} as from {table}_values")
            self._changed |= dict.fromkeys(changed, f"left join {table} using ({', '.join(columns)})")
        self._make_units()

    def _make_units(self) -> None:
        columns = ", ".join(f"clean_{name} as {name}" if name in self._changed else f"raw.{name}" for name in PUBLIC)
        joins = " ".join(dict.fromkeys(self._changed.values()))
        self._connection.execute(f"create or replace view units as select {columns} from raw {joins}")

    def broken_ids(self, limit: int) -> pd.DataFrame:
        """Rows whose id is empty, too long or holds a break, and rows whose id comes again; the first ones, by row."""
        again = "unit_id in (select unit_id from raw group by unit_id having count(*) > 1)"
        query = f"from raw where {_BROKEN_ID} or {again} order by {ROW} limit {limit}"
        return self._connection.sql(query).df().astype(object)  # type: ignore[no-any-return]

    def digest(self) -> tuple[str, bool]:
        """The digest of the frame, and whether every id is usable and stands there once.

        A file in code-point order of unit_id is read once; another is sorted, on disk where it must be.
        """
        line = f"concat_ws(chr(9), {', '.join(PUBLIC)}) || chr(10) as line"  # no cell is null
        query = f"select unit_id, {line} from units"
        found = self._digest_of(query)
        if found is None:
            found = self._digest_of(f"{query} order by unit_id")
        broken = found is None or (not self._plain and self._one(f"select count(*) from raw where {_BROKEN_ID}"))
        return found or "", not broken

    def _digest_of(self, query: str) -> str | None:
        """The digest of the lines in the order of a query; None where that is not strictly the order of the ids."""
        compute = importlib.import_module("pyarrow.compute")
        text, last = hashlib.sha256(), None
        with self._connection.sql(query).to_arrow_reader(_BATCH) as batches:
            for batch in batches:
                ids, lines = batch.column(0), batch.column(1)
                if not len(ids):
                    continue
                rising = last is None or last < ids[0].as_py().encode()
                if not rising or not compute.all(compute.less(ids[:-1], ids[1:]), min_count=0).as_py():
                    return None
                text.update(_bytes_of(lines))
                last = ids[-1].as_py().encode()
        return text.hexdigest()

    def group_communes(self, groups: Mapping[str, str]) -> None:
        """Put communes together: where strata begin with a commune they begin with its group from now on."""
        table = pd.DataFrame({"code": list(groups), "name": list(groups.values())}, dtype=object)
        self._connection.register("groups_values", table)
        self._connection.execute("create or replace table groups as from groups_values")
        self._grouped = True

    def _stratum(self, by: Sequence[str]) -> str:
        """The name of a stratum, as `Design.stratum_of` makes it."""
        top = "(select name from groups where code = commune_code)" if self._grouped else by[0]
        rest = "".join(f" || '{SEPARATOR}' || coalesce(nullif({name}, ''), '{BLANK}')" for name in by[1:])
        return f"({top}{rest})"

    def population(self, by: Sequence[str]) -> dict[str, int]:
        """Number of units by stratum; `by` are the columns that strata are made of."""
        rows = self._connection.execute(f"select {self._stratum(by)} as s, count(*) from units group by s").fetchall()
        return {str(name): int(size) for name, size in rows}

    def size(self) -> int:
        """Number of units."""
        return int(self._one("select count(*) from raw"))

    def nearest(self, by: Sequence[str], wanted: Mapping[str, int], *, seed: str) -> dict[str, pd.DataFrame]:
        """The public columns of at least the `wanted` units of each stratum that have the smallest numbers.

        A bound on the number that leaves a few more than wanted is put first; where chance leaves fewer, all are read.
        """
        population = self.population(by)
        bounds = {s: _bound(k, population[s]) for s, k in wanted.items() if k}
        found = self._below(by, bounds, seed)
        short = [s for s in bounds if len(found.get(s, ())) < min(wanted[s], population[s])]
        return found | (self._below(by, dict.fromkeys(short, "g"), seed) if short else {})

    def _below(self, by: Sequence[str], bounds: Mapping[str, str], seed: str) -> dict[str, pd.DataFrame]:
        table = pd.DataFrame({"stratum": list(bounds), "bound": list(bounds.values())}, dtype=object)
        self._connection.register("bounds", table)
        query = f"""
            select {", ".join(PUBLIC)}, stratum from (
                select *, {self._stratum(by)} as stratum, left(sha256($seed || ':' || unit_id), {_DIGITS}) as digits
                from units where sha256($seed || ':' || unit_id) < $most
            ) join bounds using (stratum) where digits < bound"""
        most = max(bounds.values(), default="g")
        rows = _objects(self._connection.sql(query, params={"seed": seed, "most": most}))
        return {str(name): part.drop(columns="stratum") for name, part in rows.groupby("stratum")}

    def stratum(self, by: Sequence[str], name: str) -> pd.DataFrame:
        """The public columns of all units of a stratum."""
        query = f"select {', '.join(PUBLIC)} from units where {self._stratum(by)} = $name"
        return self._connection.execute(query, {"name": name}).df().astype(object)  # type: ignore[no-any-return]

    def rows_of(self, unit_ids: Iterable[str]) -> pd.DataFrame:
        """The whole rows of some units as they stand in the file: COLUMNS and `row`, in order of the rows."""
        self._connection.register("wanted", pd.DataFrame({"unit_id": list(unit_ids)}, dtype=object))
        query = f"select raw.* from raw join wanted using (unit_id) order by {ROW}"
        return _objects(self._connection.sql(query))

    def first_left(self, by: Sequence[str], drawn: Iterable[str], *, seed: str, limit: int) -> dict[str, str]:
        """The stratum of the first units not drawn, in order of SHA-256 of `seed:check:unit_id`."""
        taken, size = list(drawn), self.size()
        self._connection.register("drawn", pd.DataFrame({"unit_id": taken}, dtype=object))
        query = f"""
            select unit_id, {self._stratum(by)} from units
            where sha256($seed || ':check:' || unit_id) < $most and unit_id not in (select unit_id from drawn)
            order by sha256($seed || ':check:' || unit_id) limit {limit}"""
        left = max(size - len(taken), 1)
        for most in (_bound(limit, left), "g"):  # a few hashes are enough, but for rare chance
            found = self._connection.execute(query, {"seed": seed, "most": most}).fetchall()
            if len(found) == limit:
                break
        return {str(unit): str(name) for unit, name in found}

    def _one(self, query: str) -> int:
        return int(self._connection.execute(query).fetchall()[0][0])  # one row is fetched to its end


@contextmanager
def open_frame(
    path: Path, names: Mapping[str, str], *, room: Path, memory_mb: int = MEMORY_MB, threads: int = THREADS
) -> Iterator[LargeFrame]:
    """Open a Parquet file as a frame.

    Parameters
    ----------
    names : the file's columns, and which of COLUMNS (or `row`) each is. Without a `row` it is counted from 2.
    room : a folder for what does not fit into memory.

    Raises SurveyError: EXTRA_MISSING, FILE_UNREADABLE.
    """
    duckdb = engine()
    settings = {"memory_limit": f"{memory_mb}MB", "threads": threads, "temp_directory": str(room)}
    connection = duckdb.connect(config=settings)
    try:
        own = {ours: theirs for theirs, ours in names.items()}
        cells = [_cell(own.get(name), name) for name in COLUMNS]
        row = '"row"' if ROW in own else "file_row_number + 2"
        quoted = str(path).replace("'", "''")
        source = f"read_parquet('{quoted}', file_row_number = true)"  # a view takes no parameters
        connection.execute(f"create view raw as select {', '.join(cells)}, {row} as {ROW} from {source}")
        yield LargeFrame(tuple(name for name in COLUMNS if name in own), connection)
    except duckdb.Error as error:
        raise stop("FILE_UNREADABLE", Place(file=path.name)) from error
    finally:
        connection.close()


def is_plain(path: Path, names: Iterable[str]) -> bool:
    """Whether a Parquet file's columns are text, whole numbers or days, which mean the same to every reader."""
    duckdb = engine()
    with duckdb.connect() as connection:
        try:
            described = connection.execute("describe from read_parquet($path)", {"path": str(path)}).fetchall()
        except duckdb.Error as error:
            raise stop("FILE_UNREADABLE", Place(file=path.name)) from error
    types = {str(row[0]): str(row[1]) for row in described}
    return all(types.get(name) in _PLAIN_TYPES for name in names)


def write_pieces(path: Path, pieces: Iterable[pd.DataFrame]) -> None:
    """Write tables of text, whose index is the row in the file's viewer, as one Parquet file with the column `row`."""
    engine()
    arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    writer = None
    try:
        for piece in pieces:
            columns = {str(name): arrow.array(piece[name].tolist(), arrow.string()) for name in piece.columns}
            table = arrow.table({**columns, ROW: arrow.array(piece.index.tolist(), arrow.int64())})
            writer = writer or parquet.ParquetWriter(path, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def engine() -> Any:
    """DuckDB. Raises SurveyError EXTRA_MISSING."""
    try:
        importlib.import_module("pyarrow")
        return importlib.import_module("duckdb")
    except ImportError as error:
        raise stop("EXTRA_MISSING", found="duckdb", extra="engines") from error


def _cell(theirs: str | None, ours: str) -> str:
    if theirs is None:
        return f"'' as {ours}"
    quoted = theirs.replace('"', '""')
    return f"coalesce(cast(\"{quoted}\" as varchar), '') as {ours}"


def _bound(wanted: int, population: int) -> str:
    """Digits below which about `wanted` and eight standard deviations more of the numbers lie."""
    share = (wanted + 8 * sqrt(wanted) + 40) / population
    return "g" if share >= 1 else f"{int(share * 16**_DIGITS):0{_DIGITS}x}"  # no digit is as high as g


def _objects(found: Any) -> pd.DataFrame:
    """What a query found as a table of Python's own objects, without a detour over columns of strings."""
    table = found.to_arrow_table()
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    return pd.DataFrame(columns, columns=list(columns), dtype=object)


def _bytes_of(lines: Any) -> memoryview:
    """The bytes of an array of text, one value after the other."""
    large = str(lines.type).startswith("large")
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64 if large else np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(data)[int(ends[0]) : int(ends[-1])]
