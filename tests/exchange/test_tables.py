"""Tables in files: what is read, where it stood, and what is refused."""

import contextlib
import sys
import tracemalloc
import zipfile
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipas_survey.exchange.cells import cell_text
from sipas_survey.exchange.delimited import csv_text
from sipas_survey.exchange.limits import LIMITS, Limits
from sipas_survey.exchange.tables import Source, open_preferred, open_table
from sipas_survey.formats import normal
from sipas_survey.problems import Place, Problem, SurveyError
from tests.exchange.conftest import WriteText, WriteWorkbook

at = datetime.fromisoformat


def rows_of(source: Source) -> dict[int, list[str]]:
    """Row as the viewer counts → cells."""
    table = source.frame().value
    return {int(row): list(cells) for row, cells in zip(table.index, table.itertuples(index=False), strict=True)}


def refusal(path: Path, sheet: str | None = None, *, limits: Limits = LIMITS) -> Problem:
    """The one problem with which a file is refused, at opening or while it is read."""
    with pytest.raises(SurveyError, match=r"^[A-Z]") as raised:
        open_table(path, sheet, limits=limits).frame().or_raise()
    assert len(raised.value.problems) == 1
    told = raised.value.problems[0]
    assert told.place.file == path.name
    assert told.message("vi")
    return told


