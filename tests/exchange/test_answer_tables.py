"""Files of answers that are damaged, hostile, or lie about their size."""

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from sipas_survey.exchange.answer_tables import read_answer_table
from sipas_survey.exchange.error_cells import error_cells
from sipas_survey.exchange.limits import LIMITS
from sipas_survey.problems import SurveyError
from tests.exchange.tablet_exports import central_archive, central_rows, spss, workbook


def codes(cells: Sequence[str]) -> int:
    """Headings are form and q01 … q99."""
    return sum(cell == "form" or (cell.startswith("q") and cell[1:].isdigit()) for cell in cells)


def test_an_archive_with_several_tables(tmp_path: Path) -> None:
    """Which of two tables has the forms cannot be told, nor can it where there is none."""
    two = central_archive(tmp_path / "a.zip", central_rows(["1"]), **{"other.csv": "form,q15\n1,4\n"})
    with pytest.raises(SurveyError, match="ARCHIVE_TABLES"):
        read_answer_table(two, headings=codes)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(SurveyError, match="ARCHIVE_TABLES"):
        read_answer_table(tmp_path / "b.zip", headings=codes)


def test_an_archive_that_unpacks_to_more_than_is_held(tmp_path: Path) -> None:
    """It is left at the bound, not in memory nor on the disk."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "form,q15\n" + "1,4\n" * 1_000_000)
    with pytest.raises(SurveyError, match="FILE_TOO_LARGE"):
        read_answer_table(tmp_path / "a.zip", headings=codes, limits=replace(LIMITS, unpacked_bytes=1 << 20))
    with pytest.raises(SurveyError, match="FILE_TOO_LARGE"):
        read_answer_table(tmp_path / "a.zip", headings=codes, limits=replace(LIMITS, entries=0))


@pytest.mark.parametrize("name", ["a.zip", "a.sav", "a.zsav", "a.dta"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"$FL2@(#) SPSS", b"\x00" * 2000, b"<stata_dta>"])
def test_a_damaged_file_is_a_problem(tmp_path: Path, name: str, content: bytes) -> None:
    """Whatever stands in it."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SurveyError, match="FILE_UNREADABLE"):
        read_answer_table(tmp_path / name, headings=codes)


@pytest.mark.parametrize("name", ["a.zip", "a.sav", "a.dta", "a.csv", "a.xlsx"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    """Its name is told."""
    with pytest.raises(SurveyError, match="FILE_NOT_FOUND"):
        read_answer_table(tmp_path / name, headings=codes)


def test_a_statistical_file_with_more_rows_than_are_held(tmp_path: Path) -> None:
    """Rows times columns, and rows times the width of their texts, are bounded before they are read."""
    file = spss(tmp_path / "a.sav", {"form": ["x" * 200] * 50, "q15": [4.0] * 50})
    for limits in (replace(LIMITS, held_cells=99), replace(LIMITS, unpacked_bytes=5000), replace(LIMITS, columns=1)):
        with pytest.raises(SurveyError, match="FILE_TOO_LARGE"):
            read_answer_table(file, headings=codes, limits=limits)
    assert len(read_answer_table(file, headings=codes, limits=replace(LIMITS, held_cells=100)).table) == 50
    with pytest.raises(SurveyError, match="FILE_NO_ROWS"):
        read_answer_table(spss(tmp_path / "b.sav", {"q15": []}), headings=codes)


def test_merged_cells_that_cover_each_other(tmp_path: Path) -> None:
    """Merged cells over one another, thousands of them, would be filled for hours: they are refused."""
    file = workbook(tmp_path / "a.xlsx", {"A": [["q15"], *([i] for i in range(30))]})
    bent = tmp_path / "b.xlsx"
    many = "".join('<mergeCell ref="A2:A31"/>' for _ in range(60))
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(bent, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", f"</sheetData><mergeCells>{many}</mergeCells>".encode())
            new.writestr(entry, content)
    with pytest.raises(SurveyError, match="FILE_TOO_LARGE"):
        read_answer_table(bent, headings=codes)


def test_errors_of_a_sheet(tmp_path: Path) -> None:
    """Told by their place, of the second sheet too, with and without a formula; no other cell is."""
    book = openpyxl.Workbook()
    book.active.append(["#N/A"])  # type: ignore[union-attr]
    sheet = book.create_sheet("Hai")
    sheet.append(["form", "q15"])
    sheet.append(["1", "#REF!"])
    sheet.append(["#N/A", "e"])
    book.save(tmp_path / "a.xlsx")
    assert error_cells(tmp_path / "a.xlsx", 0) == {(0, 0): "#N/A"}
    assert error_cells(tmp_path / "a.xlsx", 1) == {(1, 1): "#REF!", (2, 0): "#N/A"}
    assert error_cells(tmp_path / "a.xlsx", 2) == {}
    read = read_answer_table(tmp_path / "a.xlsx", headings=codes)
    assert (read.place.sheet, read.table.to_numpy().tolist()) == ("Hai", [["1", "#REF!"], ["#N/A", "e"]])


def test_a_sheet_that_is_asked_for(tmp_path: Path) -> None:
    """By its name; without one the first that has headings, else the first."""
    file = workbook(
        tmp_path / "a.xlsx", {"Một": [["a"], ["x"]], "Hai": [["form", "q15"], ["1", 4]], "Ba": [["q16"], [5]]}
    )
    assert read_answer_table(file, headings=codes).place.sheet == "Hai"
    assert read_answer_table(file, headings=codes, sheet="ba").place.sheet == "Ba"
    with pytest.raises(SurveyError, match="SHEET_NOT_FOUND"):
        read_answer_table(file, headings=codes, sheet="Bốn")
    assert read_answer_table(workbook(tmp_path / "b.xlsx", {"A": [["x"], ["y"]]}), headings=codes).place.sheet == "A"
