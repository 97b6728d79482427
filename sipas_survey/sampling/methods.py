"""The rules by which a stratum's units are drawn, each repeatable from the published text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from sipas_survey.sampling.rounds import shifted
from sipas_survey.statistics.arrays import Floats, Ints
from sipas_survey.statistics.inclusion import pareto_probabilities, proportional_probabilities
from sipas_survey.statistics.selection import (
    pareto_order,
    permanent_random_numbers,
    pivotal,
    simple_random_order,
    systematic,
)


class Method(StrEnum):
    """How units are drawn within a stratum."""

    SIMPLE = "simple"
    SYSTEMATIC = "systematic"
    PARETO = "pareto"
    PPS_SYSTEMATIC = "pps-systematic"
    PIVOTAL = "pivotal"

    @property
    def is_order(self) -> bool:
        """Whether main list and reserve are one random order."""
        return self in (Method.SIMPLE, Method.PARETO)


SORTED_BY = ("commune_code", "village")
"""What systematic lists are sorted by before the unit's id, so that the sample spreads over places."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Positions (m,) in the stratum's rows, main list first, then the reserve, each in its order of turns."""

    positions: Ints
    probability: Floats
    """(main,) inclusion probabilities of the main list."""


def draw_stratum(
    rows: pd.DataFrame, sizes: Sequence[int], *, method: Method, seed: str, stratum: str, main: int, reserve: int,
    start: float = 0.0,
) -> Drawn:  # fmt: skip
    """Draw a main list and its reserve.

    Parameters
    ----------
    rows : the N units of the stratum, in any order, with `unit_id` and the columns SORTED_BY.
    sizes : (N,) measures of size, whole numbers of at least 1; all 1 for equal probabilities.
    main, reserve : how many, together at most N; main at least 1.
    start : of simple random sampling the number after which the order begins; 0 at the beginning.

    Returns
    -------
    simple and pareto: one order, of which the reserve is what follows. The others draw a set: the main list stands in
    the order of the list that was drawn from, the reserve in ascending order of [v/(1 − v)]/size among the units left,
    v being the number of the text `seed:reserve:unit_id`.
    """
    ids = rows["unit_id"].tolist()
    if method.is_order:
        numbers = permanent_random_numbers(ids, seed)
        if method is Method.SIMPLE:
            turned = shifted(numbers, start) if start else numbers
            order = simple_random_order(ids, turned, size=main + reserve)
        else:
            order = pareto_order(ids, numbers, sizes=sizes, n=main)[: main + reserve]
        probability = inclusion_probabilities(sizes, main, method=method)
        return Drawn(order, probability[order[:main]])
    listed = _listed(rows, by_id=method is Method.PIVOTAL)
    in_list = [sizes[i] for i in listed]
    chosen = _SETS[method](in_list, main, seed, [ids[i] for i in listed], stratum)
    first = listed[chosen]
    left = np.setdiff1d(np.arange(len(ids)), first)
    probability = inclusion_probabilities(sizes, main, method=method)
    return Drawn(np.concatenate([first, left[_reserve_order(ids, sizes, left, seed)[:reserve]]]), probability[first])


def inclusion_probabilities(sizes: Sequence[int], n: int, *, method: Method, released: int = 0) -> Floats:
    """(N,) probability of each unit to be among n drawn and r released ones.

    Equal sizes: (n + r)/N. Otherwise λ computed for n + r; for Pareto sampling of few units the exact probabilities.

    Source: METHOD: weights; Rosén (2000), Journal of Statistical Planning and Inference 83, 159–170.
    """
    if len(set(sizes)) == 1:
        return np.full(len(sizes), (n + released) / len(sizes))
    if method is Method.PARETO:
        return pareto_probabilities(sizes, n, released=released)
    return proportional_probabilities(sizes, n + released)


def _listed(rows: pd.DataFrame, *, by_id: bool) -> Ints:
    """(N,) positions in the order of the list: sort columns, then ids, all by code points."""
    columns = ["unit_id"] if by_id else [*SORTED_BY, "unit_id"]
    keys = list(zip(*(rows[name].tolist() for name in columns), strict=True))
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def _reserve_order(ids: Sequence[str], sizes: Sequence[int], left: Ints, seed: str) -> Ints:
    names = [ids[i] for i in left]
    v = permanent_random_numbers([f"reserve:{name}" for name in names], seed)
    rank = v / (1 - v) / np.array([sizes[i] for i in left], dtype=np.float64)
    return simple_random_order(names, rank)


def _systematic(sizes: Sequence[int], n: int, seed: str, _ids: Sequence[str], stratum: str) -> Ints:
    start = float(permanent_random_numbers([f"start:{stratum}"], seed)[0])
    return systematic(sizes, n, start=start)


def _pivotal(sizes: Sequence[int], n: int, seed: str, ids: Sequence[str], _stratum: str) -> Ints:
    return pivotal(permanent_random_numbers(ids, seed), sizes=sizes, n=n)


_SETS: dict[Method, Callable[[Sequence[int], int, str, Sequence[str], str], Ints]] = {
    Method.SYSTEMATIC: _systematic,
    Method.PPS_SYSTEMATIC: _systematic,
    Method.PIVOTAL: _pivotal,
}
