"""The clerk's round trip: a list workbook goes out, is filled in with LibreOffice, and comes back as events."""

import json
import os
import shutil
import socket
import subprocess
import unicodedata
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from sipas_survey.documents.lists import REQUEST_CHOICES
from sipas_survey.exchange.events import CLERK_SHEET, REQUEST_WORDS
from sipas_survey.storage import casebook
from sipas_survey.workflow import field, papers
from tests.surveys import Survey

PYTHON = "/usr/bin/python3"  # the one that LibreOffice speaks with
LIBREOFFICE_EPOCH = date(1899, 12, 30)
FORM, ISSUED, COLLECTED, OUTCOME, REASON, WORKER, DELIVERED, REQUEST = range(8)


def can_fill_in() -> bool:
    """Whether LibreOffice and its bridge to Python are here."""
    if shutil.which("soffice") is None or not Path(PYTHON).exists():
        return False
    return subprocess.run([PYTHON, "-c", "import uno"], capture_output=True, check=False).returncode == 0


def filled_in(book: Path, cells: list[tuple[str, int, int, str, object]], folder: Path) -> Path:
    """A workbook opened, filled in and saved by LibreOffice."""
    if not can_fill_in():
        message = "no LibreOffice with Python (apt-get install libreoffice-calc python3-uno)"
        (pytest.fail if os.environ.get("SIPAS_REQUIRE_ALL") == "1" else pytest.skip)(message)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told, out = folder / "cells.json", folder / "filled in.xlsx"
    told.write_text(json.dumps(cells), encoding="utf-8")
    accept = f"--accept=socket,host=127.0.0.1,port={port};urp"
    office = ["soffice", f"-env:UserInstallation=file://{folder}/office", "--headless", "--norestore", accept]
    with subprocess.Popen(office, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            script = Path(__file__).with_name("fill_in.py")
            command = [PYTHON, str(script), str(port), str(book), str(out), str(told)]
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=90)
        finally:
            running.terminate()
    assert done.returncode == 0, done.stderr
    return out


def row_of(book: Path, form: str) -> int:
    """The row of a form in the clerk's sheet, from 0."""
    sheet = openpyxl.load_workbook(book)[CLERK_SHEET]
    return next(row[0].row - 1 for row in sheet.iter_rows(max_col=1) if row[0].value == form)


def serial(day: int) -> int:
    """A day of January 2024 as a spreadsheet holds it."""
    return (date(2024, 1, day) - LIBREOFFICE_EPOCH).days


def test_out_filled_in_and_back(survey: Survey, tmp_path: Path) -> None:
    """Days as dates and typed day first, a code typed as a number, accents apart: the right events, once."""
    books = {book.name[:3]: book for book in papers.write_lists(survey.store, tmp_path / "lists").value}
    a1, a2 = (survey.codes[name] for name in ("A1", "A2"))
    first, second = (row_of(books["132"], code) for code in (a1, a2))
    reason = unicodedata.normalize("NFD", "không muốn trả lời")
    back = filled_in(books["132"], [
        (CLERK_SHEET, ISSUED, first, "date", serial(8)),
        (CLERK_SHEET, COLLECTED, first, "text", "12/1/2024"),
        (CLERK_SHEET, OUTCOME, first, "text", "Từ chối"),
        (CLERK_SHEET, REASON, first, "text", reason),
        (CLERK_SHEET, WORKER, first, "text", "BT-07"),
        (CLERK_SHEET, REQUEST, first, "text", "Xin thay người"),
        (CLERK_SHEET, FORM, second, "number", int(a2)),
        (CLERK_SHEET, ISSUED, second, "text", "08/01/2024"),
        (CLERK_SHEET, DELIVERED, second, "date", serial(9)),
        (CLERK_SHEET, COLLECTED, second, "date", serial(15)),
    ], tmp_path)  # fmt: skip
    dry = field.import_events(survey.store, back, dry_run=True)
    assert (dry.stored, {p.severity for p in dry.problems}) == (False, set())
    changes = {change.form: (change.before, change.after, change.acts) for change in dry.changes}
    assert changes == {
        a1: ("planned", "refused", ("print", "issue", "refuse", "request_replace", "replace")),
        a2: ("planned", "returned", ("print", "issue", "deliver", "return")),
    }
    assert field.import_events(survey.store, back).stored
    with survey.store.read() as connection:
        known = {(e.form, str(e.act)): e for e in casebook.form_events(connection)}
    assert known[a1, "refuse"].happened_on == date(2024, 1, 12)
    assert (known[a1, "refuse"].reason, known[a1, "refuse"].worker) == ("không muốn trả lời", "BT-07")
    assert known[a1, "replace"].refers_to == survey.codes["R1"]
    assert known[a2, "return"].happened_on == date(2024, 1, 15)
    again = field.import_events(survey.store, back)
    assert (again.new, again.known, again.wrong) == (0, 6, 0)


