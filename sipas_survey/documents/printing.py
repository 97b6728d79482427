"""From numbers to the cells and tables of a report in one language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sipas_survey.documents.campaign import Campaign
from sipas_survey.documents.report import Cell, Column, ColumnKind, Raw, Simple
from sipas_survey.formats import MISSING, Lang, day, moment, number, percent, word


@dataclass(frozen=True, slots=True)
class Printing:
    """How a campaign is written: language, targets no share is rounded across, its clock, and whether with charts."""

    lang: Lang
    targets: tuple[Fraction, ...]
    timezone: str
    drawn: bool = True

    @classmethod
    def of(cls, campaign: Campaign, lang: Lang, *, drawn: bool = True) -> "Printing":
        """The printing of a campaign."""
        return cls(lang, (campaign.threshold,), campaign.timezone, drawn)

    def word(self, key: str, **details: object) -> str:
        """A word or sentence of the catalogue."""
        return word(key, self.lang, **details)

    def share(self, value: Any) -> str:
        """A share as percent."""
        return percent(value, self.lang, targets=self.targets)

    def number(self, value: Any) -> str:
        """A count."""
        return number(value, self.lang)

    def cell(self, kind: ColumnKind, value: Raw) -> Cell:
        """A value with its text."""
        return Cell(value, self._text(kind, value))

    def row(self, columns: Sequence[Column], values: Sequence[Raw | Cell]) -> tuple[Cell, ...]:
        """A row of cells from values, in the order of the columns; a cell that is ready stays as it is."""
        return tuple(
            value if isinstance(value, Cell) else self.cell(column.kind, value)
            for column, value in zip(columns, values, strict=True)
        )

    def _text(self, kind: ColumnKind, value: Raw) -> str:
        if isinstance(value, tuple):
            return self._pair(kind, *value)
        match kind:
            case "count" if isinstance(value, int):
                return self.number(value)
            case "share":
                return self.share(value)
            case "text" | "sign" if isinstance(value, str):
                return value
        return self._fact(value)

    def _pair(self, kind: ColumnKind, first: Simple, second: Simple) -> str:
        if first is None or second is None:
            return MISSING
        if kind == "parts":
            return f"{self.number(first)} / {self.number(second)}"
        return f"{self.share(first)} – {self.share(second)}"

    def _fact(self, value: Any) -> str:
        """A value by its own type."""
        match value:
            case None:
                return MISSING
            case datetime():
                return moment(value, self.lang, self.timezone)
            case date():
                return day(value, self.lang)
            case int():
                return self.number(value)
            case str():
                return value
        return self.share(value)

    def columns(self, widths: Mapping[str, tuple[ColumnKind, float]], *, detail: Sequence[str] = ()) -> list[Column]:
        """Columns headed by the words `report_KEY`."""
        return [
            Column(key, self.word(f"report_{key}"), kind, width, self._halves(key, kind), key in detail)
            for key, (kind, width) in widths.items()
        ]

    def counts(self, names: Sequence[str], *, detail: Sequence[str] = (), width: float = 7.5) -> list[Column]:
        """Columns of counts or of the shares of `Counts`, headed by the words `count_NAME`."""
        return [
            Column(name, self.word(f"count_{name}"), kind, width + (kind == "share"), ("", ""), name in detail)
            for name, kind in ((name, _kind_of(name)) for name in names)
        ]  # fmt: skip

    def _halves(self, key: str, kind: ColumnKind) -> tuple[str, str]:
        if kind not in ("parts", "interval"):
            return "", ""
        first, second = _HALVES[key]
        return self.word(f"report_{first}"), self.word(f"report_{second}")


_HALVES = {
    "answers": ("satisfied", "valid_answers"),
    "interval": ("lower", "upper"),
    "bounds": ("low_bound", "high_bound"),
    "weighted_interval": ("weighted_lower", "weighted_upper"),
    "of_all": ("part", "whole"),
    "usual": ("usual_from", "usual_to"),
}
_SHARES = ("return_rate", "valid_rate", "target_fill", "rr1", "substitution_rate")


def _kind_of(name: str) -> ColumnKind:
    return "share" if name in _SHARES else "count"
