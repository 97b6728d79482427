"""The tables of the re-check's report, in words and numbers of a language, for terminals and for pages."""

from collections.abc import Callable, Mapping
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


def _columns(lang: Lang, step: str) -> dict[str, list[Column]]:
    def said(key: str) -> str:
        return word(f"column_{key}", lang)

    def count(key: str, heading: str) -> Column:
        return Column(heading, lambda row: number(row[key], lang))

    def share(key: str, heading: str) -> Column:
        return Column(heading, lambda row: (MISSING if row[key] is None else percent(row[key], lang)) + _mark(row))

    def index(key: str, heading: str) -> Column:
        return Column(heading, lambda row: MISSING if row[key] is None else number(row[key], lang, decimals=2))

    def text(key: str, heading: str, prefix: str = "") -> Column:
        def show(row: Mapping[str, Any]) -> str:
            value = str(row[key] or MISSING)
            return word(f"{prefix}_{value}", lang) if prefix and has_word(f"{prefix}_{value}") else value

        return Column(heading, show, False)

    def between(low: str, high: str, heading: str) -> Column:
        return Column(
            heading,
            lambda r: MISSING if r[low] is None else f"{percent(r[low], lang)} – {percent(r[high], lang)}",
        )

    def indices(low: str, high: str) -> Column:
        return Column(
            said("interval"),
            lambda r: (
                MISSING
                if r[low] is None
                else f"{number(r[low], lang, decimals=2)} – {number(r[high], lang, decimals=2)}{_mark(r)}"
            ),
        )

    def of_two(key: str, heading: str) -> Column:
        return Column(heading, lambda r: MISSING if r["yes_no"] is None else number(r["yes_no"][key], lang, decimals=2))

    who = Column(said("who"), lambda row: row["who"] or word("about_round", lang), False)
    code = Column(said("form"), lambda row: form_code(row["form"]), False)
    interval, worker = between("lower", "upper", said("interval")), text("worker", said("worker"))
    finding = text("finding", said("finding"), "finding")
    findings = [count(str(each), word(f"finding_{each}", lang)) for each in Finding]
    return {
        "findings": [who, count("ordered", said("ordered")), *findings, count("waiting", said("finding_waiting")),
                     share("not_confirmed_rate", said("not_confirmed")), interval],
        "errors": [who, count("type", said("type")), count("differing", said("differing")),
                   count("compared", said("compared")), share("error_rate", said("rate")), interval,
                   Column(said("flagged"), lambda row: "!" if row["flagged"] else "", False)],
        "round": [text("what", "", "recheck_what"), count("forms", said("forms")), count("drawn", said("drawn")),
                  count("settled", said("settled")), share("not_confirmed_rate", said("not_confirmed")), interval,
                  between("lower_bound", "upper_bound", said("bounds"))],
        "items": [text("item", said("item")), count("type", said("type")), count("pairs", said("pairs")),
                  index("gdr", "GDR"), index("inconsistency", said("inconsistency")), index("kappa", "Kappa"),
                  index("weighted_kappa", said("weighted_kappa")), index("reliability_ratio", said("reliability")),
                  of_two("ndr", "NDR"), of_two("p_value", "McNemar p"),
                  indices("round_kappa_lower", "round_kappa_upper")],
        "forms": [code, worker, finding, count("differing", said("differing")), count("compared", said("compared")),
                  Column(said("rate"), lambda row: MISSING if row["share"] is None else percent(row["share"], lang))],
        "proposals": [code, worker, finding,
                      Column(said("proposed"), lambda row: word(f"{step}_{row['step']}", lang, **row), False)],
    }  # fmt: skip


def _mark(row: Mapping[str, Any]) -> str:
    return " *" if row.get("small") else ""