# ---------------------------------------------------------------- CSV
TABLE = "Mã,Họ và tên,Thôn\n1,Lò Văn Páo,Bản Lầu\n2,Sùng Thị Mỷ,Thôn 3\n"
EXPECTED = {2: ["1", "Lò Văn Páo", "Bản Lầu"], 3: ["2", "Sùng Thị Mỷ", "Thôn 3"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_csv_of_any_dress(text_file: WriteText, encoding: str, delimiter: str, ending: str) -> None:
    """Encodings, delimiters and line endings that Excel writes all give the same table."""
    source = open_table(text_file(TABLE.replace(",", delimiter).replace("\n", ending), encoding=encoding))
    assert source.columns == ("Mã", "Họ và tên", "Thôn")
    assert rows_of(source) == EXPECTED
    assert source.place == Place(file="t.csv")


def test_rows_are_counted_as_the_viewer_shows_them(text_file: WriteText) -> None:
    """Blank lines above, between and of delimiters only are skipped, but they count."""
    source = open_table(text_file("\n,,\nMã,Tên\n\n1,An\n , \n2,Bình\n"))
    assert source.header_row == 3
    assert rows_of(source) == {5: ["1", "An"], 7: ["2", "Bình"]}


def test_cells_are_cleaned(text_file: WriteText) -> None:
    """Trimmed, NFC, whole numbers without a point, guarded formulas unguarded, line breaks inside a cell kept."""
    source = open_table(text_file('Mã ,Tên\n4249.0," Ho\u0300a "\n04252,\'=x\n7,"a\nb"\n'))
    assert source.columns == ("Mã", "Tên")
    assert rows_of(source) == {2: ["4249", "Hòa"], 3: ["04252", "=x"], 4: ["7", "a\nb"]}


def test_short_rows_are_filled_up_and_columns_without_heading_left_out(text_file: WriteText) -> None:
    """A missing cell is empty; a column that nobody named is not read."""
    source = open_table(text_file("Mã,,Tên\n1,x\n2,y,Bình,\n"))
    assert source.columns == ("Mã", "Tên")
    assert rows_of(source) == {2: ["1", ""], 3: ["2", "Bình"]}


def test_a_row_wider_than_its_headings_is_told_and_left_out(text_file: WriteText) -> None:
    """An address with a comma and without quotation marks shifts its cells: the row is named, the others are read."""
    read = open_table(text_file("Mã,Địa chỉ\n1,Thôn 3\n2,Số 5, Thôn 3\n3,Thôn 4,\n")).frame()
    assert list(read.value.index) == [2, 4]
    assert [(p.kind, p.place.row, p.found, p.details["columns"]) for p in read.problems] == [
        ("FILE_ROW_WIDTH", 3, "3", 2)
    ]
    assert "Thôn" not in read.problems[0].message("vi")


def test_the_delimiter_is_told_from_the_headings(text_file: WriteText) -> None:
    """Delimiters inside quotation marks do not count; a single column needs none."""
    assert open_table(text_file('"Xã, phường";Tên\n1;2\n')).columns == ("Xã, phường", "Tên")
    assert open_table(text_file("Mã\n1\n")).columns == ("Mã",)
    assert open_table(text_file("Xã, phường, thị trấn;Tên\nA;B\n")).columns == ("Xã, phường, thị trấn", "Tên")
    assert open_table(text_file("Mã;Địa chỉ\n1;Số 1, thôn 2\n2;Số 2, thôn 3, xã A\n")).columns == ("Mã", "Địa chỉ")
    assert open_table(text_file("Mã,Địa chỉ\n1,thôn 2; xã A\n2\n")).columns == ("Mã", "Địa chỉ")


def test_a_long_csv_is_read_in_pieces(text_file: WriteText) -> None:
    """Pieces have the asked size, follow one another, and the file is never in memory as a whole."""
    path = text_file("id,name\n" + "".join(f"{i},{'x' * 90}\n" for i in range(40_000)))
    source = open_table(path)
    tracemalloc.start()
    starts = [int(piece.value.index[0]) for piece in source.chunks(1_000)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert starts == list(range(2, 40_002, 1_000))
    assert peak < path.stat().st_size / 2
    assert [len(piece.value) for piece in source.chunks(15_000)] == [15_000, 15_000, 10_000]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    table=st.integers(1, 4).flatmap(
        lambda n: st.tuples(
            st.lists(st.text(min_size=1).map(normal).filter(bool), min_size=n, max_size=n, unique=True),
            st.lists(st.lists(st.text(), min_size=n, max_size=n), min_size=1, max_size=6),
        )
    ),
    excel=st.booleans(),
)
def test_any_table_survives_writing_and_reading(
    tmp_path: Path, table: tuple[list[str], list[list[str]]], *, excel: bool
) -> None:
    """Text comes back as it was, up to what `normal` does and the one kind of line break."""
    columns, rows = _plain(table[0]), [_plain(row) for row in table[1]]
    path = tmp_path / "any.csv"
    path.write_text(csv_text(columns, rows, excel=excel), encoding="utf-8", newline="")
    filled = {i: row for i, row in enumerate(rows, start=2) if any(row)}
    if filled and len(set(columns)) == len(columns):
        source = open_table(path)
        assert source.columns == tuple(columns)
        assert rows_of(source) == filled


def _plain(cells: list[str]) -> list[str]:
    """Text as the toolkit stores it, without NUL, which no text file may hold."""
    return [normal(c.replace("\0", "0").replace("\r\n", "\n").replace("\r", "\n")) for c in cells]


# ---------------------------------------------------------------- workbooks
def test_a_workbook_by_hand(workbook: WriteWorkbook) -> None:
    """Numbers, days, instants, truth values and errors as text; rows and columns where they stand in the sheet."""
    path = workbook({
        "Danh sách": [
            [],
            [None, "Mã xã", "Ngày", "Số", "Đúng"],
            [None, 4249.0, date(2023, 12, 6), 1.5, True],
            [],
            [None, "04252", at("2023-12-06 08:30"), 84912345678.0, "#N/A"],
            ["ghi chú", "'=x", at("2023-12-06"), "#N/A", False, "bên phải"],
        ]
    })  # fmt: skip
    source = open_table(path)
    assert (source.columns, source.header_row) == (("Mã xã", "Ngày", "Số", "Đúng"), 2)
    assert source.place == Place(file="t.xlsx", sheet="Danh sách")
    assert rows_of(source) == {
        3: ["4249", "2023-12-06", "1.5", "TRUE"],
        5: ["04252", "2023-12-06 08:30:00", "84912345678", ""],
        6: ["=x", "2023-12-06", "", "FALSE"],
    }


def test_sheets_are_chosen_by_name(workbook: WriteWorkbook) -> None:
    """The first one where none is named; case and accents do not matter, an exact name goes first."""
    sheets = {"Một": [["a"], ["1"]], "Hái": [["b"], ["2"]], "Hai": [["c"], ["3"]]}
    path = workbook(sheets)
    assert open_table(path).columns == ("a",)
    assert open_table(path, "Hai").columns == ("c",)
    assert open_table(path, "MOT").columns == ("a",)
    assert open_preferred(path, "hái").columns == ("b",)
    assert open_preferred(path, "Theo dõi").columns == ("a",)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (float("nan"), ""), (1e15, "1000000000000000.0"), (-3.0, "-3"), (0.1, "0.1"), (7, "7"),
     (at("2023-01-02"), "2023-01-02"), (at("2023-01-02 03:00"), "2023-01-02 03:00:00"), ("  x", "  x")],
)  # fmt: skip
def test_values_as_text(value: object, text: str) -> None:
    """Every kind of value has one text."""
    assert cell_text(value) == text


