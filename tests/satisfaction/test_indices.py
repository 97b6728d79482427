"""The indices and their precision."""

from collections.abc import Sequence
from fractions import Fraction
from math import isclose, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.satisfaction.indices import FormDesign, IndexEstimate, estimate
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.satisfaction.rollup import Aggregation
from tests.satisfaction.answers_table import checked, sipas

CRITERIA = ("q01", "q03", "q04", "q15", "q16", "q19")
ELEMENTS = {
    "accountability": ["q01"], "participation": ["q03", "q04"], "access": ["q15", "q16"], "procedures": ["q19"],
}  # fmt: skip
PARTS = {"policy": ["accountability", "participation"], "service": ["access", "procedures"]}


def responses(answers: Sequence[Sequence[int]], criteria: Sequence[str] = CRITERIA) -> Responses:
    array = np.array(answers, dtype=np.int8).reshape(-1, len(criteria))
    unusable = (array == 0).astype(np.int8)
    return Responses(sipas(), tuple(criteria), array, unusable, None, pd.DataFrame(index=range(len(array))))


def found(rows: Sequence[IndexEstimate], index: str, **by: str) -> IndexEstimate:
    return next(row for row in rows if row.index == index and row.by == by)


def whole_share(codes: Sequence[str], counts: dict[str, tuple[int, int]]) -> Fraction | None:
    valid = sum(counts[q][1] for q in codes)
    return Fraction(sum(counts[q][0] for q in codes), valid) if valid else None


def mean(shares: Sequence[Fraction | None]) -> Fraction | None:
    known = [share for share in shares if share is not None]
    return sum(known, Fraction()) / len(known) if known else None


def from_the_definition(counts: dict[str, tuple[int, int]], way: Aggregation) -> dict[str, Fraction | None]:
    """Every index from numbers of satisfied and valid answers, written out."""
    groups = {**ELEMENTS, **{p: [q for e in es for q in ELEMENTS[e]] for p, es in PARTS.items()}}
    groups |= {"overall": list(CRITERIA), **{q: [q] for q in CRITERIA}}
    if way is Aggregation.POOLED:
        return {index: whole_share(codes, counts) for index, codes in groups.items()}
    values = {index: mean([whole_share([q], counts) for q in codes]) for index, codes in groups.items()}
    if way is Aggregation.ELEMENTS:
        values |= {part: mean([values[e] for e in elements]) for part, elements in PARTS.items()}
        values["overall"] = mean([values[e] for e in ELEMENTS])
    return values


def counts_of(answers: np.ndarray) -> dict[str, tuple[int, int]]:
    return {q: (int((answers[:, j] >= 4).sum()), int((answers[:, j] > 0).sum())) for j, q in enumerate(CRITERIA)}


grid = st.lists(st.lists(st.integers(0, 5), min_size=6, max_size=6), min_size=1, max_size=12)


@settings(max_examples=40)
@given(grid, st.sampled_from(Aggregation))
def test_values_and_bounds_equal_the_definition(answers: list[list[int]], way: Aggregation) -> None:
    """Exact values by each way, bounds with every blank dissatisfied or satisfied, and bounds hold the value."""
    array = np.array(answers)
    rows = estimate(responses(answers), FormDesign.simple(len(answers)), aggregation=way)
    low = from_the_definition(counts_of(np.where(array == 0, 1, array)), way)
    high = from_the_definition(counts_of(np.where(array == 0, 5, array)), way)
    assert {row.index: row.value for row in rows} == from_the_definition(counts_of(array), way)
    assert {row.index: row.lower_bound for row in rows} == low
    assert {row.index: row.upper_bound for row in rows} == high
    assert all(row.lower_bound <= row.value <= row.upper_bound for row in rows if row.value is not None)


@settings(max_examples=40)
@given(grid, st.sampled_from(Aggregation), st.data())
def test_standard_errors_equal_a_finite_difference(
    answers: list[list[int]], way: Aggregation, data: st.DataObject
) -> None:
    """Scores by nudging each form's weight in the definition, then the variance written out: the same figure."""
    n = len(answers) + 1
    answers = [*answers, [4, 5, 2, 1, 4, 3]]
    weights = np.array(data.draw(st.lists(st.sampled_from([0.5, 1.0, 3.0]), min_size=n, max_size=n)))
    rows = estimate(responses(answers), FormDesign.simple(n), weights=weights, aggregation=way)
    row = found(rows, "overall")
    array = np.array(answers)

    def value(w: np.ndarray) -> float:
        exact = {
            q: (Fraction(float(w @ (array[:, j] >= 4))), Fraction(float(w @ (array[:, j] > 0))))
            for j, q in enumerate(CRITERIA)
        }
        return float(from_the_definition(exact, way)["overall"] or 0)  # type: ignore[arg-type]

    step = 1e-5
    slopes = [(value(weights + step * e) - value(weights - step * e)) / (2 * step) for e in np.eye(n)]
    z = weights * np.array(slopes)
    assert row.weighted is not None
    assert row.weighted.value == pytest.approx(value(weights))
    assert row.weighted.se == pytest.approx(sqrt(n / (n - 1) * float(((z - z.mean()) ** 2).sum())), abs=1e-6)


