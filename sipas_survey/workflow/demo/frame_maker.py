"""An invented frame: people who received the result of an administrative procedure.

Nobody in it exists. Names, ages, places and dossiers are plausible one by one; phone numbers begin with groups that no
operator has.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from sipas_survey.formats import search_key
from sipas_survey.workflow.demo.chance import generator
from sipas_survey.workflow.demo.names import (
    AT_DISTRICT,
    ELSEWHERE,
    FIELDS,
    OF_DISTRICT,
    PEOPLES,
    STREETS,
    VILLAGES,
)

COLUMNS = (
    "unit_id", "district_code", "commune_code", "village", "full_name", "birth_year", "sex", "phone", "address",
    "field", "agency", "result_on",
)  # fmt: skip
WINDOW = (date(2023, 1, 3), date(2023, 11, 15))
YOUNGEST, OLDEST = 18, 85
SECOND_DOSSIERS = 15
_PERSON = ["district_code", "commune_code", "village", "full_name", "birth_year", "sex", "phone", "address"]
_TOWNS = ("phường", "thị trấn")
_PREFIXES = ("030", "031", "095")
_HOLIDAYS = (
    "2023-01-20", "2023-01-23", "2023-01-24", "2023-01-25", "2023-01-26",
    "2023-05-01", "2023-05-02", "2023-05-03", "2023-09-01", "2023-09-04",
)  # fmt: skip

Texts = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]


def make_frame(
    units: pd.DataFrame, *, size: int = 20_000, seed: str, window: tuple[date, date] = WINDOW
) -> pd.DataFrame:
    """Make a frame of invented people.

    Parameters
    ----------
    units : one row per commune, text columns district_code, district, commune_code, commune, commune_type.
    size : number of dossiers, at least one per commune.
    seed : text; the same seed, units, size and window give the same frame.
    window : first and last day on which results were given; the sample's public holidays of 2023 are left out.

    Returns
    -------
    COLUMNS as text, in order of the result's day; every commune is there. Phones are missing here and there. About
    `SECOND_DOSSIERS` people have two dossiers (same name, birth year and village); nobody else looks like another.

    Raises ValueError where `size` is smaller than the number of communes.
    """
    if size < len(units):
        raise ValueError(f"{size} dossiers cannot cover {len(units)} communes")
    chance = generator(seed, "frame")
    place = _places(units, size, chance)
    frame = units.iloc[place].reset_index(drop=True)[
        ["district_code", "district", "commune_code", "commune", "commune_type"]
    ]
    frame["village"] = _villages(units, place, chance)
    frame["sex"] = np.where(chance.random(size) < 0.47, "F", "M").astype(object)
    frame["full_name"] = _names(frame, chance)
    frame["birth_year"] = _birth_years(frame, window[1].year, chance)
    frame["phone"] = _phones(size, chance)
    frame["address"] = _addresses(frame, chance)
    frame["field"] = _pick(FIELDS, size, chance)
    frame["result_on"] = _days(window, size, chance)
    _give_second_dossiers(frame, chance)
    frame["agency"] = _agencies(frame)
    frame = frame.sort_values("result_on", kind="stable", ignore_index=True)
    frame["unit_id"] = [f"HS-{window[0].year}-{i:06d}" for i in range(1, size + 1)]
    return frame[list(COLUMNS)]


# ---------------------------------------------------------------- places
def _places(units: pd.DataFrame, size: int, chance: np.random.Generator) -> Ints:
    """The commune (row of `units`) of each dossier: lognormal sizes, towns larger, the capital's communes larger."""
    town = units["commune_type"].str.casefold().isin(_TOWNS).to_numpy()
    weight = chance.lognormal(0.0, 0.35, len(units)) * np.where(town, 2.0, 1.0)
    wards = units.loc[units["commune_type"].str.casefold() == "phường", "district_code"]
    if len(wards):
        weight *= np.where(units["district_code"] == wards.mode().iloc[0], 1.6, 1.0)
    counts = 1 + chance.multinomial(size - len(units), weight / weight.sum())
    return chance.permutation(np.repeat(np.arange(len(units)), counts))


def _villages(units: pd.DataFrame, place: Ints, chance: np.random.Generator) -> Texts:
    """The village of each dossier. Communes have 5 to 14, numbered or named; towns have residential groups."""
    names: list[Sequence[str]] = []
    for kind, district in zip(units["commune_type"], units["district_code"], strict=True):
        count = int(chance.integers(5, 15))
        kind_of_place = "Bản" if OF_DISTRICT.get(district, ELSEWHERE).get("Kinh", 0) < 30 else "Thôn"
        if kind.casefold() in _TOWNS:
            names.append([f"Tổ dân phố {i}" for i in range(1, count + 1)])
        elif kind_of_place == "Thôn" and chance.random() < 0.5:
            names.append([f"Thôn {i}" for i in range(1, count + 1)])
        else:
            chosen = chance.choice(VILLAGES, size=count, replace=False)
            names.append([f"{kind_of_place} {name}" for name in chosen])
    which = chance.random(len(place)) ** 1.3  # the first villages of a commune are the larger ones
    return np.array([names[c][int(u * len(names[c]))] for c, u in zip(place, which, strict=True)], dtype=object)


