"""Invented raw answers whose elements come out at given percentages, to the second decimal.

Forms differ (a person satisfied with one thing tends to be so with others), districts differ, criteria differ; a few
cells are blank, ticked twice or out of range, as on real paper.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import pandas as pd

from sipas_survey.formats import percent
from sipas_survey.workflow.demo.chance import generator

_BLANKS = ("", "", "", "", "", "4,5", "6", "?")
_SATISFIED = ("4", "5")
_OTHERWISE = ("3", "2", "1")


def make_answers(
    forms: Sequence[str], strata: Sequence[str], *, elements: Mapping[str, Sequence[str]],
    percents: Mapping[str, float], respondent: Mapping[str, tuple[Sequence[str], Sequence[float]]], seed: str,
) -> pd.DataFrame:  # fmt: skip
    """Answers of some forms.

    Parameters
    ----------
    forms, strata : code and stratum of each form.
    elements : criteria of each element.
    percents : percent satisfied of each element, as printed with two decimals.
    respondent : for each field of the respondent section, its codes and their odds.

    Returns
    -------
    Columns `form`, the respondent fields, and the criteria, cells as text as a clerk would type them.
    """
    chance = generator(seed, "answers")
    names = sorted(set(strata))
    district = dict(zip(names, chance.normal(0, 0.25, len(names)), strict=True))
    person = chance.normal(0, 0.9, len(forms)) + np.array([district[s] for s in strata])
    columns: dict[str, np.ndarray] = {"form": np.array(forms, dtype=object)}
    for name, (codes, odds) in respondent.items():
        columns[name] = chance.choice(np.array(codes, dtype=object), size=len(forms), p=np.array(odds) / sum(odds))
    for element, criteria in elements.items():
        cells = _element(chance, person, len(criteria), percents[element])
        columns |= {code: cells[:, i] for i, code in enumerate(criteria)}
    return pd.DataFrame(columns)


def _element(chance: np.random.Generator, person: np.ndarray, criteria: int, target: float) -> np.ndarray:
    """The cells of one element, (forms, criteria): exactly as many satisfied as the percentage asks for."""
    size = len(person) * criteria
    satisfied, valid = exact_counts(size, target)
    liking = person[:, None] + chance.normal(0, 0.3, criteria)[None, :] + chance.normal(0, 1.0, (len(person), criteria))
    blank = np.zeros(size, dtype=bool)
    blank[chance.choice(size, size=size - valid, replace=False)] = True
    ranked = np.argsort(np.where(blank, np.inf, -liking.ravel()), kind="stable")
    cells = chance.choice(np.array(_OTHERWISE, dtype=object), size=size, p=[0.62, 0.27, 0.11])
    cells[ranked[:satisfied]] = chance.choice(np.array(_SATISFIED, dtype=object), size=satisfied, p=[0.68, 0.32])
    cells[blank] = chance.choice(np.array(_BLANKS, dtype=object), size=int(blank.sum()))
    return cells.reshape(len(person), criteria)


def exact_counts(size: int, target: float) -> tuple[int, int]:
    """Satisfied and valid answers out of `size` cells that print as `target` percent, with few blanks.

    Raises ValueError where no number of blanks up to a tenth of the cells does it.
    """
    wanted = f"{target:.2f}%"
    for valid in range(size - 2, int(size * 0.9), -1):
        satisfied = round(valid * target / 100)
        if percent(Fraction(satisfied, valid), "en") == wanted:
            return satisfied, valid
    raise ValueError(f"no counts of {size} cells print as {wanted}")
