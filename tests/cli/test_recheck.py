"""`sipas recheck …` and the answers' part of `sipas quality`, as a person calls them."""

import csv
import io
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from tests.cli.conftest import Sipas

BOOK, SHEET = "phuc-tra-1-mat-tran-to-quoc.xlsx", "Kết quả phúc tra"


def filled(file: Path) -> tuple[list[str], list[str]]:
    """Fill in the sheet of a workbook, the first form as one that never was; return its forms and names."""
    book = openpyxl.load_workbook(file)
    today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    forms, names = [], []
    headings = [str(cell.value) for cell in book[SHEET][1]]
    at = headings.index("Họ và tên")
    for i, row in enumerate(book[SHEET].iter_rows(min_row=2)):
        forms.append(str(row[0].value))
        names.append(str(row[at].value))
        row[1].value, row[2].value = today, "Đúng" if i else "Không được phát phiếu"
        row[headings.index("sex – Giới tính")].value = "Nữ"
        row[headings.index("signs – Biển hiệu, chỉ dẫn ở nơi làm thủ tục rõ ràng")].value = "4 - Hài lòng"
    book.save(file)
    return forms, names


def test_from_the_draw_to_the_report(demo: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Drawn, ordered, filled in, taken in twice, reported in three formats; no name is ever printed."""
    drawn = sipas("-C", demo, "recheck", "draw", "--per-village", 0, "--format", "json").json
    assert drawn["selected"] < drawn["forms"] / 2
    assert len(drawn["seed_digest"]) == 64
    assert "seed" not in drawn
    assert sipas("-C", demo, "recheck", "draw").code == 4
    ordered = sipas("-C", demo, "recheck", "order", tmp_path / "rc", "--format", "json").json
    assert (ordered["forms"], ordered["front"] + ordered["veterans"]) == (drawn["selected"], drawn["selected"])
    forms, names = filled(tmp_path / "rc" / BOOK)
    first = sipas("-C", demo, "recheck", "import", tmp_path / "rc" / BOOK, "--format", "json")
    assert (first.code, first.json["new"], first.json["stored"]) == (0, len(forms), True)
    again = sipas("-C", demo, "recheck", "import", tmp_path / "rc" / BOOK, "--format", "json").json
    assert (again["new"], again["known"]) == (0, len(forms))
    report = sipas("-C", demo, "recheck", "report", "--format", "json")
    total = report.json["findings"][-1]
    assert (total["no_form"], total["confirmed"]) == (1, len(forms) - 1)
    assert report.json["proposals"][0]["form"] == forms[0]
    rows = list(csv.DictReader(io.StringIO(sipas("-C", demo, "recheck", "report", "--format", "csv").out)))
    assert rows[-1]["about"] == "round"
    for lang in ("vi", "en"):
        shown = sipas("-C", demo, "recheck", "report", "--lang", lang)
        assert shown.code == 0
        assert "recheck order DIR --worker" in shown.out
        assert not [name for name in names if name in shown.out + report.out]
    assert sipas("-C", demo, "audit", "verify").code == 0


@pytest.mark.parametrize("share", ["x", "1/0", "2"])
def test_a_share_that_is_none(demo: Path, sipas: Sipas, share: str) -> None:
    """Wrong usage, and no traceback."""
    assert sipas("-C", demo, "recheck", "draw", "--share", share).code == 2


def test_a_warning_where_villages_make_it_large(demo: Path, sipas: Sipas) -> None:
    """With a person or two in each village the least number of each is most of the forms, and that is said."""
    assert "RECHECK_MUCH" in sipas("-C", demo, "recheck", "draw").err


def test_quality_of_answers(demo: Path, sipas: Sipas) -> None:
    """The interviewer effect of each element stands beside the flags."""
    record = sipas("-C", demo, "quality", "--format", "json").json
    assert {row["index"] for row in record["effects"]} >= {"access", "feedback"}
    assert all(row["effect"] >= 1 for row in record["effects"])
