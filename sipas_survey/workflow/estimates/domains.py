"""Domains: which rows an estimate is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sipas_survey.problems import stop
from sipas_survey.statistics.arrays import Ints, Mask, compress
from sipas_survey.workflow.estimates.columns import Table, label_of
from sipas_survey.workflow.estimates.quotients import Domains


@dataclass(frozen=True, slots=True)
class Grouping:
    """Domains of a table's rows, and their values: `names[d]` is what `by` says of domain d."""

    domains: Domains
    names: tuple[Mapping[str, str], ...]


def group(table: Table, by: Sequence[str], where: Any) -> Grouping:
    """The domains made by every combination of values that occurs; a row that misses one of them is in none.

    `where` : `{column: value}`, or `"COL=VALUE"`, or several of these that must all hold.
    Raises SurveyError (ESTIMATE_DOMAIN_EMPTY) where no row is left.
    """
    inside = _inside(table, where)
    if not by:
        if inside is None:
            return Grouping(Domains(None, 1), ({},))
        return Grouping(Domains((~inside).astype(np.int64), 1), ({},))
    code, names = crossed(table, by)
    if inside is not None:
        code = np.where(inside, code, -1)
    present = np.zeros(len(names) + 1, dtype=bool)
    present[code] = True
    if not present[:-1].any():
        raise stop("ESTIMATE_DOMAIN_EMPTY", table.place, found=", ".join(by))
    if present.all() or (not present[-1] and present[:-1].all()):
        return Grouping(Domains(_outside_last(code, len(names), outside=bool(present[-1])), len(names)), names)
    kept = np.flatnonzero(present[:-1])
    number = np.full(len(names) + 1, len(kept), dtype=np.int64)
    number[kept] = np.arange(len(kept))
    return Grouping(Domains(number[code], len(kept)), tuple(names[j] for j in kept.tolist()))


def _outside_last(code: Ints, count: int, *, outside: bool) -> Ints:
    return np.where(code < 0, count, code) if outside else code


def crossed(table: Table, by: Sequence[str]) -> tuple[Ints, tuple[dict[str, str], ...]]:
    """Codes of the combinations that occur, -1 where a value is missing, and their values in order."""
    first = table.codes(by[0])
    code, names = first.code, [{by[0]: label} for label in first.labels]
    for column in by[1:]:
        other = table.codes(column)
        width = len(other.labels)
        missing = (code < 0) | (other.code < 0)
        key = np.where(missing, 0, code * width + other.code)
        code, occurring = compress(key, size=max(len(names) * width, 1))
        names = [{**names[j // width], column: other.labels[j % width]} for j in occurring.tolist()]
        code = np.where(missing, -1, code)
    return code, tuple(names)


def _inside(table: Table, where: Any) -> Mask | None:
    if where is None or (not isinstance(where, str) and not len(where)):
        return None
    if isinstance(where, Mapping):
        pairs = [(str(column), value) for column, value in where.items()]
    else:
        pairs = [pair_of(text, "=", table) for text in ([where] if isinstance(where, str) else where)]
    inside = np.ones(len(table), dtype=bool)
    for column, value in pairs:
        codes = table.codes(column)
        position = codes.position(label_of(value))
        inside &= codes.code == (-2 if position is None else position)
    if not inside.any():
        raise stop("ESTIMATE_DOMAIN_EMPTY", table.place, found=", ".join(f"{c}={v}" for c, v in pairs))
    return inside


def pair_of(text: str, sign: str, table: Table) -> tuple[str, str]:
    """The two sides of a request such as NUM/DEN or COL=VALUE; column names may hold the sign themselves."""
    for i, letter in enumerate(text):
        if letter == sign and text[:i] in table.names:
            return text[:i], text[i + 1 :]
    left, found, right = text.partition(sign)
    if not found:
        raise stop("ESTIMATE_REQUEST", found=text, shape={"/": "NUM/DEN", "=": "COL=VALUE", "@": "COL@P"}[sign])
    return left, right
