"""Charts as SVG text: black and white, letters kept as letters, no ids, the same bytes for the same values.

They need the extra `documents` (Altair, and vl-convert, which draws without a browser and without the network).
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from importlib import import_module
from math import floor
from textwrap import wrap
from typing import Any
from xml.sax.saxutils import escape

from sipas_survey.documents.report import ResultRow, Verdict
from sipas_survey.formats import Lang, day, number, percent, target_percent, word
from sipas_survey.problems import stop
from sipas_survey.tracking.progress import RETURN_TARGET, Progress

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
INK, GUIDE, FAINT = "#000000", "#595959", "#d9d9d9"
MARKS: Mapping[Verdict, tuple[str, str]] = {
    "met": ("circle", INK),
    "undecided": ("diamond", "#a6a6a6"),
    "not_met": ("square", "#ffffff"),
}
"""Shape and fill of a point by the verdict of its interval."""

_LABEL_LETTERS, _LINE, _STEP = 28, 14, 36
_RESULTS_WIDTH, _DAYS_WIDTH, _DAYS_HEIGHT = 380, 540, 220
_MOST_TICKS = 6
_CONFIG = {
    "font": FONT,
    "view": {"stroke": FAINT},
    "axis": {"labelFontSize": 12, "labelColor": INK, "gridColor": FAINT, "domainColor": GUIDE, "tickColor": GUIDE},
    "legend": {"labelFontSize": 12, "labelColor": INK, "orient": "bottom", "columnPadding": 18, "title": None},
    "text": {"fontSize": 12, "fill": INK},
}
_NUMBERS: Mapping[Lang, dict[str, object]] = {
    "vi": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", ""]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]},
}
_SPOKEN = re.compile(r' (?:role="graphics-[a-z]+"|aria-[a-z]+="[^"]*")')


# ---------------------------------------------------------------- results
def dimension_chart(rows: Sequence[ResultRow], threshold: Fraction, *, lang: Lang) -> str:
    """The share of every row with its 95 % interval, against the line of the threshold.

    The shape of a point tells the verdict of its interval; a row without data keeps its line and says so.
    Raises `SurveyError` (EXTRA_MISSING) where the drawing packages are not installed.
    """
    alt, draw = _tools()
    data = [_point(i, row, threshold, lang) for i, row in enumerate(rows)]
    base = alt.Chart(alt.Data(values=data)).encode(y=alt.Y("order:O", axis=None))
    known = base.transform_filter("isValid(datum.value)")
    ends = [row[name] for row in data for name in ("value", "lower") if row[name] is not None]
    scale = _percent_scale(alt, [float(threshold), *ends])
    words = {word(f"verdict_{verdict}", lang): mark for verdict, mark in MARKS.items()}
    shapes, fills = ([mark[i] for mark in words.values()] for i in (0, 1))
    chart = alt.layer(
        _line_at(alt, scale, float(threshold), target_percent(threshold, lang)),
        base.transform_filter("isValid(datum.lower)")
        .mark_rule(color=INK, strokeWidth=2)
        .encode(x=alt.X("lower:Q", scale=scale), x2="upper:Q"),
        known.mark_point(size=90, stroke=INK, strokeWidth=1.5, opacity=1).encode(
            x=alt.X("value:Q", scale=scale, axis=_percent_axis(alt, scale)),
            shape=alt.Shape("verdict:N", scale=alt.Scale(domain=list(words), range=shapes)),
            fill=alt.Fill("verdict:N", scale=alt.Scale(domain=list(words), range=fills)),
        ),
        base.mark_text(align="right", lineBreak="\n", lineHeight=_LINE, dy=alt.ExprRef("datum.lift")).encode(
            x=alt.value(-8), text="label:N"
        ),
        base.mark_text(align="left").encode(x=alt.value(_RESULTS_WIDTH + 8), text="text:N"),
    )
    title = word("report_chart_results", lang, threshold=target_percent(threshold, lang))
    chart = chart.properties(width=_RESULTS_WIDTH, height=alt.Step(_STEP))
    return _svg(draw, chart, lang, title=title, lines=[row["spoken"] for row in data])


def _point(i: int, row: ResultRow, threshold: Fraction, lang: Lang) -> dict[str, Any]:
    """What the chart knows of a row: where it stands, its name in lines and how far these rise, numbers and words."""
    label = row.label(lang)
    lines = wrap(label, _LABEL_LETTERS)
    name = {"order": i, "label": "\n".join(lines), "lift": -_LINE * (len(lines) - 1) / 2}
    if row.value is None:
        spoken = word("report_chart_results_none", lang, label=label)
        nothing = dict.fromkeys(("value", "lower", "upper", "verdict"))
        return {**name, **nothing, "text": word("report_no_data", lang), "spoken": spoken}
    value, lower, upper = (percent(x, lang, targets=(threshold,)) for x in (row.value, row.lower, row.upper))
    verdict = word(f"verdict_{row.verdict}", lang)
    details = {"label": label, "value": value, "lower": lower, "upper": upper, "verdict": verdict}
    spoken = word("report_chart_results_row", lang, **details)
    numbers = {"value": float(row.value), "lower": row.lower, "upper": row.upper}
    return {**name, **numbers, "verdict": verdict, "text": value, "spoken": spoken}


def _percent_scale(alt: Any, shares: Sequence[float]) -> Any:
    """From a little below the lowest share, at a whole 5 %, to 100 %."""
    start = max(floor(min(shares) * 20 - 0.2), 0)
    return alt.Scale(domain=[start / 20, 1], nice=False, zero=False)


def _percent_axis(alt: Any, scale: Any) -> Any:
    """Ticks every 5, 10 or 20 points, down from 100 %."""
    start = round(scale.domain[0] * 20)
    step = 1 if start >= 10 else 2 if start >= 4 else 4
    ticks = [k / 20 for k in range(20, start - 1, -step)]
    return alt.Axis(title=None, format=".0%", values=ticks, labelOverlap=False, labelFlush=False)


def _line_at(alt: Any, scale: Any, at: float, label: str) -> Any:
    base = alt.Chart(alt.Data(values=[{"at": at, "label": label}])).encode(x=alt.X("at:Q", scale=scale))
    line = base.mark_rule(color=GUIDE, strokeDash=[6, 4], strokeWidth=1.5)
    return alt.layer(line, base.mark_text(baseline="bottom").encode(y=alt.value(-4), text="label:N"))


# ---------------------------------------------------------------- days
def return_chart(days: Progress, *, lang: Lang) -> str:
    """Forms issued and returned to date by day, against the line to 100 %: all forms issued by the as-of day.

    `days` has at least one row (progress by day). Raises `SurveyError` (EXTRA_MISSING) as `dimension_chart`.
    """
    alt, draw = _tools()
    reached = [(date.fromisoformat(row.key[0]), row.to_date or row.counts) for row in days.rows]
    first, issued = reached[0][0], days.total.issued
    reached += [(days.as_of, reached[-1][1])] if days.as_of > reached[-1][0] else []
    names = {name: word(f"count_{name}", lang) for name in ("issued", "returned")}
    data = [
        {"day": (on - first).days, "forms": getattr(counts, name), "what": names[name]}
        for name in names
        for on, counts in reached
    ]
    lines = alt.Chart(alt.Data(values=data)).mark_line(interpolate="step-after", color=INK)
    domain = list(names.values())
    key = alt.Legend(symbolType="stroke", symbolSize=900)
    lines = lines.encode(
        x=_day_axis(alt, first, reached[-1][0], lang),
        y=alt.Y("forms:Q", axis=alt.Axis(title=None, format=",d", tickMinStep=1, tickCount=5)),
        strokeDash=alt.StrokeDash("what:N", scale=alt.Scale(domain=domain, range=[[2, 3], [1, 0]]), legend=key),
        strokeWidth=alt.StrokeWidth("what:N", scale=alt.Scale(domain=domain, range=[1.5, 3]), legend=key),
    )
    target = target_percent(RETURN_TARGET, lang)
    goal = word("report_chart_target", lang, target=target, issued=number(issued, lang))
    chart = alt.layer(_line_of(alt, issued, goal), lines).properties(width=_DAYS_WIDTH, height=_DAYS_HEIGHT)
    last = {name: number(getattr(reached[-1][1], name), lang) for name in names}
    spoken = word("report_chart_days_row", lang, day=day(reached[-1][0], lang), **last)
    return _svg(draw, chart, lang, title=word("report_chart_days", lang), lines=[spoken, goal])


def _day_axis(alt: Any, first: date, last: date, lang: Lang) -> Any:
    """An axis of whole days counted from the first, written as days; no time zone can shift them."""
    length = max((last - first).days, 1)
    step = -(-length // _MOST_TICKS)
    ticks = {k: day(first + timedelta(days=k), lang) for k in range(0, length + 1, step)}
    axis = alt.Axis(title=None, values=list(ticks), labelOverlap=False, labelFlush=False, grid=False)
    axis.labelExpr = f"{json.dumps(ticks)}[datum.value]"
    return alt.X("day:Q", scale=alt.Scale(domain=[0, length], nice=False), axis=axis)


def _line_of(alt: Any, y: int, label: str) -> Any:
    base = alt.Chart(alt.Data(values=[{"forms": y, "label": label}])).encode(y=alt.Y("forms:Q"))
    line = base.mark_rule(color=GUIDE, strokeDash=[6, 4], strokeWidth=1.5)
    text = base.mark_text(align="left", dx=6, dy=-5, baseline="bottom").encode(x=alt.value(0), text="label:N")
    return alt.layer(line, text)


# ---------------------------------------------------------------- drawing
def _tools() -> tuple[Any, Any]:
    """Altair and vl-convert, imported when a chart is drawn: they take most of a second to load."""
    try:
        return import_module("altair"), import_module("vl_convert")
    except ImportError as missing:
        raise stop("EXTRA_MISSING", found=missing.name, extra="documents") from missing


def _svg(draw: Any, chart: Any, lang: Lang, *, title: str, lines: Sequence[str]) -> str:
    """The chart as one SVG element that says in words what it shows, for those who listen to it."""
    # The shape of the charts is fixed and tested: validating them again would take longer than drawing them.
    spec = {**chart.to_dict(validate=False), "config": _CONFIG}
    svg: str = draw.vegalite_to_svg(spec, format_locale=_NUMBERS[lang], allowed_base_urls=[])
    spoken = escape(" ".join([title + ".", *lines]), {'"': "&quot;"})
    svg = _SPOKEN.sub("", svg)
    size = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)" viewBox="([^"]+)">')
    head = r'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="\1" height="\2" viewBox="\3"'
    return size.sub(lambda match: match.expand(head) + f' aria-label="{spoken}"><title>{escape(title)}</title>', svg, 1)
