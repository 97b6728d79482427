"""Units of the frame that may be one person, found without comparing everybody with everybody.

Two units are the **same** person to all appearance where name, birth year and village are equal without accents and
case (`frame.person_key`). They are **near** where they live in one commune, have the same given name without accents,
and their score reaches NEAR:

    score = 0.60 · likeness of the names + 0.15 · of the birth years + 0.25 · of the villages

The likeness of two texts is rapidfuzz's ratio without accents. Birth years count 1 where equal, ½ where they differ by
one or one is missing. Villages count ⅔ where one is missing and 0 where they bear different numbers (Tổ 1, Tổ 11).
Commune and given name are the block: only inside it units are compared, so that a million of them remain feasible. What
this cannot see: a given name that is misspelled, and a person listed in two communes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from sipas_survey.formats import search_key
from sipas_survey.sampling.frame import person_key

NEAR = 0.9
_NAME, _YEAR, _VILLAGE = 0.60, 0.15, 0.25
_LEAST_NAME = (NEAR - _YEAR - _VILLAGE) / _NAME
_MISSING_VILLAGE = 2 / 3
_ROWS = 1_000  # of a block that are compared with all of it at a time
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two units that may be one person, `unit_id` before `other`; score 1 where they are the same to all appearance."""

    unit_id: str
    other: str
    score: float

    @property
    def same(self) -> bool:
        """Whether name, birth year and village are equal."""
        return self.score == 1


def same_pairs(group: Sequence[str]) -> list[Pair]:
    """A group of units that are the same to all appearance, as pairs of its first unit with each other one."""
    first, *others = sorted(group)
    return [Pair(first, other, 1.0) for other in others]


def near_pairs(people: pd.DataFrame) -> list[Pair]:
    """The near pairs among the people of one commune, in order of their units.

    Parameters
    ----------
    people : text columns unit_id, village, full_name, birth_year; missing = "".
    """
    people = people[people["full_name"] != ""]
    names = people["full_name"].map(search_key)
    blocks = people.assign(name=names, given=names.str.rsplit(" ", n=1).str[-1]).groupby("given", sort=True)
    pairs = [pair for _, block in blocks if len(block) > 1 for pair in _pairs_of(block)]
    return sorted(pairs, key=lambda pair: (pair.unit_id, pair.other))


def _pairs_of(block: pd.DataFrame) -> Iterator[Pair]:
    names = block["name"].tolist()
    years = pd.to_numeric(block["birth_year"], errors="coerce").to_numpy(dtype=float)
    persons = list(block[["unit_id", "full_name", "birth_year", "village"]].itertuples(index=False, name=None))
    for start in range(0, len(names), _ROWS):
        part = slice(start, start + _ROWS)
        alike = process.cdist(names[part], names, scorer=fuzz.ratio, score_cutoff=100 * _LEAST_NAME, dtype=np.float32)
        apart = np.abs(years[part, None] - years[None, :])
        for i, j in np.argwhere((alike > 0) & ~(apart > 1)):
            if start + i < j and (pair := _pair(persons[start + i], persons[j], float(alike[i, j]) / 100)):
                yield pair


def _pair(one: tuple[str, ...], other: tuple[str, ...], names: float) -> Pair | None:
    """The pair, where it is near; what is equal in all three is the same, not near."""
    key = person_key(*one[1:])
    if key is not None and key == person_key(*other[1:]):
        return None
    years = 1.0 if one[2] and one[2] == other[2] else 0.5
    score = round(_NAME * names + _YEAR * years + _VILLAGE * _likeness(one[3], other[3]), 4)
    first, second = sorted((one[0], other[0]))
    return Pair(first, second, score) if score >= NEAR else None


def _likeness(one: str, other: str) -> float:
    """How alike two villages are, in [0, 1]."""
    one, other = search_key(one), search_key(other)
    if one == other:
        return 1.0
    if not one or not other:
        return _MISSING_VILLAGE
    if _NUMBER.findall(one) != _NUMBER.findall(other):
        return 0.0
    return fuzz.ratio(one, other) / 100
