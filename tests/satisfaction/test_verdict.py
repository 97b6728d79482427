"""Estimates against the target."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from sipas_survey.formats import LANGUAGES, word
from sipas_survey.satisfaction.answers import KINDS
from sipas_survey.satisfaction.indices import FormDesign, IndexEstimate, WeightedEstimate, estimate
from sipas_survey.satisfaction.questionnaire import IndexLevel
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.satisfaction.rollup import Aggregation
from sipas_survey.satisfaction.verdict import Verdict, headline, judge, judge_all
from sipas_survey.satisfaction.weights import WeightStep
from sipas_survey.statistics.intervals import share_p_value
from tests.satisfaction.answers_table import checked, sipas

TARGET = Fraction(85, 100)
NOTHING = estimate(Responses.none(sipas()), FormDesign.simple(0))[0]


def share(part: int, whole: int, lower: float | None = None, upper: float | None = None) -> IndexEstimate:
    return replace(NOTHING, value=Fraction(part, whole), forms=whole, lower=lower, upper=upper)


@pytest.mark.parametrize(
    ("part", "whole", "reached"), [(85, 100, True), (84996, 100000, False), (17, 20, True), (848, 998, False)]
)
def test_the_plans_rule_is_exact(part: int, whole: int, reached: bool) -> None:
    """85 % is met inclusively, 84.996 % is not."""
    assert judge(share(part, whole), TARGET).reached is reached


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (0.86, 0.9, Verdict.MET),
        (0.8, 0.84, Verdict.NOT_MET),
        (0.8, 0.86, Verdict.UNDECIDED),
        (None, None, Verdict.UNDECIDED),
    ],
)
def test_the_interval_gives_the_second_verdict(lower: float | None, upper: float | None, verdict: Verdict) -> None:
    """Met above, not met below, undecided across the target or without an interval."""
    assert judge(share(43, 50, lower, upper), TARGET).verdict is verdict


def test_limits_on_the_target_itself() -> None:
    """A lower limit of exactly one half meets one half; an upper limit of one half does not miss it."""
    half = Fraction(1, 2)
    assert judge(share(3, 4, 0.5, 0.9), half).verdict is Verdict.MET
    assert judge(share(1, 4, 0.1, 0.5), half).verdict is Verdict.UNDECIDED


def test_no_valid_answer_is_no_data_never_a_pass() -> None:
    """Nothing counted: neither reached nor missed."""
    judgement = judge(NOTHING, TARGET)
    assert (judgement.reached, judgement.verdict, judgement.weighted) == (None, Verdict.NO_DATA, None)


def test_the_weighted_figure_has_its_own_verdict() -> None:
    """Value, interval and verdict belong to the same estimator."""
    row = replace(share(9, 10, 0.86, 0.93), weighted=WeightedEstimate(0.8, 0.01, 9, 0.78, 0.82))
    judgement = judge(row, TARGET)
    assert (judgement.verdict, judgement.weighted) == (Verdict.MET, Verdict.NOT_MET)


def test_fewer_than_thirty_forms_are_flagged() -> None:
    """29 forms are few, 30 are not; a survey may set another number."""
    assert [judge(share(1, n), TARGET).few_forms for n in (29, 30)] == [True, False]
    assert [judge(share(1, n), TARGET, few_forms=50).few_forms for n in (49, 50)] == [True, False]


def test_what_the_check_reads() -> None:
    """`overall` with policy and service, else `service`, of all forms; nothing where there is only policy."""

    def read(text: str) -> str | None:
        responses = checked(text).value
        by = responses.table[["xã"]]
        row = headline(estimate(responses, FormDesign.simple(len(responses)), by=by))
        assert row is None or not row.by
        return row.index if row else None

    assert [read(f"{columns} | xã\n4 | 4 | a") for columns in ("q01 | q15", "q15 | q16", "q01 | q02")] == [
        "overall",
        "service",
        None,
    ]


def test_the_published_example_is_undecided() -> None:
    """85.23 % of 540 forms with one answer each: reached by the plan's rule, interval about 82.0–88.0, undecided."""
    answers = ["q15", *["4"] * 460, *["2"] * 80]
    row = estimate(checked("\n".join(answers)).value, FormDesign.simple(540))[-1]
    judgement = judge(row, TARGET)
    assert row.lower is not None
    assert row.upper is not None
    assert (judgement.reached, judgement.verdict) == (True, Verdict.UNDECIDED)
    assert np.round([100 * row.lower, 100 * row.upper], 0).tolist() == [82.0, 88.0]


def test_every_word_of_the_results_has_both_languages() -> None:
    """Aggregations, levels, verdicts, kinds and steps have their words."""
    keys = [f"aggregation_{x}" for x in Aggregation] + [f"verdict_{x}" for x in Verdict]
    keys += [f"index_level_{x}" for x in IndexLevel] + [f"unusable_{x.code}" for x in KINDS]
    keys += [f"weight_step_{x}" for x in WeightStep]
    assert all(word(key, lang) for key in keys for lang in LANGUAGES)


def row_of(index: str, value: Fraction | None, se: float | None, *, forms: int = 400) -> IndexEstimate:
    return replace(NOTHING, index=index, value=value, se=se, df=forms - 1, forms=forms, lower=None, upper=None)


def test_many_rows_are_tested_as_many() -> None:
    """The p values of the rows are those of one share each; the advisory ones carry Holm's, the checked row its own."""
    rows = (
        row_of("service", Fraction(86, 100), 0.02), row_of("high", Fraction(95, 100), 0.01),
        row_of("low", Fraction(70, 100), 0.02), row_of("near", Fraction(874, 1000), 0.01), row_of("none", None, None),
    )  # fmt: skip
    judged = dict(zip((row.index for row in rows), judge_all(rows, TARGET), strict=True))
    single = {
        row.index: float(share_p_value([float(row.value)], [row.se], [399], n=[400], target=0.85)[0])
        for row in rows if row.value is not None
    }  # fmt: skip
    assert {name: one.p_value for name, one in judged.items() if name != "none"} == pytest.approx(single)
    assert 0.01 < single["near"] < 0.05
    advisory = sorted(single[name] for name in ("high", "low", "near"))
    assert judged["near"].p_adjusted == pytest.approx(single["near"])  # the largest of three
    assert judged["service"].p_adjusted == pytest.approx(single["service"])
    assert min(judged[name].p_adjusted for name in ("high", "low")) == pytest.approx(3 * advisory[0])
    told = {name: one.adjusted for name, one in judged.items()}
    assert told == {
        "service": judged["service"].verdict, "high": Verdict.MET, "low": Verdict.NOT_MET, "near": Verdict.MET,
        "none": Verdict.NO_DATA,
    }  # fmt: skip
    assert (judged["none"].p_value, judged["none"].p_adjusted) == (None, None)
    strict = dict(zip((row.index for row in rows), judge_all(rows, TARGET, level=0.99), strict=True))
    assert (strict["near"].adjusted, strict["high"].adjusted) == (Verdict.UNDECIDED, Verdict.MET)


@pytest.mark.parametrize("target", [Fraction(0), Fraction(1)])
def test_at_the_ends_nothing_is_tested(target: Fraction) -> None:
    """Every share is on one side of 0 and of 1: no p value, no verdict of it."""
    (only,) = judge_all([row_of("access", Fraction(9, 10), 0.01)], target)
    assert (only.p_value, only.p_adjusted, only.adjusted) == (None, None, Verdict.UNDECIDED)
