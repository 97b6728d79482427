"""The draw of a plan in stages: from the top down to the units in which people are drawn.

A unit is told by its path: `132`, `132/04249`, `132/04249/Thôn 1`. Its number is that of the text `seed:district/132`,
`seed:commune/04249`, `seed:village/04249/Thôn 1`; the start of a systematic list in `132` that of `seed:start:132`, at
the top of `seed:start:province`. What is left to lot in a group is drawn by the rules of `sampling.methods`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from sipas_survey.problems import Problem, problem, stop
from sipas_survey.sampling.methods import SORTED_BY, Method, draw_stratum, inclusion_probabilities
from sipas_survey.sampling.stages import Level, Size, StagePlan, StageRule

SEPARATOR, PROVINCE = "/", "province"
Probabilities = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class StageUnit:
    """A unit that was taken at a stage; `key` holds the codes that lead to it.

    `probability` is that of the unit within the one above it. `fraction` is the share of the group's units that lot
    takes, Σ π²/n over those that lot could take: n/N with equal chances; 1 of a certain unit.
    """

    level: Level
    key: tuple[str, ...]
    probability: float
    fraction: float

    @property
    def certain(self) -> bool:
        """Whether it was taken for certain."""
        return self.probability == 1

    @property
    def path(self) -> str:
        """The codes that lead to it, joined."""
        return path_of(self.key)

    @property
    def above(self) -> str:
        """The path of the unit above; empty at the top."""
        return path_of(self.key[:-1])

    @property
    def text(self) -> str:
        """The text behind `seed:` whose number it has."""
        return text_of(self.level, self.key)

    def as_record(self) -> list[object]:
        """Plain values for the ledger."""
        return [str(self.level), list(self.key), self.probability, self.fraction]

    @staticmethod
    def from_record(record: Sequence[Any]) -> "StageUnit":
        """The unit behind a record of the ledger."""
        level, key, probability, fraction = record
        return StageUnit(Level(level), tuple(map(str, key)), float(probability), float(fraction))


def path_of(key: Iterable[str]) -> str:
    """The path of a unit from the codes that lead to it."""
    return SEPARATOR.join(key)


def text_of(level: Level, key: Sequence[str]) -> str:
    """The text behind `seed:` of a unit: a village goes with its commune, all others by their codes."""
    return SEPARATOR.join((str(level), *(key[-2:] if level is Level.VILLAGE else key[-1:])))


@dataclass(frozen=True)
class Descent:
    """The units taken, stage by stage, each stage in order of paths, with what fell short."""

    units: tuple[StageUnit, ...]
    problems: tuple[Problem, ...]


def descend(plan: StagePlan, cells: Mapping[tuple[str, ...], tuple[int, int]], *, seed: str) -> Descent:
    """Draw the stages.

    Parameters
    ----------
    cells : people, and the sum of sizes, of every unit of the last stage, by the codes from the top down.

    Returns
    -------
    The units taken; a warning for each group that has fewer units than the plan wants.

    Raises SurveyError STAGES_TOO_MANY_CERTAIN, STAGES_SIZE where a unit to be drawn by size has none.
    """
    taken: list[StageUnit] = []
    problems: list[Problem] = []
    groups: list[tuple[str, ...]] = [()]
    for depth, rule in enumerate(plan.stages):
        sizes = _sizes(cells, depth + 1, rule)
        children: dict[tuple[str, ...], list[tuple[str, ...]]] = {group: [] for group in groups}
        for key in sorted(sizes):
            if key[:-1] in children:
                children[key[:-1]].append(key)
        found = [_group(rule, group, keys, [sizes[k] for k in keys], seed) for group, keys in children.items()]
        problems += [short for _, told in found for short in told]
        chosen = sorted((unit for units, _ in found for unit in units), key=lambda unit: unit.key)
        taken += chosen
        groups = [unit.key for unit in chosen]
    return Descent(tuple(taken), tuple(problems))


def _sizes(cells: Mapping[tuple[str, ...], tuple[int, int]], depth: int, rule: StageRule) -> dict[tuple[str, ...], int]:
    which = 1 if rule.size is Size.SIZE else 0
    found: dict[tuple[str, ...], int] = {}
    for key, counts in cells.items():
        found[key[:depth]] = found.get(key[:depth], 0) + counts[which]
    return found


def _group(
    rule: StageRule, group: tuple[str, ...], keys: Sequence[tuple[str, ...]], sizes: Sequence[int], seed: str
) -> tuple[list[StageUnit], list[Problem]]:
    """What is taken of the units of one group."""
    above = path_of(group)
    wanted = len(keys) if rule.take is None else min(rule.take, len(keys))
    sure = _sure(rule, keys, sizes) if wanted < len(keys) else list(range(len(keys)))
    if len(sure) > wanted:
        found = ", ".join(path_of(keys[i]) for i in sure)
        raise stop("STAGES_TOO_MANY_CERTAIN", found=found, take=wanted, level=str(rule.level))
    units = [StageUnit(rule.level, keys[i], 1.0, 1.0) for i in sure]
    rest = [i for i in range(len(keys)) if i not in set(sure)]
    if n := wanted - len(sure):
        texts = [text_of(rule.level, keys[i]) for i in rest]
        lots = _by_lot(rule, texts, [sizes[i] for i in rest], n, seed=seed, stratum=above or PROVINCE)
        units += [StageUnit(rule.level, keys[rest[j]], p, f) for j, p, f in lots]
    if rule.take is not None and wanted < rule.take:
        told = problem("STAGES_SHORT", found=above or PROVINCE, level=str(rule.level), units=wanted, wanted=rule.take)
        return units, [told]
    return units, []


def _sure(rule: StageRule, keys: Sequence[tuple[str, ...]], sizes: Sequence[int]) -> list[int]:
    """Positions of the units taken for certain; the largest stands for a seat that is not listed, then the first."""
    listed = set(rule.certain)
    names = [path_of(key[-2:]) if rule.level is Level.VILLAGE else key[-1] for key in keys]
    sure = [i for i, name in enumerate(names) if name in listed]
    if not sure and rule.seat:
        sure = [min(range(len(keys)), key=lambda i: (-sizes[i], keys[i]))]
    return sure


def _by_lot(
    rule: StageRule, texts: list[str], sizes: list[int], n: int, *, seed: str, stratum: str
) -> list[tuple[int, float, float]]:
    """Position, probability and fraction of each unit that lot takes."""
    measures = [1] * len(sizes) if rule.size is None else sizes
    if min(measures) < 1:
        raise stop("STAGES_SIZE", found=texts[int(np.argmin(measures))])
    blank = [""] * len(texts)
    rows = pd.DataFrame({"unit_id": texts, **dict.fromkeys(SORTED_BY, blank)}, dtype=object)
    drawn = draw_stratum(rows, measures, method=rule.method, seed=seed, stratum=stratum, main=n, reserve=0)
    chances = _chances(tuple(measures), n, rule.method)
    open_ones = [p for p in chances if p < 1]
    places = n - (len(chances) - len(open_ones))
    fraction = sum(p * p for p in open_ones) / places if open_ones else 1.0
    return [(i, chances[i], fraction if chances[i] < 1 else 1.0) for i in drawn.positions.tolist()]


@lru_cache(maxsize=4096)
def _chances(sizes: tuple[int, ...], n: int, method: Method) -> Probabilities:
    return tuple(inclusion_probabilities(sizes, n, method=method).tolist())


# ---------------------------------------------------------------- probabilities
def probabilities_above(units: Iterable[StageUnit]) -> dict[str, float]:
    """For each unit taken the product of the probabilities of all stages down to it."""
    found: dict[str, float] = {}
    for unit in units:
        found[unit.path] = unit.probability * found.get(unit.above, 1.0)
    return found


def lineage(units: Iterable[StageUnit]) -> dict[str, tuple[StageUnit, ...]]:
    """For each unit taken the units down to it, from the top."""
    found: dict[str, tuple[StageUnit, ...]] = {}
    for unit in units:
        found[unit.path] = (*found.get(unit.above, ()), unit)
    return found
