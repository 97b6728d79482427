"""The invented frame: repeatable, complete, plausible."""

import csv
import re
from datetime import date
from itertools import pairwise

import pandas as pd
import pytest

from sipas_survey.resources import shipped
from sipas_survey.sampling.frame import COLUMNS as FRAME_COLUMNS
from sipas_survey.sampling.frame import person_key
from sipas_survey.workflow.demo.frame_maker import COLUMNS, SECOND_DOSSIERS, WINDOW, make_frame


@pytest.fixture(scope="module")
def units() -> pd.DataFrame:
    text = shipped("samples/yen_bai_2023/units.csv").read_text(encoding="utf-8")
    return pd.DataFrame(list(csv.DictReader(text.splitlines())))


@pytest.fixture(scope="module")
def frame(units: pd.DataFrame) -> pd.DataFrame:
    return make_frame(units, seed="Yên Bái 2023")


def test_the_same_seed_gives_the_same_frame(units: pd.DataFrame) -> None:
    """And another one another frame; the units are left as they are."""
    before = units.copy()
    one, again, other = (make_frame(units, size=600, seed=seed) for seed in ("a", "a", "b"))
    pd.testing.assert_frame_equal(one, again)
    assert not one["full_name"].equals(other["full_name"])
    pd.testing.assert_frame_equal(units, before)


def test_columns_and_ids(frame: pd.DataFrame) -> None:
    """All text, under the names that the import knows; ids count up with the day and are no identity numbers."""
    assert tuple(frame.columns) == COLUMNS
    assert set(COLUMNS) <= set(FRAME_COLUMNS)
    assert frame.map(type).eq(str).all(axis=None)
    assert list(frame["unit_id"]) == [f"HS-2023-{i:06d}" for i in range(1, 20_001)]
    assert frame["result_on"].is_monotonic_increasing


def test_every_commune_is_there_and_towns_are_larger(frame: pd.DataFrame, units: pd.DataFrame) -> None:
    """173 communes, each with its own district; wards and towns have more dossiers than communes."""
    counts = frame.groupby("commune_code").size()
    assert set(counts.index) == set(units["commune_code"])
    district = dict(zip(units["commune_code"], units["district_code"], strict=True))
    assert (frame["commune_code"].map(district) == frame["district_code"]).all()
    mean = counts.groupby(units.set_index("commune_code")["commune_type"]).mean()
    assert mean["phường"] > mean["thị trấn"] > mean["xã"]
    assert set(make_frame(units, size=173, seed="x")["commune_code"]) == set(units["commune_code"])


def test_too_few_dossiers(units: pd.DataFrame) -> None:
    """Fewer than communes cannot cover them."""
    with pytest.raises(ValueError, match="172 dossiers cannot cover 173 communes"):
        make_frame(units, size=172, seed="x")


def test_ages(frame: pd.DataFrame) -> None:
    """18 to 85, most of them of working age, few very old."""
    age = WINDOW[1].year - frame["birth_year"].astype(int)
    assert age.between(18, 85).all()
    assert 38 < age.mean() < 47
    assert 0.5 < age.between(25, 50).mean() < 0.75
    assert 0 < (age > 75).mean() < 0.05


def test_names_have_three_words_at_least(frame: pd.DataFrame) -> None:
    """So that no name can stand by chance inside the text of a report; nobody's name fills the list."""
    assert frame["full_name"].str.split().str.len().min() >= 3
    assert frame["full_name"].value_counts(normalize=True).iloc[0] < 0.01
    assert frame["full_name"].nunique() > 5_000


def test_names_follow_the_peoples_of_the_district(frame: pd.DataFrame) -> None:
    """Giàng, Vàng and Sùng in Mù Căng Chải; Nguyễn in the city."""
    surnames = frame["full_name"].str.split().str[0].groupby(frame["district_code"])
    most = {str(code): names.value_counts().index[0] for code, names in surnames}
    assert (most["132"], most["137"]) == ("Nguyễn", "Giàng")
    assert frame.loc[frame["full_name"].str.contains(" Thị "), "sex"].eq("F").all()


def test_addresses_and_phones(frame: pd.DataFrame) -> None:
    """Addresses begin with a house number; phones have ten digits and a group that no operator has, or are missing."""
    assert frame["address"].str.match(r"Số (nhà )?\d+, ").all()
    assert all(
        village in address and re.match(r"(Tổ dân phố \d+|Thôn |Bản )", village)
        for village, address in zip(frame["village"], frame["address"], strict=True)
    )
    known = frame.loc[frame["phone"] != "", "phone"]
    assert known.str.fullmatch(r"0(30|31|95)\d{7}").all()
    assert 0.08 < 1 - len(known) / len(frame) < 0.16


def test_dossiers(frame: pd.DataFrame) -> None:
    """Results on working days of the window; land goes to the district's office, certificates to the commune's."""
    days = [date.fromisoformat(text) for text in frame["result_on"].unique()]
    assert WINDOW[0] <= min(days) < max(days) <= WINDOW[1]
    assert all(day.weekday() < 5 for day in days)
    assert date(2023, 1, 23) not in days
    assert max((b - a).days for a, b in pairwise(days)) <= 8
    assert frame.loc[frame["field"] == "Đất đai", "agency"].str.startswith("Bộ phận Một cửa ").all()
    assert frame.loc[frame["field"] == "Hộ tịch", "agency"].str.match("UBND (xã|phường|thị trấn) ").all()


def test_few_people_come_twice(frame: pd.DataFrame) -> None:
    """Fifteen pairs of dossiers of one person, found by the rule that warns of duplicates, and nobody else."""
    person = ["full_name", "birth_year", "village"]
    keys = pd.Series([person_key(*row) for row in frame[person].itertuples(index=False, name=None)])
    twice = frame[keys.duplicated(keep=False).to_numpy()]
    assert len(twice) == 2 * SECOND_DOSSIERS
    same = [*person, "phone", "address", "commune_code"]
    assert (twice.groupby(same).size() == 2).all()
