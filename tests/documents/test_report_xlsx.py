"""The report's workbook, read back."""

from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sipas_survey.documents.campaign import Campaign
from sipas_survey.documents.chapters import compose
from sipas_survey.documents.report_xlsx import write_xlsx
from sipas_survey.formats import word

VI = [
    "Nhận xét", "Tóm tắt", "Quy tắc", "Mẫu", "Tiến độ", "Theo ngày", "Kết quả từng người", "Tỷ lệ AAPOR", "Kết quả",
    "Kết quả theo huyện", "Thông tin",
]  # fmt: skip
EN = [
    "Findings", "Summary", "Rules", "Sample", "Progress", "By day", "Dispositions", "Rates", "Results",
    "Results by district", "Provenance",
]  # fmt: skip


@pytest.fixture(scope="module")
def book(report: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The Vietnamese workbook, read back."""
    path = tmp_path_factory.mktemp("report") / "report.xlsx"
    write_xlsx(compose(report, "final", "vi", drawn=False), path)
    return openpyxl.load_workbook(path)


def _row(sheet: Any, first: str) -> dict[str, Any]:
    """The cells of the row that begins with a value, by heading."""
    cells = next(row for row in sheet.iter_rows() if row[0].value == first)
    return {heading.value: cell for heading, cell in zip(sheet[1], cells, strict=True)}


def test_sheets_are_named_in_the_language(book: Any, report: Campaign, tmp_path: Path) -> None:
    """What is said, a sheet for each table in the order of the work, and where it comes from."""
    write_xlsx(compose(report, "final", "en", drawn=False), tmp_path / "en.xlsx")
    assert book.sheetnames == VI
    assert openpyxl.load_workbook(tmp_path / "en.xlsx").sheetnames == EN


def test_summary_holds_the_five_numbers_and_the_judgement(book: Any) -> None:
    """Parts and wholes are integers, shares are exact numbers, withdrawn stands under the return rate."""
    sheet = book["Tóm tắt"]
    assert [sheet.cell(row, 1).value for row in range(2, 9)] == [
        "Tỷ lệ thu phiếu",
        "Rút lại",
        "Tỷ lệ hợp lệ",
        "Mức đủ mẫu",
        "Tỷ lệ trả lời RR1",
        word("count_substitution_rate", "vi"),
        "Cung ứng dịch vụ hành chính công",
    ]
    rate = _row(sheet, "Tỷ lệ thu phiếu")
    assert (rate["Tử số"].value, rate["Mẫu số"].value, rate["Giá trị"].value) == (540, 542, 540 / 542)
    assert rate["Theo kế hoạch"].value == "✗ Chưa đạt"
    judged = _row(sheet, "Cung ứng dịch vụ hành chính công")
    assert judged["Giá trị"].value == 8700 / 10_011
    assert (judged["Theo kế hoạch"].value, judged["Theo khoảng 95%"].value) == ("✓ Đạt", "✓ Đạt")
    said = [row[1] for row in book["Nhận xét"].iter_rows(values_only=True)]
    assert any("Thu về 540 trên 542 phiếu đã phát" in str(text) for text in said)


def test_shares_keep_their_side_of_the_target_when_displayed(book: Any) -> None:
    """84,996 % is the exact number with three decimals; an ordinary share has two."""
    assert _row(book["Kết quả"], "civil_servants")["Tỷ lệ hài lòng"].value == 0.84996
    assert _row(book["Kết quả"], "civil_servants")["Tỷ lệ hài lòng"].number_format == "0.000%"
    assert _row(book["Kết quả"], "access")["Tỷ lệ hài lòng"].number_format == "0.00%"


def test_row_without_answers_has_blanks_and_says_no_data(book: Any) -> None:
    """No number stands where nothing was counted."""
    row = _row(book["Kết quả"], "feedback")
    assert row["Tỷ lệ hài lòng"].value is None
    assert row["Cận dưới 95%"].value is None
    assert row["Theo khoảng 95%"].value == "– Không có dữ liệu"


def test_progress_has_every_place_and_a_total_outside_the_filter(book: Any) -> None:
    """Nine districts, codes as text, and a total row that sorting leaves where it is."""
    sheet = book["Tiến độ"]
    row = _row(sheet, "137")
    assert (row["Đơn vị"].value, row["Mất"].value, row["Chỉ tiêu thu"].value) == ("Huyện Mù Căng Chải", 1, "✗ Chưa đạt")
    assert [cell.value for cell in sheet["A"][:11]][1] == "132"
    assert sheet["B11"].value == "Toàn cuộc"
    assert sheet.auto_filter.ref.endswith("10")


def test_days_are_real_days(book: Any) -> None:
    """The day column holds dates with the day-first format, the running totals stand beside the day's acts."""
    sheet = book["Theo ngày"]
    assert sheet["A2"].value == datetime(2023, 12, 11)  # noqa: DTZ001
    assert sheet["A2"].number_format == "dd/mm/yyyy"
    last = {heading.value: cell.value for heading, cell in zip(sheet[1], sheet[21], strict=True)}
    assert (last["Đã thu"], last["Đã thu (cộng dồn)"]) == (0, 540)


def test_districts_stand_with_codes_and_flags(book: Any) -> None:
    """85 of 100 reaches 85 % exactly and is flagged for its few forms."""
    row = _row(book["Kết quả theo huyện"], "139")
    assert (row["Hài lòng"].value, row["Theo kế hoạch"].value, row["Ít phiếu"].value) == (85, "✓ Đạt", "Ít phiếu")
    assert row["Tỷ lệ hài lòng"].number_format == "0.00%"


def test_provenance_tells_where_it_comes_from_and_how_much_there_is(book: Any, report: Campaign) -> None:
    """As-of day, digests, version, ledger head, local instants, and the number of rows of every other sheet."""
    facts = {row[0]: row[1] for row in book["Thông tin"].iter_rows(values_only=True)}
    assert facts["Số liệu đến ngày"] == datetime(2024, 1, 15)  # noqa: DTZ001
    assert facts["Rút mẫu lúc"] == datetime(2023, 12, 4, 9, 30)  # noqa: DTZ001
    assert facts["Đầu sổ cái"] == report.provenance.ledger_head
    assert facts["Mã băm khung (SHA-256)"] == report.provenance.frame_digest
    assert facts["Phiên bản sipas_survey"] == "0.1.0"
    counts = [facts[f"Số dòng của trang “{name}”"] for name in VI[1:-1]]
    assert counts == [7, 10, 9, 9, 20, 7, 7, 6, 9]


def test_every_sheet_is_ready_to_print(book: Any) -> None:
    """A4 landscape, one page wide, heading row frozen and repeated, page x of y."""
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("A2", "$1:$1")
        assert "&P" in sheet.oddFooter.right.text


def test_same_report_same_bytes(report: Campaign, tmp_path: Path) -> None:
    """Writing twice gives the same file, and its day of creation is the as-of day."""
    for name in ("a", "b"):
        write_xlsx(compose(report, "final", "en", drawn=False), tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").properties.created == datetime(2024, 1, 15)  # noqa: DTZ001


def test_a_survey_after_the_draw_has_a_workbook(empty_report: Campaign, tmp_path: Path) -> None:
    """Tables without rows are written with their headings; shares of nothing are blank."""
    write_xlsx(compose(empty_report, "final", "en", drawn=False), tmp_path / "report.xlsx")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert book["By day"].max_row == 1
    assert _row(book["Summary"], "Return rate")["Value"].value is None
    assert _row(book["Summary"], "Return rate")["By the plan's rule"].value == "– No data"
