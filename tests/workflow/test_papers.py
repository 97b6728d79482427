"""Lists that leave the program: by district, by commune, by worker; and the clerk's sheet comes back."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.workflow import drawing, field, papers
from tests.small_surveys import acts, text_file
from tests.surveys import Survey

WORKERS = "worker,name,commune_code\nBT1,Trần A,04270\nBT2,Lê B,04270\nBT9,Vũ C,04627\n"


def heading(file: Path) -> str:
    return file.read_text(encoding="utf-8").splitlines()[0]


def test_workers_divide_the_names_in_the_field(survey: Survey, tmp_path: Path) -> None:
    """Every main name has a worker of his commune, held reserves none; the list names him on all its sheets."""
    workers = text_file(tmp_path / "w.csv", WORKERS)
    written = papers.write_lists(survey.store, tmp_path / "lists", by_commune=True, workers_file=workers)
    assert written.problems == ()
    book = openpyxl.load_workbook(written.value[0])
    assert "Phân công" in book.sheetnames
    filled = {row[0]: row[5] for row in book["Theo dõi"].iter_rows(min_row=2, values_only=True)}
    assert {filled[survey.codes[name]] for name in ("A1", "A2")} <= {"BT1", "BT2"}
    assert [filled[survey.codes[name]] for name in ("R1", "R2")] == [None, None]


def test_a_released_reserve_gets_a_worker(survey: Survey, tmp_path: Path) -> None:
    """Once a reserve is in the field somebody carries it."""
    survey.tell("print 2 A1\nprint 2 R1\nissue 3 A1\nrefuse 4 A1\nreplace 5 A1 to=R1")
    workers = text_file(tmp_path / "w.csv", WORKERS)
    written = papers.write_lists(survey.store, tmp_path, as_csv=True, workers_file=workers).value
    rows = [line.split(",") for line in written[0].read_text(encoding="utf-8").splitlines()]
    carried = {row[0]: row[-1] for row in rows}
    assert carried[survey.codes["R1"]] in {"BT1", "BT2"}
    assert carried[survey.codes["R2"]] == ""


def test_a_worker_filled_in_alone_says_nothing(survey: Survey, tmp_path: Path) -> None:
    """The sheet may come back as it went out: nothing is recorded. With a day it says print and issue."""
    workers = text_file(tmp_path / "w.csv", WORKERS)
    file = papers.write_lists(survey.store, tmp_path / "lists", workers_file=workers).value[0]
    before = acts(survey.store)
    assert field.import_events(survey.store, file).new == 0
    assert acts(survey.store) == before
    book = openpyxl.load_workbook(file)
    book["Theo dõi"]["B2"] = date(2024, 1, 5)
    book.save(file)
    assert field.import_events(survey.store, file).new == 2


def test_a_commune_without_a_worker_is_told(survey: Survey, tmp_path: Path) -> None:
    """A warning; the list is written all the same."""
    workers = text_file(tmp_path / "w.csv", "worker,commune_code\nBT1,04270\n")
    written = papers.write_lists(survey.store, tmp_path, workers_file=workers)
    assert [(p.kind, p.found) for p in written.problems] == [("ROUTE_WITHOUT_WORKER", "04627")]
    assert len(written.value) == 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("name,commune_code\nA,04270\n", "WORKER_COLUMN_MISSING"),
        ("worker,commune_code\nA,9\n", "WORKER_UNKNOWN_COMMUNE"),
    ],
)
def test_a_wrong_table_of_workers_writes_nothing(survey: Survey, tmp_path: Path, text: str, kind: str) -> None:
    """An error in it stops the lists: exit 3, no file, no entry."""
    before = acts(survey.store)
    with pytest.raises(SurveyError, match=kind) as refused:
        papers.write_lists(survey.store, tmp_path / "lists", workers_file=text_file(tmp_path / "w.csv", text))
    assert refused.value.exit_code == 3
    assert not (tmp_path / "lists").exists()
    assert acts(survey.store) == before


def test_csv_by_commune(survey: Survey, tmp_path: Path) -> None:
    """A file per commune; the column of workers is there only where they were assigned."""
    plain = papers.write_lists(survey.store, tmp_path / "a", as_csv=True, by_commune=True).value
    assert [file.name[:5] for file in plain] == ["04270", "04627"]
    assert not heading(plain[0]).endswith("worker")
    workers = text_file(tmp_path / "w.csv", WORKERS)
    assigned = papers.write_lists(survey.store, tmp_path / "b", as_csv=True, workers_file=workers).value
    assert heading(assigned[0]).endswith(",result_on,worker")


def test_draw_export_by_ending(survey: Survey, tmp_path: Path) -> None:
    """CSV, XLSX and Parquet hold every case; another ending is wrong usage."""
    for name in ("d.csv", "d.xlsx", "d.parquet"):
        assert papers.write_cases(survey.store, tmp_path / name) == len(drawing.export(survey.store)) == 8
        assert (tmp_path / name).stat().st_size > 0
    with pytest.raises(SurveyError, match="WRONG_CHOICE"):
        papers.write_cases(survey.store, tmp_path / "d.docx")
