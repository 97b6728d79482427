"""What a design will be able to say, before anything is drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtri

from sipas_survey.problems import Problem, problem
from sipas_survey.sampling.design import Plan, StratumPlan
from sipas_survey.statistics.sample_size import margin

WIDE = 0.05
"""A district whose interval at the target is wider than ± this is told to be imprecise (the toolkit's own bound)."""


@dataclass(frozen=True, slots=True)
class Precision:
    """What n answers of one place would say of a share.

    Attributes
    ----------
    margin : half-width at a share of ½; `at_target` : at the target. As shares; None where nothing is drawn.
    met_from : smallest share of a sample whose Wilson interval lies at or above the target; None where even 100 % is
        too few answers.
    not_met_below : largest share whose interval lies below the target; None likewise.
    """

    margin: float | None
    at_target: float | None
    met_from: float | None
    not_met_below: float | None


def precision(strata: Sequence[StratumPlan], *, target: float, level: float = 0.95) -> Precision:
    """The precision of a place made of strata, if every name answers.

    Its variance is Σ W_h² p(1−p)/n_h · (N_h−n_h)/(N_h−1), W_h the stratum's part of the place's units; strata without
    a name are left out, and cannot be spoken for.

    Source: Cochran (1977), eq. 5.53; Wilson (1927) with the effective number of answers p(1−p)/variance.
    """
    drawn = [s for s in strata if s.main]
    population = sum(s.population for s in drawn)
    if not drawn:
        return Precision(None, None, None, None)

    def half(share: float) -> float:
        parts = ((s.population / population) * margin(s.main, share, level=level, population=s.population)
                 for s in drawn)  # fmt: skip
        return sqrt(sum(part**2 for part in parts))

    z = float(ndtri((1 + level) / 2))
    spread = half(0.5)
    effective = (z * 0.5 / spread) ** 2 if spread else float("inf")
    reach = z * z / effective
    # the Wilson interval of p ends at the target where |p − target| = z √(target(1−target)/n)
    off = sqrt(target * (1 - target) * reach)
    return Precision(
        spread,
        half(target),
        target + off if target + off <= 1 else None,
        target - off if target - off >= 0 else None,
    )


def told_of(plan: Plan, tops: Iterable[str], *, target: float, level: float = 0.95) -> tuple[Problem, ...]:
    """A warning that names the places whose share cannot be held against the target with some precision."""
    wide = []
    for top in tops:
        found = precision(plan.of(top), target=target, level=level)
        if found.at_target is not None and (found.met_from is None or found.at_target > WIDE):
            wide.append(top)
    if not wide:
        return ()
    return (problem("DESIGN_IMPRECISE", found=", ".join(wide), target=f"{target:.0%}", margin=f"{100 * WIDE:g}"),)
