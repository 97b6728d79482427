"""Design weights and their ledger."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.cases import Outcome
from sipas_survey.satisfaction.weights import weigh


def cases(rows: list[tuple[str, str, str, bool]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["form", "stratum", "outcome", "released"])


def test_by_hand() -> None:
    """N = 100, four names and one released reserve: base 20. One is ineligible: 80 remain for two respondents, 40 each.

    The replaced refusal stays as a nonrespondent; the reserve that was not released counts nowhere.
    """
    table = cases([
        ("f1", "132", "I", True), ("f2", "132", "R", True), ("f3", "132", "NE", True), ("f4", "132", "UO", True),
        ("f5", "132", "I", True), ("f6", "132", "UO", False),
    ])  # fmt: skip
    found = weigh(table, {"132": 100}, responding=["f1", "f5"])
    assert found.problems == ()
    assert found.value.of(["f5", "f1"]).tolist() == [40.0, 40.0]
    assert [(row.step, row.n, row.before, row.after) for row in found.value.ledger] == [
        ("base", 5, 100.0, 100.0),
        ("eligible", 4, 100.0, 80.0),
        ("response", 2, 80.0, 80.0),
    ]


case_rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(Outcome), st.booleans()), min_size=1, max_size=25
)


@given(case_rows, st.integers(25, 90))
def test_weight_is_conserved_or_a_problem_says_why(rows: list[tuple[str, Outcome, bool]], units: int) -> None:
    """In every stratum the respondents carry what the eligible cases had; what is lost is named with its size."""
    table = cases([(f"f{i}", s, outcome, released) for i, (s, outcome, released) in enumerate(rows)])
    population = dict.fromkeys("abc", units)
    answered = table[table["released"] & (table["outcome"] == Outcome.COMPLETE)]
    found = weigh(table, population, responding=answered["form"].tolist())
    steps = found.value.ledger
    lost = {p.found for p in found.problems}
    for stratum in population:
        base, eligible, response = (row for row in steps if row.stratum == stratum)
        assert (base.before, eligible.before, response.before) == (units, base.after, eligible.after)
        weights = found.value.of(answered.loc[answered["stratum"] == stratum, "form"].tolist())
        assert weights.sum() == pytest.approx(response.after)
        assert response.after == response.before or stratum in lost
        assert base.after == base.before or stratum in lost


def test_a_stratum_without_respondents_is_named() -> None:
    """Nobody answered in one, nobody was drawn in the other: both are warnings with the units they stood for."""
    found = weigh(cases([("f1", "a", "R", True), ("f2", "b", "I", True)]), {"a": 7, "b": 3, "c": 5}, responding=["f2"])
    assert [(p.kind, p.found, p.details["units"]) for p in found.warnings] == [
        ("WEIGHTS_NO_RESPONDENT", "a", 7),
        ("WEIGHTS_NO_RESPONDENT", "c", 5),
    ]
    assert found.value.of(["f2"]).tolist() == [3.0]


@pytest.mark.parametrize("form", ["f2", "f3", "f9"])
def test_a_responding_form_must_be_a_released_eligible_case(form: str) -> None:
    """Ineligible, unreleased or unknown forms cannot carry weight."""
    table = cases([("f1", "a", "I", True), ("f2", "a", "NE", True), ("f3", "a", "I", False)])
    with pytest.raises(ValueError, match="not that of a released eligible case"):
        weigh(table, {"a": 9}, responding=[form])


def test_a_population_smaller_than_its_cases_is_refused() -> None:
    """Two released cases cannot come from one unit."""
    with pytest.raises(ValueError, match="has 1 units and 2 released cases"):
        weigh(cases([("f1", "a", "I", True), ("f2", "a", "I", True)]), {"a": 1}, responding=[])
