"""Charts as SVG: what they say, that they are the same each time, and that they can stand in one page."""

import os
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest

from sipas_survey.documents import charts, field_charts
from sipas_survey.documents.campaign import Campaign
from sipas_survey.problems import SurveyError
from sipas_survey.tracking.progress import Counts, Progress, Row

_FEW_DAYS = Progress(
    date(2024, 2, 2),
    ("day",),
    (Row(("2024-01-31",), Counts(issued=3), Counts(issued=3, returned=1)),),
    Counts(issued=3, returned=1),
)
_DRAW = "import pickle, sys; from sipas_survey.documents.field_charts import return_chart as draw; " + (
    "sys.stdout.buffer.write(draw(pickle.loads(sys.stdin.buffer.read()), lang='vi').svg.encode())"
)


def test_dimensions_show_numbers_verdicts_and_the_line(report: Campaign) -> None:
    """Every label, every share as the report prints it, the 85 % line, the words of the verdicts, and no data."""
    svg = charts.dimension_chart(report.results, report.threshold, lang="vi").svg
    texts = re.findall(r"<(?:text|tspan)[^>]*>([^<]+)</", svg)
    assert {"88,28%", "84,99%", "không có dữ liệu", "Đạt", "Chưa kết luận được", "Chưa đạt"} <= set(texts)
    assert texts.count("85%") == 2
    assert "Tiếp cận dịch vụ: 88,28% (từ 85,28% đến 91,28%), Đạt." in svg
    assert 'font-family="Liberation Sans, Arial, Helvetica, sans-serif"' in svg


def test_english_chart_has_english_numbers(report: Campaign) -> None:
    """Words and numbers follow the language."""
    svg = charts.dimension_chart(report.results, report.threshold, lang="en").svg
    assert "88.28%" in svg
    assert "no data" in svg
    assert "Undecided" in svg


def test_days_show_the_line_to_the_target(report: Campaign) -> None:
    """The line to 100 % is the number of forms issued, days are written in the language, to the as-of day."""
    svg = field_charts.return_chart(report.days, lang="vi").svg
    assert "100% = 542 phiếu" in svg
    assert ">11/12/2023<" in svg
    assert "Đến 15/01/2024: đã phát 542, đã thu 540 phiếu." in svg


def test_one_day_is_enough_for_a_chart() -> None:
    """The first day of the fieldwork, with nothing returned yet, is drawn."""
    days = Progress(date(2023, 12, 11), ("day",), (Row(("2023-12-11",), Counts(issued=5)),), Counts(issued=5))
    assert "100% = 5 forms" in field_charts.return_chart(days, lang="en").svg


def test_a_share_without_an_interval_keeps_its_point(report: Campaign) -> None:
    """A row whose interval is missing is drawn as a point alone."""
    row = replace(report.results[0], se=None, lower=None, upper=None, verdict="undecided")
    svg = charts.dimension_chart([row], report.threshold, lang="en").svg
    assert "88.28% (– to –), Undecided." in svg
    assert "NaN" not in svg


def test_labels_are_escaped(report: Campaign) -> None:
    """A label with mark-up and quotes in it stays text."""
    svg = charts.dimension_chart([replace(report.results[0], label_en='<b>"A" & B')], report.threshold, lang="en").svg
    assert "<b>" not in svg
    assert "&lt;b&gt;&quot;A&quot; &amp; B" in svg


def test_same_values_same_bytes_and_no_ids(report: Campaign) -> None:
    """Drawn twice in one process the text is the same; it has no ids to clash with another chart of the page."""
    drawn = [charts.dimension_chart(report.results, report.threshold, lang="vi").svg for _ in range(2)]
    drawn += [field_charts.return_chart(report.days, lang="vi").svg for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert drawn[2] == drawn[3]
    for svg in drawn:
        assert not re.search(r'\sid="|url\(|href|aria-(?!label=)', svg)
        assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" role="img"')
        assert "<title>" in svg


def test_another_process_in_another_time_zone_draws_the_same() -> None:
    """No clock's zone moves a day: a process in New York draws the same bytes."""
    command, zone = [sys.executable, "-c", _DRAW], {**os.environ, "TZ": "America/New_York"}
    drawn = subprocess.run(command, input=pickle.dumps(_FEW_DAYS), env=zone, capture_output=True, check=True).stdout
    assert drawn.decode() == field_charts.return_chart(_FEW_DAYS, lang="vi").svg
    assert ">31/01/2024<" in drawn.decode()


def test_missing_extra_is_a_problem_with_a_way_out(report: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without vl-convert the error names what to install."""
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(SurveyError, match=r"EXTRA_MISSING.*vl_convert.*sipas-survey\[documents\]"):
        field_charts.return_chart(report.days, lang="vi")
