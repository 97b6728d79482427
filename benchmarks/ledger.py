"""Times the ledger at its size: a file of a million events in, status by district, a single event, the audit.

    python benchmarks/ledger.py [--events 1000000] [--database URL]

Four events a form (print, issue, return, accept) in one CSV file, shuffled. Time is wall-clock from the call of the
program's own function to its return.
"""

import argparse
import csv
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from run import frame_file

from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import Act
from sipas_survey.workflow import designing, drawing, field, frame, office, progress

FIRST = date(2024, 1, 2)
LIFE = ((Act.PRINT, 0), (Act.ISSUE, 1), (Act.RETURN, 4), (Act.ACCEPT, 9))  # acts and days after the first


def drawn(folder: Path, forms: int) -> Store:
    """A survey in which everybody is drawn."""
    file = frame_file(folder, forms)
    store = office.init(folder / "survey", office.NewSurvey())
    frame.import_frame(store, file)
    designing.set_design(store, designing.Asked(per_district=forms, reserve=0.0))
    drawing.draw_lists(store, seed="benchmark")
    return store


def events_file(folder: Path, codes: list[str]) -> Path:
    """The life of every form, told in no order."""
    rows = list(_events(codes))
    file = folder / "events.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["event_id", "form", "act", "happened_on", "worker", "reason"])
        writer.writerows(rows[i] for i in np.random.default_rng(1).permutation(len(rows)))
    return file


def _events(codes: list[str]) -> Iterator[tuple[str, ...]]:
    for i, code in enumerate(codes):
        for act, days in LIFE:
            on = FIRST + timedelta(days=days + i % 40)
            yield "", code, str(act), on.isoformat(), f"BT-{i % 500:03d}", ""


def timed(name: str, count: int, do: Callable[[], object]) -> None:
    """Run a step and print its line of the table."""
    start = time.perf_counter()
    do()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {name} | {count:,} | {seconds:.2f} | {count / seconds:,.0f} | {peak:,.0f} |", flush=True)


def main() -> None:
    """Make the survey, then run the steps one after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--database", help="URL of a PostgreSQL server; without it SQLite")
    asked = parser.parse_args()
    if asked.database:
        os.environ["SIPAS_DATABASE"] = asked.database
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CONFIG_HOME"] = name
        store = drawn(folder, asked.events // len(LIFE))
        codes = drawing.export(store)["form"].tolist()
        file = events_file(folder, codes[:-1])
        count = (len(codes) - 1) * len(LIFE)
        print("| step | events | seconds | per second | peak memory MB |\n|---|---|---|---|---|")
        timed("import of a file", count, lambda: _stored(field.import_events(store, file)))
        timed("status by district", count, lambda: progress.status(store))
        timed("status by commune", count, lambda: progress.status(store, by="commune"))
        timed("one more event", 1, lambda: _stored(field.record(store, "print", codes[-1:], on=FIRST)))
        timed("status by district as of a day", count, lambda: progress.status(store, as_of=FIRST + timedelta(days=20)))
        timed("audit verify", count, lambda: office.verify(store))
        timed("the same file again", count, lambda: _stored(field.import_events(store, file)))
        store.close()


def _stored(done: frame.Imported) -> None:
    if not done.stored:
        raise SystemExit(f"the import failed: {done.problems[:3]}")


if __name__ == "__main__":
    main()
