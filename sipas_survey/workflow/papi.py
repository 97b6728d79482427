"""The governance index PAPI from published tables: scores, ranks, groups, and changes that may be compared."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sipas_survey.exchange.provinces import Score, read_scores, scores_of
from sipas_survey.formats import normal, search_key, word
from sipas_survey.problems import Checked, SurveyError, stop
from sipas_survey.satisfaction.papi_index import (
    NOTABLE,
    TOTAL,
    Group,
    Standing,
    Structure,
    YearScores,
    dimension_scores,
    standing,
    structure,
)
from sipas_survey.statistics.arrays import Floats


@dataclass(frozen=True)
class Scored:
    """One dimension, or the total, of one province in one year.

    `score` is None where withheld, and rank, group and change with it. `change` is against the year before; None where
    that is not known, or its set of sub-dimensions was another (`broken`): `came` and `went` say how.
    """

    year: int
    province: str
    dimension: str
    score: float | None
    rank: int | None
    provinces: int
    group: Group | None
    at_edge: bool
    change: float | None
    relative_change: float | None
    notable: bool
    broken: bool
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()


def scored(files: Sequence[Path], *, province: str | None = None) -> tuple[Scored, ...]:
    """Every dimension and total of every year and province in some files, in that order; or of one province.

    A province is named as the files name it; case and accents do not matter.

    Raises SurveyError with every problem of the files; PAPI_PROVINCE_UNKNOWN.
    """
    known = structure()
    return _scored(_years_of(files, known), known, province)


def _scored(years: Mapping[int, YearScores], known: Structure, province: str | None) -> tuple[Scored, ...]:
    """The rows of all years, or of one province. Raises SurveyError PAPI_PROVINCE_UNKNOWN."""
    rows = [row for year in sorted(years) for row in _rows(years, year, known)]
    asked = None if province is None else search_key(province)
    chosen = [row for row in rows if asked in (None, search_key(row.province))]
    if not chosen:
        raise stop("PAPI_PROVINCE_UNKNOWN", found=province)
    return tuple(chosen)


def _years_of(files: Sequence[Path], known: Structure) -> dict[int, YearScores]:
    """The tables of the years that some files tell of. Raises SurveyError with every problem of the files."""
    return _years_told([read_scores(file, known.sub_dimensions) for file in files], known)


def _years_told(read: Sequence[Checked[tuple[Score, ...]]], known: Structure) -> dict[int, YearScores]:
    problems = [p for each in read for p in each.problems]
    if problems:
        raise SurveyError(problems)
    return _by_year([score for each in read for score in each.value], known)


def bounds_of(files: Sequence[Path], year: int) -> dict[str, tuple[float, float, float]]:
    """The bounds of the groups by dimension, as the published tables of a year have them."""
    known = structure()
    table = _years_of(files, known).get(year)
    if table is None:
        raise stop("PAPI_YEAR_UNKNOWN", found=str(year))
    scores = dimension_scores(table, known.members)
    return {d: standing(values).bounds for d, values in scores.items() if not np.isnan(values).all()}


def _by_year(scores: Sequence[Score], known: Structure) -> dict[int, YearScores]:
    """The tables of the years. A score told twice must be the same both times."""
    told: dict[tuple[int, str, str], float | None] = {}
    for each in scores:
        key = (each.year, each.province, each.sub_dimension)
        if told.setdefault(key, each.value) != each.value:
            raise stop("PAPI_SCORE_TWICE", found=f"{each.year} {each.province} {each.sub_dimension}")
    provinces: dict[int, set[str]] = defaultdict(set)
    for year, place, _ in told:
        provinces[year].add(place)
    return {
        year: YearScores(
            year,
            tuple(sorted(places)),
            known.sub_dimensions,
            np.array(
                [[told.get((year, place, code)) for code in known.sub_dimensions] for place in sorted(places)],
                dtype=np.float64,
            ),
        )
        for year, places in provinces.items()
    }


def _rows(years: Mapping[int, YearScores], year: int, known: Structure) -> list[Scored]:
    table = years[year]
    scores = {d: values for d, values in dimension_scores(table, known.members).items() if not np.isnan(values).all()}
    places = {dimension: standing(values) for dimension, values in scores.items()}
    before = _before(years, year, known)
    return [
        _row(table, dimension, values, places[dimension], p, before)
        for p in range(len(table.provinces))
        for dimension, values in scores.items()
    ]


@dataclass(frozen=True)
class _Before:
    """The scores of the year before by dimension and province; None of a dimension whose set was another.

    `sets` : the sub-dimensions of both years by dimension, those of the year before first.
    """

    scores: Mapping[str, Mapping[str, float] | None]
    sets: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]

    def of(self, dimension: str, province: str) -> float | None:
        return (self.scores.get(dimension) or {}).get(province)

    def broken(self, dimension: str) -> bool:
        return dimension in self.scores and self.scores[dimension] is None

    def change_of_set(self, dimension: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The sub-dimensions that came, and those that went."""
        last, now = self.sets.get(dimension, ((), ()))
        return tuple(c for c in now if c not in last), tuple(c for c in last if c not in now)


