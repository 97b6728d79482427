"""Times estimates beside R's survey package, svy and samplics, in one run on one machine; writes README.md's table.

    python benchmarks/estimates.py [--cases a9 a167 …] [--rows 36000 …] [--svy PYTHON] [--samplics PYTHON] [--quick]

Data are made by seed, one CSV for each size. Every run is a process of its own that loads the data, and then times what
an analyst waits for: from the table in memory to all values and standard errors, the construction of the design
included, as the median of three calls (fewer where they take over five seconds). Whoever is missing is named.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
MARK = "<!-- estimates -->"
STRATA, ITEMS = 9, 20
LONG = 60.0
"""Seconds from which a run is not repeated."""


@dataclass(frozen=True)
class Case:
    """What is asked: `name`, the words of the table, clusters in a stratum, the peers that are asked too."""

    name: str
    words: str
    clusters: tuple[int, ...]
    peers: tuple[str, ...] = ("r", "svy")


CASES = (
    Case("a9", "20 shares in 9 domains", (2, 60, 500), ("r", "svy", "samplics")),
    Case("a167", "20 shares in 167 domains", (2, 60, 500)),
    Case("b", "raking to 3 margins", (60,)),
    Case("c", "20 shares, 500 bootstrap replicates", (60,)),
    Case("d", "20 shares, 9 strata, no clusters", (60,)),
)


def make_data(file: Path, rows: int, clusters: int) -> None:
    """Rows of a survey: strata, clusters, weights, domains of 9 and 167, three margins and 20 answers of 0 or 1."""
    chance = np.random.default_rng([2023, rows, clusters])
    stratum = chance.integers(0, STRATA, rows)
    cluster = chance.integers(0, clusters, rows)
    table = {
        "stratum": stratum,
        "cluster": cluster,
        "psu": stratum * clusters + cluster,
        "w": chance.uniform(0.5, 1.5, rows).round(6),
        "d9": chance.integers(0, 9, rows),
        "d167": chance.integers(0, 167, rows),
        "sex": chance.integers(0, 2, rows),
        "age": chance.integers(0, 5, rows),
    }
    mood = chance.normal(0, 0.3, (STRATA, clusters))[stratum, cluster]
    for j in range(ITEMS):
        table[f"q{j}"] = (mood + chance.normal(1, 1, rows) > 0).astype(np.int8)
    pd.DataFrame(table).to_csv(file, index=False)


def commands(svy: str | None, samplics: str | None) -> dict[str, list[str]]:
    """How each package is run; only those that are here."""
    found = {"sipas": [sys.executable, str(HERE / "peers" / "sipas.py")]}
    if _works(["Rscript", "-e", "library(survey)"]):
        found["r"] = ["Rscript", "--vanilla", str(HERE / "peers" / "r_survey.R")]
    for name, python in (("svy", svy), ("samplics", samplics)):
        if _works([python or sys.executable, "-c", f"import {name}"]):
            found[name] = [python or sys.executable, "-W", "ignore", str(HERE / "peers" / f"{name}_peer.py")]
    return found


def _works(command: list[str]) -> bool:
    return (
        shutil.which(command[0]) is not None
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


def measure(command: list[str], case: str, file: Path) -> dict[str, Any]:
    """One run: seconds, MB of the data and of the peak above it, and the figures."""
    done = subprocess.run([*command, case, str(file)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[-1]} {case}: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def compare(case: str, runs: dict[str, list[dict[str, Any]]]) -> float:
    """The largest relative difference between our figures and a peer's; errors of a bootstrap are left out."""
    own, worst = runs["sipas"][0], 0.0
    for peer in runs.values():
        for key in ("values",) if case == "c" else ("values", "errors"):
            one, other = np.array(own[key], dtype=float), np.array(peer[0][key], dtype=float)
            if len(one) != len(other):
                raise SystemExit(f"{case}: {len(one)} figures and {len(other)}")
            if len(one):
                scale = np.where(np.abs(other) > 1e-12, np.abs(other), 1.0)
                worst = max(worst, float(np.nanmax(np.where(one == other, 0.0, np.abs(one - other) / scale))))
    return worst


