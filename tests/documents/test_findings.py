"""The sentences of the report, worked from its numbers by hand."""

from dataclasses import replace
from fractions import Fraction

import pytest

from sipas_survey.documents import findings
from sipas_survey.documents.campaign import Campaign, Verdict
from sipas_survey.formats import LANGUAGES, Lang
from sipas_survey.tracking.progress import Counts, Progress


def _with_counts(report: Campaign, counts: Counts) -> Campaign:
    return replace(report, returns=replace(report.returns, total=counts))


def test_return_short_of_the_target(report: Campaign) -> None:
    """540 of 542 does not meet 100 %, and the sentence says what is missing."""
    assert findings.returned(report, "en") == (
        "540 of 542 issued forms came back: the target of 100% is not met (outstanding: 1, lost: 1)."
    )
    assert findings.return_target(report.counts, "vi") == "✗ Chưa đạt"


def test_return_that_meets_the_target(report: Campaign) -> None:
    """Equal integers meet the target."""
    full = _with_counts(report, Counts(handed_out=1565, withdrawn=5, issued=1560, returned=1560))
    assert findings.returned(full, "vi") == "Thu về 1.560 trên 1.560 phiếu đã phát: đạt chỉ tiêu 100%."
    assert findings.return_target(full.counts, "vi") == "✓ Đạt"


def test_nothing_issued_is_no_data(empty_report: Campaign) -> None:
    """Zero of zero is neither met nor missed."""
    assert findings.returned(empty_report, "en") == "No form has been issued yet: no data for a return rate."
    assert findings.return_target(empty_report.counts, "en") == "– No data"
    assert findings.judged(empty_report, "en") == ("There are no valid answers yet: no data to judge.",)


def test_withdrawn_forms_are_named_with_what_they_were_taken_from(report: Campaign) -> None:
    """547 handed out less 5 withdrawn leave 542."""
    sentence = findings.withdrawn(report, "en")
    assert sentence.startswith("5 of 547 forms handed out were withdrawn")
    assert sentence.endswith("542 count in the rate.")


def test_judgement_says_the_rule_and_the_interval(report: Campaign) -> None:
    """8.700 / 10.011 = 86,9044 % reaches 85 %, and so does its lower limit 85,15 %."""
    by_rule, by_interval = findings.judged(report, "vi")
    assert "86,90%, tức 8.700 trong 10.011 câu trả lời" in by_rule
    assert by_rule.endswith("đạt mức 85%.")
    assert "từ 85,15% đến 88,65%" in by_interval


@pytest.mark.parametrize(
    ("verdict", "words"), [("met", "nowhere below"), ("not_met", "all of it below"), ("undecided", "cannot decide")]
)
def test_every_verdict_has_its_sentence(report: Campaign, verdict: Verdict, words: str) -> None:
    """The interval's sentence follows the verdict of the judged row."""
    rows = tuple(replace(row, verdict=verdict) for row in report.results)
    assert words in findings.judged(replace(report, results=rows), "en")[1]


def test_a_value_just_short_never_reads_as_reaching(report: Campaign) -> None:
    """84.996 of 100.000 prints 84.99 % and does not reach 85 %."""
    by_rule, _ = findings.judged(replace(report, check="civil_servants"), "en")
    assert "84.99%" in by_rule
    assert "does not reach 85%" in by_rule


def test_a_figure_without_an_interval_says_so(report: Campaign) -> None:
    """Where no interval could be worked out the sentence does not invent one."""
    rows = tuple(replace(row, lower=None, upper=None, verdict="undecided") for row in report.results)
    assert findings.judged(replace(report, results=rows), "en")[1].startswith("No interval could be worked out")


def test_a_flawless_return_is_remarked(report: Campaign) -> None:
    """All back, none withdrawn, none replaced: a remark asks for a re-check; one withdrawn form and it is gone."""
    perfect = Counts(handed_out=540, issued=540, returned=540)
    assert findings.remarks(_with_counts(report, perfect), "en")[0].startswith("Take note: a return of 100%")
    assert findings.remarks(_with_counts(report, replace(perfect, withdrawn=1)), "en") == [report.notes[0]["en"]]


def test_rules_carry_their_sources(report: Campaign) -> None:
    """The plan's two rules are called the plan's; nothing that the toolkit chose is."""
    rules = findings.rules(replace(report, threshold=Fraction(7, 8)), "en")
    assert [source for source, _ in rules].count("The province's plan") == 2
    assert "87.5% or more" in rules[0][1]
    assert ("The toolkit's default, no official rule", f"Sample: {report.design['en']}") in rules
    assert any("about one in 20" in text for _, text in rules)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_places_are_named_or_owned_up_to(report: Campaign, lang: Lang) -> None:
    """A code with a name gives the name, one without gives itself, none gives words."""
    assert findings.place(report, "132", lang) == "Thành phố Yên Bái"
    assert findings.place(report, "999", lang) == "999"
    assert findings.place(report, "", lang) in ("Không rõ đơn vị", "No place")


def test_progress_of_a_survey_without_rows_has_a_judgement(report: Campaign) -> None:
    """A report whose results lack the judged index says that there is nothing to judge."""
    bare = replace(report, results=(), returns=Progress(report.as_of, ("district_code",), (), Counts()))
    assert bare.judged is None
    assert findings.judged(bare, "vi") == ("Chưa có câu trả lời hợp lệ: không có dữ liệu để kết luận.",)
