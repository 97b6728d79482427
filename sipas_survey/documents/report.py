"""A report as one value in one language: what every renderer prints, and nothing else.

A number is kept twice: as the value it is, for files that compute, and as the text people read. No renderer rounds.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal

from sipas_survey.formats import Lang, Share, exact

KINDS = ("final", "weekly", "daily")
Kind = Literal["final", "weekly", "daily"]
Simple = str | int | float | Fraction | Share | date | datetime | None
Raw = Simple | tuple[Simple, Simple]
ColumnKind = Literal[
    "text", "sign", "fact", "day", "count", "share", "parts", "interval", "points", "figure", "score", "change"
]  # fmt: skip
_IN_WORDS = ("text", "sign", "fact")
_TO_THE_LEFT = (*_IN_WORDS, "day")
PAIRS = ("parts", "interval")
_SIZE_OF = re.compile(r'width="([\d.]+)" height="([\d.]+)"')


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: its value, and the text that people read."""

    value: Raw
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    kind : what its cells are; `parts` are two counts (of, in all), `interval` two shares. width : in characters.
    halves : the headings of a pair where its two numbers stand apart. detail : left out on a page.
    """

    key: str
    heading: str
    kind: ColumnKind = "text"
    width: float = 10
    halves: tuple[str, str] = ("", "")
    detail: bool = False

    @property
    def right(self) -> bool:
        """Whether its cells are numbers, and stand to the right."""
        return self.kind not in _TO_THE_LEFT


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `name` is that of its sheet, `caption` says how to read it, `notes` stand below.

    total : the last row is the sum of the others. strong : rows in bold; inset : rows that belong to one below.
    hidden : stands in files of numbers alone.
    """

    key: str
    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False
    strong: frozenset[int] = frozenset()
    inset: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def on_page(self) -> tuple[int, ...]:
        """The columns that stand on a page."""
        return tuple(i for i, column in enumerate(self.columns) if not column.detail)

    @property
    def records(self) -> int:
        """How many rows it has, without the total."""
        return len(self.rows) - self.total

    def bold(self, row: int) -> bool:
        """Whether a row is in bold."""
        return row in self.strong or (self.total and row == len(self.rows) - 1)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: plain text, or a `note` in small letters."""

    text: str
    tone: Literal["plain", "note"] = "plain"


@dataclass(frozen=True, slots=True)
class Remarks:
    """A list of remarks under a heading."""

    heading: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A number of the headline: what it is, the figure with what stands beside it, rulings, and sentences."""

    heading: str
    figure: str
    beside: str
    rulings: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tiles:
    """The numbers of the headline side by side."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: what it is, what it shows in words (for those who listen), and the drawing as SVG."""

    key: str
    title: str
    spoken: str
    svg: str

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the drawing, in its own units."""
        width, height = _SIZE_OF.findall(self.svg)[0]
        return float(width), float(height)


Block = Paragraph | Remarks | Tiles | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A section. `fresh`: begins a new page."""

    key: str
    heading: str
    blocks: tuple[Block, ...]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands around a signed report: state and motto, the office under its superior, number and place of the
    letter, signers, and who gets it (the first line is its heading).
    """

    state: str
    motto: str
    superior: str
    office: str
    number: str
    place: str
    signers: tuple[str, ...]
    sign_here: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report of a kind in a language.

    kicker, title, about : the lines at its head. targets : no share is printed across one of them. timezone : of its
    instants. filters : what was left out of the campaign, in words.
    """

    kind: Kind
    lang: Lang
    kicker: str
    title: str
    about: str
    as_of: date
    sections: tuple[Section, ...]
    letterhead: Letterhead
    targets: tuple[Fraction, ...] = ()
    timezone: str = "Asia/Ho_Chi_Minh"
    filters: str = ""

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables in their order."""
        return tuple(self._blocks_of(Table))

    @property
    def charts(self) -> tuple[Chart, ...]:
        """All charts in their order."""
        return tuple(self._blocks_of(Chart))

    def _blocks_of(self, what: type[Any]) -> Iterator[Any]:
        return (block for section in self.sections for block in section.blocks if isinstance(block, what))

    @property
    def digest(self) -> str:
        """SHA-256 of the numbers of all tables: the same in every language and every file of the same report."""
        told = {
            table.key: [[plain(row[i].value) for i in _of_numbers(table)] for row in table.rows]
            for table in self.tables
        }
        text = json.dumps([self.kind, self.as_of.isoformat(), told], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _of_numbers(table: Table) -> list[int]:
    return [i for i, column in enumerate(table.columns) if column.kind not in _IN_WORDS]


def plain(value: Raw) -> Any:
    """A value as JSON has it: shares as numbers in [0, 1], days in ISO, pairs as lists, None for what is not known."""
    match value:
        case tuple():
            return [plain(each) for each in value]
        case date():
            return value.isoformat()
        case Share() | Fraction() | float():
            known = exact(value)
            return None if known is None else float(known)
    return value


def sheet_names(report: Report) -> Mapping[str, str]:
    """The name of each table's sheet by its key."""
    return {table.key: table.name for table in report.tables}
