"""The benchmarks run: what nobody runs rots."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_case_of_the_estimates_runs() -> None:
    """Two thousand rows through every case, beside whoever is installed; figures of all agree."""
    command = [sys.executable, "benchmarks/estimates.py", "--quick", "--clusters", "60", "--cases", "a9", "b", "c", "d"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in done.stdout.splitlines()]
    assert len(lines) == 4
    assert max(float(line[-1]) for line in lines) < 1e-6
