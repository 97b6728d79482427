"""Charts of the return of forms: the line to 100 %, places on a map or as tiles, and post workers in a funnel."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import ceil, cos, radians
from typing import Any

from sipas_survey.documents import findings
from sipas_survey.documents.campaign import Campaign
from sipas_survey.documents.drawing import FAINT, GUIDE, INK, LINE_HEIGHT, PAPER, chart_of, label_lines, tools
from sipas_survey.documents.report import Chart
from sipas_survey.formats import Lang, Share, day, number, percent, target_percent, word
from sipas_survey.statistics.funnel import limits_at, usual_counts
from sipas_survey.tracking.progress import RETURN_TARGET, Counts, Progress, Row

_DAYS_WIDTH, _DAYS_HEIGHT = 540, 220
_MAP_WIDTH, _LETTER = 620, 7  # of the drawing, and of a letter of a name on it
_MOST_TICKS = 6
CLASSES: Mapping[str, tuple[str, str, str]] = {
    "met": ("circle", PAPER, INK),
    "near": ("diamond", "#bfbfbf", INK),
    "half": ("square", "#6e6e6e", PAPER),
    "low": ("triangle-up", INK, PAPER),
}
"""Shape, fill and ink of a place by how many of its forms are back: all, from 90 %, from 50 %, fewer.

