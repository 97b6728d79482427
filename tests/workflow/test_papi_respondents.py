"""A province's own PAPI: by hand, against a jackknife, and a simulation of what its interval promises."""

from importlib.resources import as_file
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.resources import shipped
from sipas_survey.satisfaction.papi_index import Group
from sipas_survey.workflow.demo import papi_maker
from sipas_survey.workflow.demo.papi_maker import FOLDER, draw_respondents, make_province
from sipas_survey.workflow.papi_respondents import SampleDesign, Scale, provincial, read_scale, record_of_estimated
from tests.cli.conftest import Sipas, sipas  # noqa: F401 - a fixture
from tests.workflow.test_papi import CODES, wide

SCALE = (
    Scale("SC71", "serious", 1, 5),
    Scale("SC72", "air", 0, 1),
    Scale("SC73", "smell", 5, 1),
    Scale("SC73", "water", 0, 1),
)


def people(seed: int, *, villages: int = 12, each: int = 15, spread: float = 0.4) -> pd.DataFrame:
    """Respondents of some villages that differ, with weights and a few missing answers."""
    random = np.random.default_rng(seed)
    village = np.repeat(np.arange(villages), each)
    taste = random.normal(0, spread, villages)[village]
    n = len(village)
    table = pd.DataFrame({
        "village": village,
        "w": random.uniform(0.5, 2, villages)[village],
        "serious": np.clip(np.round(3 + taste + random.normal(0, 1, n)), 1, 5),
        "air": (random.random(n) < np.clip(0.6 + 0.2 * taste, 0, 1)).astype(float),
        "smell": np.clip(np.round(3 - taste + random.normal(0, 1, n)), 1, 5),
        "water": (random.random(n) < 0.4).astype(float),
    })  # fmt: skip
    table.loc[random.random(n) < 0.05, "smell"] = np.nan
    return table


def by_hand(table: pd.DataFrame) -> float:
    """Dimension 7, one step after another."""

    def mean(name: str, worst: float, best: float) -> float:
        rows = table.dropna(subset=[name])
        return float((rows["w"] * (rows[name] - worst) / (best - worst)).sum() / rows["w"].sum())

    parts = [mean("serious", 1, 5), mean("air", 0, 1), (mean("smell", 5, 1) + mean("water", 0, 1)) / 2]
    return sum(1 / 3 + 3 * part for part in parts)


def test_scores_by_hand() -> None:
    """The dimension is the sum of its sub-dimensions; each lies in [1/3, 10/3]; less smell is better."""
    table = people(1)
    rows = {row.of: row for row in provincial(table, SCALE, design=SampleDesign(clusters=["village"], weights="w"))}
    assert set(rows) == {"SC71", "SC72", "SC73", "7"}
    assert rows["7"].score == pytest.approx(by_hand(table))
    assert rows["7"].score == pytest.approx(sum(rows[code].score for code in ("SC71", "SC72", "SC73")))
    assert all(1 / 3 <= rows[code].score <= 10 / 3 for code in ("SC71", "SC72", "SC73"))
    assert (rows["SC73"].indicators, rows["7"].indicators, rows["7"].df) == (2, 4, 11)


def test_the_error_is_nearly_that_of_a_jackknife() -> None:
    """Leaving out one village after another, all of it computed anew, gives the same error within a few percent."""
    table = people(2, villages=40)
    row = provincial(table, SCALE, design=SampleDesign(clusters=["village"], weights="w"))[-1]
    left = np.array([by_hand(table[table["village"] != v]) for v in range(40)])
    jackknife = np.sqrt(39 / 40 * ((left - left.mean()) ** 2).sum())
    assert row.se == pytest.approx(jackknife, rel=0.03)


def test_the_interval_covers() -> None:
    """300 samples of 20 villages from a population of 2,000 like ones: the 95 % interval covers in 90 % or more."""
    random = np.random.default_rng(5)
    population = people(9, villages=2_000, each=30).assign(w=1.0)
    truth = by_hand(population)
    of_village = dict(tuple(population.groupby("village")))
    covered = 0
    for _ in range(300):
        drawn = [of_village[v].iloc[random.permutation(30)[:15]] for v in random.choice(2_000, 20, replace=False)]
        row = provincial(pd.concat(drawn), SCALE, design=SampleDesign(clusters=["village"], weights="w"))[-1]
        covered += row.lower <= truth <= row.upper  # type: ignore[operator]
    assert 0.90 <= covered / 300 <= 0.985