def test_by_hand() -> None:
    """Three forms, two criteria of one element: s = 2, 1, 0 of v = 2, 2, 1. p = 3/5, scores (2−6/5, 1−6/5, −3/5)/5."""
    row = found(estimate(responses([[4, 5], [5, 3], [1, 0]], ("q15", "q16")), FormDesign.simple(3)), "access")
    z = [0.8 / 5, -0.2 / 5, -0.6 / 5]
    assert (row.satisfied, row.valid, row.blank, row.forms, row.df) == (3, 5, 1, 3, 2)
    assert (row.value, row.lower_bound, row.upper_bound) == (Fraction(3, 5), Fraction(1, 2), Fraction(2, 3))
    assert row.se == pytest.approx(sqrt(3 / 2 * sum(x * x for x in z)))
    assert row.unusable == {"empty": 1, "out_of_range": 0, "multiple": 0, "unreadable": 0}


def test_strata_and_finite_population_by_hand() -> None:
    """Two strata of two forms, one taken whole: only the other one adds variance, halved by f = ½."""
    design = FormDesign.stratified(["b", "a", "b", "a"], {"a": 2, "b": 4})
    assert (design.names, design.fraction.tolist()) == (("a", "b"), [1.0, 0.5])
    row = found(estimate(responses([[4], [1], [1], [5]], ("q15",)), design), "q15")
    assert (row.value, row.df) == (Fraction(1, 2), 2)
    assert row.se == pytest.approx(sqrt(0.5 * 2 * (2 * (0.5 / 4) ** 2)))


def test_rows_stand_for_columns() -> None:
    """Only indices with a column; the whole only where policy and service both have one."""
    codes = [row.index for row in estimate(responses([[4, 5]], ("q15", "q23")), FormDesign.simple(1))]
    assert codes == ["service", "access", "q15", "civil_servants", "q23"]
    both = [row.index for row in estimate(responses([[4, 5]], ("q01", "q23")), FormDesign.simple(1))]
    assert both == ["overall", "policy", "accountability", "q01", "service", "civil_servants", "q23"]


def test_no_response_is_no_data_in_every_index() -> None:
    """Before the first form is back all 45 indices are there, without a value."""
    rows = estimate(Responses.none(sipas()), FormDesign.simple(0), weights=np.zeros(0))
    assert len(rows) == 45
    empty = (None, None, None, None, 0, 0)
    assert {(r.value, r.se, r.lower, r.lower_bound, r.valid, r.forms) for r in rows} == {empty}
    assert all(row.weighted is not None and row.weighted.value is None for row in rows)


def test_one_form_has_no_interval_but_at_the_ends() -> None:
    """One form, one of two criteria satisfied: no interval; all satisfied: 0 to 1."""
    row = found(estimate(responses([[4, 1]], ("q15", "q16")), FormDesign.simple(1)), "access")
    assert (row.df, row.lower, row.upper) == (0, None, None)
    whole = found(estimate(responses([[4, 5]], ("q15", "q16")), FormDesign.simple(1)), "access")
    assert (whole.lower, whole.upper) == (0.0, 1.0)


def test_all_satisfied_has_the_binomial_limit_of_its_forms() -> None:
    """30 forms, all satisfied with everything: 0.025^(1/30) to 1; answers are not counted as independent."""
    for way in Aggregation:
        rows = estimate(responses([[5] * 6] * 30), FormDesign.simple(30), weights=np.full(30, 0.1), aggregation=way)
        row = found(rows, "overall")
        assert row.weighted is not None
        assert (row.lower, row.upper) == (pytest.approx(0.025 ** (1 / 30)), 1.0)
        assert (row.weighted.lower, row.weighted.upper) == (pytest.approx(0.025 ** (1 / 30)), 1.0)


