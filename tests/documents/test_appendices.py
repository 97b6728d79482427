"""The plan's appendices as tables, on the page and in the workbook."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sipas_survey.documents.appendices import tables
from sipas_survey.documents.campaign import Campaign
from sipas_survey.documents.chapters import compose
from sipas_survey.documents.report_html import render_html
from sipas_survey.documents.report_xlsx import write_xlsx
from sipas_survey.exchange.plan_files import read_plan
from sipas_survey.formats import LANGUAGES, Lang
from sipas_survey.resources import shipped
from sipas_survey.satisfaction.appendices import Appendices, Standing, make_appendices
from tests.documents.test_report_html import Page

NOW = {
    "access": Standing(Fraction(84996, 100_000), 0.83, 0.87, False),
    "service": Standing(Fraction(1732799, 2_000_000), 0.84, 0.88, True),
}


@pytest.fixture(scope="module")
def appendices() -> Appendices:
    """The shipped plan beside a survey with two figures."""
    return make_appendices(read_plan(shipped("samples/plan_153")), now=NOW)


def test_rows_in_the_form_of_the_plan(appendices: Appendices) -> None:
    """Number, name, percentage, change; score, change, group; reached, maximum, computed remainder."""
    first, second, third = tables(appendices, "vi", round_name="2023", threshold=Fraction(17, 20))
    assert first.texts[0][2:] == ("13", "12,937", "0,063", "0,027")
    assert second.texts[0] == (
        "II.1", "Tiếp cận dịch vụ", "88,29%", "−1,08", "84,99%", "83,00%", "87,00%", "−3,29", "Có", "Không",
    )  # fmt: skip
    assert second.texts[1][4:] == ("–",) * 6
    assert third.texts[5] == ("III.6", "Cung ứng dịch vụ công", "7,0695", "−0,3745", "Thấp", "Thấp", "Có")
    assert third.texts[8][:3] == ("", "Tổng điểm", "41,8316")
    assert tables(replace(appendices, scores=(), shares=()), "en") == tables(appendices, "en")[:1]


def test_faults_stand_under_the_table_they_belong_to(appendices: Appendices) -> None:
    """One under the first, two under the second, one under the third."""
    notes = [[n for n in table.notes if n.startswith("To be looked at")] for table in tables(appendices, "en")]
    assert [len(each) for each in notes] == [1, 2, 1]
    assert "12.937 leaves 0.063, not 0.027" in notes[0][0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_has_a_section_for_each(appendices: Appendices, report: Campaign, lang: Lang) -> None:
    """Three more tables with captions, well-formed, every figure in the language's form; none without a plan."""
    page = Page(render_html(compose(replace(report, appendices=appendices), "final", lang)))
    assert page.well_formed
    tags = [tag for tag, _ in page.tags]
    assert tags.count("caption") == tags.count("table") == 12
    assert {"appendix_1", "appendix_2", "appendix_3"} <= {a.get("id") for _, a in page.tags}
    assert ("41,8316" if lang == "vi" else "41.8316") in page.words


def test_the_workbook_holds_numbers(appendices: Appendices, report: Campaign, tmp_path: Path) -> None:
    """Shares as percent, scores and points as numbers with their own formats, notes below, the source last."""
    write_xlsx(compose(replace(report, appendices=appendices), "final", "vi", drawn=False), tmp_path / "r.xlsx")
    book: Any = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert book.sheetnames[-4:-1] == ["Phụ lục I", "Phụ lục II", "Phụ lục III"]
    assert [cell.value for cell in book["Phụ lục I"][2]][2:] == [13, 12.937, 0.063, 0.027]
    row = book["Phụ lục II"][2]
    assert (row[2].value, row[2].number_format, row[3].value) == (0.8829, "0.00%", -1.08)
    assert (row[4].value, row[4].number_format) == (0.84996, "0.000%")
    assert (book["Phụ lục III"]["C7"].value, book["Phụ lục III"]["C7"].number_format) == (7.0695, "0.0000")
    assert book["Phụ lục III"].auto_filter.ref.endswith("10")
    texts = [r[0] for r in book["Phụ lục III"].iter_rows(min_row=11, values_only=True) if r[0]]
    assert any(text.startswith("Nguồn: Kế hoạch 153/KH-UBND") for text in texts)


def test_changes_in_points_are_exact_decimals(appendices: Appendices) -> None:
    """−1.08 points is that number, not the nearest to −0.0108 times a hundred."""
    assert tables(appendices, "en")[1].cells[0][3] == Decimal("-1.08")
