"""Weights of the responding forms, with a ledger of every step.

Base: the units of the stratum over its released cases (main list and released reserves), or one over the chance of each
where chances differ. Ineligible cases then leave with their weight. Response: the respondents of a stratum carry the
weight of all its eligible cases; a replaced name stays as a nonrespondent. Where the office asks for it, margins follow
(raking to known counts), and trimming last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd

from sipas_survey.cases import Outcome
from sipas_survey.problems import Checked, problem
from sipas_survey.statistics.adjustment import class_adjustment, trim
from sipas_survey.statistics.arrays import Floats, Ints, Mask, total_by
from sipas_survey.statistics.auxiliaries import Auxiliaries
from sipas_survey.statistics.calibration import rake, steps
from sipas_survey.statistics.residuals import Adjustment


class WeightStep(StrEnum):
    """The steps, in order."""

    BASE = "base"
    ELIGIBLE = "eligible"
    RESPONSE = "response"
    MARGINS = "margins"
    TRIM = "trim"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One step in one group, a stratum or a category of a margin.

    `n` cases with a weight after it; the total of the weights before and after; the smallest and the largest factor by
    which it multiplied the weight of a case that kept one.
    """

    step: WeightStep
    group: str
    n: int
    before: float
    after: float
    smallest: float = 1.0
    largest: float = 1.0


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the responding forms: `forms`, `strata` and `weight` of one length, and how they came about.

    `adjustments` are the steps that brought weights to totals, on which the error of weighted figures depends; carrying
    the respondents of a stratum to its total changes it only where their weights differ, and counts only then.
    `response` is that step; `probability` holds inclusion probabilities where they differ within strata, else None.
    """

    forms: tuple[str, ...]
    strata: tuple[str, ...]
    weight: Floats
    ledger: tuple[LedgerRow, ...]
    response: Adjustment | None = None
    adjustments: tuple[Adjustment, ...] = ()
    probability: Floats | None = None

    @classmethod
    def none(cls) -> "Weights":
        """Before the first answer."""
        return cls((), (), np.zeros(0), ())

    @property
    def effective(self) -> float:
        """Kish's effective number of forms, (Σw)² / Σw²: the price of unequal weights alone; 0 without a form."""
        squares = float(self.weight @ self.weight)
        return float(self.weight.sum()) ** 2 / squares if squares else 0.0


def weigh(cases: pd.DataFrame, population: Mapping[str, float], *, responding: Collection[str]) -> Checked[Weights]:
    """Weigh the responding cases, stratum by stratum.

    Parameters
    ----------
    cases : the case table (`cases.CASE_COLUMNS`) with the columns `outcome` (`cases.Outcome`) and `released` (bool;
        true for the whole main list). Where names had different chances, `probability` holds them for released cases.
    population : N_h, units of the frame by stratum; where the strata were drawn themselves, divided by their chances.
    responding : codes (column `form`) of the cases whose answers count.

    Returns
    -------
    Weights in the order of the case table. The response step conserves the total of every stratum; where nobody
    responded, or no case was released, that weight is lost, and WEIGHTS_NO_RESPONDENT says so. Strata come in order
    of their names.

    Raises
    ------
    KeyError for a stratum without a population. ValueError where it is smaller than its released cases, or where a
    responding form is not that of a released eligible case.

    Source: Särndal, Swensson & Wretman (1992), ch. 15.6 (response homogeneity groups).
    """
    released = cases[cases["released"].astype(bool)]
    eligible = (released["outcome"] != Outcome.NOT_ELIGIBLE).to_numpy(dtype=bool)
    answered = released["form"].isin(set(responding)).to_numpy(dtype=bool) & eligible
    if answered.sum() != len(set(responding)):
        raise ValueError("a responding form is not that of a released eligible case")
    names = sorted({*released["stratum"], *population})
    units = np.array([population[name] for name in names], dtype=np.float64)
    stratum = pd.Categorical(released["stratum"], categories=names).codes.astype(np.int64)
    drawn = np.bincount(stratum, minlength=len(names))
    if (small := np.flatnonzero(units < drawn)).size:
        h = int(small[0])
        raise ValueError(f"stratum {names[h]!r} has {units[h]:.0f} units and {drawn[h]} released cases")
    chance = released["probability"].to_numpy(dtype=np.float64) if "probability" in released.columns else None
    base = (units / np.maximum(drawn, 1))[stratum] if chance is None else 1 / chance
    kept = np.where(eligible, base, 0.0)
    speaks = np.bincount(stratum[answered], minlength=len(names)) > 0
    heard = np.where(speaks[stratum], kept, 0.0)
    weight = class_adjustment(heard, stratum, responding=answered, names=names).value
    ledger = [
        *_ledger(WeightStep.BASE, names, stratum, before=units, after=base, used=np.ones(len(base), dtype=bool)),
        *_ledger(WeightStep.ELIGIBLE, names, stratum, before=base, after=kept, used=eligible),
        *_ledger(WeightStep.RESPONSE, names, stratum, before=kept, after=weight, used=answered),
    ]
    left = np.where(drawn > 0, total_by(stratum, kept, size=len(names)), units)
    told = [
        problem("WEIGHTS_NO_RESPONDENT", found=names[h], units=round(left[h]))
        for h in np.flatnonzero(~speaks & (np.round(left) > 0)).tolist()
    ]
    classes = Auxiliaries((stratum[answered],), (len(names),), np.zeros((int(answered.sum()), 0)))
    forms, strata = (tuple(released[name].to_numpy(dtype=object)[answered]) for name in ("form", "stratum"))
    response = Adjustment(classes, kept[answered])
    found = Weights(
        forms,
        strata,
        weight[answered],
        tuple(ledger),
        response,
        adjustments=() if chance is None else (response,),
        probability=None if chance is None else chance[answered],
    )
    return Checked(found, tuple(told))


