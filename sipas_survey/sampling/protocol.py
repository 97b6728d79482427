"""What the protocol of a public draw says, as values: when, from what, by which rule, with which result, ten checks.

A draw by the smallest numbers can be checked unit by unit: a unit is on the main list where its digits are not above
those of the stratum's last main unit. Digits of equal length compare like the numbers that they are.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import pandas as pd

from sipas_survey.cases import ListKind
from sipas_survey.sampling.design import Design
from sipas_survey.sampling.staged import StageUnit
from sipas_survey.statistics.selection import permanent_random_numbers

SHOWN = {"main": 4, "reserve": 2, "out": 4}
_DIGITS = 13


class Standing(StrEnum):
    """How a unit came out of the draw."""

    MAIN = "main"
    RESERVE = "reserve"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class CheckedUnit:
    """A unit that anyone can check: its 13 digits, the stratum it stands in, and how it came out."""

    unit_id: str
    stratum: str
    digits: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class StratumCount:
    """A stratum: its units, those drawn, and the digits of the last main and of the last reserve unit ("" for none)."""

    stratum: str
    population: int
    main: int
    reserve: int
    last_main: str
    last_reserve: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """Once that something was done again: what (frame, design, draw), when, why, and which list it set aside."""

    what: str
    at: datetime
    reason: str
    list_digest: str


@dataclass(frozen=True)
class Protocol:
    """The record of a draw, as it is read out and signed.

    `published_first`: the frame's digest stood in the ledger before the seed was used. `ledger_hash` is the chain's
    head after the entry of the draw. Instants bear their time zone; `names` gives the strata's names. Of a draw in
    stages `stages` are the units taken; `left_out` units of people of an earlier round were not drawn from.
    """

    survey_name: str
    round: str
    timezone: str
    frozen_at: datetime
    drawn_at: datetime
    published_first: bool
    seed: str
    frame_digest: str
    people_digest: str | None
    list_digest: str
    ledger_hash: str
    package_version: str
    method: str
    strata: tuple[StratumCount, ...]
    names: Mapping[str, str]
    units: tuple[CheckedUnit, ...]
    repeated: tuple[Repeated, ...] = ()
    design: Design = field(default_factory=Design)
    stages: tuple[StageUnit, ...] = ()
    left_out: int = 0

    @property
    def by_threshold(self) -> bool:
        """Whether a unit's own digits tell how it came out."""
        return self.method == "simple" and self.design.shift is None


def digits(unit_ids: list[str], seed: str) -> list[str]:
    """The first 13 hexadecimal digits of SHA-256 of `seed:unit_id` of each unit."""
    scaled = permanent_random_numbers(unit_ids, seed) * 16.0**_DIGITS
    return [f"{int(number):013x}" for number in scaled]


def counts(cases: pd.DataFrame, population: Mapping[str, int], *, seed: str) -> tuple[StratumCount, ...]:
    """Every stratum of the frame with what was drawn in it.

    Parameters
    ----------
    cases : columns unit_id, kind, stratum.
    population : N by stratum.
    """
    table = cases.assign(digits=digits(cases["unit_id"].tolist(), seed))
    last = table.groupby(["stratum", "kind"])["digits"].agg(["size", "max"]).to_dict("index")
    found = []
    for stratum in sorted(population):
        main, reserve = (last.get((stratum, str(kind)), {"size": 0, "max": ""}) for kind in ListKind)
        found.append(
            StratumCount(
                stratum, population[stratum], int(main["size"]), int(reserve["size"]), main["max"], reserve["max"]
            )
        )
    return tuple(found)


def checked_units(strata: Mapping[str, str], cases: pd.DataFrame, *, seed: str) -> tuple[CheckedUnit, ...]:
    """Ten units that anyone can check: four on the main list, two in reserve, four not drawn.

    They are the first of each kind in order of SHA-256 of `seed:check:unit_id`; where a kind has fewer, the next of
    the others take their places. In order of stratum and digits.

    Parameters
    ----------
    strata : the stratum of every unit of the frame.
    cases : columns unit_id, kind.
    """
    kinds = dict(zip(cases["unit_id"], cases["kind"], strict=True))
    order = sorted(strata, key=lambda unit: hashlib.sha256(f"{seed}:check:{unit}".encode()).digest())
    left = dict(SHOWN)
    chosen: list[str] = []
    others: list[str] = []
    for unit in order:
        kind = kinds.get(unit, "out")
        left[kind] -= 1
        (chosen if left[kind] >= 0 else others).append(unit)
    chosen += others[: sum(SHOWN.values()) - len(chosen)]
    units = zip(chosen, digits(chosen, seed), strict=True)
    found = [CheckedUnit(unit, strata[unit], number, Standing(kinds.get(unit, "out"))) for unit, number in units]
    return tuple(sorted(found, key=lambda unit: (unit.stratum, unit.digits, unit.unit_id)))
