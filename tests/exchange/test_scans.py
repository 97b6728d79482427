"""Scans as they come: good, turned, empty, spoilt, hostile; and the lines of a scanner."""

import contextlib
import io
import sys
import zlib
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sipas_survey.cases import batch_code, form_code, page_code
from sipas_survey.documents.codes import qr_svg
from sipas_survey.exchange.scans import ScanLimits, ScannedPage, read_lines, read_scan
from sipas_survey.problems import Problem, SurveyError
from tests.documents.pdfs import scanned

FORM = form_code(23, 100_001)


def page(*codes: str, size: tuple[int, int] = (827, 1169)) -> Any:
    """A page of 100 dpi with codes of 25 mm, one below the other, and a line of print."""
    picture = Image.new("L", size, 255)
    picture.paste(0, (100, 300, 700, 310))
    for i, text in enumerate(codes):
        rows = qr_svg(text)
        n = int(rows.split('viewBox="0 0 ')[1].split()[0])
        code = Image.new("L", (n, n), 255)
        for run in rows.split('d="')[1].split('"')[0].split("M")[1:]:
            x, rest = run.split(" ", 1)
            y, width = rest.split("h")[0], rest.split("h")[1].split("v")[0]
            code.paste(0, (int(x), int(y), int(x) + int(width), int(y) + 1))
        picture.paste(code.resize((5 * n, 5 * n)), (600, 60 + 400 * i))
    return picture


def saved(path: Path, *pictures: Any, **options: Any) -> Path:
    first, *more = pictures
    many: dict[str, Any] = {"save_all": True, "append_images": more} if more else {}
    first.save(path, **many, **options)
    return path


def read(path: Path, **limits: int) -> list[ScannedPage | Problem]:
    return list(read_scan(path, limits=ScanLimits(**limits)))


def kinds(found: list[ScannedPage | Problem]) -> list[str]:
    return [each.kind for each in found if isinstance(each, Problem)]


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "bmp", "webp", "pdf"])
def test_a_page_of_every_kind_is_read(tmp_path: Path, ending: str) -> None:
    """The code of a page comes out of each type of file, whatever its resolution says."""
    options = {"resolution": 100.0} if ending == "pdf" else {}
    (found,) = read(saved(tmp_path / f"a.{ending}", page(page_code(FORM, 2)), **options))
    assert found == ScannedPage(f"a.{ending}", 1, (page_code(FORM, 2),))


@pytest.mark.parametrize("ending", ["tif", "pdf"])
def test_many_pages_in_their_order(tmp_path: Path, ending: str) -> None:
    """A stack in one file: pages with a code, an empty back, and one whose code is spoilt, which keeps its picture."""
    spoilt = page(page_code(FORM, 2))
    spoilt.paste(255, (640, 60, 705, 165))
    stack = [page(page_code(FORM, 1)), Image.new("L", (827, 1169), 250), spoilt]
    found = read(saved(tmp_path / f"a.{ending}", *stack))
    pages = [each for each in found if isinstance(each, ScannedPage)]
    assert [each.number for each in pages] == [1, 2, 3]
    assert [each.texts for each in pages] == [(page_code(FORM, 1),), (), ()]
    assert [each.blank for each in pages] == [False, True, False]
    assert [each.picture is None for each in pages] == [True, True, False]


@pytest.mark.parametrize("degrees", [3, 90, 178, 271])
def test_any_way_round(tmp_path: Path, degrees: float) -> None:
    """A page that went through askew, sideways or upside down is read."""
    big = page(page_code(FORM, 1)).resize((1654, 2338))
    (found,) = read(saved(tmp_path / "a.png", scanned(big, degrees=degrees, seed=1)))
    assert isinstance(found, ScannedPage)
    assert found.texts == (page_code(FORM, 1),)


def test_transparent_paper_is_white(tmp_path: Path) -> None:
    """A picture with an alpha channel is laid on paper first."""
    grey = page(page_code(FORM, 1))
    clear = Image.new("RGBA", grey.size, (0, 0, 0, 0))
    clear.putalpha(grey.point(lambda shade: 255 - shade))
    (found,) = read(saved(tmp_path / "a.png", clear))
    assert isinstance(found, ScannedPage)
    assert found.texts == (page_code(FORM, 1),)


def test_codes_of_others_are_no_codes(tmp_path: Path) -> None:
    """Other QR codes, as on an identity card, are passed over and told nowhere; several of ours all count."""
    (found,) = read(saved(tmp_path / "a.png", page("079123456789|Nguyễn Văn A|")))
    assert isinstance(found, ScannedPage)
    assert found.texts == ()
    assert found.picture is not None
    batch = batch_code(23, ["a"])
    (found,) = read(saved(tmp_path / "b.png", page(FORM, batch)))
    assert isinstance(found, ScannedPage)
    assert set(found.texts) == {FORM, batch}