# ---------------------------------------------------------------- Parquet
def test_parquet_is_read_like_the_others(tmp_path: Path) -> None:
    """Values become text by the rules of workbooks; row 1 is the headings."""
    pytest.importorskip("pyarrow")
    path = tmp_path / "t.parquet"
    pd.DataFrame({"Mã": [4249.0, None], "Ngày": [at("2023-12-06"), None], "Tên": [" An", "Bình"]}).to_parquet(path)
    source = open_table(path)
    assert source.columns == ("Mã", "Ngày", "Tên")
    assert rows_of(source) == {2: ["4249", "2023-12-06", "An"], 3: ["", "", "Bình"]}
    assert [len(piece.value) for piece in source.chunks(1)] == [1, 1]


def test_parquet_without_pyarrow(text_file: WriteText, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way out is the line that installs it; exit code 2."""
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    told = refusal(text_file(b"PAR1....PAR1", "t.parquet"))
    assert told.kind == "EXTRA_MISSING"
    assert 'pip install "sipas-survey[engines]"' in told.message("en")


# ---------------------------------------------------------------- wrong files
WRONG_TEXTS = {
    "windows-1258": ("t.csv", "Mã,Tên\n1,Vũ\n".encode("latin-1", "ignore"), "FILE_ENCODING", None),
    "UTF-16 without mark": ("t.csv", "Mã,Tên\n1,ộ\n".encode("utf-16-le"), "FILE_ENCODING", None),
    "UTF-16 cut in the middle of a letter": ("t.csv", "Mã\n1\n".encode("utf-16") + b"x", "FILE_ENCODING", None),
    "a late wrong byte": ("t.csv", b"a,b\n" + b"1,2\n" * 400_000 + b"\xff", "FILE_ENCODING", None),
    "NUL bytes": ("t.csv", b"a,b\n1,\0\n", "FILE_UNREADABLE", None),
    "one endless line": ("t.csv", b"a" * (3 << 20), "FILE_UNREADABLE", None),
    "no byte": ("t.csv", b"", "FILE_EMPTY", None),
    "blank lines only": ("t.csv", b"\n \n,,\n", "FILE_EMPTY", None),
    "byte-order mark only": ("t.csv", b"\xef\xbb\xbf", "FILE_EMPTY", None),
    "headings only": ("t.csv", b"a,b\n\n,\n", "FILE_NO_ROWS", 1),
    "a heading twice": ("t.csv", b"a,b,a \n1,2,3\n", "COLUMN_TWICE", 1),
    "a row too wide": ("t.csv", b"a,b\n1,2\n1,2,3\n", "FILE_ROW_WIDTH", 3),
    "an open quotation mark": ("t.csv", b'a,b\n1,2\n"1,2\n3,4\n', "FILE_ROW_UNREADABLE", 3),
    "text behind a quotation mark": ("t.csv", b'a,b\n1,2\n3,4\n"x" y,2\n', "FILE_ROW_UNREADABLE", 4),
    "a cell without end": ("t.csv", b'a,b\n1,"' + b"x\n" * 100_000 + b'"\n', "FILE_ROW_UNREADABLE", 2),
    "a workbook named .csv": ("t.csv", b"PK\x03\x04....", "FILE_TYPE", None),
    "a PDF named .csv": ("t.csv", b"%PDF-1.7", "FILE_TYPE", None),
    "an old workbook": ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "FILE_TYPE", None),
    "a workbook with a password": ("t.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "FILE_TYPE", None),
    "text named .xlsx": ("t.xlsx", b"a,b\n1,2\n", "FILE_TYPE", None),
    "an unknown name": ("t.ods", b"PK\x03\x04", "FILE_TYPE", None),
    "no ending": ("table", b"a,b\n1,2\n", "FILE_TYPE", None),
    "a workbook cut off": ("t.xlsx", b"PK\x03\x04 and nothing more", "FILE_UNREADABLE", None),
    "text named .parquet": ("t.parquet", b"a,b\n1,2\n", "FILE_TYPE", None),
    "Parquet cut off": ("t.parquet", b"PAR1 and nothing more", "FILE_UNREADABLE", None),
}


@pytest.mark.parametrize(("name", "content", "kind", "row"), WRONG_TEXTS.values(), ids=WRONG_TEXTS.keys())
def test_a_wrong_file_is_refused_by_name(
    text_file: WriteText, name: str, content: bytes, kind: str, row: int | None
) -> None:
    """Each has its kind, its row where there is one, and a way out."""
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    told = refusal(text_file(content, name))
    assert (told.kind, told.place.row) == (kind, row)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Neither a missing file nor a folder is a file; that is wrong usage."""
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(SurveyError, match="FILE_NOT_FOUND") as raised:
            open_table(path)
        assert raised.value.exit_code == 2


def test_sheets_that_cannot_be_used(workbook: WriteWorkbook) -> None:
    """A sheet that is not there is told with those that are; an empty one, one of headings, a heading twice."""
    path = workbook({"Trắng": [], "Đầu": [["a", "b"]], "Hai": [["a"], [], ["1"]], "Lặp": [[], ["a", "a"], ["1", "2"]]})
    told = refusal(path, "Theo dõi")
    assert told.kind == "SHEET_NOT_FOUND"
    assert told.message("vi").endswith("Các trang trong tệp: Trắng, Đầu, Hai, Lặp.")
    found = [(refusal(path, s).kind, refusal(path, s).place.sheet) for s in ("Trắng", "Đầu", "Lặp")]
    assert found == [("FILE_EMPTY", "Trắng"), ("FILE_NO_ROWS", "Đầu"), ("COLUMN_TWICE", "Lặp")]
    assert rows_of(open_table(path, "Hai")) == {3: ["1"]}


# ---------------------------------------------------------------- too large
def test_bounds_are_judged_before_a_file_is_opened(text_file: WriteText, workbook: WriteWorkbook) -> None:
    """Size on disk, unpacked size, number of parts, rows, and the rectangle of a sheet."""
    path = workbook({"S": [["a", "b"]] + [["x", "y"]] * 200})
    for limits in (
        Limits(workbook_bytes=1_000),
        Limits(unpacked_bytes=5_000),
        Limits(entries=5),
        Limits(rows=200),
        Limits(cells=401),
        Limits(ratio=1, ratio_from=1_000),
    ):
        assert refusal(path, limits=limits).kind == "FILE_TOO_LARGE"
    assert len(rows_of(open_table(path, limits=Limits(rows=201, cells=402)))) == 200
    assert refusal(text_file(TABLE), limits=Limits(text_bytes=10)).kind == "FILE_TOO_LARGE"


def test_one_cell_far_out_is_refused(tmp_path: Path, workbook: WriteWorkbook) -> None:
    """A few kilobytes that would unfold into a rectangle of seventeen billion cells."""
    path = _with_sheet(
        workbook({"S": [["a"], ["1"]]}), b"<c t=\"str\" r = 'XFD1048576' ><v>1</v></c>", tmp_path / "far.xlsx"
    )
    assert refusal(path).kind == "FILE_TOO_LARGE"


def test_formatted_but_empty_cells_far_out_do_no_harm(tmp_path: Path, workbook: WriteWorkbook) -> None:
    """Whoever formats whole columns leaves empty cells behind; they are not read."""
    path = _with_sheet(workbook({"S": [["a"], ["1"]]}), b'<c r="XFD1048576" s="0"/>', tmp_path / "styled.xlsx")
    assert rows_of(open_table(path)) == {2: ["1"]}


def test_an_archive_that_lies_about_its_sizes_is_measured(tmp_path: Path, workbook: WriteWorkbook) -> None:
    """A part of 40 MB that says it has 10 bytes is unpacked piece by piece and refused."""
    path = tmp_path / "lies.xlsx"
    with zipfile.ZipFile(workbook({"S": [["a"], ["1"]]})) as honest, zipfile.ZipFile(path, "w") as archive:
        for name in honest.namelist():
            archive.writestr(name, honest.read(name))
        archive.writestr("xl/media/image1.png", b"\0" * (40 << 20), zipfile.ZIP_DEFLATED)
    content = path.read_bytes()
    path.write_bytes(content.replace((40 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    assert refusal(path).kind == "FILE_TOO_LARGE"


def _with_sheet(path: Path, cell: bytes, into: Path) -> Path:
    """A copy of a workbook with one more cell, in a row of its own, written out by hand."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", b'<row r="1048576">' + cell + b"</row></sheetData>")
            new.writestr(name, content)
    return into


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=30))
def test_a_damaged_workbook_never_breaks_the_reader(
    tmp_path: Path, workbook: WriteWorkbook, cuts: list[tuple[float, int]]
) -> None:
    """Whatever bytes are changed, it is read or refused with a problem."""
    content = bytearray(workbook({"S": [["a", "b"], ["1", 2.5], ["3", date(2023, 1, 1)]]}).read_bytes())
    for where, value in cuts:
        content[min(int(where * len(content)), len(content) - 1)] = value
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(content)
    with contextlib.suppress(SurveyError):
        open_table(path).frame()
