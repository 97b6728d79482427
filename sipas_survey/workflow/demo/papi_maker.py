"""An invented province and the way in which PAPI draws respondents in it: districts, communes, villages, people."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file
from pathlib import Path

import numpy as np
import pandas as pd

from sipas_survey.exchange.delimited import csv_text
from sipas_survey.resources import shipped
from sipas_survey.satisfaction.papi_index import structure
from sipas_survey.statistics.arrays import Floats, Ints
from sipas_survey.workflow.demo.chance import generator
from sipas_survey.workflow.papi_respondents import Scale, read_scale

FOLDER = "samples/papi"
SEED = "sipas papi sample 2022"
YEAR = 2022
INTERVIEWS = 16
PROVINCES = 24
DISTRICTS, COMMUNES, VILLAGES = 9, 12, 6


@dataclass(frozen=True)
class Province:
    """Everybody of an invented province, village by village.

    village : (V, 3) district, commune within it, village within that; 0 is the capital, and the seat of its district
        or commune. first : (V + 1,) where the people of each village begin. answers : (N, J) of the J indicators.
    """

    village: Ints
    first: Ints
    answers: Floats

    @property
    def size(self) -> Ints:
        """(V,) people of each village."""
        return np.diff(self.first)


def make_province(
    scale: Sequence[Scale], *, chance: np.random.Generator, spread: float = 0.5, between: float = 0.0
) -> Province:
    """A province of 648 villages.

    Parameters
    ----------
    scale : the indicators; their answers are whole numbers between worst and best.
    spread, between : standard deviation of what people of a village, and of a district, have in common, where one
        person differs from the next by 1.
    """
    village = np.array(list(np.ndindex(DISTRICTS, COMMUNES, VILLAGES)))
    size = chance.integers(40, 200, len(village))
    size[village[:, 0] == 0] *= 2
    taste = chance.normal(0, spread, len(village)) + chance.normal(0, between, DISTRICTS)[village[:, 0]]
    person = np.repeat(taste, size)
    answers = np.empty((len(person), len(scale)))
    for j, each in enumerate(scale):
        liking = person + chance.normal(0, 1, len(person)) + chance.normal(0.3, 0.5)
        share = 0.5 + np.clip(liking, -2, 2) / 4  # 0 at the worst, 1 at the best
        answers[:, j] = np.round(each.worst + share * (each.best - each.worst))
    return Province(village, np.concatenate(([0], np.cumsum(size))), answers)


def draw_respondents(
    province: Province, scale: Sequence[Scale], *, chance: np.random.Generator, seats: bool = True
) -> pd.DataFrame:
    """The respondents of one PAPI-like sample, with stratum, district, commune, village and weight.

    The capital and two districts in proportion to size; in each the seat and one more commune; in each of these the
    seat and one more village; 16 people in a village. The weight is one over the chance of it all. Without `seats` none
    is taken with certainty: three districts, two communes and two villages in proportion to size.
    """
    rows = []
    for v, chance_of_village in _villages(province, chance, certain=int(seats)):
        n = int(province.size[v])
        people = province.first[v] + chance.choice(n, INTERVIEWS, replace=False)
        district, commune, village = (int(code) + 1 for code in province.village[v])
        table = pd.DataFrame(province.answers[people].astype(int), columns=[each.indicator for each in scale])
        place = {
            "stratum": "capital" if district == 1 else "other",
            "district": f"{district}",
            "commune": f"{district}.{commune}",
            "village": f"{district}.{commune}.{village}",
            "weight": round(n / INTERVIEWS / chance_of_village, 4),
        }
        rows.append(pd.concat([pd.DataFrame([place] * INTERVIEWS), table], axis=1))
    return pd.concat(rows, ignore_index=True)


def _villages(province: Province, chance: np.random.Generator, *, certain: int) -> list[tuple[int, float]]:
    """The twelve villages with their inclusion probabilities."""
    found = []
    code, size = province.village, province.size
    for district, p in _drawn(np.bincount(code[:, 0], size).astype(np.float64), 3, chance, certain):
        own = code[:, 0] == district
        for commune, q in _drawn(np.bincount(code[own, 1], size[own]).astype(np.float64), 2, chance, certain):
            inside = own & (code[:, 1] == commune)
            for village, r in _drawn(size[inside].astype(np.float64), 2, chance, certain):
                found.append((int(np.flatnonzero(inside)[village]), p * q * r))
    return found


def _drawn(size: Floats, n: int, chance: np.random.Generator, certain: int) -> list[tuple[int, float]]:
    """The first units with certainty, and others up to n in proportion to size (systematic, in random order)."""
    order = certain + chance.permutation(len(size) - certain)
    share = (n - certain) * size[order] / size[certain:].sum()
    marks = np.cumsum(share) - chance.random()
    taken = np.flatnonzero(np.floor(marks) > np.floor(marks - share))
    return [*((i, 1.0) for i in range(certain)), *((int(order[i]), float(share[i])) for i in taken)]


# ---------------------------------------------------------------- the sample's files
def tables() -> dict[str, pd.DataFrame]:
    """Every generated file of the sample, by name; `scale.csv` is written by hand."""
    with as_file(shipped(f"{FOLDER}/scale.csv")) as file:
        scale = read_scale(file, YEAR)
    chance = generator(SEED, "respondents")
    drawn = draw_respondents(make_province(scale, chance=chance), scale, chance=chance)
    return {"respondents.csv": drawn, **{f"scores_{year}.csv": _scores(year) for year in (YEAR - 1, YEAR)}}


def _scores(year: int) -> pd.DataFrame:
    """Invented scores of invented provinces: with what makes each come near the middle of its range."""
    known = structure()
    chance, of_year = generator(SEED, "provinces"), generator(SEED, str(year))
    level = chance.normal(0, 0.35, PROVINCES)
    table: dict[str, object] = {"Province": [f"T{i:02d}" for i in range(1, PROVINCES + 1)]}
    for codes in known.members.values():
        asked = [code for code in codes if code != "SC52"]
        for code in codes:
            share = 1 / (1 + np.exp(-level - chance.normal(0, 0.5, PROVINCES) - of_year.normal(0, 0.15, PROVINCES)))
            scores = np.round((1 + 9 * share) / len(asked), 4)
            table[code] = list(scores) if code in asked else [""] * PROVINCES
    return pd.DataFrame(table)


def write(folder: Path) -> None:
    """Write the sample's files: `python -m sipas_survey.workflow.demo.papi_maker FOLDER`."""
    for name, table in tables().items():
        text = csv_text([str(column) for column in table], table.to_numpy(dtype=object).tolist())
        (folder / name).write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    import sys

    write(Path(sys.argv[1]))
