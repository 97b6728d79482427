"""What each criterion costs an index: how many points it would gain if that criterion alone were at the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sipas_survey.satisfaction.figures import degrees_of_moments, spread_of
from sipas_survey.satisfaction.moments import Reduced
from sipas_survey.satisfaction.questionnaire import IndexLevel
from sipas_survey.satisfaction.rollup import Aggregation, Rollup, rollup
from sipas_survey.statistics.ranks import ranks


@dataclass(frozen=True, slots=True)
class Cost:
    """One criterion of an index.

    Attributes
    ----------
    criterion, value : its code and its exact share.
    weight : what the index gains for each point that the criterion gains.
    gap : target less value, negative above it.
    to_target, to_best : what the index would gain if the criterion alone came up to the target, or to the best
        criterion of the index; 0 where it stands there already.
    rank, best, worst : by weight times gap, the dearest first, and the ranks that it may have.
    """

    criterion: str
    value: Fraction
    weight: Fraction
    gap: Fraction
    to_target: Fraction
    to_best: Fraction
    rank: int
    best: int
    worst: int


@dataclass(frozen=True, slots=True)
class Costs:
    """An index and its criteria, the dearest first. `points` is what it lacks to the target (negative above it).

    `enough` is how many of the dearest must come up to the target for the index to be there: 0 where it is already.
    """

    index: str
    value: Fraction | None
    points: Fraction | None
    enough: int | None
    criteria: tuple[Cost, ...]


def costs(reduced: Reduced, index: str, threshold: Fraction, *, aggregation: Aggregation, level: float = 0.95) -> Costs:
    """Rank the criteria of an index by what they cost it, over all forms.

    Values are exact; the ranks come from the covariances of the criteria, the weights taken as known. A criterion
    without a valid answer is left out. Raises KeyError for an index that is not made.
    """
    plan = rollup(reduced.questionnaire, reduced.criteria, aggregation=aggregation)
    i = plan.position(index)
    _, whole = reduced.blocks()[0]
    part, valid = (half.astype(np.int64).tolist() for half in np.split(whole.sums.sum(axis=0), 2))
    own = [q for q in plan.criteria[i] if valid[q]]
    value = plan.exact(part, valid)[i]
    if value is None:
        return Costs(index, None, None, None, ())
    shares = {q: Fraction(part[q], valid[q]) for q in own}
    highest = max(shares.values())

    def gain(q: int, share: Fraction) -> Fraction:
        return _with(plan, part, valid, {q: share})[i] - value

    weights = {q: gain(q, Fraction(1)) - gain(q, Fraction(0)) for q in own}
    ranked = _ranks(reduced, plan, own, [float(weights[q] * (threshold - shares[q])) for q in own],
                    [float(weights[q]) for q in own], level)  # fmt: skip
    found = [
        Cost(
            reduced.criteria[q],
            shares[q],
            weights[q],
            threshold - shares[q],
            gain(q, max(threshold, shares[q])),
            gain(q, highest),
            *ranked[j],
        )
        for j, q in enumerate(own)
    ]
    ordered = tuple(sorted(found, key=lambda cost: cost.rank))
    lifted = _enough(plan, part, valid, i, threshold, [reduced.criteria.index(cost.criterion) for cost in ordered])
    return Costs(index, value, threshold - value, lifted, ordered)


def _with(plan: Rollup, part: Sequence[int], valid: Sequence[int], shares: dict[int, Fraction]) -> list[Fraction]:
    """The indices if some criteria had other shares; 0 where there is none."""
    changed = [shares[q] * valid[q] if q in shares else Fraction(part[q]) for q in range(len(part))]
    return [value or Fraction() for value in plan.exact(changed, valid)]


def _enough(
    plan: Rollup, part: Sequence[int], valid: Sequence[int], i: int, threshold: Fraction, order: Sequence[int]
) -> int:
    """How many criteria, in this order, must be at the target for the index to be there."""
    lifted: dict[int, Fraction] = {}
    for q in order:
        if _with(plan, part, valid, lifted)[i] >= threshold:
            break
        lifted[q] = max(threshold, Fraction(part[q], valid[q]))
    return len(lifted)


def _ranks(
    reduced: Reduced, plan: Rollup, own: Sequence[int], cost: Sequence[float], weight: Sequence[float], level: float
) -> list[tuple[int, int, int]]:
    """Rank, best and worst of each criterion by its cost."""
    _, whole = reduced.blocks()[0]
    _, spread = spread_of(whole, reduced.fraction, reduced.clusters, plan=plan)
    at = {
        own[0]: i
        for i, (index, own) in enumerate(zip(plan.indices, plan.criteria, strict=True))
        if index.level is IndexLevel.CRITERION
    }
    places = [at[q] for q in own]
    factor = np.array(weight)
    covariance = spread[np.ix_(places, places)] * factor[:, None] * factor
    df = degrees_of_moments(whole)[places]
    found = ranks(np.array(cost), covariance, np.minimum.outer(df, df), level=level)
    return [(int(r), int(b), int(w)) for r, b, w in zip(found.rank, found.best, found.worst, strict=True)]