def _before(years: Mapping[int, YearScores], year: int, known: Structure) -> _Before:
    """What the scores of a year are compared with."""
    if year - 1 not in years:
        return _Before({}, {})
    now, last = years[year], years[year - 1]
    members = {**known.members, TOTAL: known.sub_dimensions}
    sets = {d: (last.asked(codes), now.asked(codes)) for d, codes in members.items()}
    same = {d: before == after for d, (before, after) in sets.items()}
    values = dimension_scores(last, known.members)
    by_province = {
        dimension: {p: float(v) for p, v in zip(last.provinces, column, strict=True) if not np.isnan(v)}
        for dimension, column in values.items()
    }
    return _Before({d: by_province.get(d, {}) if same[d] else None for d in same}, sets)


def _row(table: YearScores, dimension: str, values: Floats, place: Standing, p: int, before: _Before) -> Scored:
    province = table.provinces[p]
    score = None if np.isnan(values[p]) else float(values[p])
    last = before.of(dimension, province)
    change = None if score is None or last is None else score - last
    relative = None if change is None or not last else change / last
    came, went = before.change_of_set(dimension)
    return Scored(
        year=table.year,
        province=province,
        dimension=dimension,
        score=score,
        rank=place.rank[p] or None,
        provinces=place.provinces,
        group=place.group[p],
        at_edge=place.at_edge[p],
        change=change,
        relative_change=relative,
        notable=relative is not None and abs(relative) > NOTABLE,
        broken=before.broken(dimension),
        came=came,
        went=went,
    )


# ---------------------------------------------------------------- as plain values
def record_of_scores(rows: Sequence[Scored]) -> dict[str, Any]:
    """The record of the contract."""
    return {
        "rows": [
            {
                "year": row.year,
                "province": row.province,
                "dimension": row.dimension,
                "score": row.score,
                "rank": row.rank,
                "provinces": row.provinces,
                "group": str(row.group) if row.group else None,
                "group_vi": word(f"papi_{row.group}", "vi") if row.group else None,
                "change": row.change,
                "relative_change": row.relative_change,
                "notable": row.notable,
                "at_edge": row.at_edge,
                "series_broken": row.broken,
                "came": list(row.came),
                "went": list(row.went),
            }
            for row in rows
        ]
    }


# ---------------------------------------------------------------- for notebooks
@dataclass(frozen=True)
class PapiScores:
    """Scores, ranks, groups and changes, a row for each year, province and dimension."""

    rows: tuple[Scored, ...]

    def to_frame(self) -> pd.DataFrame:
        """A tidy table with the keys of the JSON as columns."""
        return pd.DataFrame(record_of_scores(self.rows)["rows"])

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        shown = ["year", "province", "dimension", "score", "rank", "provinces", "group", "change"]
        return self.to_frame()[shown].to_string(index=False, na_rep="–")

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, na_rep="–"))


def papi_index(
    source: Path | str | pd.DataFrame | Sequence[Path | str], *, province: str | None = None, year: int | None = None
) -> PapiScores:
    """PAPI from published tables: files, or a DataFrame, wide or long.

    Parameters
    ----------
    source : a file or several; or a table with a column of provinces and the sub-dimensions, or one row for each score.
    province : only this one, as the tables name it.
    year : of a DataFrame without a column `year`.

    Raises SurveyError with every problem of the tables; PAPI_PROVINCE_UNKNOWN.
    """
    if isinstance(source, pd.DataFrame):
        known = structure()
        cells = source.astype(object).where(source.notna(), "").map(lambda cell: normal(str(cell)))
        table = cells.set_axis(pd.RangeIndex(2, len(cells) + 2), axis=0).rename(columns=str)
        return PapiScores(
            _scored(_years_told([scores_of(table, known.sub_dimensions, year=year)], known), known, province)
        )
    files = [source] if isinstance(source, (str, Path)) else source
    return PapiScores(scored([Path(file) for file in files], province=province))
