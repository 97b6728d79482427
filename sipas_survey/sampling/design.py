"""The design: how many names each stratum gives, and how many stand in reserve. Exact: quotas are integers."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pandas as pd

from sipas_survey.places import Units
from sipas_survey.problems import Checked, Place, Problem, problem, stop
from sipas_survey.sampling.methods import Method
from sipas_survey.statistics.allocation import apportion

_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
DEFAULT_PER_DISTRICT = 60
DEFAULT_RESERVE = Fraction(1)
SIZE = "size"
WITHIN = ("commune_code", "field", "agency", "village")
"""Columns that may divide a district, in the order in which they stand in the name of a stratum."""
SEPARATOR, BLANK = "/", "–"


@dataclass(frozen=True)
class Design:
    """Names on the main list per district, reserves as a multiple of them, and how both are drawn.

    `quota` overrides `per_stratum`; a district that a quota table does not name gets nothing. Districts are communes
    where the units have no districts. `within` divides them into sub-strata by these columns, in proportion to their
    units. `size` is the column of sizes for drawing in proportion to them; None for equal probabilities. `allocation`
    says how the quota was made.
    """

    per_stratum: int = DEFAULT_PER_DISTRICT
    quota: Mapping[str, int] | None = None
    reserve: Fraction = DEFAULT_RESERVE
    method: Method = Method.SIMPLE
    size: str | None = None
    within: tuple[str, ...] = ()
    allocation: Mapping[str, object] | None = None

    def main(self, top: str) -> int:
        """How many names of a district are wanted on the main list."""
        return self.per_stratum if self.quota is None else self.quota.get(top, 0)

    def reserves(self, top: str) -> int:
        """How many names of a district are wanted in reserve, rounded up."""
        return math.ceil(self.main(top) * self.reserve)

    def stratum_of(self, cells: Sequence[str]) -> str:
        """The stratum of a unit from its district and the values of `within`: `132`, `132/04249/Đất đai`."""
        return SEPARATOR.join((cells[0], *(value or BLANK for value in cells[1:])))

    def as_record(self) -> dict[str, object]:
        """The design as plain values, for the ledger: the same design always gives the same record."""
        quota = dict(sorted(self.quota.items())) if self.quota is not None else None
        per_stratum = None if quota is not None else self.per_stratum
        plain = {"method": str(self.method), "per_stratum": per_stratum, "quota": quota, "reserve": str(self.reserve)}
        further = {"size": self.size, "within": list(self.within), "allocation": self.allocation}
        return {**plain, **{name: value for name, value in further.items() if value}}

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> "Design":
        """The design behind a record of the ledger."""
        quota, per_stratum = record["quota"], record["per_stratum"]
        return Design(
            per_stratum=int(per_stratum) if per_stratum is not None else DEFAULT_PER_DISTRICT,
            quota={str(k): int(v) for k, v in quota.items()} if quota is not None else None,
            reserve=Fraction(str(record["reserve"])),
            method=Method(record["method"]),
            size=record.get("size"),
            within=tuple(record.get("within", ())),
            allocation=record.get("allocation"),
        )


RECORDED = ("method", "per_stratum", "quota", "reserve", "size", "within", "allocation")
"""The entries of a record, of which the last three may be absent."""


@dataclass(frozen=True)
class StratumPlan:
    """What the design means in one stratum of a frame: sizes wanted, and what the frame can give."""

    stratum: str
    population: int
    quota: int
    main: int
    reserve: int


@dataclass(frozen=True)
class Plan:
    """The design laid over a frame, stratum by stratum, with what falls short."""

    strata: tuple[StratumPlan, ...]
    problems: tuple[Problem, ...] = field(default=())

    @property
    def tops(self) -> tuple[str, ...]:
        """The districts, in order."""
        return tuple(dict.fromkeys(top_of(s.stratum) for s in self.strata))

    def of(self, top: str) -> tuple[StratumPlan, ...]:
        """The strata of a district."""
        return tuple(s for s in self.strata if top_of(s.stratum) == top)


def top_of(stratum: str) -> str:
    """The district that a stratum lies in."""
    return stratum.partition(SEPARATOR)[0]


def stratum_column(units: Units) -> str:
    """The frame column that strata are made of: districts, or communes where there are none; agencies of officials."""
    return "agency" if units.by_agency else f"{units.level}_code"


def strata_of(units: pd.DataFrame, design: Design, column: str) -> "pd.Series[str]":
    """The stratum of each unit; `column` is that of `stratum_column`."""
    if not design.within:
        return units[column]
    cells = zip(*(units[name].tolist() for name in (column, *design.within)), strict=True)
    return pd.Series([design.stratum_of(row) for row in cells], index=units.index, dtype=object)


def make(
    *,
    per_stratum: int | None = None,
    quota: Mapping[str, int] | None = None,
    reserve: Fraction | None = None,
    method: Method | str = Method.SIMPLE,
    size: str | None = None,
    within: Sequence[str] = (),
    allocation: Mapping[str, object] | None = None,
) -> Design:
    """A checked design.

    Raises SurveyError DESIGN_SIZE where a size is negative, or nothing is wanted at all; DESIGN_RESERVE; DESIGN_COLUMN
    for a column of sizes or of sub-strata that a frame does not have; DESIGN_METHOD_SIZE where sizes and method do not
    go together.
    """
    wanted = DEFAULT_PER_DISTRICT if per_stratum is None else per_stratum
    reserve = DEFAULT_RESERVE if reserve is None else reserve
    if wanted < 1 and quota is None:
        raise stop("DESIGN_SIZE", found=str(wanted))
    if quota is not None and (min(quota.values(), default=0) < 0 or not any(quota.values())):
        raise stop("DESIGN_SIZE", found=str(min(quota.values(), default=0)))
    if not 0 <= reserve <= 100:
        raise stop("DESIGN_RESERVE", found=str(reserve))
    chosen = Method(method)
    size = SIZE if size is None and chosen is Method.PPS_SYSTEMATIC else size
    if size not in (None, SIZE) or (unknown := [name for name in within if name not in WITHIN]):
        raise stop("DESIGN_COLUMN", found=", ".join(unknown) if size in (None, SIZE) else str(size), columns=WITHIN)
    if size is not None and chosen in (Method.SIMPLE, Method.SYSTEMATIC):
        raise stop("DESIGN_METHOD_SIZE", found=str(chosen))
    ordered = tuple(name for name in WITHIN if name in within)
    return Design(wanted, dict(quota) if quota is not None else None, reserve, chosen, size, ordered, allocation)


def stratum_code(name: str, units: Units) -> str | None:
    """The code of a district (of a commune, where there are no districts) from its code or name; None if unclear."""
    codes = units.district_codes(name) if units.districts else units.commune_codes(name)
    return codes[0] if len(codes) == 1 else None


def read_quota(table: pd.DataFrame, units: Units, *, place: Place) -> Checked[dict[str, int]]:
    """A table of quotas: columns `district_code` (or `stratum`, or a commune column) and `quota`, cells as text.

    The index of the table is the row in the file's viewer. Unknown strata, repeated strata and sizes that are no
    whole numbers are errors.
    """
    key = next((name for name in ("district_code", "stratum", "commune_code") if name in table.columns), None)
    if key is None or "quota" not in table.columns:
        missing = "quota" if key else "district_code"
        return Checked({}, (problem("DESIGN_COLUMN_MISSING", place.at(row=1), found=missing),))
    quota: dict[str, int] = {}
    problems: list[Problem] = []
    for row, name, size in zip(table.index, table[key], table["quota"], strict=True):
        code = stratum_code(name, units)
        if code is None:
            problems.append(problem("DESIGN_UNKNOWN_STRATUM", place.at(row=int(row), column=key), found=name))
        elif code in quota:
            problems.append(problem("DESIGN_STRATUM_TWICE", place.at(row=int(row), column=key), found=name))
        elif not _WHOLE.fullmatch(size):
            problems.append(problem("DESIGN_SIZE", place.at(row=int(row), column="quota"), found=size))
        else:
            quota[code] = int(size)
    return Checked(quota, tuple(problems))


def lay_over(design: Design, population: Mapping[str, int]) -> Plan:
    """What the design means for a frame with these stratum sizes. What is missing is told, never silently filled.

    Sub-strata share the quota of their district in proportion to their units, at least one name each where the quota
    allows; by largest remainder, ties to the larger, then to the first. Each has reserves for its own names.
    """
    tops: dict[str, list[str]] = {top: [] for top in design.quota or {}}
    for stratum in sorted(population):
        tops.setdefault(top_of(stratum), []).append(stratum)
    strata: list[StratumPlan] = []
    problems: list[Problem] = []
    for top in sorted(tops):
        inside = tops[top] or [top]
        sizes = [population.get(stratum, 0) for stratum in inside]
        plans = _divided(design, top, inside, sizes) if design.within else [_whole(design, top, sizes[0])]
        strata += plans
        problems += _short(design, top, plans)
    return Plan(tuple(strata), tuple(problems))


def _whole(design: Design, top: str, size: int) -> StratumPlan:
    quota = design.main(top)
    return StratumPlan(top, size, quota, min(quota, size), min(design.reserves(top), max(size - quota, 0)))


def _divided(design: Design, top: str, inside: Sequence[str], sizes: Sequence[int]) -> list[StratumPlan]:
    lower = [min(1, size) for size in sizes]
    quota = design.main(top)
    if sum(lower) > quota:
        lower = [0] * len(sizes)
    mains = apportion([Fraction(n) for n in sizes], quota, population=sizes, lower=lower, upper=sizes)
    return [
        StratumPlan(name, size, main, main, min(math.ceil(main * design.reserve), size - main))
        for name, size, main in zip(inside, sizes, mains, strict=True)
    ]


def _short(design: Design, top: str, plans: Sequence[StratumPlan]) -> list[Problem]:
    """What a district cannot give."""
    size, main, reserve = (sum(getattr(p, name) for p in plans) for name in ("population", "main", "reserve"))
    wanted = sum(math.ceil(p.main * design.reserve) for p in plans) if design.within else design.reserves(top)
    told = []
    if main < design.main(top):
        told.append(problem("DESIGN_SHORTFALL", stratum=top, population=size, quota=design.main(top)))
    elif reserve < wanted:
        told.append(problem("DESIGN_SHORT_RESERVE", stratum=top, reserve=reserve, wanted=wanted))
    if main and (empty := sum(p.population > 0 and not p.main for p in plans)):
        told.append(problem("DESIGN_EMPTY_SUBSTRATA", stratum=top, found=str(empty)))
    return told