def _addresses(frame: pd.DataFrame, chance: np.random.Generator) -> list[str]:
    number = chance.integers(1, 240, len(frame))
    street = chance.choice(STREETS, len(frame))
    town = frame["commune_type"].str.casefold().isin(_TOWNS)
    return [
        f"Số {n}, đường {s}, {village}, {commune}" if in_town else f"Số nhà {n}, {village}, {commune}"
        for n, s, village, commune, in_town in zip(
            number, street, frame["village"], frame["commune"], town, strict=True
        )
    ]


# ---------------------------------------------------------------- people
def _names(frame: pd.DataFrame, chance: np.random.Generator) -> Texts:
    """Full names after the peoples that live in the district, by sex."""
    people = np.empty(len(frame), dtype=object)
    districts = frame["district_code"].to_numpy()
    for district in sorted(set(districts)):
        here = districts == district
        people[here] = _pick(OF_DISTRICT.get(district, ELSEWHERE), int(here.sum()), chance)
    names = np.empty(len(frame), dtype=object)
    for name, naming in PEOPLES.items():
        for sex in ("F", "M"):
            here = (people == name) & (frame["sex"] == sex).to_numpy()
            count = int(here.sum())
            surname, middle = _pick(naming.surnames, count, chance), _pick(naming.middle[sex], count, chance)
            names[here] = surname + " " + middle + " " + _pick(dict.fromkeys(naming.given[sex], 1), count, chance)
    return names


def _birth_years(frame: pd.DataFrame, year: int, chance: np.random.Generator) -> list[str]:
    """Birth years of people aged 18 to 85, most of them 25 to 50; no two people share name, birth year and village."""
    who = frame["full_name"].map(search_key) + "|" + frame["village"].map(search_key)
    born = _ages(len(frame), chance)
    while (again := pd.Series(born).groupby([who.to_numpy(), born]).cumcount().to_numpy() > 0).any():
        born[again] = _ages(int(again.sum()), chance)
    return [str(year - age) for age in born]


def _ages(count: int, chance: np.random.Generator) -> Ints:
    return YOUNGEST + np.floor(chance.beta(1.7, 2.9, count) * (OLDEST - YOUNGEST + 1)).astype(np.int64)


def _phones(count: int, chance: np.random.Generator) -> list[str]:
    """Ten digits; about one in eight has none."""
    prefix, rest, none = chance.choice(_PREFIXES, count), chance.integers(0, 10**7, count), chance.random(count) < 0.12
    return ["" if gone else f"{p}{n:07d}" for p, n, gone in zip(prefix, rest, none, strict=True)]


def _give_second_dossiers(frame: pd.DataFrame, chance: np.random.Generator) -> None:
    """Let some people come a second time: the person and the place of one dossier go to another."""
    pairs = min(SECOND_DOSSIERS, len(frame) // 100)
    in_commune = frame.groupby("commune_code")["commune_code"].transform("size").to_numpy()
    chosen = chance.permutation(np.flatnonzero(in_commune > pairs))[: 2 * pairs]  # so that no commune is emptied
    half = len(chosen) // 2
    first, second = chosen[:half], chosen[half : 2 * half]
    columns = [*_PERSON, "district", "commune", "commune_type"]
    frame.loc[second, columns] = frame.loc[first, columns].to_numpy()


# ---------------------------------------------------------------- dossiers
def _agencies(frame: pd.DataFrame) -> list[str]:
    """Where the dossier was handed in: the commune's people's committee, or the district's one-stop unit."""
    return [
        f"Bộ phận Một cửa {_lower_first(district)}"
        if district and field in AT_DISTRICT
        else f"UBND {_lower_first(commune)}"
        for field, district, commune in zip(frame["field"], frame["district"], frame["commune"], strict=True)
    ]


def _days(window: tuple[date, date], count: int, chance: np.random.Generator) -> Texts:
    """Working days of the window, as ISO text."""
    every = np.arange(np.datetime64(window[0]), np.datetime64(window[1]) + 1)
    working = every[np.is_busday(every, holidays=np.array(_HOLIDAYS, dtype="datetime64[D]"))]
    return chance.choice(working, count).astype(str).astype(object)


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _pick(weights: Mapping[str, float], count: int, chance: np.random.Generator) -> Texts:
    """Names drawn with probability proportional to their weights."""
    share = np.array(list(weights.values()), dtype=float)
    return np.array(list(weights), dtype=object)[chance.choice(len(share), size=count, p=share / share.sum())]
