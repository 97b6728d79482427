"""The survey folder and its database: opening, reading, and writing in one transaction at a time."""

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from sipas_survey.problems import SurveyError, stop
from sipas_survey.resources import shipped
from sipas_survey.storage import database, keys, ledger, settings
from sipas_survey.storage.database import DATABASE, Home
from sipas_survey.storage.schema import SCHEMA_VERSION, survey
from sipas_survey.storage.settings import Settings


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
    home: Home
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
        with database.reading(self.engine, self.home) as connection:
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A connection for one query."""
        with database.reading(self.engine, self.home, once=True) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator["Transaction"]:
        """One transaction: everything in it is stored, or nothing. Other writers wait."""
        with database.writing(self.engine, self.home) as connection:
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

    @property
    def ledger(self) -> ledger.Writing:
        """The end of the chain, to be written on."""
        store = self.store
        return ledger.Writing(self.connection, str(store.settings.id), store.author, self.now)

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
        return self.ledger.append([ledger.Entry(act, self.store.today, details)])


def home_of(folder: Path, known: Settings) -> Home:
    """Where the database of a survey is. A demonstration keeps everything in its folder."""
    named = None if known.demo else os.environ.get("SIPAS_DATABASE") or known.database
    return database.home_of(folder, known.id, named)


def create(folder: Path, new: Settings, *, author: str | None = None, clock: Callable[[], datetime] = now_utc) -> Store:
    """Make the folder, survey.toml and the database at its newest schema.

    Raises SurveyError SURVEY_EXISTS where the folder holds anything (a demo's key file excepted), DATABASE_… where the
    database cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(f.name != keys.DEMO_KEY_FILE for f in folder.iterdir())):
        raise stop("SURVEY_EXISTS", found=str(folder))
    home = home_of(folder, new)
    owner = database.connect(home, as_owner=True)
    try:
        if home.schema:
            with database.reading(owner, home):
                pass  # a server that does not answer leaves no folder behind
        _write_settings(folder, new)
        with database.writing(owner, home) as connection:
            database.make_schema(connection, home)
            migrate(connection)
            connection.execute(survey.insert(), {"id": str(new.id)})
            database.grant(connection, home)
    finally:
        owner.dispose()
    store = _opened(folder, new, home, database.connect(home), author, clock)
    with store.write():
        pass  # records the settings as the first entry of the ledger
    return store


def _write_settings(folder: Path, new: Settings) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / settings.FILE).write_text(settings.text_of(new), encoding="utf-8")
    except OSError as error:
        raise stop("OUTPUT_NOT_WRITABLE", found=str(folder)) from error


def open_store(
    folder: Path, *, author: str | None = None, clock: Callable[[], datetime] = now_utc, older: bool = False,
    home: Home | None = None,
) -> Store:  # fmt: skip
    """Open the survey in a folder; with `older` also one that waits for `upgrade`, to be copied and not worked with.

    `home` is where its database is, if not where survey.toml or SIPAS_DATABASE says. Raises SurveyError where there is
    none, or it cannot be used.
    """
    known = settings.read(folder)
    home = home or home_of(folder, known)
    engine = database.connect(home)
    try:
        found = _checked_version(folder, known, home, engine)
        if found < SCHEMA_VERSION and not older:
            raise stop("DATABASE_OLDER", found=found, version=SCHEMA_VERSION)
    except SurveyError:
        engine.dispose()
        raise
    return _opened(folder, known, home, engine, author, clock)


def _checked_version(folder: Path, known: Settings, home: Home, engine: Engine) -> str:
    """The version of a survey's tables. Raises SurveyError where they are not this survey's, or of a newer sipas."""
    if not home.schema and not (folder / DATABASE).is_file():
        raise stop("SURVEY_NOT_FOUND", found=str(folder.resolve()))
    with database.reading(engine, home) as connection:
        if home.schema and not sa.inspect(connection).has_schema(home.schema):
            raise stop("SURVEY_NOT_FOUND", found=home.shown)
        found = database.version(connection)
        if found is None:
            raise stop("DATABASE_UNREADABLE", found=home.shown)
        stored_id = connection.execute(sa.select(survey.c.id)).scalar()
    if found > SCHEMA_VERSION:
        raise stop("DATABASE_NEWER", found=found)
    if stored_id != str(known.id):
        raise stop("DATABASE_OTHER_SURVEY", found=str(stored_id))
    return found


def _opened(
    folder: Path, known: Settings, home: Home, engine: Engine, author: str | None, clock: Callable[[], datetime]
) -> Store:
    author = author or os.environ.get("SIPAS_USER") or login()
    return Store(folder, known, home, engine, keys.find(known, folder), author, clock)


def upgrade(folder: Path) -> tuple[str, str]:
    """Bring the tables of a survey up to date, in one transaction; return the versions before and after.

    Raises SurveyError as `open_store`, DATABASE_NEWER among others.
    """
    known = settings.read(folder)
    home = home_of(folder, known)
    owner = database.connect(home, as_owner=True)
    try:
        before = _checked_version(folder, known, home, owner)
        with database.writing(owner, home) as connection:
            migrate(connection)
            database.grant(connection, home)
    finally:
        owner.dispose()
    return before, SCHEMA_VERSION


def migrate(connection: Connection, *, to: str = "head") -> None:
    """Bring the schema up to date, or to a version."""
    from alembic import command  # slow to import, and needed once in the life of a survey
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(shipped("storage/migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
