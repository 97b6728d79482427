"""Small surveys for the tests: a frame is the text that a user would write."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import xlsxwriter

from sipas_survey.storage import ledger
from sipas_survey.storage.store import Store
from sipas_survey.workflow.office import NewSurvey, init

NOW = datetime(2023, 12, 5, 2, 0, tzinfo=UTC)
DISTRICTS = {"132": "04249", "133": "04282", "135": "04303"}


def new_survey(folder: Path, **about: Any) -> Store:
    """A new survey on 5 December 2023."""
    return init(folder, NewSurvey(**about), author="tester", clock=lambda: NOW)


def text_file(path: Path, text: str, *, encoding: str = "utf-8") -> Path:
    """Write an indented text to a file."""
    path.write_bytes(dedent(text).lstrip("\n").encode(encoding))
    return path


def people(per_district: int = 12) -> list[list[str]]:
    """A frame as rows of cells, the headings first: the same number of people in each of three districts."""
    rows = [["unit_id", "commune_code", "village", "field", "agency", "result_on", "size", "full_name", "birth_year"]]
    for district, commune in DISTRICTS.items():
        for i in range(per_district):
            public = [
                f"HS-{district}-{i:02d}",
                commune,
                f"Thôn {i % 3}",
                "Hộ tịch",
                "UBND",
                f"2023-11-{i % 28 + 1:02d}",
            ]
            rows.append([*public, str(i % 5), f"Nguyễn Thị Số {i} {district}", str(1950 + i)])
    return rows


def csv_file(path: Path, rows: Iterable[Iterable[str]], *, delimiter: str = ",") -> Path:
    """Write cells that need no quotation marks as delimited text."""
    path.write_text("".join(delimiter.join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def workbook_file(path: Path, rows: Iterable[Iterable[str]]) -> Path:
    """Write cells as text to the first sheet of a workbook."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Khung")
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.write_string(r, c, cell)
    return path


def acts(store: Store) -> list[str]:
    """The acts of the ledger in order."""
    with store.read() as connection:
        return [str(row["act"]) for row in ledger.entries(connection)]
