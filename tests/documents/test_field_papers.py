"""Hand-over sheets, labels and the forms still out: what they say, page by page."""

from datetime import date

import pytest

from sipas_survey.cases import batch_code, form_code
from sipas_survey.documents.field_papers import (
    Carried,
    Label,
    LabelSize,
    Route,
    Sheet,
    render_labels,
    render_overdue,
    render_sheets,
)
from sipas_survey.documents.overdue import FormOut
from sipas_survey.exchange.scans import texts_of
from tests.documents.pdfs import pictures, texts

ON = date(2023, 12, 6)
NAMES = ("Nguyễn Thị Phương Thảo", "Lò Văn Ún", "Giàng A Chứ")


def code(i: int) -> str:
    return form_code(23, 100_001 + i)


def sheet(name: str, forms: range) -> Sheet:
    carried = tuple(Carried(code(i), NAMES[i % 3], f"Thôn {i % 4}") for i in forms)
    return Sheet(batch_code(23, [name]), name, carried)


ROUTES = [
    Route("BT1", "Trần Văn An", (sheet("Xã Tân Thịnh", range(23)), sheet("Xã Âu Lâu", range(30, 32)))),
    Route("", "", (sheet("Xã Giới Phiên", range(40, 43)),)),
]


def test_sheets_count_their_own_pages() -> None:
    """A receipt and a sheet per commune; 23 forms take two pages, numbered 1 and 2 of 2; totals on each."""
    pdf = render_sheets(ROUTES, place="Thành phố Yên Bái", survey="Khảo sát", on=ON, languages=("vi",))
    pages = texts(pdf)
    ends = [page.rsplit("Trang ", 1)[1] for page in pages]
    assert ends == ["1 / 1", "1 / 2", "2 / 2", "1 / 1", "1 / 1", "1 / 1"]
    assert "Biên nhận phiếu" in pages[0]
    assert "BT1 – Trần Văn An" in pages[0]
    assert "Xã Tân Thịnh" in pages[0]
    assert "Cộng 25" in pages[0]
    assert "Cộng: 23" in pages[2]
    assert "23 100001 96 Nguyễn Thị Phương Thảo Thôn 0" in pages[1]
    assert texts_of(pictures(pdf)[1]) == (ROUTES[0].sheets[0].code,)
    assert pdf == render_sheets(ROUTES, place="Thành phố Yên Bái", survey="Khảo sát", on=ON, languages=("vi",))


@pytest.mark.parametrize(("size", "pages"), [(LabelSize.A4, 2), (LabelSize.ROLL, 30)])
def test_labels(size: LabelSize, pages: int) -> None:
    """24 on a sheet, or one a page; each has code, place and a QR of the code alone, a reserve its mark."""
    labels = [Label(code(i), "Xã Tân Thịnh", "Thôn Khe Sến", held=i == 1) for i in range(30)]
    pdf = render_labels(labels, size=size, survey="Khảo sát", on=ON, languages=("vi",))
    said = texts(pdf)
    assert len(said) == pages
    assert sum(page.count("Xã Tân Thịnh") for page in said) == 30
    assert sum(page.count("DỰ PHÒNG") for page in said) == 1
    read = texts_of(pictures(pdf)[0])
    assert set(read) == {code(i) for i in range(24 if size is LabelSize.A4 else 1)}


def test_long_names_stay_on_their_label() -> None:
    """A label never grows into its neighbour or onto another page."""
    labels = [Label(code(i), "Thị trấn nông trường Nghĩa Lộ " * 3, "Thôn " * 20, "Nguyễn " * 12) for i in range(24)]
    for size, pages in ((LabelSize.A4, 1), (LabelSize.ROLL, 24)):
        assert len(texts(render_labels(labels, size=size, survey="Khảo sát", on=ON, languages=("vi",)))) == pages


def test_forms_still_out_by_route_and_age() -> None:
    """A table for each worker in the order of his route, the days of each form, and how many are overdue."""
    out = [
        FormOut(
            "BT1" if i < 3 else "",
            "Xã Tân Thịnh",
            f"Thôn {3 - i}",
            code(i),
            NAMES[i % 3],
            "0912",
            "Số 1",
            ON,
            3 + i,
            i > 2,
        )
        for i in range(4)
    ]
    pages = texts(
        render_overdue(
            out, place="Thành phố Yên Bái", survey="Khảo sát", as_of=ON, overdue_after=6, languages=("vi", "en")
        )
    )
    assert "Chưa có bưu tá" in pages[0]
    assert "1 phiếu: 1 quá hạn (từ 6 ngày), 0 cần nhắc" in pages[0]
    assert "3 forms: 0 overdue" in pages[1]
    assert pages[1].index("23 100003") < pages[1].index("23 100002") < pages[1].index("23 100001")