def run_case(case: Case, rows: int, clusters: int, programs: dict[str, list[str]], *, file: Path, repeats: int) -> str:
    """A line of the table."""
    asked = {name: program for name, program in programs.items() if name in ("sipas", *case.peers)}
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in asked}
    for turn in range(repeats):
        for name, program in asked.items():
            if turn == 0 or runs[name][0]["seconds"] < LONG:
                runs[name].append(measure(program, case.name, file))
    seconds = {name: statistics.median(run["seconds"] for run in done) for name, done in runs.items()}
    own = seconds["sipas"]
    cells = [case.words, f"{rows:,}", str(clusters) if case.name != "d" else "–", f"{own:.3f}"]
    cells += [
        f"{seconds[name]:.2f} (×{seconds[name] / own:.0f})" if name in seconds else "–"
        for name in ("r", "svy", "samplics")
    ]
    peak = statistics.median(run["peak_mb"] for run in runs["sipas"])
    cells += [f"{peak:.0f} of {runs['sipas'][0]['data_mb']:.0f}", f"{compare(case.name, runs):.0e}"]
    return "| " + " | ".join(cells) + " |"


def versions(programs: dict[str, list[str]]) -> str:
    """What was measured on what."""
    told = [f"Python {platform.python_version()}", f"NumPy {np.__version__}", f"pandas {pd.__version__}"]
    for name, program in programs.items():
        if name != "sipas":
            done = subprocess.run([*program, "version"], capture_output=True, text=True, check=False)
            told.append(done.stdout.strip().splitlines()[-1])
    missing = [name for name in ("r", "svy", "samplics") if name not in programs]
    about = f"{', '.join(told)}; {os.cpu_count()} cores, {platform.system()} {platform.machine()}."
    return about + (f" Not installed, so not measured: {', '.join(missing)}." if missing else "")


def main() -> None:
    """Make the data, run everything in turns, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=[case.name for case in CASES])
    parser.add_argument("--rows", nargs="+", type=int, default=[36_000, 1_000_000])
    parser.add_argument("--clusters", nargs="+", type=int, help="only these numbers of clusters")
    parser.add_argument("--repeats", type=int, default=1, help="processes of each, in turns")
    parser.add_argument("--svy", help="a Python that has svy")
    parser.add_argument("--samplics", help="a Python that has samplics")
    parser.add_argument("--alone", action="store_true", help="this package only")
    parser.add_argument("--quick", action="store_true", help="two thousand rows, once, nothing written")
    asked = parser.parse_args()
    programs = commands(asked.svy, asked.samplics)
    if asked.alone:
        programs = {"sipas": programs["sipas"]}
    lines = [
        "| case | rows | clusters | this package, s | R survey, s | svy, s | samplics, s | memory, MB | difference |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            for rows in [2_000] if asked.quick else asked.rows:
                for clusters in case.clusters:
                    if case.name not in asked.cases or clusters not in (asked.clusters or case.clusters):
                        continue
                    file = Path(folder) / f"{rows}-{clusters}.csv"
                    if not file.exists():
                        make_data(file, rows, clusters)
                    repeats = 1 if asked.quick else asked.repeats
                    lines.append(run_case(case, rows, clusters, programs, file=file, repeats=repeats))
                    print(lines[-1], flush=True)
    if not asked.quick:
        write([versions(programs), "", *lines])


def write(lines: list[str]) -> None:
    """Put the table between its marks in README.md."""
    readme = HERE / "README.md"
    head, _, rest = readme.read_text(encoding="utf-8").partition(MARK)
    _, _, tail = rest.partition(MARK)
    readme.write_text(f"{head}{MARK}\n" + "\n".join(lines) + f"\n{MARK}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
