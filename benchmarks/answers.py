"""Times raw answers to all indices with intervals, from files that it makes itself.

    python benchmarks/answers.py [--forms 36000] [--rows 1000000] [--memory]

Forms of 39 criteria (sipas_2024) in nine districts, 2 % of the cells empty, made by seed. Each line is a process of its
own, run three times; timed is the program's own function, from the file to the rows with their verdicts, after imports.
Memory is the peak of the whole process. --memory reads the large file into memory too, beside the engine.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

DISTRICTS = ("132", "133", "135", "136", "137", "138", "139", "140", "141")
QUESTIONNAIRE = "sipas_2024"
REPEATS = 3


def table(n: int) -> pd.DataFrame:
    """Answers of n forms."""
    from sipas_survey.satisfaction import questionnaire

    chance = np.random.default_rng(1)
    codes = [c.code for c in questionnaire.load(QUESTIONNAIRE).or_raise().criteria]
    cells = chance.choice(np.arange(6, dtype=np.int8), p=[0.02, 0.02, 0.03, 0.10, 0.50, 0.33], size=(n, len(codes)))
    answers = pd.DataFrame(cells, columns=codes).astype("Int8").mask(cells == 0)
    district = chance.integers(0, len(DISTRICTS), n)
    where = {
        "form": [f"{2300000000 + i}" for i in range(n)],
        "district_code": np.array(DISTRICTS, dtype=object)[district],
        "commune_code": [f"{d}{c:02d}" for d, c in zip(district.tolist(), chance.integers(0, 19, n), strict=True)],
    }
    return pd.concat([pd.DataFrame(where), answers], axis=1)


def make(folder: Path, forms: int, rows: int) -> None:
    """Write the files."""
    small, large = table(forms), table(rows)
    small.to_excel(folder / "forms.xlsx", index=False, engine="xlsxwriter")
    small.to_csv(folder / "forms.csv", index=False)
    large.to_parquet(folder / "rows.parquet", index=False)
    large.to_csv(folder / "rows.csv", index=False)


CASES: dict[str, tuple[str, str, str]] = {
    "XLSX to 51 indices by district": ("forms.xlsx", "district_code", "memory"),
    "CSV to 51 indices by district": ("forms.csv", "district_code", "memory"),
    "Parquet to 51 indices by district, DuckDB": ("rows.parquet", "district_code", "duckdb"),
    "Parquet to 51 indices by commune, DuckDB": ("rows.parquet", "commune_code", "duckdb"),
    "CSV to 51 indices by district, DuckDB": ("rows.csv", "district_code", "duckdb"),
    "Parquet to 51 indices by district, in memory": ("rows.parquet", "district_code", "memory"),
}


def measured(file: Path, by: str, engine: str) -> dict[str, float]:
    """One run in this process: seconds, peak memory in MB, number of rows of the result."""
    import duckdb  # noqa: F401 - what a first use loads is not timed
    import pyarrow.parquet  # noqa: F401

    from sipas_survey.workflow import verdict

    start = time.perf_counter()
    judged = verdict.judge_file(file, QUESTIONNAIRE, by=[by], engine=engine)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "peak": peak, "rows": len(judged.rows)}


def main() -> None:
    """Read what was asked: the whole, or the part of a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", type=int, default=36_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--once", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--make", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        make(Path(asked.make), asked.forms, asked.rows)
    elif asked.once:
        print(json.dumps(measured(Path(asked.once[0]), *asked.once[1:])))
    else:
        compare(asked)


def compare(asked: argparse.Namespace) -> None:
    """Make the files, run every case in processes of its own, print the table."""
    print("| case | forms | seconds (median) | min – max | peak memory MB | rows of the result |")
    print("|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        sizes = ["--forms", str(asked.forms), "--rows", str(asked.rows)]  # the peak of a parent is handed down
        subprocess.run([sys.executable, __file__, "--make", folder, *sizes], check=True)
        for name, (file, by, engine) in CASES.items():
            if "in memory" in name and not asked.memory:
                continue
            command = [sys.executable, __file__, "--once", str(Path(folder) / file), by, engine]
            runs = [
                json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
                for _ in range(asked.repeats)
            ]
            seconds = [run["seconds"] for run in runs]
            n = asked.forms if file.startswith("forms") else asked.rows
            spread = f"{min(seconds):.2f} – {max(seconds):.2f}"
            peak, rows = max(run["peak"] for run in runs), runs[0]["rows"]
            middle = statistics.median(seconds)
            print(f"| {name} | {n:,} | {middle:.2f} | {spread} | {peak:,.0f} | {rows:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
