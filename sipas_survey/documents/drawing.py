"""How charts are drawn: tools, looks, and the SVG element that says in words what it shows.

Charts are black and white, their letters stay letters, and the same values give the same bytes. They
need the extra `documents` (Altair, and vl-convert, which draws without a browser and without the network).
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import as_file
from textwrap import wrap
from typing import Any
from xml.sax.saxutils import escape

from sipas_survey.documents.report import Chart
from sipas_survey.formats import Lang
from sipas_survey.problems import stop
from sipas_survey.resources import shipped

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
INK, GUIDE, FAINT, PAPER = "#000000", "#595959", "#d9d9d9", "#ffffff"
LINE_HEIGHT = 14
_CONFIG = {
    "font": FONT,
    "view": {"stroke": FAINT},
    "axis": {"labelFontSize": 12, "labelColor": INK, "titleFontSize": 12, "titleFontWeight": "normal",
             "gridColor": FAINT, "domainColor": GUIDE, "tickColor": GUIDE},
    "legend": {"labelFontSize": 12, "labelColor": INK, "orient": "bottom", "columnPadding": 18, "title": None},
    "text": {"fontSize": 12, "fill": INK},
}  # fmt: skip
_NUMBERS: Mapping[Lang, dict[str, object]] = {
    "vi": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", ""]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]},
}
_SPOKEN = re.compile(r' (?:role="graphics-[a-z]+"|aria-[a-z]+="[^"]*")')
_EDGE = re.compile(r"\bclip\d+\b")
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)" viewBox="([^"]+)">')
_HEAD = r'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="\1" height="\2" viewBox="\3"'


def tools() -> tuple[Any, Any]:
    """Altair and vl-convert, imported when a chart is drawn: they take most of a second to load.

    Raises `SurveyError` (EXTRA_MISSING) where they are not installed.
    """
    try:
        found = import_module("altair"), import_module("vl_convert")
    except ImportError as missing:
        raise stop("EXTRA_MISSING", found=missing.name, extra="documents") from missing
    _know_fonts()
    return found


@cache
def _know_fonts() -> None:
    """Text is measured with the fonts that come with the package, so that a chart is the same on every machine."""
    with as_file(shipped("documents/fonts")) as fonts:
        import_module("vl_convert").register_font_directory(str(fonts))


def chart_of(draw: Any, chart: Any, lang: Lang, *, key: str, title: str, lines: Sequence[str]) -> Chart:
    """A drawing as one SVG element that says in words what it shows, for those who listen to it."""
    # The shape of the charts is fixed and tested: validating them again would take longer than drawing them.
    spec = {**chart.to_dict(validate=False), "config": _CONFIG}
    svg = _SPOKEN.sub("", draw.vegalite_to_svg(spec, format_locale=_NUMBERS[lang], allowed_base_urls=[]))
    svg = _own_ids(svg, key)
    spoken = " ".join([title + ".", *lines])
    label = escape(spoken, {'"': "&quot;"})
    named = f' aria-label="{label}"><title>{escape(title)}</title>'
    return Chart(key, title, spoken, _SIZE.sub(lambda match: match.expand(_HEAD) + named, svg, 1))


def _own_ids(svg: str, key: str) -> str:
    """The edges of a drawing are numbered over all that a process draws: number them within the chart."""
    names = {name: f"{key}-edge{i}" for i, name in enumerate(dict.fromkeys(_EDGE.findall(svg)), start=1)}
    return _EDGE.sub(lambda found: names[found[0]], svg)


def picture(chart: Chart, *, scale: float = 2.0) -> bytes:
    """A chart as PNG, for programs that show no SVG."""
    _, draw = tools()
    return bytes(draw.svg_to_png(chart.svg, scale=scale))


def label_lines(text: str, letters: int, *, most: int = 3) -> tuple[str, float]:
    """A label in lines of so many letters, the rest of a long one left out, and how far its first line rises."""
    lines = wrap(text, letters)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: letters - 1].rstrip() + "…"]
    return "\n".join(lines), -LINE_HEIGHT * (len(lines) - 1) / 2
