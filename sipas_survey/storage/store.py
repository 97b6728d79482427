"""The survey folder and its database: opening, reading, and writing in one transaction at a time."""

import getpass
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event

from sipas_survey.problems import stop
from sipas_survey.resources import shipped
from sipas_survey.storage import keys, ledger, settings
from sipas_survey.storage.schema import SCHEMA_VERSION, survey
from sipas_survey.storage.settings import Settings

DATABASE = "survey.db"
_BUSY_SECONDS = 30


def now_utc() -> datetime:
    """The clock on the wall, the default of a store."""
    return datetime.now(UTC)


def login() -> str:
    """The author of what is written when nobody is named."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return "cli:unknown"


@dataclass(frozen=True)
class Store:
    """An open survey: settings, database, key (None while personal data are locked), author and clock."""

    folder: Path
    settings: Settings
    engine: Engine
    key: keys.Key | None
    author: str
    clock: Callable[[], datetime] = field(default=now_utc)

    @property
    def today(self) -> date:
        """The day of the clock in the survey's time zone."""
        return self.clock().astimezone(self.settings.zone).date()

    def unlocked(self) -> keys.Key:
        """The key. Raises SurveyError PERSONAL_DATA_LOCKED where it is not here."""
        if self.key is None:
            raise stop("PERSONAL_DATA_LOCKED", found=self.settings.key_id)
        return self.key

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database from its first query on."""
        with _translated(self.folder), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator["Transaction"]:
        """One transaction: everything in it is stored, or nothing. Other writers wait."""
        writing = self.engine.execution_options(sipas_write=True)
        with _translated(self.folder), writing.connect() as connection, connection.begin():
            transaction = Transaction(connection, self, self.clock())
            transaction.record_settings()
            yield transaction

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


@dataclass(frozen=True)
class Transaction:
    """A write under way: all its entries carry one instant."""

    connection: Connection
    store: Store
    now: datetime

    def append(self, entries: Iterable[ledger.Entry]) -> int:
        """Write entries to the ledger; return the last sequence number."""
        store = self.store
        survey_id = str(store.settings.id)
        return ledger.append(self.connection, entries, survey_id=survey_id, author=store.author, now=self.now)

    def record_settings(self) -> None:
        """Record survey.toml where it was edited since the last writing command: old and new digest."""
        new = settings.digest(self.store.settings)
        last = ledger.last_details(self.connection, "settings")
        if last is None or last["digest"] != new:
            self.note("settings", digest=new, before=last["digest"] if last else None)

    def abandon(self) -> None:
        """Store nothing of this transaction."""
        self.connection.get_transaction().rollback()  # type: ignore[union-attr]

    def note(self, act: str, **details: object) -> int:
        """Write one survey entry."""
        return self.append([ledger.Entry("", act, self.store.today, details=details)])


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Database errors that a user can do something about, as problems."""
    try:
        yield
    except sa.exc.OperationalError as error:
        if "locked" in str(error.orig) or "busy" in str(error.orig):
            raise stop("DATABASE_BUSY") from error
        raise stop("DATABASE_UNREADABLE", found=str(folder / DATABASE)) from error
    except sa.exc.DatabaseError as error:
        if isinstance(error.orig, sqlite3.DatabaseError) and not isinstance(error, sa.exc.IntegrityError):
            raise stop("DATABASE_UNREADABLE", found=str(folder / DATABASE)) from error
        raise


def _engine(file: Path) -> Engine:
    engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": _BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin event below decides how a transaction starts
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("sipas_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def create(folder: Path, new: Settings, *, author: str | None = None, clock: Callable[[], datetime] = now_utc) -> Store:
    """Make the folder, survey.toml and the database at its newest schema.

    Raises SurveyError SURVEY_EXISTS where the folder holds anything (a demo's key file excepted).
    """
    if folder.exists() and (not folder.is_dir() or any(f.name != keys.DEMO_KEY_FILE for f in folder.iterdir())):
        raise stop("SURVEY_EXISTS", found=str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / settings.FILE).write_text(settings.text_of(new), encoding="utf-8")
    except OSError as error:
        raise stop("OUTPUT_NOT_WRITABLE", found=str(folder)) from error
    engine = _engine(folder / DATABASE)
    with engine.execution_options(sipas_write=True).connect() as connection, connection.begin():
        _migrate(connection)
        connection.execute(survey.insert(), {"id": str(new.id)})
    store = _opened(folder, new, engine, author, clock)
    with store.write():
        pass  # records the settings as the first entry of the ledger
    return store


def open_store(folder: Path, *, author: str | None = None, clock: Callable[[], datetime] = now_utc) -> Store:
    """Open the survey in a folder. Raises SurveyError where there is none, or it cannot be used."""
    known = settings.read(folder)
    if not (folder / DATABASE).is_file():
        raise stop("SURVEY_NOT_FOUND", found=str(folder.resolve()))
    engine = _engine(folder / DATABASE)
    with _translated(folder), engine.connect() as connection:
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        stored_id = connection.execute(sa.select(survey.c.id)).scalar()
    if version is None or version > SCHEMA_VERSION:
        raise stop("DATABASE_NEWER", found=str(version))
    if stored_id != str(known.id):
        raise stop("DATABASE_OTHER_SURVEY", found=str(stored_id))
    return _opened(folder, known, engine, author, clock)


def _opened(folder: Path, known: Settings, engine: Engine, author: str | None, clock: Callable[[], datetime]) -> Store:
    author = author or os.environ.get("SIPAS_USER") or login()
    return Store(folder, known, engine, keys.find(known, folder), author, clock)


def _migrate(connection: Connection) -> None:
    """Bring the schema up to date."""
    from alembic import command  # slow to import, and needed once in the life of a survey
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(shipped("storage/migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
