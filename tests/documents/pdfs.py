"""Looking into PDFs: their text, their fonts, and pictures of their pages as a scanner makes them."""

import ctypes
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageFilter


def texts(pdf: bytes) -> list[str]:
    """The text of each page, line ends as blanks."""
    document = pdfium.PdfDocument(pdf)
    try:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]
    finally:
        document.close()


def pictures(pdf: bytes, *, dpi: int = 200) -> list[Any]:
    """Each page as a picture in grey."""
    document = pdfium.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]
    finally:
        document.close()


def scanned(picture: Any, *, degrees: float, seed: int) -> Any:
    """A picture as a cheap scanner makes it: turned, blurred, greyed, with noise."""
    turned = picture.rotate(degrees, expand=True, fillcolor=235, resample=Image.Resampling.BICUBIC)
    points = np.asarray(turned.filter(ImageFilter.GaussianBlur(1.6)), dtype=np.float32)
    noise = np.random.default_rng(seed).normal(0, 12, points.shape)
    return Image.fromarray((70 + points * (155 / 255) + noise).clip(0, 255).astype("uint8"))


def fonts(pdf: bytes) -> set[tuple[str, bool]]:
    """The fonts of all texts, also of those inside placed pages, and whether each is in the file."""
    document, found = pdfium.PdfDocument(pdf), set()
    try:
        for page in document:
            for thing in page.get_objects(filter=(pdfium.raw.FPDF_PAGEOBJ_TEXT,), max_depth=4):
                font = pdfium.raw.FPDFTextObj_GetFont(thing.raw)
                name = ctypes.create_string_buffer(100)
                length = pdfium.raw.FPDFFont_GetBaseFontName(font, name, 100)
                found.add((name.raw[: length - 1].decode(), pdfium.raw.FPDFFont_GetIsEmbedded(font) == 1))
    finally:
        document.close()
    return found
