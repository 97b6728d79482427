"""A million people: the bar is 60 seconds and one gigabyte."""

import csv
import itertools
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sipas_survey
from sipas_survey.workflow import frame
from tests.small_surveys import new_survey

UNITS, SECONDS, MEGABYTES = 1_000_000, 60, 1000
SAMPLE = Path(sipas_survey.__file__).parent.parent / "samples" / "yen_bai_2023" / "frame.csv"


def write_frame(path: Path) -> Path:
    """The sample over and over, under new ids."""
    with SAMPLE.open(encoding="utf-8", newline="") as source, path.open("w", encoding="utf-8", newline="") as target:
        head, *rows = csv.reader(source)
        writer = csv.writer(target)
        writer.writerow(head)
        writer.writerows(
            [f"HS-{i:07d}", *row[1:]] for i, row in enumerate(itertools.islice(itertools.cycle(rows), UNITS))
        )
    return path


def timed_import(folder: Path, file: Path) -> tuple[str, float]:
    """What the command says last, and how long it took, start of the program included."""
    started = time.monotonic()
    command = [sys.executable, "-m", "sipas_survey", "-C", str(folder), "frame", "import", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    return done.stdout.strip(), time.monotonic() - started


@pytest.mark.soak
def test_a_million_rows(tmp_path: Path) -> None:
    """A million rows are stored in time and in memory; the same file again is known, in twice the time at most."""
    store = new_survey(tmp_path / "survey")
    file = write_frame(tmp_path / "frame.csv")
    said, seconds = timed_import(store.folder, file)
    again, seconds_again = timed_import(store.folder, file)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"first {seconds:.0f} s, again {seconds_again:.0f} s, peak {peak:.0f} MiB")
    assert re.match(r"New 1,?000,?000, known 0, clashing 0, wrong 0", said)
    assert re.match(r"New 0, known 1,?000,?000, clashing 0, wrong 0", again)
    assert sum(size for _, _, size in frame.show(store)) == UNITS
    assert peak < MEGABYTES
    assert seconds < SECONDS
    assert seconds_again < 2 * SECONDS
