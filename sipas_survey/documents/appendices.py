"""The appendices of the plan as plain tables: title, columns, rows, notes, for whatever renderer prints them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from sipas_survey.formats import (
    MISSING,
    Lang,
    has_word,
    number,
    percent,
    points,
    score,
    target_percent,
    word,
)
from sipas_survey.satisfaction.appendices import Appendices, PublishedScore, PublishedShare, ShareLine
from sipas_survey.satisfaction.papi_index import TOTAL, Group, structure

Kind = Literal["text", "percent", "points", "figure", "score", "change"]
Value = str | Fraction | float | None
NUMBER_FORMATS: dict[Kind, str] = {
    "points": "[>=0.005]+0.00;[<=-0.005]-0.00;0.00",
    "figure": "General",
    "score": "0.0000",
    "change": "[>=0.00005]+0.0000;[<=-0.00005]-0.0000;0.0000",
}
_SHEET_FAULTS = {
    1: ("PLAN_REMAINDER",),
    2: ("PLAN_SAME_FIGURE", "PLAN_DATES"),
    3: ("PLAN_GROUP", "PLAN_PAPI_DIFFERS"),
}


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its heading, what its cells are, and its width in characters."""

    text: str
    kind: Kind = "text"
    width: float = 12

    @property
    def right(self) -> bool:
        """Whether its cells are numbers."""
        return self.kind != "text"


@dataclass(frozen=True, slots=True)
class AppendixTable:
    """A table in one language. `key` names it; rows hold values, None where there is none; notes stand below.

    source : where the figures are from, in a sentence.
    """

    key: str
    title: str
    columns: tuple[Heading, ...]
    rows: tuple[tuple[Value, ...], ...]
    notes: tuple[str, ...]
    source: str
    lang: Lang
    targets: tuple[Fraction, ...] = ()

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The rows as people read them."""
        return tuple(
            tuple(self._text(c, value) for c, value in zip(self.columns, row, strict=True)) for row in self.rows
        )

    @property
    def cells(self) -> tuple[tuple[str | Fraction | float | Decimal | None, ...], ...]:
        """The rows for a workbook: shares as they are, other numbers as decimals that take their column's format."""
        return tuple(tuple(_cell(c, value) for c, value in zip(self.columns, row, strict=True)) for row in self.rows)

    def _text(self, column: Heading, value: Value) -> str:
        if value is None or isinstance(value, str):
            return MISSING if value is None else value
        match column.kind:
            case "percent":
                return percent(value, self.lang, targets=self.targets)
            case "points":
                return points(value, self.lang)
            case "change":
                return points(Fraction(value) / 100, self.lang, decimals=4)
            case "score":
                return number(value, self.lang, decimals=4)
        return score(value, self.lang)


def look_of(column: Heading) -> dict[str, object]:
    """How a workbook shows the cells of a column beyond the grid."""
    return {"num_format": NUMBER_FORMATS[column.kind]} if column.kind in NUMBER_FORMATS else {}


def _cell(column: Heading, value: Value) -> str | Fraction | float | Decimal | None:
    if value is None or isinstance(value, str) or column.kind == "percent":
        return value
    exact = Fraction(value) * (100 if column.kind == "points" else 1)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def tables(
    of: Appendices, lang: Lang, *, round_name: str = "", threshold: Fraction | None = None
) -> tuple[AppendixTable, ...]:
    """The three appendices, without those that hold nothing."""
    every = (_points_of_par_index(of, lang), _shares(of, lang, round_name, threshold), scores_table(of, lang))
    return tuple(table for table in every if table.rows)


def _points_of_par_index(of: Appendices, lang: Lang) -> AppendixTable:
    columns = (
        Heading(word("appendix_number", lang), width=7),
        Heading(word("appendix_item", lang), width=44),
        *(
            Heading(word(f"appendix_{key}", lang), "figure", 13)
            for key in ("maximum", "reached", "remainder", "printed")
        ),
    )
    rows = [
        (item.number, item.label[lang], item.maximum, item.reached, item.remainder, item.printed)
        for item in of.plan.items
    ]
    notes = (word("appendix_note_remainder", lang), *_faults(of, 1, lang))
    title = word("appendix_1", lang, year=of.plan.year)
    return AppendixTable("appendix_1", title, columns, tuple(rows), notes, _source(of, lang), lang)