@settings(max_examples=30)
@given(grid, st.data())
def test_a_domain_is_the_same_as_zero_weights_outside(answers: list[list[int]], data: st.DataObject) -> None:
    """By `by` or by weights of 0 outside: the same value, standard error, df and interval."""
    n = len(answers)
    where = data.draw(st.lists(st.sampled_from(["Á", "B"]), min_size=n, max_size=n))
    strata = data.draw(st.lists(st.sampled_from(["x", "y"]), min_size=n, max_size=n))
    design = FormDesign.stratified(strata, {"x": 20, "y": 30})
    by = pd.DataFrame({"huyện": where})
    rows = estimate(responses(answers), design, by=by, weights=np.ones(n))
    for name in set(where):
        inside = np.array([float(w == name) for w in where])
        masked = estimate(responses(answers), design, weights=inside)
        for row in masked:
            same = found(rows, row.index, huyện=name)
            assert row.weighted is not None
            assert same.weighted is not None
            pairs = zip(
                (same.weighted.value, same.weighted.se, same.df, same.weighted.lower, same.weighted.upper),
                (row.weighted.value, row.weighted.se, row.weighted.df, row.weighted.lower, row.weighted.upper),
                strict=True,
            )
            assert all(a == b or isclose(a or 0, b or 0, abs_tol=1e-9) for a, b in pairs)


@given(grid)
@settings(max_examples=20)
def test_equal_weights_change_nothing(answers: list[list[int]]) -> None:
    """A weight of 7 for everybody gives the unweighted figures."""
    n = len(answers)
    for row in estimate(responses(answers), FormDesign.simple(n), weights=np.full(n, 7.0)):
        assert row.weighted is not None
        assert row.weighted.value == (None if row.value is None else pytest.approx(float(row.value)))
        assert row.weighted.se == (None if row.se is None else pytest.approx(row.se, abs=1e-9))
        assert row.weighted.df == row.df


def test_domains_come_after_the_whole_in_vietnamese_order() -> None:
    """All forms first, then every combination that occurs, blanks last; their counts add up to the whole."""
    by = pd.DataFrame({"xã": ["Đông An", "Dế Xu", "", "Ân", "An"], "sex": ["M", "F", "M", "M", "M"]})
    rows = estimate(responses([[4]] * 5, ("q15",)), FormDesign.simple(5), by=by)
    order = [row.by for row in rows if row.index == "q15"]
    assert [name.get("xã") for name in order] == [None, "An", "Ân", "Dế Xu", "Đông An", ""]
    assert order[1] == {"xã": "An", "sex": "M"}
    assert sum(row.valid for row in rows if row.index == "q15" and row.by) == 5


def test_a_lonely_stratum_leaves_no_standard_error() -> None:
    """One form in a stratum that was not taken whole: the value stands, the interval does not."""
    design = FormDesign.stratified(["a", "a", "b"], {"a": 9, "b": 9})
    row = found(estimate(responses([[4], [1], [1]], ("q15",)), design), "q15")
    assert (row.value, row.se, row.lower) == (Fraction(1, 3), None, None)


def test_arguments_of_other_lengths_are_refused() -> None:
    """A design of four forms does not fit three responses; nor do more forms than people fit a stratum."""
    with pytest.raises(ValueError, match="must have 3 rows"):
        estimate(responses([[4]] * 3, ("q15",)), FormDesign.simple(4))
    with pytest.raises(ValueError, match="more forms than units"):
        FormDesign.stratified(["a", "a"], {"a": 1})


def test_the_kinds_of_unusable_answers_are_counted_by_domain() -> None:
    """Each kind under its own name, in the whole and in each domain."""
    read = checked("q15 | q16 | xã\n6 | | a\n3;4 | x | b\n4 | 4 | b").value
    rows = estimate(read, FormDesign.simple(3), by=read.table[["xã"]])
    assert found(rows, "access").unusable == {"empty": 1, "out_of_range": 1, "multiple": 1, "unreadable": 1}
    assert found(rows, "access", xã="b").unusable == {"empty": 0, "out_of_range": 0, "multiple": 1, "unreadable": 1}
    assert found(rows, "access", xã="b").blank == 2


def test_intervals_of_clustered_answers_cover() -> None:
    """200 samples of 120 forms whose 16 answers hang together: the interval holds the truth in about 95 %."""
    rng, hits, samples = np.random.default_rng(11), 0, 200
    criteria = tuple(f"q{i}" for i in range(15, 31))
    for _ in range(samples):
        propensity = rng.beta(6, 1.5, size=(120, 1))
        answers = np.where(rng.random((120, 16)) < propensity, 4, 2)
        row = estimate(responses(answers.tolist(), criteria), FormDesign.simple(120))[0]
        hits += bool(row.lower is not None and row.upper is not None and row.lower <= 0.8 <= row.upper)
    assert 0.9 < hits / samples < 0.99
