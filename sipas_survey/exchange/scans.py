"""Scans in: pictures and PDFs page by page, and the lines that a USB scanner types; what the codes on them say.

Only codes of ours are looked for: of a form's page, of a form, of a batch. What they mean is judged in workflow.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from sipas_survey.cases import is_batch_code, read_page_code
from sipas_survey.formats import masked
from sipas_survey.problems import Place, Problem, SurveyError, problem, stop

_MIB = 1 << 20
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
_PICTURE_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
_DPI = (200, 300)  # a code that is not found in the first picture of a PDF's page is looked for in a finer one
_POINTS = 72
_DARK, _EMPTY = 128, 0.0005  # below this grey a point is ink; below this share of ink a page is empty
_INNER_PICTURES = 2_000


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """Bounds that are checked before a page is taken into memory.

    file_bytes  size of a file
    pages       pages of a PDF, pictures of a TIFF
    pixels      points of one picture, also of one inside a PDF: A3 at 600 dpi has 70 million
    line        signs of a line that a scanner types
    lines       lines
    """

    file_bytes: int = 2048 * _MIB
    pages: int = 20_000
    pixels: int = 120_000_000
    line: int = 200
    lines: int = 1_000_000


LIMITS = ScanLimits()


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """A page of a scan, or a line of a scanner.

    texts : the codes of ours on it, each once, in order; empty where there is none.
    blank : nothing is printed on it, as on the back of a cover.
    picture : what it looks like, where no code was found and it is not blank; a Pillow image in grey.
    """

    source: str
    number: int
    texts: tuple[str, ...]
    blank: bool = False
    typed: bool = False
    picture: Any = field(default=None, repr=False, compare=False)


def read_scan(path: Path, *, limits: ScanLimits = LIMITS) -> Iterator[ScannedPage | Problem]:
    """The pages of a file in order, one in memory at a time; a page that cannot be opened is a Problem.

    Raises SurveyError where the file as a whole cannot be used: FILE_NOT_FOUND, SCAN_TYPE, SCAN_TOO_LARGE,
    SCAN_UNREADABLE, EXTRA_MISSING.
    """
    place = Place(file=path.name)
    if not path.is_file():
        raise stop("FILE_NOT_FOUND", place, found=str(path))
    if path.stat().st_size > limits.file_bytes:
        raise stop("SCAN_TOO_LARGE", place, found=f"{path.stat().st_size // _MIB} MiB")
    with path.open("rb") as file:
        begin = file.read(1024)
    if b"%PDF-" in begin:
        yield from _pdf_pages(path, place, limits)
    elif path.suffix.lower() in PICTURES:
        yield from _pictures(path, place, limits)
    else:
        raise stop("SCAN_TYPE", place, found=path.name, known=(".pdf", *PICTURES))


def read_lines(stream: TextIO, *, limits: ScanLimits = LIMITS) -> Iterator[ScannedPage | Problem]:
    """What a scanner typed, a code a line. Lines that are no code are problems, with what was found masked."""
    for number in range(1, limits.lines + 1):
        line = stream.readline(limits.line + 1)
        if not line:
            return
        text = "".join(line.split())
        if len(line) <= limits.line and _is_ours(text):
            yield ScannedPage("-", number, (text,), typed=True)
        elif text:
            while len(line) > limits.line and not line.endswith("\n"):
                line = stream.readline(limits.line + 1)
            yield problem("SCAN_LINE", Place(file="-", row=number), found=masked(text[: limits.line]))
    raise stop("SCAN_TOO_LARGE", Place(file="-"), found=str(limits.lines))


def _is_ours(text: str) -> bool:
    return is_batch_code(text) or read_page_code(text) is not None


def _extra(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise stop("EXTRA_MISSING", found=module, extra="scan") from error


# ---------------------------------------------------------------- pictures
def _pictures(path: Path, place: Place, limits: ScanLimits) -> Iterator[ScannedPage | Problem]:
    _extra("zxingcpp")
    with path.open("rb") as file:
        picture, count = _opened(file, place)
        if count > limits.pages:
            raise stop("SCAN_TOO_LARGE", place, found=str(count))
        for number in range(count):
            yield _picture(picture, number, place, limits)


def _opened(file: BinaryIO, place: Place) -> tuple[Any, int]:
    """A file as a picture whose content is not read yet, and how many there are in it."""
    image_of = _extra("PIL.Image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow warns of is bounded here
            picture = image_of.open(file, formats=_PICTURE_FORMATS)
            return picture, getattr(picture, "n_frames", 1)
    except image_of.DecompressionBombError as error:
        raise stop("SCAN_TOO_LARGE", place, found=place.file) from error
    except Exception as error:  # decoders meet any file, and fail in many ways
        raise stop("SCAN_UNREADABLE", place, found=place.file) from error


def _picture(picture: Any, number: int, place: Place, limits: ScanLimits) -> ScannedPage | Problem:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture.seek(number)
            if picture.width * picture.height > limits.pixels:
                return problem("SCAN_PAGE_TOO_LARGE", place, found=str(number + 1))
            grey = _grey(picture)
    except Exception:  # noqa: BLE001 - as above
        return problem("SCAN_PAGE_UNREADABLE", place, found=str(number + 1))
    return _page(place, number + 1, grey, texts_of(grey))


def _grey(picture: Any) -> Any:
    """A picture in grey, set upright as the camera says; what is transparent is paper."""
    image_of, turned = _extra("PIL.Image"), _extra("PIL.ImageOps")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        whole = picture.convert("RGBA")
        paper = image_of.new("RGBA", whole.size, "white")
        picture = image_of.alpha_composite(paper, whole)
    return turned.exif_transpose(picture).convert("L")


def _page(place: Place, number: int, grey: Any, texts: tuple[str, ...]) -> ScannedPage:
    blank = not texts and _is_blank(grey)
    return ScannedPage(place.file or "", number, texts, blank, picture=None if texts or blank else grey)


def _is_blank(grey: Any) -> bool:
    """Whether hardly anything is dark, edges apart: they show what lay beside the paper."""
    width, height = grey.size
    inner = grey.crop((width // 20, height // 20, width - width // 20, height - height // 20))
    shades = inner.histogram()
    return bool(sum(shades[:_DARK]) < _EMPTY * max(sum(shades), 1))


def texts_of(grey: Any) -> tuple[str, ...]:
    """The codes of ours in a picture (a Pillow image in grey), each once; looked for in harder ways only where needed.

    A picture as it is, with one threshold for all of it, smaller and thereby smoother, and its upper half enlarged.
    """
    zxing = _extra("zxingcpp")
    found = _decoded(zxing, grey, zxing.Binarizer.LocalAverage)
    if not found and not _is_blank(grey):
        width, height = grey.size
        found = _decoded(zxing, grey, zxing.Binarizer.GlobalHistogram)
        if not found and min(width, height) > 600:
            found = _decoded(zxing, grey.reduce(2), zxing.Binarizer.LocalAverage)
        if not found and width * height < 16_000_000:
            upper = grey.crop((0, 0, width, height // 2))
            found = _decoded(zxing, upper.resize((upper.width * 2, upper.height * 2)), zxing.Binarizer.LocalAverage)
    return found


def _decoded(zxing: Any, grey: Any, binarizer: Any) -> tuple[str, ...]:
    codes = zxing.read_barcodes(grey, formats=zxing.BarcodeFormat.QRCode, try_invert=False, binarizer=binarizer)
    return tuple(dict.fromkeys("".join(code.text.split()) for code in codes if _is_ours(code.text)))


# ---------------------------------------------------------------- PDF
def _pdf_pages(path: Path, place: Place, limits: ScanLimits) -> Iterator[ScannedPage | Problem]:
    pdfium = _extra("pypdfium2")
    _extra("zxingcpp")
    _extra("PIL.Image")
    try:
        document = pdfium.PdfDocument(path)
        count = len(document)
    except pdfium.PdfiumError as error:
        raise stop("SCAN_UNREADABLE", place, found=path.name) from error
    try:
        if count > limits.pages:
            raise stop("SCAN_TOO_LARGE", place, found=str(count))
        for number in range(count):
            yield _pdf_page(pdfium, document, number, place, limits)
    finally:
        document.close()


def _pdf_page(pdfium: Any, document: Any, number: int, place: Place, limits: ScanLimits) -> ScannedPage | Problem:
    try:
        page = document[number]
        try:
            grey = None
            for dpi in _DPI:
                if not _fits(pdfium, page, dpi, limits):
                    break
                grey = page.render(scale=dpi / _POINTS, grayscale=True).to_pil().convert("L")
                if (texts := texts_of(grey)) or _is_blank(grey):
                    return _page(place, number + 1, grey, texts)
        finally:
            page.close()
    except SurveyError:
        raise
    except Exception:  # noqa: BLE001 - decoders meet any file, and fail in many ways
        return problem("SCAN_PAGE_UNREADABLE", place, found=str(number + 1))
    if grey is None:
        return problem("SCAN_PAGE_TOO_LARGE", place, found=str(number + 1))
    return _page(place, number + 1, grey, ())


def _fits(pdfium: Any, page: Any, dpi: int, limits: ScanLimits) -> bool:
    """Whether a page at a resolution, and every picture inside it, has no more points than are allowed."""
    width, height = page.get_size()
    if width * height * (dpi / _POINTS) ** 2 > limits.pixels:
        return False
    inner = page.get_objects(filter=(pdfium.raw.FPDF_PAGEOBJ_IMAGE,), max_depth=4)
    for count, picture in enumerate(inner):
        wide, high = picture.get_px_size()
        if count >= _INNER_PICTURES or wide * high > limits.pixels:
            return False
    return True
