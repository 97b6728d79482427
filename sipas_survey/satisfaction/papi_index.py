"""The arithmetic of the governance index PAPI: sub-dimensions make dimensions, dimensions the total, provinces groups.

"PAPI" alone also means paper-and-pencil interviewing, so the index is called `papi_index` in code.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sipas_survey.formats import Lang
from sipas_survey.resources import shipped
from sipas_survey.statistics.arrays import Floats

TOTAL = "total"
NOTABLE = 0.05  # a relative change beyond this is notable in the index's own reports
EDGE = 0.01  # within this share of a group's bound a province is at its edge
_PERCENTILES = (25, 50, 75)


class Group(StrEnum):
    """Where a province stands among those published that year, by quarters."""

    HIGH = "high"
    MID_HIGH = "mid_high"
    MID_LOW = "mid_low"
    LOW = "low"


_GROUPS = (Group.LOW, Group.MID_LOW, Group.MID_HIGH, Group.HIGH)


@dataclass(frozen=True)
class Structure:
    """The dimensions with their sub-dimensions in order, and the names of both in each language."""

    members: Mapping[str, tuple[str, ...]]
    names: Mapping[Lang, Mapping[str, str]]

    @property
    def sub_dimensions(self) -> tuple[str, ...]:
        """The codes of all sub-dimensions in order."""
        return tuple(code for members in self.members.values() for code in members)


def structure() -> Structure:
    """The structure that comes with the package."""
    text = shipped("questionnaires/papi/dimensions.csv").read_text(encoding="utf-8")
    members: dict[str, list[str]] = {}
    names: dict[Lang, dict[str, str]] = {"vi": {}, "en": {}}
    for row in csv.DictReader(text.splitlines()):
        code = row["sub_dimension"] or row["dimension"]
        names["vi"][code], names["en"][code] = row["vi"], row["en"]
        if row["sub_dimension"]:
            members.setdefault(row["dimension"], []).append(code)
    return Structure({dimension: tuple(codes) for dimension, codes in members.items()}, names)


@dataclass(frozen=True)
class YearScores:
    """Published scores of one year.

    Attributes
    ----------
    year : of the survey.
    provinces : (P,) codes. sub_dimensions : (S,) codes.
    scores : (P, S) in [0, 10]; NaN where withheld. A score of 0 is withheld too, and must be NaN here.
    """

    year: int
    provinces: tuple[str, ...]
    sub_dimensions: tuple[str, ...]
    scores: Floats

    def asked(self, members: Sequence[str]) -> tuple[str, ...]:
        """Those of some sub-dimensions that belong to this year's set: somebody has a score."""
        known = {code: j for j, code in enumerate(self.sub_dimensions)}
        return tuple(code for code in members if code in known and not np.isnan(self.scores[:, known[code]]).all())


def dimension_scores(year: YearScores, members: Mapping[str, Sequence[str]]) -> dict[str, Floats]:
    """Each dimension and the total: (P,) sums, NaN where a sub-dimension of the year's set is withheld.

    A dimension without any sub-dimension that year is not there; neither is the total then.
    """
    column = {code: j for j, code in enumerate(year.sub_dimensions)}
    found = {
        dimension: year.scores[:, [column[code] for code in asked]].sum(axis=1)
        for dimension, codes in members.items()
        if (asked := year.asked(codes))
    }
    if len(found) == len(members):
        found[TOTAL] = np.sum(list(found.values()), axis=0)
    return found


# ---------------------------------------------------------------- standing
@dataclass(frozen=True)
class Standing:
    """Where the provinces stand by one score.

    Attributes
    ----------
    rank : (P,) from 1, the highest first; equal scores share the better rank; 0 where withheld.
    provinces : how many have a score.
    group : (P,) None where withheld.
    bounds : the 25th, 50th and 75th percentile.
    at_edge : (P,) within 1 % of a bound.
    """

    rank: Sequence[int]
    provinces: int
    group: Sequence[Group | None]
    bounds: tuple[float, float, float]
    at_edge: Sequence[bool]


def standing(scores: Floats) -> Standing:
    """Ranks and groups among the provinces that have a score; (P,) scores, NaN where withheld.

    A group begins at its percentile (linear interpolation): at or above the 75th is HIGH, the 50th MID_HIGH, the 25th
    MID_LOW. Raises ValueError where nobody has a score.
    """
    known = ~np.isnan(scores)
    if not known.any():
        raise ValueError("no province has a score")
    bounds = np.percentile(scores[known], _PERCENTILES)
    above = scores[None, :] > scores[:, None]
    rank = np.where(known, 1 + above.sum(axis=1), 0)
    place = (scores[:, None] >= bounds).sum(axis=1)
    edge = (np.abs(scores[:, None] - bounds) <= EDGE * bounds).any(axis=1)
    return Standing(
        rank=rank.tolist(),
        provinces=int(known.sum()),
        group=[_GROUPS[k] if there else None for k, there in zip(place.tolist(), known.tolist(), strict=True)],
        bounds=(float(bounds[0]), float(bounds[1]), float(bounds[2])),
        at_edge=(edge & known).tolist(),
    )


def group_of(score: float, bounds: Sequence[float]) -> Group:
    """The group in which a score lies, given the three bounds."""
    return _GROUPS[sum(score >= bound for bound in bounds)]


def group_of_rank(rank: int, provinces: int) -> Group:
    """The group that a rank tells, where no two scores are the same: (n − rank)/(n − 1) is at or above ¼, ½, ¾.

    Raises ValueError for a rank that cannot be.
    """
    if not 1 <= rank <= provinces:
        raise ValueError(f"rank {rank} of {provinces}")
    return _GROUPS[sum(100 * (provinces - rank) >= p * (provinces - 1) for p in _PERCENTILES)]


# ---------------------------------------------------------------- from indicators
def sub_dimension_score(normalised: Floats, parts: int) -> Floats:
    """Sub-dimensions from normalised indicators.

    Parameters
    ----------
    normalised : (…, J) indicators in [0, 1], the better the higher; NaN is left out of the mean.
    parts : number k of sub-dimensions that the dimension has that year.

    Returns
    -------
    (…) scores in [1/k, 10/k]: 1/k + (9/k) × mean; NaN where there is no indicator. Source: METHOD, PAPI arithmetic.
    """
    known = ~np.isnan(normalised)
    total, number = np.where(known, normalised, 0.0).sum(axis=-1), known.sum(axis=-1)
    mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return 1 / parts + 9 / parts * mean