# ---------------------------------------------------------------- hostile files
@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.png", b"", "SCAN_UNREADABLE"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "SCAN_UNREADABLE"),
        ("a.pdf", b"%PDF-1.7\n" + b"\xff" * 500, "SCAN_UNREADABLE"),
        ("a.tif", b"II*\0\x08\0\0\0\xff\xff", "SCAN_UNREADABLE"),
        ("a.jpg", b"GIF89a" + b"\0" * 60, "SCAN_UNREADABLE"),
        ("a.exe", b"MZ", "SCAN_TYPE"),
        ("a.svg", b"<svg/>", "SCAN_TYPE"),
    ],
)
def test_what_is_no_scan_is_a_problem(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    """Empty, cut off, of another type: a problem that names the file, never a traceback."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SurveyError, match=kind):
        read(tmp_path / name)


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    """Exit 2 with its name."""
    with pytest.raises(SurveyError, match="FILE_NOT_FOUND") as refused:
        read(tmp_path / "nothing.png")
    assert refused.value.exit_code == 2


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is huge, and has hardly any content."""

    def chunk(kind: bytes, held: bytes) -> bytes:
        return pack(">I", len(held)) + kind + held + pack(">I", zlib.crc32(kind + held))

    head = pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_a_picture_that_unpacks_to_too_much_is_not_opened(tmp_path: Path) -> None:
    """The points are counted before the content is taken into memory."""
    (tmp_path / "a.png").write_bytes(png_of(13_000, 13_000))
    assert kinds(read(tmp_path / "a.png")) == ["SCAN_PAGE_TOO_LARGE"]
    (tmp_path / "a.png").write_bytes(png_of(60_000, 60_000))
    with pytest.raises(SurveyError, match="SCAN_TOO_LARGE"):
        read(tmp_path / "a.png")


def test_size_and_pages_are_bounded(tmp_path: Path) -> None:
    """A file above the limits is refused as a whole; a page with too many points is passed over, others are read."""
    small, large = page(page_code(FORM, 1)), page(page_code(FORM, 2), size=(1200, 1600))
    stack = saved(tmp_path / "a.tif", small, large)
    with pytest.raises(SurveyError, match="SCAN_TOO_LARGE"):
        read(stack, file_bytes=100)
    with pytest.raises(SurveyError, match="SCAN_TOO_LARGE"):
        read(stack, pages=1)
    found = read(stack, pixels=1_000_000)
    assert kinds(found) == ["SCAN_PAGE_TOO_LARGE"]
    assert isinstance(found[0], ScannedPage)
    pdf = saved(tmp_path / "a.pdf", small, large)
    with pytest.raises(SurveyError, match="SCAN_TOO_LARGE"):
        read(pdf, pages=1)
    assert kinds(read(pdf, pixels=1_000)) == ["SCAN_PAGE_TOO_LARGE"] * 2


def test_a_broken_page_stops_only_itself(tmp_path: Path) -> None:
    """A picture cut off in the middle is told with its number."""
    whole = saved(tmp_path / "a.png", page(FORM)).read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    assert kinds(read(tmp_path / "a.png")) == ["SCAN_PAGE_UNREADABLE"]


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "bmp", "webp", "pdf"])
def test_spoilt_bytes_do_no_harm(tmp_path: Path, ending: str) -> None:
    """Bytes changed at random, or cut off: pages, problems, or a file that is refused, and nothing else."""
    chance = np.random.default_rng(7)
    whole = saved(tmp_path / f"whole.{ending}", page(page_code(FORM, 1))).read_bytes()
    for _ in range(12):
        spoilt = bytearray(whole)
        for place in chance.integers(0, min(len(spoilt), 2_000), 12):
            spoilt[place] = chance.integers(0, 256)
        (tmp_path / f"a.{ending}").write_bytes(spoilt[: chance.integers(1, len(spoilt))] if spoilt[0] % 2 else spoilt)
        with contextlib.suppress(SurveyError):
            read(tmp_path / f"a.{ending}", pixels=10_000_000)


@pytest.mark.parametrize(("name", "module"), [("a.png", "zxingcpp"), ("a.pdf", "pypdfium2")])
def test_without_the_extra_the_way_out_is_told(
    tmp_path: Path, name: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2 with the line that installs it."""
    file = saved(tmp_path / name, page(FORM))
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SurveyError, match=rf"EXTRA_MISSING.*{module}.*sipas-survey\[scan\]"):
        read(file)


# ---------------------------------------------------------------- lines
def lines(text: str, **limits: int) -> list[ScannedPage | Problem]:
    return list(read_lines(io.StringIO(text), limits=ScanLimits(**limits)))


def test_lines_of_a_scanner() -> None:
    """A code a line, with or without page and spaces; empty lines are nothing, others are told with a mask."""
    text = f"{FORM}\n\n {FORM}/2 \r\n{FORM[:2]} {FORM[2:8]} {FORM[8:]}\n{batch_code(23, ['a'])}\nNguyễn Văn A\n23\n"
    found = lines(text)
    assert [each.texts[0] for each in found if isinstance(each, ScannedPage)] == [
        FORM,
        f"{FORM}/2",
        FORM,
        batch_code(23, ["a"]),
    ]
    told = [each for each in found if isinstance(each, Problem)]
    assert [(p.kind, p.found, p.place.row) for p in told] == [("SCAN_LINE", "N…", 6), ("SCAN_LINE", "2…", 7)]


def test_endless_lines_are_bounded() -> None:
    """A line without end is one problem, and what follows it is read; too many lines are refused."""
    found = lines("9" * 100_000 + f"\n{FORM}\n")
    assert kinds(found) == ["SCAN_LINE"]
    assert isinstance(found[1], ScannedPage)
    with pytest.raises(SurveyError, match="SCAN_TOO_LARGE"):
        lines(f"{FORM}\n" * 10, lines=5)
