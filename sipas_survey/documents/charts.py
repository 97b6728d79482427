"""Charts of what people said: dimensions and criteria with their intervals against the target, and what has changed."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any

from sipas_survey.documents.appendices import index_name
from sipas_survey.documents.campaign import Campaign, ResultRow, Verdict
from sipas_survey.documents.drawing import GUIDE, INK, LINE_HEIGHT, chart_of, label_lines, tools
from sipas_survey.documents.report import Chart
from sipas_survey.documents.result_tables import ranked
from sipas_survey.formats import Lang, percent, points, target_percent, word
from sipas_survey.satisfaction.appendices import ShareLine

MARKS: Mapping[Verdict, tuple[str, str]] = {
    "met": ("circle", INK),
    "undecided": ("diamond", "#a6a6a6"),
    "not_met": ("square", "#ffffff"),
}
"""Shape and fill of a point by the verdict of its interval."""

_LABEL_LETTERS, _LONG_LETTERS, _WIDTH = 28, 62, 380
_MOST_ROWS = 40  # of a chart


def dimension_chart(rows: Sequence[ResultRow], threshold: Fraction, *, lang: Lang) -> Chart:
    """The share of every row with its 95 % interval, against the line of the threshold.

    The shape of a point tells the verdict of its interval; a row without data keeps its line and says so.
    Raises `SurveyError` (EXTRA_MISSING) where the drawing packages are not installed.
    """
    title = word("report_chart_results", lang, threshold=target_percent(threshold, lang))
    return _intervals(rows, threshold, lang, key="results", title=title, letters=_LABEL_LETTERS)


def criteria_charts(rows: Sequence[ResultRow], threshold: Fraction, *, lang: Lang) -> list[Chart]:
    """The single questions from the lowest share satisfied, like `dimension_chart`; many are parted into charts."""
    title = word("report_chart_criteria", lang, threshold=target_percent(threshold, lang))
    known = ranked(rows)
    parts = [known[i : i + _MOST_ROWS] for i in range(0, len(known), _MOST_ROWS)]
    return [
        _intervals(part, threshold, lang, key=f"criteria{i}" if i else "criteria", title=title, letters=_LONG_LETTERS)
        for i, part in enumerate(parts)
    ]


def _step(rows: int) -> Any:
    """The room of a row: less where there are many, so that a chart fits a page with its table."""
    return 36 if rows <= 8 else 30 if rows <= 14 else 24


def _intervals(
    rows: Sequence[ResultRow], threshold: Fraction, lang: Lang, *, key: str, title: str, letters: int
) -> Chart:
    alt, draw = tools()
    data = [_point(i, row, threshold, lang, letters) for i, row in enumerate(rows)]
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
        base.mark_text(align="right", lineBreak="\n", lineHeight=LINE_HEIGHT, dy=alt.ExprRef("datum.lift")).encode(
            x=alt.value(-8), text="label:N"
        ),
        base.mark_text(align="left").encode(x=alt.value(_WIDTH + 8), text="text:N"),
    )
    chart = chart.properties(width=_WIDTH, height=alt.Step(_step(len(data))))
    return chart_of(draw, chart, lang, key=key, title=title, lines=[row["spoken"] for row in data])


def _point(i: int, row: ResultRow, threshold: Fraction, lang: Lang, letters: int) -> dict[str, Any]:
    """What the chart knows of a row: where it stands, its name in lines and how far these rise, numbers and words."""
    label = row.label(lang)
    shown, lift = label_lines(label, letters)
    name = {"order": i, "label": shown, "lift": lift}
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


def _head(alt: Any, text: str) -> Any:
    """What stands over the figures to the right."""
    words = alt.Chart(alt.Data(values=[{"label": text}])).mark_text(align="left", baseline="bottom")
    return words.encode(x=alt.value(_WIDTH + 8), y=alt.value(-4), text="label:N")


# ---------------------------------------------------------------- change
def change_chart(campaign: Campaign, *, lang: Lang) -> Chart | None:
    """The shares that the plan prints beside those of now with their intervals; None where nothing is compared."""
    plan = campaign.appendices
    lines = [line for line in plan.shares if line.change is not None] if plan else []
    if plan is None or not lines:
        return None
    alt, draw = tools()
    year = plan.plan.year
    names = word("report_chart_was", lang, year=year), word("report_chart_is", lang)
    rows = [_changed(i, line, campaign, lang) for i, line in enumerate(lines)]
    ends = [row[name] for row in rows for name in ("before", "now", "lower") if row[name] is not None]
    scale = _percent_scale(alt, [float(campaign.threshold), *ends])
    base = alt.Chart(alt.Data(values=rows)).encode(y=alt.Y("order:O", axis=None))
    ends_of = [
        {"order": row["order"], "at": row[name], "what": names[i]}
        for row in rows
        for i, name in enumerate(("before", "now"))
    ]
    both = alt.Chart(alt.Data(values=ends_of)).mark_point(stroke=INK, strokeWidth=1.5, opacity=1)
    sizes = alt.Scale(domain=list(names), range=[190, 60])  # last year's stays in sight behind this year's
    look = {"shape": ["square", "circle"], "fill": ["#ffffff", INK]}
    chart = alt.layer(
        _line_at(alt, scale, float(campaign.threshold), target_percent(campaign.threshold, lang)),
        base.transform_filter("isValid(datum.lower)").mark_rule(color=INK, strokeWidth=2).encode(
            x=alt.X("lower:Q", scale=scale), x2="upper:Q"
        ),
        both.encode(
            y=alt.Y("order:O", axis=None),
            x=alt.X("at:Q", scale=scale, axis=_percent_axis(alt, scale)),
            shape=alt.Shape("what:N", scale=alt.Scale(domain=list(names), range=look["shape"])),
            fill=alt.Fill("what:N", scale=alt.Scale(domain=list(names), range=look["fill"])),
            size=alt.Size("what:N", scale=sizes),
        ),
        base.mark_text(align="right", lineBreak="\n", lineHeight=LINE_HEIGHT, dy=alt.ExprRef("datum.lift")).encode(
            x=alt.value(-8), text="label:N"
        ),
        base.mark_text(align="left").encode(x=alt.value(_WIDTH + 8), text="text:N"),
        _head(alt, word("report_chart_points", lang)),
    ).properties(width=_WIDTH, height=alt.Step(_step(len(rows))))  # fmt: skip
    title = word("report_chart_change", lang, year=year)
    return chart_of(draw, chart, lang, key="change", title=title, lines=[row["spoken"] for row in rows])


def _changed(i: int, line: ShareLine, campaign: Campaign, lang: Lang) -> dict[str, Any]:
    """What the chart knows of a row that is compared."""
    now = line.now
    label = index_name(line.published, lang)
    shown, lift = label_lines(label, _LABEL_LETTERS)
    share = None if now is None else now.share
    texts = {
        name: percent(value, lang, targets=(campaign.threshold,))
        for name, value in (("before", line.published.share), ("now", share))
    }
    told = points(line.change, lang)
    spoken = word("report_chart_change_row", lang, label=label, change=told, **texts)
    numbers = {"before": float(line.published.share), "now": None if share is None else float(share)}
    ends = {"lower": now.lower if now else None, "upper": now.upper if now else None}
    return {"order": i, "label": shown, "lift": lift, "text": told, "spoken": spoken, **numbers, **ends}