The less is back the darker it is: what has to be looked at is seen first.
"""


# ---------------------------------------------------------------- days
def return_chart(days: Progress, *, lang: Lang) -> Chart:
    """Forms issued and returned to date by day, against the line to 100 %: all forms issued by the as-of day.

    `days` has at least one row (progress by day). Raises `SurveyError` (EXTRA_MISSING) without the drawing packages.
    """
    alt, draw = tools()
    reached = [(date.fromisoformat(row.key[0]), row.to_date or row.counts) for row in days.rows]
    first, issued = reached[0][0], days.total.issued
    waiting = reached[-1][1].returned + reached[-1][1].lost < issued  # else nothing more comes after the last day
    reached += [(days.as_of, reached[-1][1])] if waiting and days.as_of > reached[-1][0] else []
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
    return chart_of(draw, chart, lang, key="days", title=word("report_chart_days", lang), lines=[spoken, goal])


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


# ---------------------------------------------------------------- places
def class_of(counts: Counts) -> str:
    """How much of what was issued is back, as one of `CLASSES`; only all of it is `met`."""
    if counts.target_met:
        return "met"
    rate = counts.returned / counts.issued
    return "near" if rate >= 0.9 else "half" if rate >= 0.5 else "low"


def map_chart(campaign: Campaign, *, lang: Lang) -> Chart | None:
    """Every commune with forms where it lies: shape and shade by its rate, size by its forms; None without any."""
    communes = (
        [(row, campaign.positions.get(row.key[-1])) for row in campaign.communes.rows] if campaign.communes else []
    )
    held = [(row, at) for row, at in communes if at and row.counts.issued]
    if not held:
        return None
    alt, draw = tools()
    narrow = cos(radians(sum(at[0] for _, at in held) / len(held)))
    names = {key: word(f"report_class_{key}", lang) for key in CLASSES}
    xs, ys = [at[1] * narrow for _, at in held], [at[0] for _, at in held]
    height = min(max(round(_MAP_WIDTH * _length(ys) / _length(xs)), 160), 400)
    middles = _middles(campaign, held, narrow)
    places = [
        {
            "x": x,
            "y": y,
            "forms": row.counts.issued,
            "what": names[class_of(row.counts)],
            **_towards(middles, campaign, row),
        }
        for (row, _), x, y in zip(held, xs, ys, strict=True)
    ]
    x, y = (_span(alt, ends) for ends in (xs, ys))
    at = {"x": alt.X("x:Q", scale=x, axis=None), "y": alt.Y("y:Q", scale=y, axis=None)}
    base = alt.Chart(alt.Data(values=places))
    spokes = base.mark_rule(color=FAINT, strokeWidth=1).encode(**at, x2="to_x:Q", y2="to_y:Q")
    marks = base.mark_point(stroke=INK, strokeWidth=1, opacity=1).encode(
        **at, size=alt.Size("forms:Q", scale=alt.Scale(range=[30, 160]), legend=None), **_by_class(alt, names)
    )
    titles = alt.Chart(alt.Data(values=_titles(campaign, middles, xs, ys, height, lang)))
    told = {"x": "x:Q", "y": "y:Q", "text": "label:N"}
    halo = titles.mark_text(stroke=PAPER, strokeWidth=5, strokeOpacity=0.85, fontWeight="bold").encode(**told)
    text = titles.mark_text(fontWeight="bold").encode(**told)
    chart = alt.layer(spokes, marks, halo, text).properties(width=_MAP_WIDTH, height=height)
    met = sum(row.counts.target_met for row, _ in held)
    spoken = word("report_chart_map_row", lang, met=number(met, lang), open=number(len(held) - met, lang))
    return chart_of(draw, chart, lang, key="map", title=word("report_chart_map", lang), lines=[spoken])


def _length(ends: Sequence[float]) -> float:
    return max(max(ends) - min(ends), 0.01)


def _span(alt: Any, ends: Sequence[float]) -> Any:
    edge = 0.06 * _length(ends)
    return alt.Scale(domain=[min(ends) - edge, max(ends) + edge], nice=False, zero=False)


def _by_class(alt: Any, names: Mapping[str, str]) -> dict[str, Any]:
    scales = {
        part: alt.Scale(domain=list(names.values()), range=[look[i] for look in CLASSES.values()])
        for i, part in enumerate(("shape", "fill"))
    }
    return {"shape": alt.Shape("what:N", scale=scales["shape"]), "fill": alt.Fill("what:N", scale=scales["fill"])}


def _middles(
    campaign: Campaign, held: Sequence[tuple[Row, tuple[float, float]]], narrow: float
) -> dict[str, tuple[float, float]]:
    """The middle of the communes of each district."""
    districts: dict[str, list[tuple[float, float]]] = {}
    for row, at in held:
        districts.setdefault(campaign.districts.get(row.key[-1], ""), []).append(at)
    return {
        code: (sum(at[1] for at in points) / len(points) * narrow, sum(at[0] for at in points) / len(points))
        for code, points in sorted(districts.items())
        if code
    }


def _towards(middles: Mapping[str, tuple[float, float]], campaign: Campaign, row: Row) -> dict[str, float]:
    """Where the line from a commune to the middle of its district ends."""
    to = middles.get(campaign.districts.get(row.key[-1], ""))
    return {"to_x": to[0], "to_y": to[1]} if to else {}


def _titles(
    campaign: Campaign, middles: Mapping[str, tuple[float, float]], xs: Sequence[float], ys: Sequence[float],
    height: int, lang: Lang,
) -> list[dict[str, Any]]:  # fmt: skip
    """The names of districts near their middles, moved up and down until none covers another."""
    across, high = _MAP_WIDTH / (_length(xs) * 1.12), height / (_length(ys) * 1.12)  # points of the drawing a degree
    free: list[tuple[float, float, float]] = []
    titles = []
    for code, (x, y) in sorted(middles.items(), key=lambda found: -found[1][1]):
        label = findings.place(campaign, code, lang)
        half = len(label) * _LETTER / 2
        down = -y * high
        while any(abs(x * across - other) < half + wide and abs(down - at) < LINE_HEIGHT for other, at, wide in free):
            down += 2
        free.append((x * across, down, half))
        titles.append({"x": x, "y": -down / high, "label": label})
    return titles


def tile_chart(campaign: Campaign, *, lang: Lang) -> Chart | None:
    """Every place with forms as a tile with its name and rate, shaded by it; None without any."""
    rows = [row for row in campaign.returns.rows if row.counts.issued]
    if not rows:
        return None
    alt, draw = tools()
    across = 3 if len(rows) <= 12 else 5
    tiles, spoken = [], []
    for i, row in enumerate(rows):
        name, look = findings.place(campaign, row.key[-1], lang), class_of(row.counts)
        details = {"place": name, "rate": percent(row.counts.return_rate, lang)}
        counts = {each: number(getattr(row.counts, each), lang) for each in ("returned", "issued")}
        label, _ = label_lines(name, 24 if across == 3 else 14, most=2)
        text = f"{label}\n{details['rate']}"
        spoken.append(word("report_chart_tile_row", lang, **details, **counts))
        at = {"x": i % across, "y": i // across, "lift": -7 * text.count("\n")}
        tiles.append({**at, "text": text, "fill": CLASSES[look][1], "ink": CLASSES[look][2]})
    base = alt.Chart(alt.Data(values=tiles)).encode(
        x=alt.X("x:O", axis=None, scale=alt.Scale(paddingInner=0.04)),
        y=alt.Y("y:O", axis=None, scale=alt.Scale(paddingInner=0.08)),
    )
    chart = alt.layer(
        base.mark_rect(stroke=INK, strokeWidth=1).encode(fill=alt.Fill("fill:N", scale=None)),
        base.mark_text(lineBreak="\n", lineHeight=14, dy=alt.ExprRef("datum.lift")).encode(
            text="text:N", fill=alt.Fill("ink:N", scale=None)
        ),
    ).properties(width=_DAYS_WIDTH, height=56 * ceil(len(rows) / across))
    return chart_of(draw, chart, lang, key="tiles", title=word("report_chart_tiles", lang), lines=spoken)


# ---------------------------------------------------------------- workers
def funnel_chart(campaign: Campaign, *, lang: Lang) -> Chart | None:
    """The share of forms each worker gave back blank, against their number, between the limits of what is usual."""
    rows = [row for row in campaign.workers.rows if row.key[-1] and row.counts.handed_out] if campaign.workers else []
    if len(rows) < 2:
        return None
    alt, draw = tools()
    blank, out = ([getattr(row.counts, name) for row in rows] for name in ("withdrawn", "handed_out"))
    usual = usual_counts(blank, out)
    points = [
        {"out": n, "share": k / n, "name": row.key[-1], "outside": not low <= k <= high}
        for row, k, n, (low, high) in zip(rows, blank, out, usual, strict=True)
    ]
    overall = Share(sum(blank), sum(out))
    grid = sorted({max(1, round((max(out) + 1) * i / 60)) for i in range(1, 61)})
    funnel = _limits(overall, grid)
    seen = [each["share"] for each in funnel[1] if each["out"] >= min(out)]
    highest = max([p["share"] for p in points] + seen[:1] + [0.05])
    scale = alt.Scale(domain=[0, min(1.0, ceil(highest * 20 + 0.2) / 20)], nice=False)
    x = alt.X(
        "out:Q",
        axis=alt.Axis(title=word("count_handed_out", lang), format=",d", tickMinStep=1),
        scale=alt.Scale(domain=[0, grid[-1]], nice=False),
    )
    y = alt.Y("share:Q", scale=scale, axis=alt.Axis(title=word("count_withdrawn", lang), format=".0%"))
    base = alt.Chart(alt.Data(values=points)).encode(x=x, y=y)
    odd = base.transform_filter("datum.outside")
    chart = alt.layer(
        *(
            alt.Chart(alt.Data(values=line)).mark_line(color=GUIDE, strokeDash=[4, 3], clip=True).encode(x=x, y=y)
            for line in funnel
        ),
        alt.Chart(alt.Data(values=[{"share": overall.value}])).mark_rule(color=FAINT, strokeWidth=2).encode(y=y),
        base.transform_filter("!datum.outside").mark_point(size=50, stroke=INK, fill="#bfbfbf", opacity=1),
        odd.mark_point(size=110, shape="triangle-up", stroke=INK, fill=INK, opacity=1),
        odd.mark_text(align="left", dx=9).encode(text="name:N"),
    ).properties(width=_DAYS_WIDTH, height=_DAYS_HEIGHT)
    outside = ", ".join(str(p["name"]) for p in points if p["outside"]) or word("report_chart_funnel_nobody", lang)
    details = {"workers": number(len(rows), lang), "share": percent(overall, lang), "outside": outside}
    spoken = word("report_chart_funnel_row", lang, **details)
    return chart_of(draw, chart, lang, key="funnel", title=word("report_chart_funnel", lang), lines=[spoken])


def _limits(overall: Share, grid: Sequence[int]) -> list[list[dict[str, float]]]:
    """The lower and the upper line of the funnel."""
    bands = limits_at(overall.value or 0.0, grid)
    return [[{"out": n, "share": band[i] / n} for n, band in zip(grid, bands, strict=True)] for i in (0, 1)]
