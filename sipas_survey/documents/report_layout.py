"""How wide the columns of a table stand on a page, and how large its letters: no number and no word is broken.

Widths are worked out from the letters of Liberation Serif (as wide as those of Times New Roman), so that they are the
same on every machine. Points are those of type, 72 to the inch.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import ceil

from sipas_survey.documents.report import Block, Chart, Column, Paragraph, Remarks, Report, Table, Tile, Tiles

TEXT_WIDTH = 467.7
"""The width of the text on A4 after decree 30/2020 (margins of 30 and 15 mm), in points."""

_THIN = dict.fromkeys("iljt.,:;'|!()[]/ f-", 0.31)
_WIDE = dict.fromkeys("mwMW%—@…", 0.86) | dict.fromkeys("✓✗▲", 0.85)
_DIGIT, _LOWER, _UPPER, _BOLD = 0.5, 0.48, 0.72, 1.07
_TOLERANCE = 1.02
_LONG_WORD = 24  # letters; longer ones, digests and ids, may break
_ROOM = {"text": 9.5, "fact": 9.5, "sign": 5.2}  # sizes of a letter: what is not wider stays in one line
_READABLE, _DENSE = 7.5, 8.0  # points: the smallest size for whole lines, the largest where numbers are broken


@dataclass(frozen=True, slots=True)
class Fit:
    """The size of the letters of a table and the widths of the columns that stand on a page, in points."""

    size: float
    widths: tuple[float, ...]


@lru_cache(maxsize=20_000)
def width_of(text: str, *, bold: bool = False) -> float:
    """How wide a text is, in sizes of its letters."""
    plain = (sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    whole = sum(_THIN.get(sign) or _WIDE.get(sign) or _width_of_sign(sign) for sign in plain)
    return whole * (_BOLD if bold else 1.0)


def _width_of_sign(sign: str) -> float:
    return _UPPER if sign.isupper() else _LOWER if sign.isalpha() else _DIGIT


def fit(table: Table, sizes: Sequence[float], *, gap: float, wide: float = 1.0) -> Fit:
    """The largest of the sizes at which numbers stand in one line and headings in two, else at which no word is broken.

    gap : what a cell takes beside its text, in points. wide : how much wider than usual the letters may turn out.
    """
    columns = [table.columns[i] for i in table.on_page]
    texts = [[(row[i].text, table.bold(at)) for at, row in enumerate(table.rows)] for i in table.on_page]
    words = [_widest(column, cells) for column, cells in zip(columns, texts, strict=True)]
    lines = [max((width_of(t, bold=b) for t, b in cells), default=0.0) for cells in texts]
    whole = [max(word, min(line, _ROOM.get(column.kind, line)))
             for column, word, line in zip(columns, words, lines, strict=True)]  # fmt: skip
    headed = [max(each, _in_two(column.heading)) for column, each in zip(columns, whole, strict=True)]
    readable = [size for size in sizes if size >= _READABLE] or sizes
    dense = [size for size in sizes if size <= _DENSE]
    for least, tried in ((headed, readable), (whole, readable), (words, dense)):
        for size in tried:
            measure = size * wide * _TOLERANCE
            taken = [each * measure + gap for each in least]
            if sum(taken) <= TEXT_WIDTH:
                return Fit(size, _shared(taken, [line * measure + gap for line in lines]))
    taken = [each * sizes[-1] * wide + gap for each in words]
    return Fit(sizes[-1], tuple(each * TEXT_WIDTH / sum(taken) for each in taken))


def _widest(column: Column, cells: Sequence[tuple[str, bool]]) -> float:
    """The widest word of a column and its heading."""
    headings = (width_of(word, bold=True) for word in column.heading.split())
    told = (width_of(word[:_LONG_WORD], bold=bold) for text, bold in cells for word in text.split())
    return max(chain([_DIGIT * 2], headings, told))


def _in_two(heading: str) -> float:
    """How wide a heading is that is broken into two lines."""
    words = heading.split()
    parted = ((" ".join(words[:i]), " ".join(words[i:])) for i in range(len(words)))
    return min((max(width_of(line, bold=True) for line in lines) for lines in parted), default=0.0)


def _shared(taken: Sequence[float], wanted: Sequence[float]) -> tuple[float, ...]:
    """What is left of the width goes to columns whose text would take it, and then to all alike."""
    left = TEXT_WIDTH - sum(taken)
    wishes = [max(want - has, 0.0) for want, has in zip(wanted, taken, strict=True)]
    granted = min(1.0, left / sum(wishes)) if sum(wishes) else 0.0
    widths = [has + wish * granted for has, wish in zip(taken, wishes, strict=True)]
    return tuple(width * TEXT_WIDTH / sum(widths) for width in widths)


def chart_width(chart: Chart, *, most_high: float) -> float:
    """The width of a chart on a page, in points: that of the text, or less where it would be higher than allowed."""
    width, height = chart.size
    return min(TEXT_WIDTH, most_high * width / height)


# ---------------------------------------------------------------- all on one page
_PAGE_HIGH = 728.0  # points: A4 without margins of 20 mm
_AROUND = 215.0  # letterhead, title and places to sign
_PAGE_SIZES = (9.5, 9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
_LINE, _BESIDE = 1.19, 3.0  # height of a line in sizes of its letters; around a heading, in points


def size_for_a_page(report: Report, *, wide: float, gap: float = 7.0) -> float:
    """The largest size of letters at which a report without charts stands on one page, by an estimate of its lines."""
    room = _PAGE_HIGH - _AROUND
    return next((size for size in _PAGE_SIZES if _height(report, size, wide, gap) <= room), _PAGE_SIZES[-1])


def _height(report: Report, size: float, wide: float, gap: float) -> float:
    lines = 1.0  # the digest
    for section in report.sections:
        lines += 1 + sum(_lines(block, size, wide, gap) for block in section.blocks)
    return lines * size * _LINE + _BESIDE * len(report.sections)


def _lines(block: Block, size: float, wide: float, gap: float) -> float:
    """How many lines a block takes."""
    across = TEXT_WIDTH / (size * wide)
    match block:
        case Paragraph():
            return _lines_of(block.text, across)
        case Remarks():
            return 1 + sum(_lines_of(item, across - 3) for item in block.items)
        case Tiles():
            return 1 + max(_lines_of_tile(tile, across / len(block.tiles) - 2) for tile in block.tiles)
        case Table() if not block.hidden:
            told = sum(_lines_of(text, across) for text in (block.caption, *block.notes) if text)
            return told + (_rows_of(block, size, wide, gap) if block.records else 0)
    return 0


def _lines_of(text: str, across: float) -> int:
    return max(1, ceil(width_of(text) * _TOLERANCE / across))


def _lines_of_tile(tile: Tile, across: float) -> float:
    sentences = sum(_lines_of(text, across) for text in (*tile.sentences, *tile.notes))
    return 1 + 1.6 + len(tile.rulings) + sentences


def _rows_of(table: Table, size: float, wide: float, gap: float) -> float:
    """The lines of all rows, each as high as its highest cell, and its edges."""
    fitted = fit(table, [each for each in _PAGE_SIZES if each <= size], gap=gap, wide=wide)
    across = [(width - gap) / (fitted.size * wide) for width in fitted.widths]
    texts = [[table.columns[i].heading for i in table.on_page]]
    texts += [[row[i].text for i in table.on_page] for row in table.rows]
    lines = sum(max(_lines_of(t, room) for t, room in zip(row, across, strict=True)) for row in texts)
    return (lines * fitted.size / size) + 0.08 * len(texts)
