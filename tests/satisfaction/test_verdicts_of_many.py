"""Many rows judged at once: what is tested, what a p-value is worth, and what the check's own row keeps."""

from dataclasses import replace
from fractions import Fraction

import pytest

from sipas_survey.satisfaction.indices import FormDesign, IndexEstimate, estimate
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.satisfaction.verdict import Verdict, headline, judge, judge_all, verdict_of
from sipas_survey.statistics.intervals import share_p_value
from tests.satisfaction.answers_table import sipas

TARGET = Fraction(4, 5)
NOTHING = estimate(Responses.none(sipas()), FormDesign.simple(0))
OVERALL = next(row for row in NOTHING if row.index == "overall")
SERVICE = next(row for row in NOTHING if row.index == "service")


def row(name: str, value: Fraction | None, se: float | None = 0.02, forms: int = 400) -> IndexEstimate:
    """A row of one commune, or of all forms where it is named `overall` or `service`."""
    whole = {"overall": OVERALL, "service": SERVICE}.get(name)
    place = () if whole else (("xã", name),)
    return replace(whole or OVERALL, by=place, value=value, se=se, df=forms - 1, forms=forms)


def p_of(value: float, se: float = 0.02, forms: int = 400) -> float:
    """The two-sided p of a share against the target."""
    return float(share_p_value(value, se, forms - 1, n=forms, target=0.8))


def test_advisory_rows_share_the_risk_and_the_checked_row_does_not() -> None:
    """Of three communes the smallest p is worth three times, the second twice, the third once; Holm's order."""
    rows = [row("overall", Fraction(84, 100)), row("a", Fraction(87, 100)), row("b", Fraction(75, 100)),
            row("c", Fraction(80, 100))]  # fmt: skip
    p_a, p_b = p_of(0.87), p_of(0.75)
    assert p_a < p_b < 0.025
    found = judge_all(rows, TARGET)
    assert [j.p_value for j in found] == pytest.approx([p_of(0.84), p_a, p_b, 1.0])
    assert [j.p_adjusted for j in found] == pytest.approx([p_of(0.84), 3 * p_a, 2 * p_b, 1.0])
    assert [j.adjusted for j in found[1:]] == [Verdict.MET, Verdict.NOT_MET, Verdict.UNDECIDED]
    assert found[0].adjusted is found[0].verdict


def test_a_level_of_99_per_cent_decides_less() -> None:
    """p · 2 of 0.02 is sure at 95 %, not at 99 %; the row that is checked keeps the verdict of its interval."""
    rows = [row("overall", Fraction(86, 100)), row("a", Fraction(855, 1000)), row("b", Fraction(855, 1000))]
    worth = 2 * p_of(0.855)
    assert 0.01 < worth < 0.05
    assert [j.adjusted for j in judge_all(rows, TARGET)[1:]] == [Verdict.MET, Verdict.MET]
    strict = judge_all(rows, TARGET, level=0.99)
    assert [j.adjusted for j in strict] == [judge(rows[0], TARGET).verdict, Verdict.UNDECIDED, Verdict.UNDECIDED]


def test_a_level_that_a_p_value_just_meets() -> None:
    """Worth exactly 1 − level: sure."""
    rows = [row("a", Fraction(855, 1000))]
    exactly = 1 - p_of(0.855)
    level = exactly if 1 - exactly >= p_of(0.855) else exactly - 1e-16
    assert judge_all(rows, TARGET, level=level)[0].adjusted is Verdict.MET


@pytest.mark.parametrize("target", [Fraction(0), Fraction(1), Fraction(3, 2), Fraction(-1, 10)])
def test_a_target_that_every_share_reaches_or_none_is_not_tested(target: Fraction) -> None:
    """At 0 and 1, and beyond them, there is no p-value; a row with a value is undecided, one without has no data."""
    found = judge_all([row("a", Fraction(9, 10)), row("b", None)], target)
    assert [(j.p_value, j.p_adjusted) for j in found] == [(None, None)] * 2
    assert [j.adjusted for j in found] == [Verdict.UNDECIDED, Verdict.NO_DATA]


def test_rows_without_a_value_do_not_count_among_the_tests() -> None:
    """Two communes, one without an answer, one without an error: the only p is worth what it is."""
    rows = [row("a", None, None, 0), row("b", Fraction(86, 100)), row("c", Fraction(9, 10), None)]
    found = judge_all(rows, TARGET, few_forms=500)
    assert [j.p_value for j in found] == [None, pytest.approx(p_of(0.86)), None]
    assert found[1].p_adjusted == found[1].p_value
    assert [j.adjusted for j in found] == [Verdict.NO_DATA, Verdict.MET, Verdict.UNDECIDED]
    assert [j.few_forms for j in found] == [True, True, True]
    assert [j.few_forms for j in judge_all(rows, TARGET)] == [True, False, False]


def test_nothing_to_judge() -> None:
    """No rows, no judgements."""
    assert judge_all([], TARGET) == ()


def test_the_row_of_the_check() -> None:
    """`overall` before `service`, whatever their order; rows of places are never it."""
    overall, service = row("overall", TARGET), row("service", TARGET)
    assert headline([service, overall]) is overall
    assert headline([row("a", TARGET), service]) is service
    assert headline([row("a", TARGET)]) is None


def test_one_limit_alone_decides_on_its_side() -> None:
    """A missing limit decides nothing; the other still may."""
    base = row("a", Fraction(4, 5))
    assert verdict_of(replace(base, lower=0.8125, upper=None), Fraction(13, 16)) is Verdict.MET
    assert verdict_of(replace(base, lower=None, upper=0.7), TARGET) is Verdict.NOT_MET
    assert verdict_of(replace(base, lower=0.7, upper=None), TARGET) is Verdict.UNDECIDED
    assert verdict_of(replace(base, value=None, lower=0.9, upper=1.0), TARGET) is Verdict.NO_DATA


def test_names_of_verdicts_stay() -> None:
    """Files and reports hold these words."""
    assert [str(v) for v in Verdict] == ["met", "not_met", "undecided", "no_data"]
