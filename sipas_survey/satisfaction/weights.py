"""Design weights of the responding forms, with a ledger of every step.

Base: N_h over the released cases of the stratum (main list and released reserves). Ineligible cases then leave with
their weight. Response: the respondents of a stratum carry the weight of all its eligible cases; a replaced name stays
as a nonrespondent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sipas_survey.cases import Outcome
from sipas_survey.problems import Checked, Problem, problem
from sipas_survey.statistics.arrays import Floats

Mask = NDArray[np.bool_]


class WeightStep(StrEnum):
    """The steps, in order."""

    BASE = "base"
    ELIGIBLE = "eligible"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One step in one stratum: `n` cases with a weight after it, and the total of the weights before and after."""

    step: WeightStep
    stratum: str
    n: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the responding forms: `forms` and `weight` of one length, and how they came about."""

    forms: tuple[str, ...]
    weight: Floats
    ledger: tuple[LedgerRow, ...]

    def of(self, forms: Sequence[str]) -> Floats:
        """The weights in the order of `forms`. KeyError for a form without a weight."""
        weight = dict(zip(self.forms, self.weight.tolist(), strict=True))
        return np.array([weight[form] for form in forms], dtype=np.float64)


def weigh(cases: pd.DataFrame, population: Mapping[str, int], *, responding: Collection[str]) -> Checked[Weights]:
    """Weigh the responding cases, stratum by stratum.

    Parameters
    ----------
    cases : the case table (`cases.CASE_COLUMNS`) with the columns `outcome` (`cases.Outcome`) and `released` (bool;
        true for the whole main list).
    population : N_h, units of the frame by stratum.
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
    weight = np.zeros(len(released))
    ledger: list[LedgerRow] = []
    problems: list[Problem] = []
    strata = released["stratum"].to_numpy(dtype=object)
    for stratum in sorted({*strata, *population}):
        inside = strata == stratum
        rows = _stratum(stratum, population[stratum], eligible=eligible[inside], answered=answered[inside])
        ledger += rows
        base, response = rows[0], rows[-1]
        if response.n:
            weight[inside & answered] = response.after / response.n
        elif lost := round(response.before if base.n else base.before):
            problems.append(problem("WEIGHTS_NO_RESPONDENT", found=stratum, units=lost))
    forms = tuple(released["form"].to_numpy(dtype=object)[answered])
    return Checked(Weights(forms, weight[answered], tuple(ledger)), tuple(problems))


def _stratum(stratum: str, units: int, *, eligible: Mask, answered: Mask) -> list[LedgerRow]:
    """The three steps of a stratum, in order. Without a released case nothing stands for it from the first step on."""
    released, remaining, responding = len(eligible), int(eligible.sum()), int(answered.sum())
    if units < released:
        raise ValueError(f"stratum {stratum!r} has {units} units and {released} released cases")
    base = float(units) if released else 0.0
    kept = units * remaining / released if released else 0.0
    return [
        LedgerRow(WeightStep.BASE, stratum, released, float(units), base),
        LedgerRow(WeightStep.ELIGIBLE, stratum, remaining, base, kept),
        LedgerRow(WeightStep.RESPONSE, stratum, responding, kept, kept if responding else 0.0),
    ]