def to_margins(weights: Weights, variables: Auxiliaries, totals: Floats, names: Sequence[str]) -> Checked[Weights]:
    """Rake the weights to known counts of categories; `variables` are those of the forms, in their order.

    Problems: those of `statistics.calibration.rake`; the weights then stay as they were.
    """
    reached = rake(weights.weight, variables, totals=totals, names=names)
    if any(p.severity == "error" for p in reached.problems):
        return Checked(weights, reached.problems)
    after = reached.value.weight
    rows = [
        LedgerRow(WeightStep.MARGINS, step.name, step.rows, step.before, step.after, step.smallest, step.largest)
        for step in steps(weights.weight, after, variables, names=names)
    ]
    before = () if weights.response is None else (weights.response,)
    adjustments = (*(weights.adjustments or before), Adjustment(variables, weights.weight))
    return Checked(replace(weights, weight=after, ledger=(*weights.ledger, *rows), adjustments=adjustments))


def trimmed(weights: Weights, cap: float) -> Checked[Weights]:
    """Cut weights above `cap` times the median of their stratum; each stratum keeps its total.

    Problems: TRIM_IMPOSSIBLE; the weights then stay as they were.
    """
    names, stratum = np.unique(np.array(weights.strata, dtype=object), return_inverse=True)
    labels = [str(name) for name in names]
    cut = trim(weights.weight, stratum.astype(np.int64), names=labels, cap=cap)
    rows = _ledger(WeightStep.TRIM, labels, stratum, before=weights.weight, after=cut.value, used=weights.weight > 0)
    return Checked(replace(weights, weight=cut.value, ledger=(*weights.ledger, *rows)), cut.problems)


def _ledger(
    step: WeightStep, names: Sequence[str], stratum: Ints, *, before: Floats, after: Floats, used: Mask
) -> list[LedgerRow]:
    """A row for each stratum; `before` holds weights of the cases, at the first step the units of the strata."""
    size = len(names)
    start = before if step is WeightStep.BASE else total_by(stratum, before, size=size)
    end = total_by(stratum, after, size=size)
    rows = []
    for h in range(size):
        inside = used & (stratum == h)
        factor = np.ones(1)
        if step is not WeightStep.BASE and inside.any():
            factor = after[inside] / before[inside]
        low, high = float(factor.min()), float(factor.max())
        rows.append(LedgerRow(step, names[h], int(inside.sum()), float(start[h]), float(end[h]), low, high))
    return rows
