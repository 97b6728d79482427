"""The benchmarks run: what nobody runs rots."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.soak
def test_every_case_of_the_estimates_runs() -> None:
    """Two thousand rows through every case, without the other packages: a line of the table each."""
    command = [sys.executable, "benchmarks/estimates.py", "--quick", "--alone", "--clusters", "60"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == [
        "20 shares in 9 domains",
        "20 shares in 167 domains",
        "raking to 3 margins",
        "20 shares, 500 bootstrap replicates",
        "20 shares, 9 strata, no clusters",
    ]
    assert all(float(line[3]) > 0 for line in lines)


@pytest.mark.soak
def test_every_case_of_the_answers_runs() -> None:
    """Two hundred forms from each kind of file: a line of the table each."""
    command = [sys.executable, "benchmarks/answers.py", "--forms", "200", "--rows", "200", "--repeats", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in done.stdout.splitlines()[2:]]
    assert len(lines) == 5
    assert all(float(line[2]) > 0 for line in lines)
    assert {line[5] for line in lines if "district" in line[0]} == {"510"}


def test_draws_in_stages_run() -> None:
    """A few draws of each plan: a line each."""
    command = [sys.executable, "benchmarks/stages.py", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()[1:]] == ["papi", "sipas_national"]


def test_draws_beside_other_packages_run() -> None:
    """A small draw of our own: one line of the table."""
    command = [sys.executable, "benchmarks/draws.py", "--rows", "9000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [cell.strip() for cell in done.stdout.splitlines()[2].strip("| ").split("|")][:3] == [
        "this package",
        "9,000",
        "4,500",
    ]


@pytest.mark.soak
def test_mistakes_are_made_and_noticed() -> None:
    """Every tenth mistake in a small module: some are tried, most are killed, no page is written."""
    page = (ROOT / "docs/mutants.md").read_bytes()
    command = [sys.executable, "benchmarks/mutants.py", "statistics/ranks", "--every", "10"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    killed, tried = int(done.stdout.split()[1]), int(done.stdout.split()[3])
    assert 0 < tried / 2 < killed <= tried < 10
    assert (ROOT / "docs/mutants.md").read_bytes() == page
