"""The design: how many names each stratum gives, and how many stand in reserve. Exact: quotas are integers."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import pandas as pd

from sipas_survey.places import Units
from sipas_survey.problems import Checked, Place, Problem, problem, stop

_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
DEFAULT_PER_DISTRICT = 60
DEFAULT_RESERVE = Fraction(1)


@dataclass(frozen=True)
class Design:
    """Names on the main list per stratum, and reserves as a multiple of them.

    `quota` overrides `per_stratum`; a stratum that a quota table does not name gets nothing. Strata are districts, or
    communes where the units have no districts.
    """

    per_stratum: int = DEFAULT_PER_DISTRICT
    quota: Mapping[str, int] | None = None
    reserve: Fraction = DEFAULT_RESERVE

    def main(self, stratum: str) -> int:
        """How many names of a stratum are wanted on the main list."""
        return self.per_stratum if self.quota is None else self.quota.get(stratum, 0)

    def reserves(self, stratum: str) -> int:
        """How many names of a stratum are wanted in reserve, rounded up."""
        return math.ceil(self.main(stratum) * self.reserve)

    def as_record(self) -> dict[str, object]:
        """The design as plain values, for the ledger: the same design always gives the same record."""
        quota = dict(sorted(self.quota.items())) if self.quota is not None else None
        per_stratum = None if quota is not None else self.per_stratum
        return {"method": "simple", "per_stratum": per_stratum, "quota": quota, "reserve": str(self.reserve)}

    @staticmethod
    def from_record(record: Mapping[str, object]) -> "Design":
        """The design behind a record of the ledger."""
        quota, per_stratum = record["quota"], record["per_stratum"]
        return Design(
            per_stratum=int(str(per_stratum)) if per_stratum is not None else DEFAULT_PER_DISTRICT,
            quota={str(k): int(v) for k, v in quota.items()} if isinstance(quota, Mapping) else None,
            reserve=Fraction(str(record["reserve"])),
        )


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


def stratum_column(units: Units) -> str:
    """The frame column that strata are made of: districts, or communes where there are none."""
    return "district_code" if units.districts else "commune_code"


def make(
    *, per_stratum: int | None = None, quota: Mapping[str, int] | None = None, reserve: Fraction | None = None
) -> Design:
    """A checked design. Raises SurveyError DESIGN_SIZE where a size is negative, or nothing is wanted at all."""
    wanted = DEFAULT_PER_DISTRICT if per_stratum is None else per_stratum
    reserve = DEFAULT_RESERVE if reserve is None else reserve
    if wanted < 1 and quota is None:
        raise stop("DESIGN_SIZE", found=str(wanted))
    if quota is not None and (min(quota.values(), default=0) < 0 or not any(quota.values())):
        raise stop("DESIGN_SIZE", found=str(min(quota.values(), default=0)))
    if not 0 <= reserve <= 100:
        raise stop("DESIGN_RESERVE", found=str(reserve))
    return Design(wanted, dict(quota) if quota is not None else None, reserve)


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
        codes = units.district_codes(name) if units.districts else units.commune_codes(name)
        if len(codes) != 1:
            problems.append(problem("DESIGN_UNKNOWN_STRATUM", place.at(row=int(row), column=key), found=name))
        elif codes[0] in quota:
            problems.append(problem("DESIGN_STRATUM_TWICE", place.at(row=int(row), column=key), found=name))
        elif not _WHOLE.fullmatch(size):
            problems.append(problem("DESIGN_SIZE", place.at(row=int(row), column="quota"), found=size))
        else:
            quota[codes[0]] = int(size)
    return Checked(quota, tuple(problems))


def lay_over(design: Design, population: Mapping[str, int]) -> Plan:
    """What the design means for a frame with these stratum sizes. What is missing is told, never silently filled."""
    strata, problems = [], []
    for stratum in sorted(set(population) | set(design.quota or {})):
        size, quota, wanted = population.get(stratum, 0), design.main(stratum), design.reserves(stratum)
        main = min(quota, size)
        reserve = min(wanted, size - main)
        strata.append(StratumPlan(stratum, size, quota, main, reserve))
        if main < quota:
            problems.append(problem("DESIGN_SHORTFALL", stratum=stratum, population=size, quota=quota))
        elif reserve < wanted:
            problems.append(problem("DESIGN_SHORT_RESERVE", stratum=stratum, reserve=reserve, wanted=wanted))
    return Plan(tuple(strata), tuple(problems))
