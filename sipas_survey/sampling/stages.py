"""A draw in stages as data: at each level how many units are taken in each unit above, by which method, which surely.

A plan is a TOML file:

    plan = "papi"

    [[stage]]                 # from the top down: district (where there are districts), commune, village
    level = "district"
    take = 3                  # in each unit above, certain ones included; "all" makes every unit a stratum
    method = "pareto"         # of those taken by lot: simple (default), systematic, pareto, pps-systematic, pivotal
    size = "people"           # chances in proportion to the people of the frame, or to the sum of its column `size`
    certain = ["132"]         # units taken for certain: codes, villages as commune/village
    seat = true               # with no such unit in a group, its largest one is taken for certain

    [person]                  # in every unit of the last stage
    take = 20
    reserve = 10
    method = "simple"
    target = 16               # interviews wanted, where fewer than names
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from sipas_survey.places import Units
from sipas_survey.problems import Place, stop
from sipas_survey.resources import shipped
from sipas_survey.sampling.methods import Method

_LONGEST = 1 << 20
_MOST = 1_000_000
_KEYS = {"level", "take", "method", "size", "certain", "seat"}
_PERSON_KEYS = {"take", "reserve", "method", "target"}
ALL = "all"
Choice = TypeVar("Choice", bound=StrEnum)


class Level(StrEnum):
    """The levels above a person, from the top down."""

    DISTRICT = "district"
    COMMUNE = "commune"
    VILLAGE = "village"

    @property
    def column(self) -> str:
        """The column of the frame."""
        return "village" if self is Level.VILLAGE else f"{self}_code"


class Size(StrEnum):
    """What chances are in proportion to."""

    PEOPLE = "people"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class StageRule:
    """One stage: `take` units (None: all) of `level` in each unit above, those of `certain` among them surely."""

    level: Level
    take: int | None
    method: Method = Method.SIMPLE
    size: Size | None = None
    certain: tuple[str, ...] = ()
    seat: bool = False

    def as_record(self) -> dict[str, object]:
        """As in a plan's file."""
        plain = {"level": str(self.level), "take": ALL if self.take is None else self.take, "method": str(self.method)}
        further = {"size": None if self.size is None else str(self.size), "certain": list(self.certain)}
        return {**plain, **{k: v for k, v in further.items() if v}, **({"seat": True} if self.seat else {})}


@dataclass(frozen=True, slots=True)
class StagePlan:
    """The stages, and how many people each unit of the last one gives: main list, reserve, interviews wanted."""

    name: str
    stages: tuple[StageRule, ...]
    take: int
    reserve: int
    method: Method = Method.SIMPLE
    target: int | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the frame that name a unit of the last stage."""
        return tuple(stage.level.column for stage in self.stages)

    @property
    def wanted(self) -> int:
        """Interviews wanted in each unit of the last stage."""
        return self.take if self.target is None else self.target

    @property
    def by_size(self) -> bool:
        """Whether the frame's column `size` plays a part."""
        return any(stage.size is Size.SIZE for stage in self.stages)

    def as_record(self) -> dict[str, object]:
        """As in a plan's file: plain values, the same plan always the same."""
        person = {"take": self.take, "reserve": self.reserve, "method": str(self.method)}
        target = {} if self.target is None else {"target": self.target}
        return {"plan": self.name, "stage": [s.as_record() for s in self.stages], "person": {**person, **target}}


def shipped_plans() -> tuple[str, ...]:
    """Names of the plans that come with the package."""
    found = (f.name.removesuffix(".toml") for f in shipped("sampling/plans").iterdir() if f.name.endswith(".toml"))
    return tuple(sorted(found))


def load(name: str) -> StagePlan:
    """A plan by shipped name, or from a TOML file.

    Raises SurveyError STAGES_NOT_FOUND, STAGES_UNREADABLE with the place that is wrong.
    """
    file = shipped(f"sampling/plans/{name}.toml") if name in shipped_plans() else Path(name)
    place = Place(file=file.name)
    if not file.is_file():
        raise stop("STAGES_NOT_FOUND", found=name, known=shipped_plans())
    try:
        with file.open("rb") as stream:
            held = stream.read(_LONGEST + 1)
        record = tomllib.loads(held.decode("utf-8-sig")) if len(held) <= _LONGEST else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        line = re.search(r"at line (\d+)", str(error))
        raise stop(
            "STAGES_UNREADABLE", place.at(row=int(line[1]) if line else None), found=str(error), what="TOML"
        ) from error
    return plan_of({"plan": Path(name).stem, **record}, place=place)