def _shares(of: Appendices, lang: Lang, round_name: str, threshold: Fraction | None) -> AppendixTable:
    year, before = of.plan.year, of.plan.year - 1
    target = target_percent(threshold, lang) if threshold is not None else MISSING
    columns = (
        Heading(word("appendix_number", lang), width=7),
        Heading(word("appendix_dimension", lang), width=40),
        Heading(word("appendix_published", lang, year=year), "percent", 13),
        Heading(word("appendix_change_then", lang, before=before), "points", 14),
        Heading(word("appendix_now", lang, round=round_name or MISSING), "percent", 13),
        Heading(word("appendix_lower", lang), "percent", 10),
        Heading(word("appendix_upper", lang), "percent", 10),
        Heading(word("appendix_change_now", lang, year=year), "points", 14),
        Heading(word("appendix_outside", lang), width=13),
        Heading(word("appendix_reaches", lang, threshold=target), width=11),
    )
    rows = tuple(_share_row(i, line, lang) for i, line in enumerate(of.shares, 1))
    notes = (word("appendix_note_shares", lang, year=year), *_faults(of, 2, lang))
    targets = () if threshold is None else (threshold,)
    title = word("appendix_2", lang)
    return AppendixTable("appendix_2", title, columns, rows, notes, _source(of, lang), lang, targets)


def _share_row(number: int, line: ShareLine, lang: Lang) -> tuple[Value, ...]:
    now, published = line.now, line.published
    figures = (None, None, None) if now is None else (now.share, now.lower, now.upper)
    held = (published.share, published.change, *figures, line.change)
    reached = None if now is None else now.reached
    return (f"II.{number}", index_name(published, lang), *held, _yes(line.outside, lang), _yes(reached, lang))


def index_name(row: PublishedShare, lang: Lang) -> str:
    """The name of an index of the plan in a language."""
    key = f"plan_index_{row.index}"
    return word(key, lang) if lang != "vi" and has_word(key) else row.label


def scores_table(of: Appendices, lang: Lang) -> AppendixTable:
    """Appendix III alone."""
    year = of.scores_year
    columns = (
        Heading(word("appendix_number", lang), width=7),
        Heading(word("appendix_dimension", lang), width=44),
        Heading(word("appendix_score", lang, year=year), "score", 13),
        Heading(word("appendix_score_change", lang, before=year - 1), "change", 13),
        Heading(word("appendix_group", lang, year=year), width=17),
        Heading(word("appendix_group", lang, year=year - 1), width=17),
        Heading(word("appendix_notable", lang), width=17),
    )
    names = structure().names[lang]
    rows = tuple(_score_row(row, names.get(row.dimension, row.dimension), lang) for row in of.scores)
    source = word("appendix_source_tables", lang) if of.recomputed else _source(of, lang)
    said = (word("appendix_note_groups" if of.recomputed else "appendix_note_printed", lang),)
    notes = (*said, word("appendix_note_notable", lang), *_faults(of, 3, lang))
    return AppendixTable("appendix_3", word("appendix_3", lang, year=year), columns, rows, notes, source, lang)


def _score_row(row: PublishedScore, name: str, lang: Lang) -> tuple[Value, ...]:
    total = row.dimension == TOTAL
    label = word("appendix_total", lang) if total else name
    groups = _group(row.group, lang), _group(row.last_group, lang)
    number = "" if total else f"III.{row.dimension}"
    return (number, label, row.score, row.change, *groups, _yes(None if row.change is None else row.notable, lang))


def _group(group: Group | None, lang: Lang) -> str | None:
    return None if group is None else word(f"group_{group}", lang)


def _yes(holds: bool | None, lang: Lang) -> str | None:
    return None if holds is None else word("appendix_yes" if holds else "appendix_no", lang)


def _faults(of: Appendices, number: int, lang: Lang) -> Sequence[str]:
    return [
        word("appendix_note_fault", lang, fault=p.message(lang)) for p in of.faults if p.kind in _SHEET_FAULTS[number]
    ]


def _source(of: Appendices, lang: Lang) -> str:
    return word("appendix_source", lang, source=of.plan.source[lang])
