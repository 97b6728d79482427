"""The tables of the re-check's report, in words and numbers of a language, for terminals and for pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sipas_survey.formats import MISSING, Lang, form_code, has_word, number, percent, word
from sipas_survey.tracking.recheck import Finding


class Column(NamedTuple):
    """A column: its heading, what it shows of a row, whether it is a number."""

    heading: str
    show: Callable[[Mapping[str, Any]], str]
    num: bool = True


def tables_of(record: Mapping[str, Any], lang: Lang, *, step: str = "recheck_step") -> list[dict[str, Any]]:
    """The tables that hold anything: each its `name`, `title`, `heads` (heading, whether of numbers), `rows` of cells.

    `record` is that of `record_of_report`; `step` begins the word that says what may be done. A row has its form's code
    where it is about one, and its cells are pairs of text and whether it is a number. `small` tells that a row of the
    table rests on few cases and is marked so.
    """
    made = []
    for name, columns in _columns(lang, step).items():
        rows = [
            {"form": row.get("form"), "cells": [(column.show(row), column.num) for column in columns]}
            for row in record[name]
        ]
        if rows:
            heads = [(column.heading, column.num) for column in columns]
            small = any(row.get("small") for row in record[name])
            made.append({"name": name, "title": word(f"recheck_table_{name}", lang), "heads": heads, "rows": rows,
                         "small": small})  # fmt: skip
    return made


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The kinds of columns in a language: `key` of the record, a `heading`, or its `name` in the catalogue."""

    lang: Lang

    def heading(self, name: str) -> str:
        return word(f"column_{name}", self.lang)

    def count(self, key: str, heading: str = "") -> Column:
        return Column(heading or self.heading(key), lambda row: number(row[key], self.lang))

    def text(self, key: str, heading: str, prefix: str = "") -> Column:
        def show(row: Mapping[str, Any]) -> str:
            value = str(row[key] or MISSING)
            return word(f"{prefix}_{value}", self.lang) if has_word(f"{prefix}_{value}") else value

        return Column(heading, show, False)

    def share(self, key: str, name: str) -> Column:
        return Column(self.heading(name), lambda row: self._percent(row[key]) + _mark(row, key))

    def shares(self, low: str, high: str, name: str) -> Column:
        return Column(self.heading(name), lambda row: _between(self._percent, row[low], row[high]))

    def index(self, key: str, heading: str) -> Column:
        return Column(heading, lambda row: self._index(row[key]))

    def indices(self, low: str, high: str, name: str) -> Column:
        return Column(self.heading(name), lambda row: _between(self._index, row[low], row[high]) + _mark(row, low))

    def of_two(self, key: str, heading: str) -> Column:
        """Of questions with two answers alone."""
        return Column(heading, lambda row: self._index((row["yes_no"] or {}).get(key)))

    def _percent(self, value: float | None) -> str:
        return MISSING if value is None else percent(value, self.lang)

    def _index(self, value: float | None) -> str:
        return MISSING if value is None else number(value, self.lang, decimals=2)


def _columns(lang: Lang, step: str) -> dict[str, list[Column]]:
    of = _Kinds(lang)
    who = Column(of.heading("who"), lambda row: row["who"] or word("about_round", lang), False)
    code = Column(of.heading("form"), lambda row: form_code(row["form"]), False)
    worker, finding = of.text("worker", of.heading("worker")), of.text("finding", of.heading("finding"), "finding")
    findings = [of.count(str(each), word(f"finding_{each}", lang)) for each in Finding]
    proposed = Column(of.heading("proposed"), lambda row: word(f"{step}_{row['step']}", lang, **row), False)
    compared = [of.count("differing"), of.count("compared")]
    not_confirmed = [of.share("not_confirmed_rate", "not_confirmed"), of.shares("lower", "upper", "interval")]
    return {
        "findings": [
            who, of.count("ordered"), *findings, of.count("waiting", of.heading("finding_waiting")), *not_confirmed,
        ],
        "errors": [
            who, of.count("type"), *compared, of.share("error_rate", "rate"), of.shares("lower", "upper", "interval"),
            Column(of.heading("flagged"), lambda row: "!" if row["flagged"] else "", False),
        ],
        "round": [
            of.text("what", "", "recheck_what"), of.count("forms"), of.count("drawn"), of.count("settled"),
            *not_confirmed, of.shares("lower_bound", "upper_bound", "bounds"),
        ],
        "items": [
            of.text("item", of.heading("item")), of.count("type"), of.count("pairs"), of.index("gdr", "GDR"),
            of.index("inconsistency", of.heading("inconsistency")), of.index("kappa", "Kappa"),
            of.index("weighted_kappa", of.heading("weighted_kappa")),
            of.index("reliability_ratio", of.heading("reliability")), of.of_two("ndr", "NDR"),
            of.of_two("p_value", "McNemar p"), of.indices("round_kappa_lower", "round_kappa_upper", "interval"),
        ],
        "forms": [code, worker, finding, *compared, of.share("share", "rate")],
        "proposals": [code, worker, finding, proposed],
    }  # fmt: skip


def _between(show: Callable[[float | None], str], low: float | None, high: float | None) -> str:
    return MISSING if low is None else f"{show(low)} – {show(high)}"


def _mark(row: Mapping[str, Any], key: str) -> str:
    """The mark of a figure that rests on few cases; what is missing has none."""
    return " *" if row.get("small") and row[key] is not None else ""
