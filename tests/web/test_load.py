"""Many connections at once, and a server that is killed: nothing that was acknowledged is lost."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def measure(*options: str) -> list[str]:
    """The figures of a run; it fails where anything acknowledged is missing, doubled or answered with a fault."""
    command = [sys.executable, "benchmarks/server.py", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [cell.strip() for cell in done.stdout.splitlines()[-1].strip("| ").split("|")]


@pytest.mark.soak
def test_nothing_is_lost_under_load() -> None:
    """Three hundred events a second from sixteen connections; a first page of less than 150 KB."""
    figures = measure("--seconds", "60", "--batch", "5")
    assert int(figures[7]) < 150


@pytest.mark.soak
def test_a_killed_server_has_every_acknowledged_event() -> None:
    """Killed in the middle of it, started again: all there, the chain whole."""
    assert int(measure("--seconds", "10", "--kill")[0].replace(",", "")) > 0
