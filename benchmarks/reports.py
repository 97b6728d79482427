"""Times the reports of a round: every kind in every file, of a round of 540 forms and of one of 36,000.

    python benchmarks/reports.py [--forms 540 36000] [--kinds final weekly daily]

The people are the sample's, 60 post workers a thousand forms at most; each form is printed, issued, returned and
checked, some are given back blank and replaced, and each has answers to the 33 criteria of sipas_2022 made by seed.
Timed is what somebody waits for: the command of the program in a process of its own, start and imports included.
`together` is one command that writes all five files, the state of the round being gathered once.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from run import frame_file

from sipas_survey.satisfaction import questionnaire
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import Act
from sipas_survey.workflow import answers, designing, drawing, field, frame, office

SUFFIXES = (".html", ".pdf", ".docx", ".xlsx", ".json")
FIRST, LAST = date(2024, 1, 2), date(2024, 3, 1)
LIFE = ((Act.PRINT, 0), (Act.ISSUE, 1), (Act.RETURN, 4), (Act.ACCEPT, 6))  # acts and days after the first
DISTRICTS, REFUSING, FORMS_OF_A_WORKER = 9, 25, 18  # one form in 25 is given back blank


def make(folder: Path, forms: int) -> Path:
    """The folder of a survey of so many forms, all back with their answers but a few."""
    survey = folder / str(forms)
    store = office.init(survey, office.NewSurvey(name="SIPAS 36.000", questionnaire="sipas_2022"))
    frame.import_frame(store, frame_file(folder, forms * 4))
    designing.set_design(store, designing.Asked(per_district=forms // DISTRICTS, reserve=0.2))
    drawing.draw_lists(store, seed="benchmark")
    lists = drawing.export(store)
    codes = lists.loc[lists["kind"] == "main", "form"].tolist()
    _told(store, folder / "events.csv", codes)
    _answered(store, folder / "answers.csv", [code for i, code in enumerate(codes) if i % REFUSING])
    store.close()
    return survey


def _told(store: Store, file: Path, codes: list[str]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["event_id", "form", "act", "happened_on", "worker", "reason"])
        writer.writerows(_events(codes))
    _stored(field.import_events(store, file))


def _events(codes: list[str]) -> Iterator[tuple[str, ...]]:
    workers = max(len(codes) // FORMS_OF_A_WORKER, 2)
    for i, code in enumerate(codes):
        life = LIFE if i % REFUSING else (*LIFE[:2], (Act.REFUSE, 3))
        for act, days in life:
            yield "", code, str(act), (FIRST + timedelta(days=days + i % 40)).isoformat(), f"BT-{i % workers:04d}", ""


def _answered(store: Store, file: Path, codes: list[str]) -> None:
    chance = np.random.default_rng(1)
    asked = [c.code for c in questionnaire.load("sipas_2022").or_raise().criteria]
    cells = chance.choice(np.arange(6), p=[0.02, 0.02, 0.03, 0.09, 0.50, 0.34], size=(len(codes), len(asked)))
    table = pd.DataFrame(cells, columns=asked).astype("Int8").mask(cells == 0)
    table.insert(0, "form", codes)
    table.to_csv(file, index=False)
    _stored(answers.import_responses(store, [file]))


def _stored(done: object) -> None:
    if not getattr(done, "stored", True):
        raise SystemExit(f"the import failed: {done}")


def seconds_of(survey: Path, kind: str, *files: Path) -> float:
    """How long a command takes that writes a report in these files."""
    command = [sys.executable, "-m", "sipas_survey", "-C", str(survey), "report", *map(str, files)]
    start = time.perf_counter()
    subprocess.run([*command, "--kind", kind, "--as-of", LAST.isoformat()], check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Make each round, then write its reports, a row of the table for each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", type=int, nargs="+", default=[540, 36_000])
    parser.add_argument("--kinds", nargs="+", default=["final", "weekly", "daily"])
    asked = parser.parse_args()
    print(f"| forms | kind | {' | '.join(SUFFIXES)} | sum | together |\n|{'---|' * (len(SUFFIXES) + 4)}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CONFIG_HOME"] = name
        for forms in asked.forms:
            survey = make(folder, forms)
            for kind in asked.kinds:
                files = [folder / f"report{suffix}" for suffix in SUFFIXES]
                alone = [seconds_of(survey, kind, file) for file in files]
                taken = [*alone, sum(alone), seconds_of(survey, kind, *files)]
                print(f"| {forms:,} | {kind} | {' | '.join(f'{each:.1f}' for each in taken)} |", flush=True)


if __name__ == "__main__":
    main()
