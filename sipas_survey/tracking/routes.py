"""Who carries which forms: post workers, what they cover, and a division of the villages that is as even as can be.

A commune belongs to the workers who name it; where nobody does, to those who name its district; else to those who name
no place at all. Workers who share communes divide them: villages in order of commune code and, inside a commune, of
their names, workers in order of their ids; each gets villages that follow one another, no village is split, and of all
such divisions the one with the smallest sum of squared loads is taken (on a tie, with the most left to later workers).
Communes of few workers are divided first, and what a worker carries there counts when he shares others.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from sipas_survey.formats import collation_key
from sipas_survey.places import Units
from sipas_survey.problems import Checked, Place, Problem, problem

Village = tuple[str, str]
"""Commune code and the village as written; empty where the frame has none."""
_BETWEEN = re.compile(r"[;,]")


@dataclass(frozen=True, slots=True)
class Worker:
    """A post worker and the places he covers; without any he covers whatever nobody names."""

    worker: str
    name: str = ""
    districts: frozenset[str] = field(default_factory=frozenset)
    communes: frozenset[str] = field(default_factory=frozenset)


def read_workers(table: pd.DataFrame, units: Units, *, place: Place) -> Checked[tuple[Worker, ...]]:
    """A table of workers: columns `worker`, and where known `name`, `district_code`, `commune_code`; cells as text.

    A worker may have several rows, and a cell several communes between commas; the index of the table is the row in
    the file's viewer. An empty worker, an unknown district and a commune that is unknown or ambiguous are errors.
    """
    workers: dict[str, Worker] = {}
    problems: list[Problem] = []
    for row, record in zip(table.index, table.to_dict("records"), strict=True):
        cells = {str(name): str(text) for name, text in record.items()}
        told = _covered(cells, units, place.at(row=int(row)))
        problems += told.problems
        if not told.errors:
            before = workers.get(cells["worker"], Worker(cells["worker"]))
            workers[before.worker] = replace(
                before,
                name=before.name or cells.get("name", ""),
                districts=before.districts | told.value.districts,
                communes=before.communes | told.value.communes,
            )
    return Checked(tuple(sorted(workers.values(), key=lambda each: each.worker)), tuple(problems))


def _covered(cells: Mapping[str, str], units: Units, place: Place) -> Checked[Worker]:
    """What one row says that its worker covers: communes where it names any, else its district."""
    problems = [] if cells["worker"] else [problem("WORKER_EMPTY", place.at(column="worker"), found="")]
    named = cells.get("district_code", "")
    districts = units.district_codes(named) if named else ()
    if named and len(districts) != 1:
        problems.append(problem("WORKER_UNKNOWN_DISTRICT", place.at(column="district_code"), found=named))
    communes: set[str] = set()
    for text in filter(None, (part.strip() for part in _BETWEEN.split(cells.get("commune_code", "")))):
        codes = units.commune_codes(text, district_code=districts[0] if len(districts) == 1 else "")
        if len(codes) != 1:
            problems.append(problem("WORKER_UNKNOWN_COMMUNE", place.at(column="commune_code"), found=text))
        communes |= set(codes[:1])
    covered = Worker(cells["worker"], "", frozenset() if communes else frozenset(districts), frozenset(communes))
    return Checked(covered, tuple(problems))


def assign(cases: pd.DataFrame, workers: Sequence[Worker]) -> Checked[dict[Village, str]]:
    """The worker of every village that has a case, by the rule of this module.

    Parameters
    ----------
    cases : text columns district_code, commune_code, village.

    Returns
    -------
    Worker ids by village; a commune that nobody covers is left out, with a warning.
    """
    loads = Counter(zip(cases["commune_code"], cases["village"], strict=True))
    districts = dict(zip(cases["commune_code"], cases["district_code"], strict=True))
    pools: dict[tuple[str, ...], list[str]] = {}
    for commune in sorted(districts):
        pools.setdefault(_pool(commune, districts[commune], workers), []).append(commune)
    nobody = tuple(problem("ROUTE_WITHOUT_WORKER", found=commune) for commune in pools.pop((), []))
    carried: Counter[str] = Counter()
    assigned: dict[Village, str] = {}
    for pool in sorted(pools, key=lambda pool: (len(pool), pool)):
        villages = sorted((v for v in loads if v[0] in pools[pool]), key=lambda v: (v[0], collation_key(v[1]), v[1]))
        shares = divide([loads[v] for v in villages], [carried[worker] for worker in pool])
        for village, share in zip(villages, shares, strict=True):
            assigned[village] = pool[share]
            carried[pool[share]] += loads[village]
    return Checked(assigned, nobody)


def _pool(commune: str, district: str, workers: Iterable[Worker]) -> tuple[str, ...]:
    """The ids of those who cover a commune, in order."""
    naming = [each.worker for each in workers if commune in each.communes]
    naming = naming or [each.worker for each in workers if district in each.districts]
    naming = naming or [each.worker for each in workers if not each.communes and not each.districts]
    return tuple(sorted(naming))


def divide(loads: Sequence[int], carried: Sequence[int]) -> list[int]:
    """Cut a row of loads into stretches, one a worker in their order, as evenly as can be.

    Parameters
    ----------
    loads : what stands at each place of the row.
    carried : what each worker carries already.

    Returns
    -------
    For each place the position of its worker, ascending: the least Σ (carried + stretch)² over all ways to cut.
    """
    ends = np.concatenate([[0], np.cumsum(loads, dtype=np.int64)])
    best = np.where(ends == 0, 0, np.inf)
    begins = []
    for before in carried:
        # cost[i, j]: places up to i are given out already, this worker takes those from i to j
        cost = best[:, None] + np.where(
            ends[None, :] >= ends[:, None], (before + ends[None, :] - ends[:, None]) ** 2.0, np.inf
        )
        begins.append(cost.argmin(axis=0))
        best = cost.min(axis=0)
    shares: list[int] = []
    end = len(loads)
    for worker in reversed(range(len(carried))):
        begin = int(begins[worker][end])
        shares = [worker] * (end - begin) + shares
        end = begin
    return shares
