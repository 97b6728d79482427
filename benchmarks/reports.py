"""Times the final report in every kind of file, of the demonstration's 540 forms and of many.

    python benchmarks/reports.py [--forms 36000]

The large survey is made by seed: four events a form, answers to every form, nine districts. Timed are whole
processes, `sipas report FILE…`: for each file by itself, and for all five at once.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from ledger import drawn, events_file

from sipas_survey.satisfaction import questionnaire
from sipas_survey.workflow import answers, drawing, field
from sipas_survey.workflow.demo.story import tell

KINDS = ("html", "pdf", "docx", "xlsx", "json")


def demonstration(folder: Path) -> Path:
    """The survey of `sipas demo`."""
    for _ in tell(folder / "demo", lang="en"):
        pass
    return folder / "demo"


def large(folder: Path, forms: int) -> Path:
    """A survey of so many forms, all of which have come back and been answered."""
    store = drawn(folder, forms)
    codes = drawing.export(store)["form"].tolist()
    if not field.import_events(store, events_file(folder, codes)).stored:
        raise SystemExit("the events were not stored")
    if not answers.import_responses(store, [answers_file(folder, codes)]).stored:
        raise SystemExit("the answers were not stored")
    store.close()
    return folder / "survey"


def answers_file(folder: Path, codes: list[str]) -> Path:
    """Answers of five grades to every question, some of them blank."""
    criteria = [c.code for c in questionnaire.load("sipas_2022").or_raise().criteria]
    chance = np.random.default_rng(1)
    grades = chance.choice(
        ["", "1", "2", "3", "4", "5"], (len(codes), len(criteria)), p=[0.02, 0.02, 0.03, 0.1, 0.5, 0.33]
    )
    lines = [",".join(("form", *criteria)), *(",".join((code, *row)) for code, row in zip(codes, grades, strict=True))]
    file = folder / "answers.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def measure(survey: Path, count: str) -> None:
    """One line of the table: the seconds of every kind by itself, of all at once, and the size of the files."""
    files = [survey / f"timed.{kind}" for kind in KINDS]
    seconds = [_timed(survey, file) for file in files]
    told = " | ".join(f"{s:.1f}" for s in (*seconds, _timed(survey, *files)))
    print(f"| {count} | {told} | {' / '.join(str(file.stat().st_size >> 10) for file in files)} |", flush=True)


def _timed(survey: Path, *files: Path) -> float:
    begun = time.perf_counter()
    command = [sys.executable, "-m", "sipas_survey", "-C", str(survey), "report", *map(str, files)]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    """Make both surveys and ask for every file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", type=int, default=36_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_CONFIG_HOME"] = name
        print(
            f"| forms | {' | '.join(f'{kind}, s' for kind in KINDS)} | all five at once, s | KB |\n" + "|---" * 8 + "|"
        )
        measure(demonstration(Path(name)), "540")
        measure(large(Path(name), asked.forms), f"{asked.forms:,}")


if __name__ == "__main__":
    main()
