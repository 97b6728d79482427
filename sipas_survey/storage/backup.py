"""A survey as one stream of lines: settings, key and every table, the same from both databases and for both.

The first line is the manifest; then, as JSON, a line `[name, base64]` for each file, the line of the key (null where
there is none), and for each table a line `[name, columns]` and a line for each row. The stream is packed (zlib) and
lies in an envelope (`storage.envelope`).
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, NonNegativeInt
from sqlalchemy import Connection, Table, func, select

from sipas_survey.problems import Place, stop
from sipas_survey.storage import database, envelope, ledger, rechecks
from sipas_survey.storage.database import Home
from sipas_survey.storage.keys import Key, Sealed
from sipas_survey.storage.schema import SCHEMA_VERSION, metadata
from sipas_survey.storage.store import migrate

_ROWS = 10_000  # in memory at a time
_LONGEST_LINE = 1 << 28
_BLOCK = 1 << 20
Row = tuple[Any, ...]


class Manifest(BaseModel):
    """What a backup says of itself: whose it is, when and by whom it was made, and how much it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    survey_id: str
    survey_name: str
    created_at: str
    author: str
    package_version: str
    schema_version: str
    entries: NonNegativeInt
    head: str
    key_id: str
    has_key: bool
    files: tuple[str, ...]
    tables: Mapping[str, NonNegativeInt]


@dataclass(frozen=True)
class Content:
    """What goes into a backup beside the tables. `key_line` is that of the key file, None where the key is not here."""

    survey_id: str
    survey_name: str
    created_at: str
    author: str
    package_version: str
    key_id: str
    key_line: str | None
    files: Mapping[str, bytes]


# ---------------------------------------------------------------- out
def write(
    out: BinaryIO, connection: Connection, content: Content, *, passphrase: str, advance: Callable[[int], None]
) -> Manifest:
    """Write a survey as it stands in the one state that the connection sees; `advance` is called with rows done."""
    tables = [_table(connection, name) for name in metadata.tables if sa.inspect(connection).has_table(name)]
    manifest = _manifest(connection, content, tables)
    envelope.write(out, _packed(_lines(connection, manifest, content, tables, advance)), passphrase=passphrase)
    return manifest


def _table(connection: Connection, name: str) -> Table:
    """A table as it is, which may be that of an older schema."""
    return Table(name, sa.MetaData(), autoload_with=connection)


def _manifest(connection: Connection, content: Content, tables: Sequence[Table]) -> Manifest:
    entries, head = ledger.head(connection, content.survey_id)
    return Manifest(
        survey_id=content.survey_id,
        survey_name=content.survey_name,
        created_at=content.created_at,
        author=content.author,
        package_version=content.package_version,
        schema_version=database.version(connection) or "",
        entries=entries,
        head=head,
        key_id=content.key_id,
        has_key=content.key_line is not None,
        files=tuple(content.files),
        tables={t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables},
    )


def _lines(
    connection: Connection, manifest: Manifest, content: Content, tables: Sequence[Table],
    advance: Callable[[int], None],
) -> Iterator[str]:  # fmt: skip
    yield manifest.model_dump_json()
    for name, held in content.files.items():
        yield _json((name, b64encode(held).decode()))
    yield _json(content.key_line)
    for table in tables:
        yield _json((table.name, table.columns.keys()))
        query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_ROWS)
        for rows in connection.execute(query).partitions(_ROWS):
            yield from (_json(tuple(row)) for row in rows)
            advance(len(rows))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=lambda held: b64encode(held).decode())


def _packed(lines: Iterable[str]) -> Iterator[bytes]:
    packer = zlib.compressobj(level=3)
    some = iter(lines)
    while piece := "".join(f"{line}\n" for line in islice(some, 1_000)):
        yield packer.compress(piece.encode())
    yield packer.flush()


