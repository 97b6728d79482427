"""Cells of a workbook that hold an error (#N/A, #REF!), which its reader takes for empty ones."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

_BLOCK = 1 << 20
_SHEET = re.compile(rb"<(?:[\w.-]+:)?sheet\s([^<>]*)>")
_LINK = re.compile(rb"<(?:[\w.-]+:)?Relationship\s([^<>]*)>")
_ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_OF_ERROR = (b't="e"', b"t='e'")
_CELL = re.compile(
    rb"""<(?:[\w.-]+:)?c(?=\s)(?=[^<>]*\st\s*=\s*["']e["'])[^<>]*?\sr\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["'][^<>]*>"""
    rb"""(?:\s*<(?:[\w.-]+:)?f[\s>/](?:[^<>]*/>|[^<]*</(?:[\w.-]+:)?f>))?\s*<(?:[\w.-]+:)?v>([^<]{1,20})<"""
)

Cell = tuple[int, int]


def error_cells(path: Path, sheet: int) -> dict[Cell, str]:
    """Row and column (both from 0) of the cells of a sheet that hold an error, each with its sign.

    Parameters
    ----------
    path : a workbook that was measured before.
    sheet : the number of the sheet in the order of the workbook, from 0.

    Returns
    -------
    No cell where the workbook does not say in which part of the archive the sheet is.
    """
    with zipfile.ZipFile(path) as archive:
        part = _part(archive, sheet)
        if part is None:
            return {}
        with archive.open(part) as stream:
            return dict(_found(iter(lambda: stream.read(_BLOCK), b"")))


def _part(archive: zipfile.ZipFile, sheet: int) -> str | None:
    """The name of the part that holds a sheet."""
    names = set(archive.namelist())
    book, links = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if book not in names or links not in names:
        return None
    sheets = [_attributes(found[1]) for found in _SHEET.finditer(archive.read(book))]
    targets = {
        a.get("Id"): a.get("Target", "") for a in (_attributes(m[1]) for m in _LINK.finditer(archive.read(links)))
    }
    link = next((v for k, v in sheets[sheet].items() if k.endswith(":id")), None) if sheet < len(sheets) else None
    part = posixpath.normpath(posixpath.join("/xl", targets.get(link, ""))).lstrip("/")
    return part if part in names else None


def _attributes(text: bytes) -> dict[str, str]:
    found = _ATTRIBUTE.findall(text)
    return {name.decode("ascii", "ignore"): (one or other).decode("utf-8", "replace") for name, one, other in found}


def _found(blocks: Iterator[bytes]) -> Iterator[tuple[Cell, str]]:
    """Cells in blocks of a part; a cell that lies on two is in neither's front."""
    rest = b""
    for block in blocks:
        data = rest + block
        cut = max(data.rfind(b"<c "), data.rfind(b":c "), 0)
        yield from _in(data[:cut])
        rest = data[max(cut - 16, 0) :][-_BLOCK:]
    yield from _in(rest)


def _in(data: bytes) -> Iterator[tuple[Cell, str]]:
    if not any(mark in data for mark in _OF_ERROR):
        return
    for letters, row, sign in _CELL.findall(data):
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        yield (int(row) - 1, column - 1), sign.decode("utf-8", "replace")
