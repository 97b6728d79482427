"""Times the final report in every kind of file, of the demonstration's 540 forms and of many.

    python benchmarks/reports.py [--forms 36000]

The large survey is made by seed: four events a form, answers to every form, nine districts. Each file is a process of
its own, `sipas report FILE`, from its start to its end.
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
    """One line of the table: the seconds of every kind, their sum, and the size of the files."""
    seconds, sizes = [], []
    for kind in KINDS:
        file = survey / f"timed.{kind}"
        begun = time.perf_counter()
        command = [sys.executable, "-m", "sipas_survey", "-C", str(survey), "report", str(file)]
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - begun)
        sizes.append(file.stat().st_size >> 10)
    told = " | ".join(f"{s:.1f}" for s in seconds)
    print(f"| {count} | {told} | **{sum(seconds):.1f}** | {' / '.join(map(str, sizes))} |", flush=True)


def main() -> None:
    """Make both surveys and ask for every file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", type=int, default=36_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_CONFIG_HOME"] = name
        print(f"| forms | {' | '.join(f'{kind}, s' for kind in KINDS)} | together | KB |\n" + "|---" * 8 + "|")
        measure(demonstration(Path(name)), "540")
        measure(large(Path(name), asked.forms), f"{asked.forms:,}")


if __name__ == "__main__":
    main()