def plan_of(record: Mapping[str, Any], *, place: Place | None = None) -> StagePlan:
    """A checked plan from plain values. Raises SurveyError STAGES_UNREADABLE, STAGES_ORDER, STAGES_METHOD."""
    place = place or Place()

    def wrong(what: str, found: object) -> Any:
        return stop("STAGES_UNREADABLE", place, found="–" if found is None else str(found), what=what)

    stages, person = record.get("stage"), record.get("person")
    if not isinstance(stages, list) or not stages or not all(isinstance(s, dict) for s in stages):
        raise wrong("[[stage]]", stages)
    if not isinstance(person, dict):
        raise wrong("[person]", person)
    if unknown := set(record) - {"plan", "stage", "person"} | (set(person) - _PERSON_KEYS):
        raise wrong("[person]", ", ".join(sorted(unknown)))
    rules = tuple(_rule(stage, place) for stage in stages)
    levels = list(Level)
    first = levels.index(rules[0].level)
    if first > 1 or [rule.level for rule in rules] != levels[first : first + len(rules)]:
        raise stop("STAGES_ORDER", place, found=", ".join(rule.level for rule in rules))
    take, reserve = _whole(person.get("take"), 1), _whole(person.get("reserve", person.get("take")), 0)
    target = _whole(person["target"], 1) if "target" in person else take
    if take is None or reserve is None or target is None or target > take:
        raise wrong("[person] take, reserve, target", person)
    method = _choice(Method, person.get("method", "simple"))
    if method is None or method not in (Method.SIMPLE, Method.SYSTEMATIC, Method.PIVOTAL):
        raise stop("STAGES_METHOD", place, found=str(person.get("method")), level="person")
    return StagePlan(str(record["plan"]), rules, take, reserve, method, None if target == take else target)


def _rule(record: Mapping[str, Any], place: Place) -> StageRule:
    level = _choice(Level, record.get("level"))
    method = _choice(Method, record.get("method", "simple"))
    size = _choice(Size, record["size"]) if "size" in record else None
    take = None if record.get("take") == ALL else _whole(record.get("take"), 1)
    certain = record.get("certain", [])
    known = isinstance(certain, list) and all(isinstance(one, str) for one in certain)
    told = known and isinstance(record.get("seat", False), bool) and not set(record) - _KEYS
    counted = take is not None or record.get("take") == ALL
    if level is None or method is None or not told or not counted or ("size" in record and size is None):
        raise stop("STAGES_UNREADABLE", place, found=str(dict(record)), what="[[stage]]")
    if (size is None) != (method in (Method.SIMPLE, Method.SYSTEMATIC)) and method is not Method.PIVOTAL:
        raise stop("STAGES_METHOD", place, found=str(method), level=str(level))
    return StageRule(level, take, method, size, tuple(certain), bool(record.get("seat", False)))


def _whole(value: object, least: int) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if least <= value <= _MOST else None


def _choice(choices: type[Choice], value: object) -> Choice | None:
    return next((choice for choice in choices if choice == value), None)


def check_units(plan: StagePlan, units: Units) -> None:
    """Whether a plan fits administrative units.

    Raises SurveyError STAGES_LEVELS where its first stage is not their highest level, STAGES_CERTAIN_UNKNOWN for a
    certain unit that they do not have.
    """
    top = Level.DISTRICT if units.districts else Level.COMMUNE
    if units.by_agency or plan.stages[0].level is not top:
        raise stop("STAGES_LEVELS", found=plan.name, level=str(plan.stages[0].level), units=units.name, top=units.level)
    unknown = [one for one in _certain(plan) if not _known(units, *one)]
    if unknown:
        raise stop("STAGES_CERTAIN_UNKNOWN", found=", ".join(code for _, code in unknown), units=units.name)


def _certain(plan: StagePlan) -> Iterator[tuple[Level, str]]:
    return ((stage.level, code) for stage in plan.stages for code in stage.certain)


def _known(units: Units, level: Level, code: str) -> bool:
    if level is Level.DISTRICT:
        return code in units.districts
    return code.partition("/")[0] in units.communes if level is Level.VILLAGE else code in units.communes