def covered(*, seats: bool, between: float, design: SampleDesign, samples: int = 150) -> float:
    """The share of PAPI-like samples of an invented province whose interval holds the province's own score."""
    random = np.random.default_rng(20221)
    hits = 0
    for _ in range(2):
        province = make_province(SCALE, chance=random, spread=0.4, between=between)
        everybody = pd.DataFrame(province.answers, columns=[each.indicator for each in SCALE]).assign(w=1.0)
        truth = by_hand(everybody)
        for _ in range(samples // 2):
            drawn = draw_respondents(province, SCALE, chance=random, seats=seats)
            row = provincial(drawn, SCALE, design=design)[-1]
            hits += row.lower <= truth <= row.upper  # type: ignore[operator]
    return hits / samples


VILLAGES = SampleDesign(clusters=["village"], weights="weight")
DISTRICTS = SampleDesign(clusters=["district"], weights="weight")


@pytest.mark.parametrize(("seats", "design"), [(False, VILLAGES), (True, DISTRICTS)], ids=["no seats", "seats"])
def test_papi_like_samples_are_covered(seats: bool, design: SampleDesign) -> None:
    """12 villages of 16 in three stages: 90 % or more, with villages as clusters, or districts where seats are in."""
    assert covered(seats=seats, between=0.0, design=design) >= 0.90


@pytest.mark.soak
def test_papi_like_samples_at_length() -> None:
    """What docs/papi.md says of 1,000 samples each: where the interval holds and where it is too short."""
    found = {
        (seats, between, name): covered(seats=seats, between=between, design=design, samples=1_000)
        for seats in (False, True)
        for between in (0.0, 0.4)
        for name, design in (("villages", VILLAGES), ("districts", DISTRICTS))
    }
    assert min(found[False, 0.0, "villages"], found[False, 0.0, "districts"], found[False, 0.4, "districts"]) >= 0.90
    assert found[True, 0.0, "districts"] >= 0.88
    assert max(found[True, 0.0, "villages"], found[False, 0.4, "villages"]) < 0.90


@pytest.mark.parametrize("seats", [True, False])
def test_weights_of_a_papi_like_sample_count_the_province(seats: bool) -> None:
    """Over many samples the weights add up to the people there are; every sample has its twelve villages of 16."""
    random = np.random.default_rng(7)
    province = make_province(SCALE, chance=random)
    drawn = [draw_respondents(province, SCALE, chance=random, seats=seats) for _ in range(60)]
    assert {(len(d), d["village"].nunique(), d["district"].nunique()) for d in drawn} == {(192, 12, 3)}
    assert np.mean([d["weight"].sum() for d in drawn]) == pytest.approx(len(province.answers), rel=0.12)


def test_the_shipped_example_asks_for_everything() -> None:
    """Its scale has every sub-dimension of 2022, its respondents every column; the total comes with its interval."""
    with as_file(shipped(f"{FOLDER}/scale.csv")) as scale, as_file(shipped(f"{FOLDER}/respondents.csv")) as people_file:
        asked = read_scale(scale, 2022)
        rows = {row.of: row for row in provincial(people_file, asked, design=DISTRICTS)}
    assert {each.sub_dimension for each in asked} == set(CODES) - {"SC52"}
    assert rows["total"].score == pytest.approx(sum(rows[str(d)].score for d in range(1, 9)))
    assert rows["total"].lower < rows["total"].score < rows["total"].upper  # type: ignore[operator]
    for of, row in rows.items():
        least = 8.0 if of == "total" else 1.0 if of.isdigit() else 1 / (3 if of[2] in "3578" else 4)
        assert least <= row.lower <= row.score <= row.upper <= 10 * least  # type: ignore[operator]


def test_the_shipped_example_is_what_its_maker_writes(tmp_path: Path) -> None:
    """Made again, every generated file has the shipped bytes."""
    papi_maker.write(tmp_path)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["respondents.csv", "scores_2021.csv", "scores_2022.csv"]
    for file in tmp_path.iterdir():
        assert file.read_bytes() == shipped(f"{FOLDER}/{file.name}").read_bytes(), file.name


def test_what_the_interval_does_to_the_group(tmp_path: Path) -> None:
    """A wide interval reaches several groups; the score lies in one of them. A year that is not there is told."""
    official = [wide(tmp_path / "papi_2022.csv")]
    lines = official[0].read_text(encoding="utf-8").splitlines()
    more = [f"P{i}," + ",".join([str(1 + i / 30)] * len(CODES)) for i in range(20, 60)]
    official[0].write_text("\n".join([*lines, *more]) + "\n", encoding="utf-8")
    design = SampleDesign(clusters=["village"], weights="w")
    table = people(3, villages=5, each=6)
    row = provincial(table, SCALE, design=design, official=official, year=2022)[-1]
    assert row.group in row.groups
    assert len(row.groups) >= 2
    assert list(row.groups) == [group for group in Group if group in row.groups]
    assert record_of_estimated([row])[0]["groups"] == [str(group) for group in row.groups]
    with pytest.raises(SurveyError, match="PAPI_YEAR_UNKNOWN"):
        provincial(table, SCALE, design=design, official=official, year=2023)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("year,sub_dimension,indicator,worst\n2022,SC71,x,1\n", "PAPI_SCALE_COLUMN_MISSING"),
        ("year,sub_dimension,indicator,worst,best\n2022,SC99,x,1,5\n", "PAPI_SCALE_WRONG"),
        ("year,sub_dimension,indicator,worst,best\n2022,SC71,x,1,1\n", "PAPI_SCALE_WRONG"),
        ("year,sub_dimension,indicator,worst,best\n2022,SC71,x,low,5\n", "PAPI_SCALE_WRONG"),
        ("year,sub_dimension,indicator,worst,best\n2021,SC71,x,1,5\n", "PAPI_SCALE_EMPTY"),
    ],
)
def test_a_scale_that_cannot_be(tmp_path: Path, text: str, kind: str) -> None:
    """Each fault of the scale file is named."""
    file = tmp_path / "scale.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SurveyError, match=kind):
        read_scale(file, 2022)


