"""Headings as people write them."""

import pandas as pd
import pytest

from sipas_survey.exchange.headings import (
    CLERK_ALIASES,
    EVENT_ALIASES,
    FRAME_ALIASES,
    FRAME_NAMES,
    match,
    parse_renames,
    renamed,
)
from sipas_survey.problems import Checked, Place, SurveyError

PLACE = Place(file="khung.csv")


def frame(*columns: str, **renames: str) -> Checked[dict[str, str]]:
    return match(columns, FRAME_ALIASES, place=PLACE, renames=renames, second_choice=FRAME_NAMES)


@pytest.mark.parametrize(
    ("heading", "ours"),
    [
        ("Họ và tên", "full_name"), ("HỌ TÊN", "full_name"), ("ho_va_ten", "full_name"), ("Họ và tên (*)", "full_name"),
        ("Năm sinh", "birth_year"), ("Giới tính", "sex"), ("Số điện thoại", "phone"), ("SĐT", "phone"),
        ("Điện thoại", "phone"), ("Địa chỉ", "address"), ("Xã/phường", "commune_code"), ("xã / phường", "commune_code"),
        ("Mã xã", "commune_code"), ("Huyện", "district_code"), ("Huyện/thị xã/thành phố", "district_code"),
        ("Mã huyện", "district_code"), ("Thôn/TDP", "village"), ("Thôn", "village"), ("Tổ dân phố", "village"),
        ("Lĩnh vực", "field"), ("Cơ quan", "agency"), ("Ngày trả kết quả", "result_on"), ("Mã hồ sơ", "unit_id"),
        ("Mã đơn vị", "unit_id"), ("Mã số", "unit_id"), ("unit_id", "unit_id"), ("Birth year", "birth_year"),
        ("Ho\u0323 va\u0300 te\u0302n", "full_name"), ("Quy mô", "size"),
    ],
)  # fmt: skip
def test_headings_of_frames(heading: str, ours: str) -> None:
    """Vietnamese as people write it, and our own names, in any case and dress."""
    found = frame("STT", heading, "Ghi chú khác")
    assert found.value == {heading: ours}
    assert found.problems == ()


def test_no_heading_means_two_things() -> None:
    """Within a table of aliases every heading belongs to one column; a second choice never repeats a first."""
    for tables in ((FRAME_ALIASES, FRAME_NAMES), (EVENT_ALIASES,), (CLERK_ALIASES,)):
        pairs = [(alias, ours) for table in tables for ours, some in table.items() for alias in (ours, *some)]
        for alias, ours in pairs:
            assert match([alias], tables[0], place=PLACE, second_choice=tables[-1]).value == {alias: ours}


def test_a_code_goes_before_a_name() -> None:
    """Lists often have both the code and the name of a commune: the code is read, the name stays behind."""
    assert frame("Mã HS", "Tên xã", "Mã xã").value == {"Mã xã": "commune_code"}
    assert frame("Tên xã", "Huyện").value == {"Tên xã": "commune_code", "Huyện": "district_code"}


@pytest.mark.parametrize("columns", [("Họ tên", "Họ và tên"), ("SĐT", "phone"), ("Xã", "Phường")])
def test_two_columns_for_one_of_ours(columns: tuple[str, str]) -> None:
    """Both are named; nothing is chosen silently."""
    found = frame(*columns)
    told = found.problems
    assert [(p.kind, p.place.column, p.found, p.details["other"]) for p in told] == [
        ("COLUMN_TWICE", columns[1], columns[1], columns[0])
    ]
    assert list(found.value) == [columns[0]]


def test_the_user_has_the_last_word() -> None:
    """A rename goes before what is recognised, and settles what would be there twice."""
    assert frame("Người nộp", "Họ tên", **{"Người nộp": "full_name"}).value == {"Người nộp": "full_name"}
    assert frame("Họ tên", "Họ và tên", **{"ho va ten": "full_name"}) == Checked({"Họ và tên": "full_name"})
    assert frame("Mã xã", "Thôn", **{"Mã xã": "unit_id"}).value == {"Mã xã": "unit_id", "Thôn": "village"}


@pytest.mark.parametrize(
    ("renames", "kind"),
    [
        ({"Họ tên": "name"}, "MAP_UNKNOWN"),
        ({"Tên gọi": "full_name"}, "MAP_NO_COLUMN"),
        ({"Họ tên": "village", "Thôn": "village"}, "COLUMN_TWICE"),
    ],
)
def test_renames_that_lead_nowhere(renames: dict[str, str], kind: str) -> None:
    """An unknown column on either side, or one of ours named twice, is a problem with the way out."""
    found = frame("Họ tên", "Thôn", **renames)
    assert [p.kind for p in found.problems] == [kind]
    assert found.problems[0].message("vi")


def test_renames_are_written_with_an_equals_sign() -> None:
    """The last one counts, so that a heading may hold one itself."""
    assert parse_renames(["Tên = họ=full_name", " Xã = commune_code "]) == {
        "Tên = họ": "full_name",
        "Xã": "commune_code",
    }
    for wrong in ("Xã", "=commune_code", "Xã=", ""):
        with pytest.raises(SurveyError, match="MAP_SHAPE") as raised:
            parse_renames([wrong])
        assert raised.value.exit_code == 2


def test_a_table_under_our_names() -> None:
    """Only recognised columns come along: one of theirs that is called like ours does not."""
    table = pd.DataFrame({"Thôn": ["A"], "x": ["B"], "village": ["C"]}, index=[2])
    ours = renamed(table, {"Thôn": "village"})
    assert list(ours.columns) == ["village"]
    assert ours.loc[2, "village"] == "A"
    assert list(table.columns) == ["Thôn", "x", "village"]
