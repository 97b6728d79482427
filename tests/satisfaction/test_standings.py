"""League tables, costs of criteria, extras: against definitions written out."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.satisfaction.costs import costs
from sipas_survey.satisfaction.extras import EXTRAS, extras
from sipas_survey.satisfaction.indices import FormDesign, estimate, estimate_reduced, reduce
from sipas_survey.satisfaction.league import league
from sipas_survey.satisfaction.moments import Measure, worth
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.satisfaction.rollup import Aggregation
from sipas_survey.satisfaction.verdict import Verdict, headline, judge, judge_all
from tests.satisfaction.answers_table import sipas
from tests.satisfaction.test_indices import found, grid, responses

TARGET = Fraction(85, 100)


def clustered(n: int, *, means: Sequence[float], seed: int = 1) -> tuple[Responses, pd.DataFrame]:
    """Answers of n forms in each of some places, each place content to a degree."""
    chance = np.random.default_rng(seed)
    rows = [np.where(chance.random((n, 6)) < chance.beta(8 * m, 8 * (1 - m), (n, 1)), 5, 2) for m in means]
    by = pd.DataFrame({"place": np.repeat([f"P{i}" for i in range(len(means))], n)}, dtype=object)
    return responses(np.vstack(rows).tolist()), by


@settings(max_examples=25, deadline=None)
@given(grid, st.sampled_from(Aggregation), st.data())
def test_moments_give_what_scores_give(answers: list[list[int]], way: Aggregation, data: st.DataObject) -> None:
    """Weights of 1 go form by form, the unweighted figures by moments: the same to 11 digits, by strata and domains."""
    n = len(answers)
    strata = data.draw(st.lists(st.sampled_from(["x", "y"]), min_size=n, max_size=n))
    design = FormDesign.stratified(strata, {"x": 30, "y": 40})
    by = pd.DataFrame({"d": data.draw(st.lists(st.sampled_from(["a", "b"]), min_size=n, max_size=n))}, dtype=object)
    rows = estimate(responses(answers), design, by=by, weights=np.ones(n), aggregation=way)
    assert rows == estimate(
        responses(answers), design, by=by, weights=np.ones(n), aggregation=way,
        reduced=reduce(responses(answers), design, by=by),
    )  # fmt: skip
    for row in rows:
        assert row.weighted is not None
        for mine, other in (
            (row.se, row.weighted.se),
            (row.lower, row.weighted.lower),
            (row.upper, row.weighted.upper),
        ):
            assert mine == (None if other is None else pytest.approx(other, rel=1e-11, abs=1e-8))
        assert row.df == row.weighted.df
    plain = estimate_reduced(reduce(responses(answers), design, by=by), aggregation=way)
    assert plain == tuple(replace(row, weighted=None) for row in rows)


def test_a_league_table_of_places_far_apart() -> None:
    """60 forms each at 95, 80 and 60 %: every rank is sure; of places alike none is."""
    answered, by = clustered(60, means=(0.6, 0.97, 0.8))
    reduced = reduce(answered, FormDesign.simple(180), by=by)
    placed = league(reduced, estimate_reduced(reduced), "overall", aggregation=Aggregation.POOLED)
    assert [one.estimate.by["place"] for one in placed] == ["P1", "P2", "P0"]
    assert [(one.rank, one.best, one.worst, one.of) for one in placed] == [(1, 1, 1, 3), (2, 2, 2, 3), (3, 3, 3, 3)]
    answered, by = clustered(12, means=(0.8, 0.8, 0.8, 0.8))
    reduced = reduce(answered, FormDesign.simple(48), by=by)
    alike = league(reduced, estimate_reduced(reduced), "service", aggregation=Aggregation.POOLED)
    assert {(one.best, one.worst) for one in alike} == {(1, 4)}


def test_blank_places_and_places_without_an_answer_have_no_rank() -> None:
    """They stand in the table of indices, not in a league."""
    answered = responses([[5] * 6, [4, 1] * 3, [0] * 6, [3] * 6])
    by = pd.DataFrame({"place": ["a", "b", "c", ""]}, dtype=object)
    reduced = reduce(answered, FormDesign.simple(4), by=by)
    placed = league(reduced, estimate_reduced(reduced), "overall", aggregation=Aggregation.POOLED)
    assert [(one.estimate.by["place"], one.of) for one in placed] == [("a", 2), ("b", 2)]
    with pytest.raises(KeyError, match="happiness"):
        league(reduced, (), "happiness", aggregation=Aggregation.POOLED)


def test_ranks_of_one_place_more_cover() -> None:
    """In 60 simulated rounds of four places the true rank of each lies in its interval in nearly all."""
    hits = 0
    for seed in range(60):
        answered, by = clustered(40, means=(0.7, 0.78, 0.86, 0.9), seed=seed)
        reduced = reduce(answered, FormDesign.simple(160), by=by)
        placed = league(reduced, estimate_reduced(reduced), "overall", aggregation=Aggregation.POOLED)
        true = {"P0": 4, "P1": 3, "P2": 2, "P3": 1}
        hits += sum(one.best <= true[one.estimate.by["place"]] <= one.worst for one in placed)
    assert hits / 240 > 0.95


@settings(max_examples=30, deadline=None)
@given(grid, st.sampled_from(Aggregation))
def test_a_cost_is_what_the_index_would_gain(answers: list[list[int]], way: Aggregation) -> None:
    """Criterion by criterion: its share put at the target in the definition, the index computed again."""
    reduced = reduce(responses(answers), FormDesign.simple(len(answers)))
    told = costs(reduced, "overall", TARGET, aggregation=way)
    if told.value is None:
        assert told.criteria == ()
        return
    shares = {row.index: row for row in estimate_reduced(reduced, aggregation=way)}
    assert told.value == shares["overall"].value
    groups = {
        "accountability": ["q01"],
        "participation": ["q03", "q04"],
        "access": ["q15", "q16"],
        "procedures": ["q19"],
    }

    def index(changed: dict[str, Fraction]) -> Fraction:
        known = {q: changed.get(q, row.value) for q, row in shares.items() if row.value is not None}
        codes = [q for own in groups.values() for q in own if q in known]
        if way is Aggregation.POOLED:
            return sum(known[q] * shares[q].valid for q in codes) / sum(shares[q].valid for q in codes)
        if way is Aggregation.CRITERIA:
            return sum(known[q] for q in codes) / Fraction(len(codes))
        means = [[known[q] for q in own if q in known] for own in groups.values()]
        return sum(sum(own) / Fraction(len(own)) for own in means if own) / Fraction(sum(1 for own in means if own))

    for cost in told.criteria:
        raised = index({cost.criterion: max(TARGET, cost.value)})
        best = max(one.value for one in told.criteria)
        assert cost.to_target == raised - told.value
        assert cost.to_best == index({cost.criterion: best}) - told.value
        assert cost.best <= cost.rank <= cost.worst <= len(told.criteria)
    dearest = [cost.criterion for cost in told.criteria[: told.enough]]
    assert index({q: max(TARGET, shares[q].value) for q in dearest}) >= TARGET  # type: ignore[type-var]
    assert told.enough == 0 or told.value < TARGET


def test_criteria_of_the_same_forms_are_told_apart_by_their_covariance() -> None:
    """Two criteria answered alike by all but three of 100 forms: the difference is small, and its error too."""
    answers = [[5, 5]] * 60 + [[1, 1]] * 33 + [[5, 1]] * 7
    reduced = reduce(responses(answers, ("q15", "q16")), FormDesign.simple(100))
    told = costs(reduced, "access", TARGET, aggregation=Aggregation.POOLED)
    assert [(c.criterion, c.rank, c.best, c.worst) for c in told.criteria] == [("q16", 1, 1, 1), ("q15", 2, 2, 2)]


def test_extras_by_hand() -> None:
    """Points 5, 3 and 1, 0 blank: mean 3 of 3 answers; net 1 − 1 of 3; t interval of the ratio of form totals."""
    answered = responses([[5, 3], [1, 0]], ("q15", "q16"))
    reduced = reduce(answered, FormDesign.simple(2), measures=EXTRAS)
    rows = estimate_reduced(reduced)
    at = [row.index for row in rows].index("access")
    told = extras(reduced, aggregation=Aggregation.POOLED)[at]
    assert (told[Measure.MEAN].value, told[Measure.NET].value) == (3.0, 0.0)
    scores = [(8 - 3 * 2) / 3, (1 - 3 * 1) / 3]
    assert told[Measure.MEAN].se == pytest.approx((2 * sum(z * z for z in scores)) ** 0.5)


def test_the_worth_of_points() -> None:
    """1 and 2 stand against 4 and 5; 3 is neither; a blank is worth nothing."""
    assert worth(Measure.NET, sipas()).tolist() == [0, -1, -1, 0, 1, 1, 0, 0, 0, 0]
    assert worth(Measure.MEAN, sipas()).tolist()[:6] == [0, 1, 2, 3, 4, 5]
    assert worth(Measure.SATISFIED, sipas()).tolist()[:6] == [0, 0, 0, 0, 1, 1]


@settings(max_examples=30, deadline=None)
@given(grid)
def test_advisory_rows_carry_holms_adjustment(answers: list[list[int]]) -> None:
    """The row that a check reads keeps its verdict; no other becomes surer by being one of many."""
    rows = estimate(responses(answers), FormDesign.simple(len(answers)))
    judged = judge_all(rows, TARGET)
    for row, judgement in zip(rows, judged, strict=True):
        assert judge(row, TARGET).verdict is judgement.verdict
        if row is headline(rows):
            assert (judgement.adjusted, judgement.p_adjusted) == (judgement.verdict, judgement.p_value)
        elif judgement.adjusted in (Verdict.MET, Verdict.NOT_MET):
            assert judgement.adjusted is judgement.verdict
        if judgement.p_value is not None:
            assert judgement.p_adjusted >= judgement.p_value  # type: ignore[operator]


def test_twenty_rows_at_the_target_are_not_found_wanting() -> None:
    """Where all is truly 85 %, the chance that any advisory row is called met or not met stays near 5 %."""
    chance, wrong = np.random.default_rng(8), 0
    criteria = tuple(f"q{i}" for i in range(15, 31))
    for _ in range(60):
        answers = np.where(chance.random((150, 16)) < 0.85, 4, 2)
        rows = estimate(responses(answers.tolist(), criteria), FormDesign.simple(150))
        judged = zip(judge_all(rows, TARGET), rows, strict=True)
        sure = [one.adjusted for one, row in judged if row is not headline(rows)]
        wrong += Verdict.MET in sure or Verdict.NOT_MET in sure
    assert wrong <= 8


def test_every_way_stands_beside_the_value() -> None:
    """Three ways to roll up, the chosen one among them."""
    rows = estimate(responses([[5, 1], [4, 0]], ("q15", "q19")), FormDesign.simple(2), aggregation=Aggregation.ELEMENTS)
    ways = found(rows, "service").ways
    assert ways == {
        Aggregation.POOLED: Fraction(2, 3), Aggregation.CRITERIA: Fraction(1, 2), Aggregation.ELEMENTS: Fraction(1, 2),
    }  # fmt: skip
