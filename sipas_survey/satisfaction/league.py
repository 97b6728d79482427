"""Domains of one index in order, each with the ranks that it may have: an order alone says more than is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sipas_survey.satisfaction.figures import degrees_of_moments, scores_of
from sipas_survey.satisfaction.indices import IndexEstimate
from sipas_survey.satisfaction.moments import Reduced
from sipas_survey.satisfaction.rollup import Aggregation, rollup
from sipas_survey.statistics.ranks import ranks
from sipas_survey.statistics.variance import covariance_of_moments


@dataclass(frozen=True, slots=True)
class Placed:
    """A domain in the order of one index: its estimate, its rank from 1, and the best and worst it may have of `of`."""

    estimate: IndexEstimate
    rank: int
    best: int
    worst: int
    of: int


def league(
    reduced: Reduced, estimates: Sequence[IndexEstimate], index: str, *, aggregation: Aggregation, level: float = 0.95
) -> tuple[Placed, ...]:
    """Rank the domains by an index, the largest first.

    Parameters
    ----------
    reduced : the moments of the forms, with domains.
    estimates : the rows made from them; a domain without a value, or with a blank among its values, has no rank.

    Returns
    -------
    In order of rank, then of the rows. Domains hold different forms, so that only strata join them: their covariance
    comes from the finite samples of the strata that they share.

    Raises KeyError for an index that is not made.
    """
    plan = rollup(reduced.questionnaire, reduced.criteria, aggregation=aggregation)
    i = plan.position(index)
    rows = [row for row in estimates if row.index == index and row.by]
    if not rows:
        return ()
    blocks = reduced.blocks()[1:]
    found = [scores_of(block, plan) for _, block in blocks]
    there = np.array([row.value is not None and all(row.by.values()) for row in rows], dtype=bool)
    values = np.where(there, [float(value[i]) for value, _, _ in found], np.nan)
    sums = np.column_stack([own[:, i] for _, own, _ in found])
    products = np.zeros((len(reduced.fraction), len(rows), len(rows)))
    for d, (_, _, squares) in enumerate(found):
        products[:, d, d] = squares[:, i, i]
    spread = covariance_of_moments(sums, products, reduced.fraction, clusters=reduced.clusters)
    df = np.array([degrees_of_moments(block)[i] for _, block in blocks], dtype=np.int64)
    ranked = ranks(values, spread, np.minimum.outer(df, df), level=level)
    placed = [
        Placed(row, int(ranked.rank[d]), int(ranked.best[d]), int(ranked.worst[d]), int(there.sum()))
        for d, row in enumerate(rows)
        if there[d]
    ]
    return tuple(sorted(placed, key=lambda one: one.rank))
