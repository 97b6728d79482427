"""The two databases: an SQLite file in the survey's folder, or a schema of its own on a PostgreSQL server.

What differs between them stands here, and in the triggers of the migrations; everything else is the same SQLAlchemy.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Select, Table, event
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from sipas_survey.problems import SurveyError, stop
from sipas_survey.storage.schema import WRITTEN_ONCE, metadata

DATABASE = "survey.db"
BUSY_SECONDS = 30
_SERVER = "postgresql+psycopg"
_CONNECT_SECONDS = 10
_MOST_CONNECTIONS = 60  # more than a server has threads: nobody waits for a connection
_SLICE = 10_000
_CACHE_KB = 256 * 1024  # of SQLite: with its 2 MB the indices of a large import would go to the disk again and again


@dataclass(frozen=True, slots=True)
class Home:
    """Where the tables of a survey are. `schema` is empty for a file."""

    url: sa.URL
    schema: str = ""

    @property
    def shown(self) -> str:
        """The place as it may be printed: without a password."""
        if not self.schema:
            return str(self.url.database)
        return f"{self.url.render_as_string(hide_password=True)} ({self.schema})"


def home_of(folder: Path, survey_id: UUID, named: str | None) -> Home:
    """The home of a survey: the server that `named` is the URL of, else the file in its folder.

    A server may hold many surveys: each has a schema named after its id. Raises SurveyError DATABASE_URL_WRONG.
    """
    if not named:
        return Home(sa.URL.create("sqlite", database=str(folder / DATABASE)))
    try:
        url = sa.make_url(named)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise stop("DATABASE_URL_WRONG", found=named.partition("://")[0]) from error  # a password may follow
    if url.drivername not in (_SERVER, "postgresql") or not url.database:
        raise stop("DATABASE_URL_WRONG", found=url.render_as_string(hide_password=True))
    return Home(url.set(drivername=_SERVER), f"sipas_{survey_id.hex}")


# ---------------------------------------------------------------- connections
def connect(home: Home, *, as_owner: bool = False) -> Engine:
    """An engine for a home. On a server it takes the role of the survey's writer, unless `as_owner` (see `grant`).

    Raises SurveyError EXTRA_MISSING where the driver of the server is not installed.
    """
    return _server(home, as_owner=as_owner) if home.schema else _file(home)


def _file(home: Home) -> Engine:
    engine = sa.create_engine(home.url, connect_args={"timeout": BUSY_SECONDS}, max_overflow=_MOST_CONNECTIONS)

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin event below decides how a transaction starts
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"cache_size={-_CACHE_KB}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("sipas_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _server(home: Home, *, as_owner: bool) -> Engine:
    try:
        said = {"connect_timeout": _CONNECT_SECONDS}
        engine = sa.create_engine(home.url, connect_args=said, max_overflow=_MOST_CONNECTIONS)
    except ImportError as error:
        raise stop("EXTRA_MISSING", found="psycopg", extra="postgres") from error

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"SET search_path TO {home.schema}")
        if not as_owner:
            member = "SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'MEMBER')"
            if connection.execute(member, (_writer(home),)).fetchone():
                connection.execute(f"SET ROLE {_writer(home)}")
        connection.commit()  # a setting made in a transaction that is rolled back would be lost

    return engine


@contextmanager
def reading(engine: Engine, home: Home, *, once: bool = False) -> Iterator[Connection]:
    """A connection that sees one state of the database from its first query on.

    `once`: there is one query, which sees one state by itself; a server is spared the transaction around it.
    """
    if home.schema:
        level = "AUTOCOMMIT" if once else "REPEATABLE READ"
        engine = engine.execution_options(isolation_level=level, postgresql_readonly=True)
    with _translated(engine, home), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine, home: Home) -> Iterator[Connection]:
    """A transaction that no other writer of this survey runs beside: the others wait, at last DATABASE_BUSY.

    A file is locked by BEGIN IMMEDIATE, a schema by an advisory lock. Behind the lock every statement sees all that
    is committed (READ COMMITTED), so the head of the chain is read as the writer before left it.
    """
    engine = engine.execution_options(sipas_write=True)
    with _translated(engine, home), engine.connect() as connection, connection.begin():
        if home.schema:
            number = int.from_bytes(hashlib.sha256(home.schema.encode()).digest()[:8], signed=True)
            wait = f"set_config('lock_timeout', '{int(BUSY_SECONDS * 1000)}', true)"
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({number}) FROM {wait}")  # noqa: S608 - numbers
        yield connection


_BUSY_STATES = ("55P03", "40P01", "40001")  # lock not available, deadlock, serialization failure
_DENIED_STATES = ("42501", "28000", "28P01")  # insufficient privilege, wrong user, wrong password


@contextmanager
def _translated(engine: Engine, home: Home) -> Iterator[None]:
    """Database errors that a user can do something about, as problems."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _problem(error.orig, home) or error from error
    except engine.dialect.loaded_dbapi.Error as error:  # from rows sent straight through the driver
        raise _problem(error, home) or error from error


