"""Times the heavy steps of the whole path, each in a process of its own, and writes the table of README.md.

    python benchmarks/run.py [--rows 1000000] [--only NAME]

A step is timed from the call of the program's own function to its return; memory is the peak of the whole process.
"""

import argparse
import csv
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
MARK = "<!-- figures -->"
REPEATS = 3


def frame_file(folder: Path, rows: int) -> Path:
    """A frame of many rows: the sample's people again and again, under new ids."""
    from sipas_survey.resources import shipped

    sample = list(csv.reader(shipped("samples/yen_bai_2023/frame.csv").read_text(encoding="utf-8").splitlines()))
    file = folder / "frame.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(sample[0])
        for i in range(rows):
            row = sample[1 + i % (len(sample) - 1)]
            writer.writerow([f"B-{i:08d}", *row[1:]])
    return file


def import_frame(folder: Path, rows: int) -> Callable[[], object]:
    """`sipas frame import` of a CSV with twelve columns, people sealed."""
    from sipas_survey.workflow import frame, office

    file = frame_file(folder, rows)
    store = office.init(folder / "survey", office.NewSurvey())
    return lambda: frame.import_frame(store, file)


def draw(folder: Path, rows: int) -> Callable[[], object]:
    """`sipas draw`: freeze, digests of public and personal columns, draw of 540 with as many reserves."""
    from sipas_survey.workflow import drawing, frame, office

    file = frame_file(folder, rows)
    store = office.init(folder / "survey", office.NewSurvey())
    frame.import_frame(store, file)
    return lambda: drawing.draw_lists(store, seed="benchmark")


def indices(_: Path, rows: int) -> Callable[[], object]:
    """All 45 indices in 167 domains of 36,000 forms (rows / 1,000,000 of them)."""
    import numpy as np
    import pandas as pd

    from sipas_survey.satisfaction import questionnaire
    from sipas_survey.satisfaction.indices import FormDesign, estimate
    from sipas_survey.satisfaction.responses import Responses

    asked = questionnaire.load("sipas_2022").or_raise()
    chance = np.random.default_rng(1)
    n = max(36_000 * rows // 1_000_000, 1_000)
    answers = chance.integers(1, 6, (n, 33)).astype(np.int8)
    table = pd.DataFrame({"commune_code": chance.integers(0, 167, n).astype(str)}, dtype=object)
    codes = tuple(c.code for c in asked.criteria)
    responses = Responses(asked, codes, answers, np.zeros_like(answers), tuple(map(str, range(n))), table)
    return lambda: estimate(responses, FormDesign.simple(n), by=table)


def draw_from_file(folder: Path, rows: int) -> Callable[[], object]:
    """`sipas draw --frame` from Parquet in order of unit_id: digest, checks, draw of 36,000 with as many reserves."""
    import pyarrow.csv
    import pyarrow.parquet

    from sipas_survey.workflow import designing, large_frame, office

    file, text = folder / "frame.parquet", pyarrow.string()
    with (
        pyarrow.csv.open_csv(
            frame_file(folder, rows),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(_COLUMNS, text)),
        ) as pieces,
        pyarrow.parquet.ParquetWriter(file, pieces.schema) as out,
    ):
        for piece in pieces:
            out.write_batch(piece)
    store = office.init(folder / "survey", office.NewSurvey())
    designing.set_design(store, designing.Asked(per_district=4000, reserve=1.0))
    return lambda: large_frame.draw_from_file(store, file, seed="benchmark")


_COLUMNS = ("unit_id", "district_code", "commune_code", "village", "full_name", "birth_year", "sex", "phone", "address",
            "field", "agency", "result_on")  # fmt: skip
STEPS = {"import_frame": import_frame, "draw": draw, "draw_from_file": draw_from_file, "indices": indices}


def measured(name: str, rows: int) -> dict[str, float]:
    """One run of a step in this process: seconds, and the peak of memory before and after in MB."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        step = STEPS[name](Path(folder), rows)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.perf_counter()
        step()
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "before": before, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    """Run every step, each several times in fresh processes, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", choices=STEPS)
    parser.add_argument("--once", choices=STEPS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measured(asked.once, asked.rows)))
        return
    lines = ["| step | rows | seconds (median) | min – max | peak memory MB |", "|---|---|---|---|---|"]
    for name in [asked.only] if asked.only else STEPS:
        command = [sys.executable, __file__, "--once", name, "--rows", str(asked.rows)]
        runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(REPEATS)]
        seconds = [run["seconds"] for run in runs]
        peak = max(run["peak"] for run in runs)
        spread = f"{min(seconds):.1f} – {max(seconds):.1f}"
        lines.append(f"| {name} | {asked.rows:,} | {statistics.median(seconds):.1f} | {spread} | {peak:,.0f} |")
        print(lines[-1], flush=True)
    if not asked.only:
        write(lines)


def write(lines: list[str]) -> None:
    """Put the table between the marks of README.md, with what it was measured on."""
    readme = HERE / "README.md"
    head, _, rest = readme.read_text(encoding="utf-8").partition(MARK)
    _, _, tail = rest.partition(MARK)
    about = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}."
    readme.write_text(f"{head}{MARK}\n{about}\n\n" + "\n".join(lines) + f"\n{MARK}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
