"""The draw: repeatable, and as likely as it promises."""

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.sampling.design import make
from sipas_survey.sampling.draw import Draw, draw, seed_text
from sipas_survey.sampling.frame import PUBLIC
from tests import published_rule

SIZES = {"132": 7, "133": 4}


def units() -> pd.DataFrame:
    rows = [(f"{h}-{i}", h, "04249", "", "", "", "", "") for h, size in SIZES.items() for i in range(size)]
    return pd.DataFrame(rows, columns=list(PUBLIC), dtype=object)


def drawn(seed: str, frame: pd.DataFrame | None = None, *, per_stratum: int = 3) -> Draw:
    return draw(
        units() if frame is None else frame, make(per_stratum=per_stratum), seed=seed, stratum_column="district_code",
        frame_digest="d", round_code=23, first_number=100_001,
    ).value  # fmt: skip


def test_the_published_rule() -> None:
    """Every column of the list is what the rule says, seed by seed, whatever the order of the rows."""
    plain = units().to_dict("records")
    for seed in ("a", "Xổ số", "2023"):
        expected = published_rule.draw(plain, seed, quota=3, reserve=3, by="district_code", round_code=23)
        for frame in (units(), units().iloc[::-1]):
            cases = drawn(seed, frame).cases[["form", "unit_id", "kind", "stratum", "turn"]]
            assert [tuple(map(str, row)) for row in cases.itertuples(index=False)] == expected


def test_inclusion_is_as_frequent_as_promised() -> None:
    """Over many seeds each unit is on the main list with frequency n/N, within four standard errors."""
    seeds = 250
    hits = dict.fromkeys(units()["unit_id"], 0)
    for seed in range(seeds):
        cases = drawn(str(seed)).cases
        for unit in cases.loc[cases["kind"] == "main", "unit_id"]:
            hits[unit] += 1
    for unit, count in hits.items():
        p = 3 / SIZES[unit[:3]]
        assert abs(count / seeds - p) < 4 * np.sqrt(p * (1 - p) / seeds)


def test_probabilities_and_weights() -> None:
    """Main: n/N and N/n; reserves have none until they are released; weights sum to the population."""
    cases = drawn("a").cases
    main = cases[cases["kind"] == "main"]
    assert main.groupby("stratum")["probability"].first().tolist() == [3 / 7, 3 / 4]
    assert main.groupby("stratum")["weight"].sum().tolist() == pytest.approx([7, 4])
    assert cases.loc[cases["kind"] == "reserve", ["probability", "weight"]].isna().all(axis=None)
    assert cases.groupby("stratum")["turn"].apply(list).tolist() == [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4]]


def test_a_larger_quota_keeps_who_was_drawn() -> None:
    """Permanent random numbers: the smaller sample is the beginning of the larger one."""
    few, many = drawn("a", per_stratum=1).cases, drawn("a", per_stratum=2).cases
    assert set(few.loc[few["kind"] == "main", "unit_id"]) <= set(many.loc[many["kind"] == "main", "unit_id"])


def test_what_cannot_be_drawn() -> None:
    """An empty frame, an empty seed, and a quota of strata that nobody lives in are refused."""
    with pytest.raises(SurveyError, match="FRAME_EMPTY"):
        drawn("a", units().iloc[:0])
    with pytest.raises(SurveyError, match="SEED_EMPTY"):
        drawn("  ")
    with pytest.raises(SurveyError, match="DESIGN_SIZE"):
        draw(
            units(), make(quota={"135": 3}), seed="a", stratum_column="district_code", frame_digest="d", round_code=23,
            first_number=100_001,
        )  # fmt: skip


def test_the_seed_as_it_is_hashed() -> None:
    """NFC, outer spaces removed, whole numbers without a decimal point."""
    assert [seed_text(" 2023.0 "), seed_text("Xo\u0302\u0309"), seed_text("a b")] == ["2023", "Xổ", "a b"]


def test_form_numbers_run_out() -> None:
    """A draw whose codes would go past 999999 is refused: no code is given twice, and none is longer."""
    table = pd.DataFrame({name: ["132"] * 3 for name in PUBLIC}).assign(unit_id=["a", "b", "c"])
    options: Any = {"seed": "s", "stratum_column": "district_code", "frame_digest": "d", "round_code": 23}
    drawn = draw(table, make(per_stratum=2, reserve=Fraction(1, 2)), first_number=999_997, **options).value
    assert sorted(drawn.cases["form"].str[2:8]) == ["999997", "999998", "999999"]
    with pytest.raises(SurveyError, match="FORM_NUMBERS_USED_UP"):
        draw(table, make(per_stratum=2, reserve=Fraction(1, 2)), first_number=999_998, **options)
