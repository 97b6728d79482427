"""Many connections at once, and a server that is killed: nothing that was acknowledged is lost."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import DATABASES, url_of

ROOT = Path(__file__).parents[2]


def measure(*options: str) -> list[str]:
    """The figures of a run; it fails where anything acknowledged is missing, doubled or answered with a fault."""
    command = [sys.executable, "benchmarks/server.py", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [cell.strip() for cell in done.stdout.splitlines()[-1].strip("| ").split("|")]


def processes_for(database: str) -> list[str]:
    """One process on SQLite, two on PostgreSQL."""
    url = url_of(database)
    return ["--processes", "2", "--database", url] if url else []


@pytest.mark.soak
@pytest.mark.parametrize("database", DATABASES)
def test_nothing_is_lost_under_load(database: str) -> None:
    """Three hundred events a second, one a request, from sixteen connections; a first page of less than 150 KB."""
    figures = measure("--seconds", "60", *processes_for(database))
    assert int(figures[7]) < 150


@pytest.mark.soak
@pytest.mark.parametrize("database", DATABASES)
def test_a_killed_server_has_every_acknowledged_event(database: str) -> None:
    """Killed in the middle of it, started again: all there, the chain whole."""
    assert int(measure("--seconds", "10", "--kill", *processes_for(database))[0].replace(",", "")) > 0