def _problem(error: BaseException | None, home: Home) -> SurveyError | None:
    """What an error of a driver means to a user; None for a fault of the program."""
    if isinstance(error, sqlite3.IntegrityError):
        return None
    if isinstance(error, sqlite3.DatabaseError):
        busy = isinstance(error, sqlite3.OperationalError) and ("locked" in str(error) or "busy" in str(error))
        return stop("DATABASE_BUSY") if busy else stop("DATABASE_UNREADABLE", found=home.shown)
    state = getattr(error, "sqlstate", None)
    if state in _BUSY_STATES:
        return stop("DATABASE_BUSY")
    if state in _DENIED_STATES:
        return stop("DATABASE_DENIED", found=home.shown)
    if state in ("42P01", "3F000", "42703"):  # no such table, schema or column
        return stop("DATABASE_UNREADABLE", found=home.shown)
    if type(error).__name__ in ("OperationalError", "ConnectionTimeout", "AdminShutdown", "CrashShutdown"):
        return stop("DATABASE_UNREACHABLE", found=home.shown)
    return None


# ---------------------------------------------------------------- rows in bulk
def insert_rows(connection: Connection, table: Table, rows: Iterable[Sequence[object]]) -> None:
    """Insert rows given in the order of the table's columns, straight through the driver.

    A million rows take half the time that they take as one dictionary each; a server is sent them by COPY.
    """
    if connection.dialect.name == "postgresql":
        names = ", ".join(column.name for column in table.columns)
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    some = list(rows)
    if some:
        connection.exec_driver_sql(_insertion(table), some)


@cache
def _insertion(table: Table) -> str:
    return str(table.insert().compile(dialect=sqlite_dialect()))


def rows_of(connection: Connection, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query straight from the driver, some at a time: in bulk half the time of SQLAlchemy's own rows."""
    with connection.execute(query) as result:
        cursor: Any = result.cursor
        while some := cursor.fetchmany(_SLICE):
            yield from some


def sliced(values: Iterable[str]) -> Iterator[list[str]]:
    """Values in lists that are short enough to be bound in one statement, on both databases."""
    every = list(values)
    return (every[start : start + _SLICE] for start in range(0, len(every), _SLICE))


# ---------------------------------------------------------------- schema and rights
def version(connection: Connection) -> str | None:
    """The version of the tables; None where there are none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def make_schema(connection: Connection, home: Home) -> None:
    """Make the schema of a survey on a server."""
    if home.schema:
        connection.exec_driver_sql(f"CREATE SCHEMA {home.schema}")


def _writer(home: Home) -> str:
    return f"{home.schema}_writer"


def grant(connection: Connection, home: Home) -> None:
    """Give the survey's writer, a role of its own on a server, no more than it needs: it only adds to the ledger.

    The role is made where the connecting user may make roles; where he may not, and nobody has made it, the triggers
    stand alone.
    """
    if not home.schema:
        return
    role, known = _writer(home), "SELECT 1 FROM pg_roles WHERE rolname = %s"
    if not connection.exec_driver_sql(known, (role,)).scalar():
        mine = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        if not connection.exec_driver_sql(mine).scalar():
            return
        connection.exec_driver_sql(f"CREATE ROLE {role} NOLOGIN")
        user = connection.exec_driver_sql("SELECT quote_ident(current_user)").scalar()
        connection.exec_driver_sql(f"GRANT {role} TO {user}")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {home.schema} TO {role}")
    connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA {home.schema} TO {role}")
    for name in metadata.tables.keys() - {"survey"}:
        rights = "INSERT" if name in WRITTEN_ONCE else "INSERT, UPDATE, DELETE"
        connection.exec_driver_sql(f"GRANT {rights} ON {name} TO {role}")


# ---------------------------------------------------------------- nothing left behind
def scrub(home: Home) -> bool:
    """Write the tables anew, so that nothing that was deleted or replaced can be read from the database's files.

    What the disk itself keeps, and a server's own logs and copies, are out of reach. False where others kept the
    database busy, so that it must be done again.
    """
    engine = connect(home, as_owner=True)
    try:
        with _translated(engine, home):
            raw = engine.raw_connection()
            try:
                return _scrub_server(raw.driver_connection) if home.schema else _scrub_file(raw.driver_connection)
            finally:
                raw.close()
    except SurveyError as error:
        if [told.kind for told in error.problems] == ["DATABASE_BUSY"]:
            return False
        raise
    finally:
        engine.dispose()


def _scrub_file(connection: Any) -> bool:
    connection.execute("VACUUM")
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _scrub_server(connection: Any) -> bool:
    connection.autocommit = True
    connection.execute(f"SET lock_timeout = {int(BUSY_SECONDS * 1000)}")
    for name in ("people", "frame_units", "recheck_draws"):
        connection.execute(f"VACUUM FULL {name}")
    return True
