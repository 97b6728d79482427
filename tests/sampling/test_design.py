"""The design: exact sizes per stratum, and what a frame can give."""

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey import places
from sipas_survey.problems import Place, SurveyError
from sipas_survey.sampling import design, quotas

UNITS = places.load("yen_bai_2023")


def quota_table(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["district_code", "quota"], index=range(2, 2 + len(rows)), dtype=object)


def test_the_defaults() -> None:
    """Sixty names a district, and as many in reserve."""
    made = design.make()
    assert (made.main("132"), made.reserves("132")) == (60, 60)
    assert design.stratum_column(UNITS) == "district_code"


def test_a_quota_overrides() -> None:
    """A stratum that the table does not name gets nothing; reserves are rounded up."""
    made = design.make(quota={"132": 5, "133": 0}, reserve=Fraction(1, 2))
    assert [made.main(h) for h in ("132", "133", "135")] == [5, 0, 0]
    assert [made.reserves(h) for h in ("132", "133", "135")] == [3, 0, 0]


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        ({"per_stratum": 0}, "DESIGN_SIZE"),
        ({"per_stratum": -1}, "DESIGN_SIZE"),
        ({"quota": {"132": 0}}, "DESIGN_SIZE"),
        ({"quota": {}}, "DESIGN_SIZE"),
        ({"quota": {"132": -1, "133": 2}}, "DESIGN_SIZE"),
        ({"reserve": Fraction(-1)}, "DESIGN_RESERVE"),
        ({"reserve": Fraction(101)}, "DESIGN_RESERVE"),
    ],
)
def test_impossible_designs(wanted: dict[str, object], kind: str) -> None:
    """Negative sizes, nothing at all, and absurd reserves are refused."""
    with pytest.raises(SurveyError, match=kind):
        design.make(**wanted)  # type: ignore[arg-type]


@given(
    st.none() | st.dictionaries(st.sampled_from(["132", "133"]), st.integers(1, 99), min_size=1),
    st.integers(1, 500),
    st.fractions(0, 5),
)
def test_a_design_survives_its_record(quota: dict[str, int] | None, size: int, reserve: Fraction) -> None:
    """What the ledger keeps gives the same design back."""
    made = design.make(per_stratum=size, quota=quota, reserve=reserve)
    again = design.Design.from_record(made.as_record())
    assert again.as_record() == made.as_record()
    assert [again.main("132"), again.reserves("132")] == [made.main("132"), made.reserves("132")]


def test_a_table_of_quotas() -> None:
    """Districts by code, code without zeros or name."""
    read = quotas.read_quota(quota_table(("132", "60"), ("Văn Chấn", "30")), UNITS, place=Place("q.csv"))
    assert (read.value, read.problems) == ({"132": 60, "140": 30}, ())


@pytest.mark.parametrize(
    ("row", "kind", "column"),
    [
        (("999", "1"), "DESIGN_UNKNOWN_STRATUM", "district_code"),
        (("132", "1"), "DESIGN_STRATUM_TWICE", "district_code"),
        (("133", "1.5"), "DESIGN_SIZE", "quota"),
        (("133", "-1"), "DESIGN_SIZE", "quota"),
        (("133", ""), "DESIGN_SIZE", "quota"),
        (("133", "9" * 5000), "DESIGN_SIZE", "quota"),
    ],
)
def test_a_wrong_quota(row: tuple[str, str], kind: str, column: str) -> None:
    """Each wrong cell is told with its row and column."""
    (told,) = quotas.read_quota(quota_table(("132", "60"), row), UNITS, place=Place("q.csv")).problems
    assert (told.kind, told.place.row, told.place.column) == (kind, 3, column)


@pytest.mark.parametrize(("columns", "missing"), [(["quota"], "district_code"), (["stratum"], "quota")])
def test_a_table_without_its_columns(columns: list[str], missing: str) -> None:
    """Both columns are needed."""
    table = pd.DataFrame([["1"]], columns=columns, index=[2], dtype=object)
    (told,) = quotas.read_quota(table, UNITS, place=Place("q.csv")).problems
    assert (told.kind, told.found) == ("DESIGN_COLUMN_MISSING", missing)


@given(st.dictionaries(st.sampled_from("ABC"), st.integers(1, 40), min_size=1), st.integers(1, 30), st.fractions(0, 2))
def test_nobody_is_drawn_who_is_not_there(population: dict[str, int], size: int, reserve: Fraction) -> None:
    """Main and reserve fit into the stratum, fall short only where it is exhausted, and say so."""
    made = design.make(per_stratum=size, reserve=reserve)
    plan = design.lay_over(made, population)
    short = set()
    for row in plan.strata:
        wanted = size + made.reserves(row.stratum)
        assert row.main + row.reserve == min(wanted, row.population)
        assert row.main == min(size, row.population)
        if wanted > row.population:
            short.add(row.stratum)
    assert {p.details["stratum"] for p in plan.problems} == short
