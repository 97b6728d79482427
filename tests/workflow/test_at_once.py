"""Importers at work at the same time, and importers killed in the middle: no loss, no double, no broken chain."""

import csv
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from sipas_survey.storage import casebook
from sipas_survey.workflow import designing, drawing, frame, office
from tests.surveys import Survey

KILLS = 20
LIFE = (("print", "2024-01-02"), ("issue", "2024-01-03"), ("return", "2024-01-05"), ("accept", "2024-01-09"))


def events_file(path: Path, codes: Iterable[str]) -> Path:
    """The life of some forms as a file of events."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["form", "act", "happened_on"])
        writer.writerows((code, act, day) for code in codes for act, day in LIFE)
    return path


def importer(survey: Path, file: Path) -> subprocess.Popen[bytes]:
    """The program, importing a file on its own."""
    command = [sys.executable, "-m", "sipas_survey", "-C", str(survey), "forms", "import", str(file)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def imported(survey: Path, file: Path) -> None:
    """The program has imported a file."""
    with importer(survey, file) as process:
        said = process.communicate()[1]
    assert process.returncode == 0, said.decode()


def test_two_importers_of_the_same_and_of_different_files(survey: Survey, tmp_path: Path) -> None:
    """Four processes import two files, each twice: every event is stored once and the chain is whole."""
    files = [
        events_file(tmp_path / f"{names[0]}.csv", [survey.codes[name] for name in names])
        for names in (("A1", "A2"), ("B1", "B2"))
    ]
    running = [importer(survey.store.folder, file) for file in files * 2]
    for process in running:
        said = process.communicate(timeout=60)[1]
        assert process.returncode == 0, said.decode()
    with survey.store.read() as connection:
        known = casebook.form_events(connection)
    assert len(known) == len({event.event_id for event in known}) == 16
    assert office.verify(survey.store).intact


@pytest.mark.soak
def test_killed_in_the_middle(database: str, tmp_path: Path) -> None:
    """Kill -9 at moments spread over an import of 100,000 events, twenty times: each time all or nothing."""
    people = tmp_path / "people.csv"
    people.write_text("unit_id,commune_code\n" + "".join(f"U{i:05d},04270\n" for i in range(50_000)), encoding="utf-8")
    store = office.init(tmp_path / "survey", office.NewSurvey(secret=bytes(range(32))), author="an")
    assert frame.import_frame(store, people).stored
    designing.set_design(store, designing.Asked(per_district=50_000, reserve=0.0))
    drawing.draw_lists(store, seed="killed")
    codes = drawing.export(store)["form"].tolist()
    start = time.perf_counter()
    imported(store.folder, events_file(tmp_path / "first.csv", codes[:25_000]))
    lasted = time.perf_counter() - start
    before = office.verify(store)
    second = events_file(tmp_path / "second.csv", codes[25_000:])
    for kill in range(KILLS):
        with importer(store.folder, second) as process:
            time.sleep(lasted * (kill + 1) / (KILLS + 1))
            process.kill()
        after = office.verify(store)
        assert after.intact, database
        assert after.events in (before.events, before.events + 100_000)
    imported(store.folder, second)
    after = office.verify(store)
    assert (after.intact, after.events) == (True, before.events + 100_000)
    store.close()
