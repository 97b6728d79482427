"""Design weights and their ledger."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.cases import Outcome
from sipas_survey.satisfaction.weights import Weights, to_margins, trimmed, weigh
from sipas_survey.statistics.auxiliaries import Auxiliaries
from sipas_survey.statistics.residuals import residual_scores


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
    assert dict(zip(found.value.forms, found.value.weight.tolist(), strict=True)) == {"f1": 40.0, "f5": 40.0}
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
        base, eligible, response = (row for row in steps if row.group == stratum)
        assert (base.before, eligible.before) == (units, base.after)
        assert response.before == eligible.after
        inside = np.array(found.value.strata, dtype=object) == stratum
        assert found.value.weight[inside].sum() == pytest.approx(response.after)
        assert response.after == pytest.approx(response.before) or stratum in lost
        assert base.after == pytest.approx(base.before) or stratum in lost


def test_a_stratum_without_respondents_is_named() -> None:
    """Nobody answered in one, nobody was drawn in the other: both are warnings with the units they stood for."""
    found = weigh(cases([("f1", "a", "R", True), ("f2", "b", "I", True)]), {"a": 7, "b": 3, "c": 5}, responding=["f2"])
    assert [(p.kind, p.found, p.details["units"]) for p in found.warnings] == [
        ("WEIGHTS_NO_RESPONDENT", "a", 7),
        ("WEIGHTS_NO_RESPONDENT", "c", 5),
    ]
    assert (found.value.forms, found.value.weight.tolist()) == (("f2",), [3.0])


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


def four() -> Weights:
    """Two strata of two forms with weights 10, 10, 40, 40."""
    table = cases([("f1", "a", "I", True), ("f2", "a", "I", True), ("f3", "b", "I", True), ("f4", "b", "I", True)])
    return weigh(table, {"a": 20, "b": 80}, responding=["f1", "f2", "f3", "f4"]).value


def by_sex(code: list[int]) -> Auxiliaries:
    return Auxiliaries((np.array(code),), (2,), np.zeros((len(code), 0)))


def test_margins_by_hand() -> None:
    """Women weigh 50 and shall be 60, men 50 and shall be 40: factors 1.2 and 0.8, in the ledger."""
    made = to_margins(four(), by_sex([0, 1, 0, 1]), np.array([60.0, 40.0]), ["sex=F", "sex=M"])
    assert made.problems == ()
    assert made.value.weight.tolist() == pytest.approx([12, 8, 48, 32])
    assert [(r.group, r.n, r.before, r.after, r.smallest, r.largest) for r in made.value.ledger[-2:]] == [
        ("sex=F", 2, 50.0, pytest.approx(60.0), pytest.approx(1.2), pytest.approx(1.2)),
        ("sex=M", 2, 50.0, pytest.approx(40.0), pytest.approx(0.8), pytest.approx(0.8)),
    ]
    assert made.value.effective == pytest.approx(100**2 / (12**2 + 8**2 + 48**2 + 32**2))


def test_margins_that_cannot_be_reached_change_nothing() -> None:
    """A category that nobody answered for has a problem, and the weights stay."""
    start = four()
    made = to_margins(start, by_sex([0, 0, 0, 0]), np.array([60.0, 40.0]), ["sex=F", "sex=M"])
    assert [p.kind for p in made.problems] == ["CALIBRATION_CATEGORY_EMPTY"]
    assert made.value is start


def test_trimming_conserves_each_stratum() -> None:
    """Weights 5, 5, 30 capped at 3 × 5: 15, and the 15 cut off go to the others, 12.5 each."""
    table = cases([(f"f{i}", "a", "I", True) for i in range(3)])
    made = weigh(table, {"a": 40}, responding=["f0", "f1", "f2"]).value
    uneven = to_margins(made, by_sex([0, 0, 1]), np.array([10.0, 30.0]), ["x=0", "x=1"]).value
    assert uneven.weight.tolist() == pytest.approx([5, 5, 30])
    cut = trimmed(uneven, 3.0).value
    assert cut.weight.tolist() == pytest.approx([12.5, 12.5, 15])
    assert [(str(r.step), r.group, r.before, r.after) for r in cut.ledger[-1:]] == [
        ("trim", "a", pytest.approx(40), pytest.approx(40))
    ]
    assert [p.kind for p in trimmed(uneven, 1.0).problems] == ["TRIM_IMPOSSIBLE"]


def test_what_margins_explain_has_no_error() -> None:
    """Scores that the known categories explain leave nothing; others keep what is left of them."""
    made = to_margins(four(), by_sex([0, 1, 0, 1]), np.array([60.0, 40.0]), ["sex=F", "sex=M"]).value
    explained = made.weight * np.array([3.0, 7.0, 3.0, 7.0])
    other = made.weight * np.array([1.0, 2.0, 5.0, 11.0])
    left = residual_scores(np.column_stack([explained, other]), made.weight, made.adjustments)
    assert np.abs(left[:, 0]).max() < 1e-9
    assert np.abs(left[:, 1]).max() > 1
