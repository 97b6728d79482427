"""Respondent lists, read back as an office program would."""

from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from sipas_survey.cases import is_form_code
from sipas_survey.documents.lists import (
    OUTCOME_CHOICES,
    REQUEST_CHOICES,
    RETURN_HEADINGS,
    DistrictList,
    sheet_name,
    write_list,
)
from sipas_survey.formats import Lang, plain_text

SIX = ["Mã phiếu", "Ngày phát", "Ngày thu", "Kết quả", "Lý do", "Bưu tá"]
EIGHT = [*SIX, "Ngày giao", "Đề nghị"]


@pytest.fixture(scope="module")
def book(district: DistrictList, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The Vietnamese workbook of the district, read back."""
    path = tmp_path_factory.mktemp("lists") / "list.xlsx"
    write_list(path, district, lang="vi")
    return openpyxl.load_workbook(path)


def _rows(sheet: Any) -> list[dict[str, Any]]:
    """The rows with a form code: what stands below them is the sum and the places to sign."""
    heading, *rows = sheet.iter_rows(values_only=True)
    records = [dict(zip(heading, row, strict=True)) for row in rows]
    return list(takewhile(lambda record: is_form_code(str(record["Mã phiếu"])), records))


def test_sheets_stand_in_their_order(book: Any) -> None:
    """Main list, reserve, summary, and the sheet that comes back."""
    assert book.sheetnames == ["Chính thức", "Dự phòng", "Tổng hợp", "Theo dõi"]


def test_english_workbook_keeps_the_sheet_that_is_read_back(district: DistrictList, tmp_path: Path) -> None:
    """Sheet name and the eight headings of "Theo dõi" are the same in English: the reader depends on them."""
    write_list(tmp_path / "list.xlsx", district, lang="en")
    english = openpyxl.load_workbook(tmp_path / "list.xlsx")
    assert english.sheetnames == ["Main list", "Reserve list", "Summary", "Theo dõi"]
    assert [cell.value for cell in english["Theo dõi"][1]] == [*EIGHT, "Full name", "Commune", "List"]
    assert tuple(EIGHT) == RETURN_HEADINGS


def test_main_list_is_sorted_as_vietnamese_lists_are(book: Any) -> None:
    """By commune, village, then given name: phường Đồng Tâm before Yên Thịnh, Tổ 12 before Tổ 2 as text, Xã last."""
    names = [plain_text(row["Họ và tên"]) for row in _rows(book["Chính thức"])]
    assert names == [
        "Nguyễn Văn Đức",
        "Đặng Thị Ánh",
        '=HYPERLINK("x")',
        "Trần Thị Bích Ngọc",
        "Hoàng A Páo",
        "Lò Thị Ưng",
    ]


def test_reserve_list_stands_strictly_in_drawn_order(book: Any) -> None:
    """Turns go up through the reserve, and only the released one says so."""
    rows = _rows(book["Dự phòng"])
    assert [row["Thứ tự"] for row in rows] == [7, 8, 9, 10, 11, 12]
    assert [row["Được dùng"] for row in rows] == ["rồi"] + ["chưa"] * 5


def test_reserves_of_several_strata_do_not_mix(district: DistrictList, tmp_path: Path) -> None:
    """Turns count within a stratum: the reserve lists one stratum after the other."""
    people = district.people.assign(stratum=["A", "B"] * 6)
    write_list(tmp_path / "list.xlsx", replace(district, people=people), lang="vi")
    rows = _rows(openpyxl.load_workbook(tmp_path / "list.xlsx")["Dự phòng"])
    order = [(row["Tầng"], row["Thứ tự"]) for row in rows]
    assert order == sorted(order)
    assert {stratum for stratum, _ in order} == {"A", "B"}


def test_codes_are_text_years_numbers_and_days_days(book: Any) -> None:
    """Form codes and phones stay text; a birth year is a number, other writing stays; a day is a real date."""
    rows = {plain_text(row["Họ và tên"]): row for row in _rows(book["Chính thức"])}
    first = rows["Nguyễn Văn Đức"]
    assert is_form_code(first["Mã phiếu"])
    assert first["Số điện thoại"] == "0912 000 002"
    assert (first["Năm sinh"], first["Giới tính"]) == (1988, "Nam")
    assert first["Ngày trả kết quả"] == datetime(2023, 11, 2)  # noqa: DTZ001
    assert rows["Hoàng A Páo"]["Năm sinh"] is None
    assert rows["Hoàng A Páo"]["Ngày trả kết quả"] is None
    assert rows['=HYPERLINK("x")']["Năm sinh"] == "khoảng 1950"
    assert book["Chính thức"]["L2"].number_format == "dd/mm/yyyy"


def test_text_that_looks_like_a_formula_is_escaped(book: Any) -> None:
    """A name that begins with = is text behind an apostrophe on every sheet, and no cell is a formula."""
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert sum(cell.value == '\'=HYPERLINK("x")' for cell in cells) == 4
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_sheet_to_fill_in_has_main_then_reserve(book: Any) -> None:
    """Every form once, main list first, each list in drawn order, its kind beside it, nothing filled in."""
    rows = _rows(book["Theo dõi"])
    assert list(rows[0]) == [*EIGHT, "Họ và tên", "Xã/phường", "Loại"]
    assert [row["Loại"] for row in rows] == ["Chính thức"] * 6 + ["Dự phòng"] + ["Dự phòng (chưa dùng)"] * 5
    assert [plain_text(row["Họ và tên"]) for row in rows[:3]] == ["Đặng Thị Ánh", "Nguyễn Văn Đức", "Lò Thị Ưng"]
    assert len({row["Mã phiếu"] for row in rows}) == 12
    assert not any(row[heading] for row in rows for heading in EIGHT[1:])


def test_sheet_to_fill_in_takes_only_days_and_known_outcomes(book: Any) -> None:
    """Days are checked, outcomes and requests chosen from those that are read."""
    sheet = book["Theo dõi"]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert set(rules) == {"B2:C13", "G2:G13", "D2:D13", "H2:H13"}
    assert {rules[cells].formula2 for cells in ("B2:C13", "G2:G13")} == {"TODAY()"}
    assert rules["D2:D13"].formula1.strip('"').split(",") == list(OUTCOME_CHOICES)
    assert rules["H2:H13"].formula1.strip('"').split(",") == list(REQUEST_CHOICES)
    assert all(rule.showErrorMessage for rule in rules.values())
    assert sheet["B2"].number_format == "dd/mm/yyyy"


def test_only_what_is_to_be_filled_in_is_open(book: Any) -> None:
    """The sheet is protected without a password; its seven entry columns are unlocked and tinted, the rest is not."""
    sheet = book["Theo dõi"]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert [cell.protection.locked for cell in sheet[2]] == [True] + [False] * 7 + [True] * 3
    assert {cell.fill.fgColor.rgb for cell in sheet[2][1:8]} == {"FFFFF8DC"}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_sheet_is_ready_to_print(district: DistrictList, tmp_path: Path, lang: Lang) -> None:
    """A4 landscape, one page wide, heading row frozen and repeated, filter, print area, page x of y."""
    write_list(tmp_path / "list.xlsx", district, lang=lang)
    for sheet in openpyxl.load_workbook(tmp_path / "list.xlsx"):
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("A2", "$1:$1")
        assert sheet.auto_filter.ref.startswith("A1:")
        assert sheet.print_area
        assert "&P" in sheet.oddFooter.right.text
        assert "&N" in sheet.oddFooter.right.text


def test_reserve_list_prints_its_rule_on_every_page(book: Any) -> None:
    """Whoever holds a page of the reserve list reads that it may be used only after release."""
    assert "CHỈ DÙNG SAU KHI" in book["Dự phòng"].oddHeader.left.text


def test_summary_counts_and_says_where_the_list_comes_from(book: Any) -> None:
    """Names by commune worked by hand from the twelve people; seed, digest, day and the note on personal data."""
    sheet = book["Tổng hợp"]
    table = [tuple(cell.value for cell in row) for row in sheet["A2:E5"]]
    assert table == [
        ("04261", "Phường Đồng Tâm", 1, 1, 2),
        ("04249", "Phường Yên Thịnh", 3, 3, 6),
        ("04543", "Xã Âu Lâu", 2, 2, 4),
        (None, "Tổng cộng", 6, 6, 12),
    ]
    assert sheet.auto_filter.ref == "A1:E4"
    facts = {row[0].value: row[1].value for row in sheet["A7:B14"]}
    assert facts["Hạt giống rút mẫu"] == "Xổ số miền Bắc 03/12/2023: 71 204"
    assert facts["Mã băm khung mẫu (SHA-256)"] == "3f" * 32
    assert facts["Ngày rút mẫu"] == datetime(2023, 12, 4)  # noqa: DTZ001
    assert "không phải phiếu vô danh" in facts["Dữ liệu cá nhân"]


def test_the_same_list_is_the_same_bytes(district: DistrictList, tmp_path: Path) -> None:
    """Two writings of one list differ in nothing, whatever the order of its rows, with or without a day."""
    for each in (district, replace(district, drawn_on=None)):
        write_list(tmp_path / "a.xlsx", each, lang="vi")
        write_list(tmp_path / "b.xlsx", replace(each, people=each.people.sample(frac=1, random_state=1)), lang="vi")
        assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").properties.created == datetime(1980, 1, 1)  # noqa: DTZ001


def test_people_are_not_changed(district: DistrictList, tmp_path: Path) -> None:
    """Writing a list leaves its table as it was."""
    before = district.people.copy(deep=True)
    write_list(tmp_path / "list.xlsx", district, lang="vi")
    pd.testing.assert_frame_equal(district.people, before)


def test_a_district_without_people_and_with_a_long_name_is_written(district: DistrictList, tmp_path: Path) -> None:
    """No names and names too long for a page header are no fault."""
    empty = replace(district, people=district.people.iloc[:0], survey_name="Khảo sát & " * 60, district="Huyện " * 40)
    write_list(tmp_path / "list.xlsx", empty, lang="vi")
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx")["Theo dõi"]
    assert [cell.value for cell in sheet[1]][:6] == SIX
    assert sheet.max_row == 1


def test_a_list_ends_with_its_sum_and_places_to_sign(book: Any) -> None:
    """Below the names: how many they are, the day, and who signs; all of it is printed, none of it filtered."""
    for name, column in (("Chính thức", "A1:L7"), ("Dự phòng", "A1:N7")):
        sheet = book[name]
        texts = [cell.value for row in sheet.iter_rows(min_row=8) for cell in row if cell.value is not None]
        signers = ["Người lập danh sách", "Đại diện bưu điện", "Đại diện Sở Nội vụ"]
        assert texts == ["Cộng", 6, "Ngày …… tháng …… năm ………", *signers, *["(Ký, ghi rõ họ tên)"] * 3]
        assert sheet.auto_filter.ref == column
        assert int(sheet.print_area.split("$")[-1]) > sheet.max_row


@pytest.fixture(scope="module")
def carried(district: DistrictList, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The workbook with a sheet per commune and two workers, the first of whom carries all but one village."""
    people = district.people.copy()
    people["worker"] = ["BT2" if p.village == "Tổ 12" else "BT1" for p in people.itertuples()]
    people.loc[~people["released"], "worker"] = ""
    path = tmp_path_factory.mktemp("carried") / "list.xlsx"
    write_list(path, replace(district, people=people, workers={"BT1": "Trần A", "BT2": ""}, by_commune=True), lang="vi")
    return openpyxl.load_workbook(path)


def test_a_sheet_per_commune(carried: Any) -> None:
    """In Vietnamese order of the names, each with its own numbers, sum and title; the rest as before."""
    assert carried.sheetnames == [
        "Phường Đồng Tâm", "Phường Yên Thịnh", "Xã Âu Lâu", "Dự phòng", "Tổng hợp", "Phân công", "Theo dõi",
    ]  # fmt: skip
    sheet = carried["Phường Yên Thịnh"]
    assert [row["STT"] for row in _rows(sheet)] == [1, 2, 3]
    assert [row["Bưu tá"] for row in _rows(sheet)] == ["BT2", "BT1", "BT1"]
    assert 3 in [cell.value for cell in sheet[5]]
    assert "Phường Yên Thịnh, Thành phố Yên Bái" in sheet.oddHeader.left.text
    assert sheet.print_title_rows == "$1:$1"


def test_the_assignment_sums_by_worker(carried: Any) -> None:
    """A line a village with its forms, a sum a worker, a sum of all; held reserves count for nobody."""
    rows = [tuple(cell.value for cell in row[:5]) for row in carried["Phân công"]["A2:F9"]]
    assert rows == [
        ("BT1", "Trần A", "Phường Đồng Tâm", "Tổ 3", 1),
        ("BT1", "Trần A", "Phường Yên Thịnh", "Tổ 2", 2),
        ("BT1", "Trần A", "Xã Âu Lâu", "Thôn Đồng Đình", 1),
        ("BT1", "Trần A", "Xã Âu Lâu", "Thôn Nước Mát", 1),
        ("BT1", "Trần A", "Cộng", None, 5),
        ("BT2", None, "Phường Yên Thịnh", "Tổ 12", 2),
        ("BT2", None, "Cộng", None, 2),
        (None, None, "Tổng cộng", None, 7),
    ]


def test_the_sheet_to_fill_in_names_the_worker(carried: Any) -> None:
    """Who carries a form stands in its row already, and may be changed there."""
    rows = _rows(carried["Theo dõi"])
    assert [row["Bưu tá"] for row in rows] == ["BT2", *["BT1"] * 5, "BT2", *[None] * 5]
    assert not carried["Theo dõi"]["F2"].protection.locked


@pytest.mark.parametrize(
    ("commune", "taken", "name"),
    [
        ("Xã Âu Lâu", set(), "Xã Âu Lâu"),
        ("Xã Âu Lâu", {"xã âu lâu"}, "Xã Âu Lâu 04543"),
        ("Xã A/B: [C]*?", set(), "Xã A B C"),
        ("Tổng hợp", {"tổng hợp"}, "Tổng hợp 04543"),
        ("Thị trấn Nông trường Nghĩa Lộ cũ và mới", set(), "Thị trấn Nông trường Nghĩa Lộ c"),
        ("Thị trấn Nông trường Nghĩa Lộ cũ", {"thị trấn nông trường nghĩa lộ c"}, "Thị trấn Nông trường Nghĩ 04543"),
        ("", set(), "04543"),
    ],
)
def test_names_of_sheets(commune: str, taken: set[str], name: str) -> None:
    """At most 31 signs, none that a workbook refuses, none twice: the code tells equal names apart."""
    assert sheet_name(commune, "04543", taken) == name
    assert len(name) <= 31