def clerks(folder: Path, *rows: str) -> Path:
    """A clerk's sheet as a file, one row a form."""
    head = "Mã phiếu,Ngày phát,Ngày thu,Kết quả,Lý do,Bưu tá,Ngày giao,Đề nghị"
    file = folder / "sheet.csv"
    file.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return file


def test_a_new_code_for_a_lost_form_is_on_the_next_list(survey: Survey, tmp_path: Path) -> None:
    """A lost form and a request for a new one in one row; the workbook made afterwards holds the new code."""
    a1 = survey.codes["A1"]
    assert field.import_events(
        survey.store, clerks(tmp_path, f"{a1},3/1/2024,5/1/2024,Mất phiếu,,,,Xin cấp lại phiếu")
    ).stored
    new = field.history(survey.store, a1).state.reissued_as
    assert new
    book = next(b for b in papers.write_lists(survey.store, tmp_path / "lists").value if b.name.startswith("132"))
    assert row_of(book, new)
    with pytest.raises(StopIteration):
        row_of(book, a1)


def test_a_mistake_is_taken_back_in_its_row_and_told_anew(survey: Survey, tmp_path: Path) -> None:
    """A return ticked for the wrong person: the row says so, twice is once, and the right day can then be told."""
    a1 = survey.codes["A1"]
    wrong = f"{a1},3/1/2024,5/1/2024,,,BT-07,,"
    assert field.import_events(survey.store, clerks(tmp_path, wrong)).stored
    mistaken = clerks(tmp_path, f"{a1},3/1/2024,5/1/2024,,ghi nhầm dòng,BT-07,,Gỡ vì ghi nhầm")
    dry = field.import_events(survey.store, mistaken, dry_run=True)
    assert [(c.before, c.after, c.acts) for c in dry.changes] == [("returned", "out", ("undo",))]
    assert field.import_events(survey.store, mistaken).new == 1
    assert field.import_events(survey.store, mistaken).new == 0
    assert str(field.history(survey.store, a1).state.state) == "out"
    assert field.import_events(survey.store, clerks(tmp_path, f"{a1},3/1/2024,9/1/2024,,,BT-07,,")).new == 1
    assert field.history(survey.store, a1).state.returned_on == date(2024, 1, 9)


@pytest.mark.parametrize(
    ("row", "kind", "column"),
    [
        ("{form},,,,,,,Gỡ vì ghi nhầm", "EVENT_UNDO_NOTHING", "Đề nghị"),
        ("{form},3/1/2024,5/1/2024,Từ chối,,,,Xin nghỉ", "EVENT_REQUEST_UNKNOWN", "Đề nghị"),
        ("{form},3/1/2024,,,,,,Xin thay người", "EVENT_REQUEST_WITHOUT_OUTCOME", "Đề nghị"),
        ("{form},3/1/2024,5/1/2024,,,,,Xin thay người", "EVENT_REQUEST_WITHOUT_OUTCOME", "Đề nghị"),
        ("{form},3/1/2024,,,,,hôm qua,", "EVENT_DAY_UNREADABLE", "Ngày giao"),
    ],
)
def test_a_cell_that_cannot_be(survey: Survey, tmp_path: Path, row: str, kind: str, column: str) -> None:
    """Told at its cell, and nothing is stored."""
    done = field.import_events(survey.store, clerks(tmp_path, row.format(form=survey.codes["A1"])))
    assert (done.stored, [(p.kind, p.place.column) for p in done.problems]) == (False, [(kind, column)])


def test_writer_and_reader_speak_of_the_same_requests() -> None:
    """The drop-down holds what is read."""
    assert tuple(REQUEST_WORDS) == REQUEST_CHOICES
