"""What a released reserve does to its stratum."""

import math

import pandas as pd

from sipas_survey.sampling.reserve import with_releases

CASES = pd.DataFrame(
    [("A1", "main", "A"), ("A2", "main", "A"), ("A3", "reserve", "A"), ("A4", "reserve", "A"), ("B1", "main", "B")],
    columns=["unit_id", "kind", "stratum"],
)


def test_nothing_released() -> None:
    """The main list has n/N; reserves have no probability."""
    table = with_releases(CASES, [], population={"A": 10, "B": 1})
    assert table["probability"].tolist()[:2] == [0.2, 0.2]
    assert table["probability"].isna().tolist() == [False, False, True, True, False]
    assert table["weight"].tolist()[4] == 1


def test_one_released() -> None:
    """Everybody of the stratum who is in the field has (n + r)/N; other strata are as they were."""
    before = CASES.copy()
    table = with_releases(CASES, ["A3"], population={"A": 10, "B": 1})
    assert table["probability"].tolist()[:3] == [0.3, 0.3, 0.3]
    assert math.isnan(table["probability"][3])
    assert table["probability"][4] == 1
    assert table.loc[table["stratum"] == "A", "weight"].sum() == 10
    pd.testing.assert_frame_equal(CASES, before)
