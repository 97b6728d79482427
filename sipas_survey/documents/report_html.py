"""The report as one self-contained HTML page: no outside address, no script, good on a phone and on paper."""

from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from functools import cache, partial
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from sipas_survey.documents import charts, findings
from sipas_survey.documents.report import Report, Value
from sipas_survey.formats import MISSING, Lang, Share, day, moment, number, percent, target_percent, word
from sipas_survey.resources import shipped
from sipas_survey.tracking.progress import RETURN_TARGET, Counts

FIVE_NUMBERS = ("return_rate", "valid_rate", "target_fill", "rr1", "substitution_rate")
RETURN_COUNTS = (
    "quota", "printed", "handed_out", "withdrawn", "issued", "returned", "valid", "outstanding", "lost",
)  # fmt: skip
DIGESTS = ("survey_id", "seed", "frame_digest", "list_digest", "ledger_head")


def render_html(report: Report, *, lang: Lang) -> str:
    """The report as the text of an HTML page in a language. The same report gives the same text.

    Raises `SurveyError` (EXTRA_MISSING) where there is something to draw and the drawing packages are not installed.
    """
    return _environment().get_template("report.html").render(**_words_and_numbers(report, lang), **_content(report, lang))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(lambda name: shipped(f"documents/templates/{name}").read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _words_and_numbers(report: Report, lang: Lang) -> dict[str, Any]:
    """What the template prints with, bound to the language and the target."""

    def share(x: Share | Value) -> str:
        return percent(x, lang, targets=(report.threshold,))

    def interval(lower: Value, upper: Value) -> str:
        return MISSING if lower is None or upper is None else f"{share(lower)} – {share(upper)}"

    return {
        "lang": lang,
        "word": lambda key, **details: word(key, lang, **details),
        "number": lambda x: number(x, lang),
        "percent": share,
        "range": interval,
        "target": lambda x: target_percent(x, lang),
        "day": lambda x: day(x, lang),
        "rule": partial(findings.rule, lang=lang),
        "verdict": partial(findings.verdict, lang=lang),
    }
