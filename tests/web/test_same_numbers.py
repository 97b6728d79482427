"""The same numbers wherever they are read: on the page, in its twins, in the workbook, from the program."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient

from sipas_survey.cli.app import run
from sipas_survey.exchange.records import flat
from sipas_survey.formats import percent
from sipas_survey.workflow import answers
from tests.surveys import Survey

Browser = Callable[[str], TestClient]
TOLD = """print 2 A1\nissue 3 A1 worker=W1\nreturn 5 A1 worker=W1\nprint 2 A2\nissue 3 A2 worker=W1
return 6 A2 worker=W1\nprint 2 B1\nissue 3 B1 worker=W2\nreturn 7 B1 worker=W2\nprint 2 B2\nissue 3 B2 worker=W2"""
QUESTIONS = ("q16", "q20", "q23", "q28", "q33")
GIVEN = {"A1": "5,4,4,5,3", "A2": "4,,4,2,5", "B1": "3,4,5,5,4"}
COUNTS = ("quota", "handed_out", "withdrawn", "issued", "returned", "outstanding", "lost", "valid")


@pytest.fixture
def answered(office: Survey) -> Survey:
    """Three of four forms are back, with answers."""
    assert office.tell(TOLD).stored
    assert answers.import_responses(office.store, [answers_file(office, "answers.csv", GIVEN)]).stored
    return office


def answers_file(office: Survey, name: str, given: dict[str, str]) -> Path:
    file = office.store.folder / name
    rows = [f"{office.codes[form]},{cells}" for form, cells in given.items()]
    file.write_text("\n".join([f"form,{','.join(QUESTIONS)}", *rows]) + "\n", encoding="utf-8")
    return file


def program(office: Survey, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What the command prints as JSON."""
    capsys.readouterr()
    assert run(["-C", str(office.store.folder), *arguments, "--format", "json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def table_of(content: bytes) -> list[dict[str, Any]]:
    """The rows of a workbook by their headings, empty cells as None."""
    header, *rows = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def same(rows: list[dict[str, Any]], cells: list[dict[str, Any]], *, text: bool = False) -> None:
    """Every cell of a file is the value of its record: numbers without loss, nothing left out."""
    assert len(rows) == len(cells)
    for row, other in zip(map(flat, rows), cells, strict=True):
        for name, value in row.items():
            cell = other[name]
            if isinstance(value, bool):
                value = str(value).lower()
            if text and isinstance(value, float):
                cell = float(cell)
            elif text and isinstance(value, int):
                cell = int(cell)
            # a workbook keeps 16 digits
            assert cell == (pytest.approx(value, rel=1e-15) if isinstance(value, float) else value) or (
                value in (None, "") and cell in (None, "")
            ), (name, value, cell)


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1]))


def test_status(answered: Survey, browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts and rates of every district: program, JSON, CSV, and the tiles and table of the page."""
    told = program(answered, capsys, "status", "--by", "district")
    client = browser("home_affairs")
    twin = client.get("/overview.json?by=district").json()
    assert {n: twin["total"][n] for n in COUNTS} == {n: told["total"][n] for n in COUNTS}
    assert twin["total"]["return_rate"] == told["total"]["return_rate"] == 0.75
    assert [{n: r[n] for n in COUNTS} for r in twin["rows"]] == [{n: r[n] for n in COUNTS} for r in told["rows"]]
    same(twin["rows"], list(csv.DictReader(io.StringIO(client.get("/overview.csv?by=district").text))), text=True)
    page = words_of(client.get("/?lang=vi").text)
    for row in (told["total"], *told["rows"]):
        assert percent(row["return_rate"], "vi") in page
    assert "3 / 4" in page


def test_results(answered: Survey, browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    """Dimensions, criteria, districts and their ranks: program, JSON, CSV, XLSX and page."""
    told = program(answered, capsys, "satisfaction", "--by", "district_code", "--league", "service")
    client, query = browser("analyst"), "by=district_code"
    twin = client.get(f"/results.json?{query}").json()
    assert twin["rows"] == told["rows"]
    assert twin["league"]["rows"] == told["league"]["rows"]
    assert len(twin["league"]["rows"]) == 2
    for name, rows in (("", told["rows"]), ("league", told["league"]["rows"])):
        same(rows, table_of(client.get(f"/results.xlsx?{query}&table={name}").content))
        text = client.get(f"/results.csv?{query}&table={name}").text
        same(rows, list(csv.DictReader(io.StringIO(text))), text=True)
    page = words_of(client.get(f"/results?{query}&lang=vi").text)
    shown = [row for row in told["rows"] if row["value"] is not None and (not row["by"] or row["index"] == "service")]
    assert len(shown) > 8
    for row in shown:
        assert percent(row["value"], "vi") in page, row["index"]
        if row["lower"] is not None:
            assert percent(row["lower"], "vi") in page


def test_change(answered: Survey, browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    """What has changed since another round's file: program, JSON, XLSX and page."""
    before = answers_file(
        answered, "before.csv", {"A1": "3,3,4,4,3", "A2": "4,4,4,2,3", "B1": "3,4,2,5,4", "B2": "5,5,5,5,1"}
    )
    told = program(answered, capsys, "satisfaction", "--against", str(before))["comparison"]["rows"]
    client = browser("analyst")
    csrf = client.get("/results").text.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    sent = client.post(
        "/results/against", data={"csrf": csrf, "query": ""}, files={"file": ("before.csv", before.read_bytes())}
    )
    query = re.findall(r"against=([\w-]+)", sent.headers["location"])[0]
    assert client.get(f"/results.json?against={query}").json()["comparison"]["rows"] == told
    same(told, table_of(client.get(f"/results.xlsx?against={query}&table=comparison").content))
    page = words_of(client.get(f"/results?against={query}&lang=vi").text)
    for row in told:
        if row["before"] is not None:
            assert percent(row["before"], "vi") in page, row["index"]


def test_every_entry_of_the_ledger_has_a_word() -> None:
    """Whatever the program notes of the survey itself is told in both languages on the page of the journal."""
    from sipas_survey.formats import has_word
    from sipas_survey.resources import shipped

    noted: set[str] = set()
    for file in Path(str(shipped("workflow"))).rglob("*.py"):
        noted |= set(re.findall(r'\.note\(\s*"(\w+)"', file.read_text(encoding="utf-8")))
    assert len(noted) > 20
    kinds = {"settings", "draw", "reopen_frame", "reopen_design", "reopen_draw", "open_recheck"}
    assert [act for act in sorted(noted | kinds) if not has_word(f"entry_{act}")] == []


def test_the_chart_has_the_verdicts_of_the_table(answered: Survey, browser: Browser) -> None:
    """A sign for each verdict by the interval, beside the one of the legend: never the point alone."""
    client = browser("analyst")
    rows = client.get("/results.json").json()["rows"]
    shown = [row["verdict"] for row in rows if row["level"] != "criterion" and row["value"] is not None]
    drawn = client.get("/results.svg").text
    assert drawn.startswith("<svg")
    for verdict, sign in (("met", "<circle"), ("undecided", "<path d"), ("not_met", "<rect")):
        assert drawn.count(sign) == shown.count(verdict) + 1