# ---------------------------------------------------------------- in
@dataclass(frozen=True)
class TableRows:
    """A table of a backup: its rows can be read once, in order, before the next table."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[Row]


@dataclass(frozen=True)
class Opened:
    """A backup, open: manifest, files, line of the key file (None where it holds no key), and the tables to come."""

    manifest: Manifest
    files: Mapping[str, bytes]
    key_line: str | None
    place: Place
    _lines: Iterator[bytes] = field(repr=False)

    def tables(self) -> Iterator[TableRows]:
        """Every table, once. Raises SurveyError ENVELOPE_DAMAGED where there is less or more than the manifest says."""
        with _told(self.place):
            for name, count in self.manifest.tables.items():
                found, columns = _parsed(self._lines)
                if found != name or name not in metadata.tables:
                    raise ValueError(found)
                yield TableRows(name, tuple(columns), self._rows(metadata.tables[name], columns, count))
            if next(self._lines, None) is not None:
                raise ValueError("more than the manifest says")

    def _rows(self, table: Table, columns: Sequence[str], count: int) -> Iterator[Row]:
        with _told(self.place):
            sealed = [i for i, name in enumerate(columns) if isinstance(table.columns[name].type, sa.LargeBinary)]
            for _ in range(count):
                row = _parsed(self._lines)
                for i in sealed:
                    row[i] = b64decode(row[i], validate=True)
                yield tuple(row)


@contextmanager
def opened(file: Path, *, passphrase: str) -> Iterator[Opened]:
    """Open a backup. Raises SurveyError FILE_NOT_FOUND, ENVELOPE_…, BACKUP_NEWER."""
    place = Place(file=file.name)
    if not file.is_file():
        raise stop("FILE_NOT_FOUND", place, found=str(file))
    try:
        stream = file.open("rb")
    except OSError as error:
        raise stop("FILE_UNREADABLE", place) from error
    with stream:
        yield _begun(envelope.read(stream, passphrase=passphrase, place=place), place)


def _begun(pieces: Iterable[bytes], place: Place) -> Opened:
    """A stream read up to its first table."""
    with _told(place):
        lines = _unpacked(pieces)
        manifest = Manifest.model_validate_json(next(lines, b""))
        if manifest.schema_version > SCHEMA_VERSION:
            raise stop("BACKUP_NEWER", place, found=manifest.schema_version)
        files = {name: b64decode(held) for name, held in (_parsed(lines) for _ in manifest.files)}
        if tuple(files) != manifest.files:
            raise ValueError("other files")
        line = _parsed(lines)
        if not isinstance(line, str | None):
            raise TypeError("no key")
        return Opened(manifest, files, line, place, lines)


@contextmanager
def _told(place: Place) -> Iterator[None]:
    """What does not have the shape of a backup, as a problem."""
    try:
        yield
    except (ValueError, TypeError, KeyError, EOFError, RecursionError, zlib.error) as error:
        raise stop("ENVELOPE_DAMAGED", place, found=place.file, piece="–") from error


def _parsed(lines: Iterator[bytes]) -> Any:
    line = next(lines, None)
    if line is None:
        raise EOFError
    return json.loads(line)


def _unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream, never more of it in memory than one line and one block."""
    unpacker, rest = zlib.decompressobj(), b""
    for piece in pieces:
        held = piece
        while held:
            *lines, rest = (rest + unpacker.decompress(held, _BLOCK)).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                raise ValueError("endless line")
            yield from lines
            held = unpacker.unconsumed_tail
    *lines, rest = (rest + unpacker.flush()).split(b"\n")
    if rest or not unpacker.eof:
        raise ValueError("cut off")
    yield from lines


# ---------------------------------------------------------------- checking and restoring
@dataclass(frozen=True)
class Walk:
    """What a look at every row found: the first entry of the chain that does not fit, or None; seals that opened."""

    first_bad: int | None
    seals: int


def walk(found: Opened, key: Key | None, *, advance: Callable[[int], None]) -> Walk:
    """Read every row: recompute the chain, open every seal where there is a key, and compare the head.

    Raises SurveyError ENVELOPE_DAMAGED, PERSONAL_DATA_ALTERED.
    """
    first_bad, seals, head = None, 0, found.manifest.survey_id
    for table in found.tables():
        for number, row in enumerate(table.rows, start=1):
            if table.name == "events":
                if first_bad is None and (row[0] != number or ledger.chained(head, row[:-1]) != row[-1]):
                    first_bad = number
                head = str(row[-1])
            elif table.name == "people" and key is not None:
                unit_id, event_id, *sealed = row
                key.open(unit_id, Sealed(*sealed), event_id=event_id)
                seals += 1
            elif table.name == "recheck_draws" and key is not None:
                rechecks.opens(key, row[0], Sealed(*row[1:]))
                seals += 1
            if not number % _ROWS:
                advance(_ROWS)
    if head != found.manifest.head:
        raise stop("ENVELOPE_DAMAGED", found.place, found=found.place.file, piece="–")
    return Walk(first_bad, seals)


def fill(home: Home, found: Opened, *, advance: Callable[[int], None]) -> None:
    """Make the tables of a backup in an empty home, at the schema that they had, and bring them up to date.

    One transaction: where anything fails nothing is left on a server. Raises SurveyError RESTORE_NOT_EMPTY.
    """
    owner = database.connect(home, as_owner=True)
    try:
        with database.writing(owner, home) as connection:
            if home.schema and sa.inspect(connection).has_schema(home.schema):
                raise stop("RESTORE_NOT_EMPTY", found=home.shown)
            database.make_schema(connection, home)
            migrate(connection, to=found.manifest.schema_version)
            for table in found.tables():
                _insert(connection, table, found.place, advance)
            if ledger.head(connection, found.manifest.survey_id) != (found.manifest.entries, found.manifest.head):
                raise stop("ENVELOPE_DAMAGED", found.place, found=found.place.file, piece="–")
            migrate(connection)
            database.grant(connection, home)
    finally:
        owner.dispose()


def _insert(connection: Connection, table: TableRows, place: Place, advance: Callable[[int], None]) -> None:
    there = _table(connection, table.name)
    if tuple(there.columns.keys()) != table.columns:
        raise stop("ENVELOPE_DAMAGED", place, found=place.file, piece="–")
    while some := list(islice(table.rows, _ROWS)):
        database.insert_rows(connection, there, some)
        advance(len(some))
