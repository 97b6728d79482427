"""The design: how many names each stratum gives, and how many stand in reserve. Exact: quotas are integers."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pandas as pd

from sipas_survey.places import Units
from sipas_survey.problems import Problem, problem, stop
from sipas_survey.sampling.methods import Method
from sipas_survey.sampling.rounds import LeftOut, Shift
from sipas_survey.sampling.staged import SEPARATOR, StageUnit, descend
from sipas_survey.sampling.stages import ALL, StagePlan, plan_of
from sipas_survey.statistics.allocation import apportion

DEFAULT_PER_DISTRICT = 60
DEFAULT_RESERVE = Fraction(1)
SIZE = "size"
WITHIN = ("commune_code", "field", "agency", "village")
"""Columns that may divide a district, in the order in which they stand in the name of a stratum."""
BLANK = "–"


@dataclass(frozen=True)
class Design:
    """Names on the main list per district, reserves as a multiple of them, and how both are drawn.

    `quota` overrides `per_stratum`; a district that a quota table does not name gets nothing. Districts are communes
    where the units have no districts. `within` divides them into sub-strata by these columns, in proportion to their
    units. `size` is the column of sizes for drawing in proportion to them; None for equal probabilities. `allocation`
    says how the quota was made. With `stages` the plan says all of this, and strata are the units of its last stage.
    `groups` has the stratum of every commune where strata are groups of communes. `left_out` and `shift` tell how the
    people of an earlier round are kept out.
    """

    per_stratum: int = DEFAULT_PER_DISTRICT
    quota: Mapping[str, int] | None = None
    reserve: Fraction = DEFAULT_RESERVE
    method: Method = Method.SIMPLE
    size: str | None = None
    within: tuple[str, ...] = ()
    allocation: Mapping[str, object] | None = None
    stages: StagePlan | None = None
    groups: Mapping[str, str] | None = None
    left_out: LeftOut | None = None
    shift: Shift | None = None

    def main(self, top: str) -> int:
        """How many names of a district are wanted on the main list."""
        return self.per_stratum if self.quota is None else self.quota.get(top, 0)

    def reserves(self, top: str) -> int:
        """How many names of a district are wanted in reserve, rounded up."""
        return math.ceil(self.main(top) * self.reserve)

    def quotas(self, strata: Iterable[str]) -> dict[str, int]:
        """The forms wanted in each district that has some of these strata."""
        if self.stages is None:
            return {top: self.main(top) for top in map(top_of, strata)}
        return {top: n * self.stages.wanted for top, n in Counter(map(top_of, strata)).items()}

    def columns(self, column: str) -> tuple[str, ...]:
        """The columns of the frame that strata are made of; `column` is that of `stratum_column`."""
        if self.stages is not None:
            return self.stages.columns
        return ("commune_code" if self.groups is not None else column, *self.within)

    def sizes_matter(self) -> bool:
        """Whether the frame's column `size` plays a part."""
        return self.size is not None or (self.stages is not None and self.stages.by_size)

    def stratum_of(self, cells: Sequence[str]) -> str:
        """The stratum of a unit from its district and the values of `within`: `132`, `132/04249/Đất đai`."""
        top = cells[0] if self.groups is None else self.groups.get(cells[0], BLANK)
        return SEPARATOR.join((top, *(value or BLANK for value in cells[1:])))

    def as_record(self) -> dict[str, object]:
        """The design as plain values, for the ledger: the same design always gives the same record."""
        quota = dict(sorted(self.quota.items())) if self.quota is not None else None
        per_stratum = None if quota is not None else self.per_stratum
        plain = {"method": str(self.method), "per_stratum": per_stratum, "quota": quota, "reserve": str(self.reserve)}
        further = {
            "size": self.size,
            "within": list(self.within),
            "allocation": self.allocation,
            "stages": None if self.stages is None else self.stages.as_record(),
            "groups": None if self.groups is None else dict(sorted(self.groups.items())),
            "left_out": None if self.left_out is None else self.left_out.as_record(),
            "shift": None if self.shift is None else self.shift.as_record(),
        }
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
            stages=plan_of(record["stages"]) if record.get("stages") else None,
            groups=record.get("groups"),
            left_out=LeftOut.from_record(record["left_out"]) if record.get("left_out") else None,
            shift=Shift.from_record(record["shift"]) if record.get("shift") else None,
        )


RECORDED = (
    "method", "per_stratum", "quota", "reserve", "size", "within", "allocation", "stages", "groups", "left_out",
    "shift",
)  # fmt: skip
"""The entries of a record, of which all but the first four may be absent."""


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
    units: tuple[StageUnit, ...] = ()
    """Of a draw in stages the units taken."""

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
    columns = design.columns(column)
    if columns == (column,) and design.groups is None:
        return units[column]
    cells = zip(*(units[name].tolist() for name in columns), strict=True)
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


def summed(design: Design, counted: Iterable[tuple[tuple[str, ...], int]]) -> dict[str, int]:
    """Number of units by stratum from numbers by the columns of `Design.columns`."""
    found: Counter[str] = Counter()
    for key, size in counted:
        found[design.stratum_of(key)] += size
    return dict(found)


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


def lay_stages(
    design: Design, population: Mapping[str, int], sizes: Mapping[str, int] | None = None, *, seed: str
) -> Plan:
    """The plan of a draw in stages, drawn down to the units in which people are drawn.

    Parameters
    ----------
    population, sizes : people, and the sum of their sizes, by the units of the last stage.
    """
    plan = design.stages
    if plan is None:
        return lay_over(design, population)
    depth = len(plan.stages)
    cells = {
        tuple(path.split(SEPARATOR, depth - 1)): (people, people if sizes is None else sizes[path])
        for path, people in population.items()
    }
    found = descend(plan, cells, seed=seed)
    strata, problems = [], list(found.problems)
    for path in (unit.path for unit in found.units if unit.level is plan.stages[-1].level):
        people = population[path]
        main = min(plan.take, people)
        one = StratumPlan(path, people, plan.take, main, min(plan.reserve, people - main))
        strata.append(one)
        if main < plan.take:
            problems.append(problem("DESIGN_SHORTFALL", stratum=path, population=people, quota=plan.take))
        elif one.reserve < plan.reserve:
            problems.append(problem("DESIGN_SHORT_RESERVE", stratum=path, reserve=one.reserve, wanted=plan.reserve))
    return Plan(tuple(strata), tuple(problems), found.units)


def expected(design: Design, population: Mapping[str, int]) -> Plan:
    """What a plan in stages will give of a frame, before lot has said where: one line of all people together.

    Groups with fewer units than the plan wants give what they have; what single places give is known after the draw.
    """
    plan = design.stages
    if plan is None:
        return lay_over(design, population)
    groups = 1
    for depth, rule in enumerate(plan.stages, start=1):
        there = {tuple(path.split(SEPARATOR, len(plan.stages) - 1)[:depth]) for path in population}
        groups = len(there) if rule.take is None else min(groups * rule.take, len(there))
    people = sum(population.values())
    main = min(groups * plan.take, people)
    one = StratumPlan(ALL, people, groups * plan.wanted, main, min(groups * plan.reserve, people - main))
    return Plan((one,), ())


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