def test_indicators_that_are_not_there() -> None:
    """A column that the data lack, or that holds no number."""
    design = SampleDesign()
    with pytest.raises(SurveyError, match="PAPI_INDICATOR_MISSING"):
        provincial(people(1), [Scale("SC71", "nothing", 0, 1)], design=design)
    with pytest.raises(SurveyError, match="PAPI_INDICATOR_EMPTY"):
        provincial(people(1).assign(serious="many"), SCALE, design=design)
    with pytest.raises(SurveyError, match=r"no column nope.*village, w, serious, air, smell, water\."):
        provincial(people(1), SCALE, design=SampleDesign(clusters=["nope"]))


def test_the_command(tmp_path: Path, sipas: Sipas) -> None:  # noqa: F811 - the fixture
    """Files in, scores with intervals and groups out; without a scale it is wrong usage."""
    people(3).to_csv(tmp_path / "people.csv", index=False)
    scale = pd.DataFrame(
        [[2022, s.sub_dimension, s.indicator, s.worst, s.best] for s in SCALE],
        columns=["year", "sub_dimension", "indicator", "worst", "best"],
    )
    scale.to_csv(tmp_path / "scale.csv", index=False)
    official = wide(tmp_path / "papi_2022.csv")
    asked = ("papi", official, "--respondents", tmp_path / "people.csv", "--year", "2022", "--weight", "w")
    done = sipas(*asked, "--scale", tmp_path / "scale.csv", "--cluster", "village", "--format", "json")
    assert done.json["rows"][-1]["score"] == pytest.approx(by_hand(people(3)))
    assert done.json["rows"][-1]["lower"] < done.json["rows"][-1]["score"]
    assert sipas(*asked, "--scale", tmp_path / "scale.csv", "--cluster", "village").code == 0
    assert sipas(*asked).code == 2
    alone = sipas("papi", *asked[2:], "--scale", tmp_path / "scale.csv", "--cluster", "village", "--format", "json")
    assert alone.json["rows"][-1]["groups"] == []
    assert sipas("papi").code == 2
