"""The plan's appendices: what is computed from it, and what does not add up in it."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.exchange.plan_files import read_plan
from sipas_survey.resources import shipped
from sipas_survey.satisfaction.appendices import (
    Citation,
    Plan,
    PublishedScore,
    Standing,
    Statement,
    differences,
    faults,
    make_appendices,
)
from sipas_survey.satisfaction.papi_index import TOTAL, Group, group_of_rank, standing

F = Fraction


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The plan that comes with the package."""
    return read_plan(shipped("samples/plan_153"))


def test_the_four_faults_of_the_plan(plan: Plan) -> None:
    """13 − 12.937 is 0.063 and not 0.027; rows 4 and 5 both 85.23 %; the total of 2022 is mid-low; two dates of 262."""
    told = {p.kind: p for p in faults(plan)}
    assert list(told) == ["PLAN_REMAINDER", "PLAN_SAME_FIGURE", "PLAN_GROUP", "PLAN_DATES"]
    assert told["PLAN_REMAINDER"].details["remainder"] == F("0.063")
    assert told["PLAN_REMAINDER"].message("vi").startswith("Mục 10: 13 − 12,937 còn lại 0,063, không phải 0,027")
    assert told["PLAN_SAME_FIGURE"].place.row == 6
    assert "85,23%" in told["PLAN_SAME_FIGURE"].message("vi")
    assert "rank 36 of 61 provinces is Mid-low" in told["PLAN_GROUP"].message("en")
    assert (told["PLAN_DATES"].found, told["PLAN_DATES"].details["dates"]) == ("262", 2)


def test_a_plan_that_adds_up_has_none(plan: Plan) -> None:
    """Corrected, nothing is told: the faults follow from the figures."""
    right = replace(
        plan,
        items=(replace(plan.items[0], printed=F("0.063")),),
        shares=plan.shares[:4],
        statements=(replace(plan.statements[1], group=Group.MID_LOW),),
        citations=(Citation("262", 1),),
    )
    assert faults(right) == ()


def test_the_total_as_printed_is_the_sum_of_rounded_scores(plan: Plan) -> None:
    """41.8316, a rounding above the published 41.8315; its groups are those of the published ranks."""
    total = make_appendices(plan).scores[-1]
    assert (total.dimension, total.score, total.group, total.last_group) == (
        TOTAL, F("41.8316"), Group.MID_LOW, Group.MID_HIGH,
    )  # fmt: skip
    assert total.change == F("-0.5224")
    assert make_appendices(replace(plan, scores=())).scores == ()
    new = replace(plan.scores[0], change=None)
    assert make_appendices(replace(plan, scores=(new, *plan.scores[1:]))).scores[-1].change is None


def test_three_changes_are_notable(plan: Plan) -> None:
    """Dimensions 6, 7 and 8 changed by more than 5 % of the score of 2021."""
    assert [row.dimension for row in plan.scores if row.notable] == ["6", "7", "8"]
    assert not replace(plan.scores[0], change=None).notable


def test_a_survey_beside_the_plan(plan: Plan) -> None:
    """Its change is the exact difference; whether the published share lies outside is told from its interval."""
    now = {"access": Standing(F(9, 10), 0.885, 0.915, True), "results": Standing(F("0.86"), 0.83, 0.89, True)}
    now["feedback"] = Standing(None, None, None, None)
    lines = {line.published.index: line for line in make_appendices(plan, now=now).shares}
    assert (lines["access"].change, lines["access"].outside) == (F("0.0171"), True)
    assert (lines["results"].change, lines["results"].outside) == (F("0.0077"), False)
    for index in ("feedback", "service"):
        assert (lines[index].change, lines[index].outside) == (None, None)


def test_tables_that_say_otherwise(plan: Plan) -> None:
    """A difference beyond the last decimal is told with both figures, a group too; a rounding is none."""
    first, second, *_ = plan.scores
    computed = [
        PublishedScore("1", F("4.95444"), F("0.0761"), first.group, first.last_group),
        PublishedScore("2", F("5.3634"), second.change, Group.HIGH, second.last_group),
    ]
    told = [(p.found, p.place.column, p.details["printed"], p.details["computed"]) for p in differences(plan, computed)]
    assert told == [
        ("1", "change", F("0.0764"), F("0.0761")),
        ("2", "score", F("5.3534"), F("5.3634")),
        ("2", "group", Group.MID_HIGH, Group.HIGH),
    ]
    assert make_appendices(plan, scores=computed, year=2023).faults == faults(plan)
    assert len(make_appendices(plan, scores=computed, year=2022).faults) == len(faults(plan)) + 3


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=70, unique=True))
def test_a_rank_tells_the_group(scores: list[int]) -> None:
    """Where no two scores are the same the rank says what the percentiles say."""
    found = standing(np.array(scores, dtype=float))
    assert [group_of_rank(rank, len(scores)) for rank in found.rank] == list(found.group)


@pytest.mark.parametrize(("rank", "provinces"), [(0, 61), (62, 61)])
def test_a_rank_that_cannot_be(rank: int, provinces: int) -> None:
    """Ranks go from 1 to the number of provinces."""
    with pytest.raises(ValueError, match="rank"):
        group_of_rank(rank, provinces)
    assert Statement(2022, TOTAL, 1, 1, Group.LOW).told_by_rank is Group.HIGH
