"""The report as one self-contained HTML page: no outside address, no script, good on a phone and on paper."""

from datetime import date, datetime
from functools import partial
from typing import Any

from markupsafe import Markup

from sipas_survey.documents import appendices, charts, findings
from sipas_survey.documents.pages import html_templates
from sipas_survey.documents.report import FIVE_NUMBERS, Fact, Report, Value
from sipas_survey.formats import MISSING, Lang, Share, day, moment, number, percent, target_percent, word
from sipas_survey.tracking.progress import RETURN_TARGET, Counts

RETURN_COUNTS = (
    "quota", "printed", "handed_out", "withdrawn", "issued", "returned", "valid", "outstanding", "lost",
)  # fmt: skip
DIGESTS = ("survey_id", "seed", "frame_digest", "list_digest", "ledger_head")


def render_html(report: Report, *, lang: Lang) -> str:
    """The report as the text of an HTML page in a language. The same report gives the same text.

    Raises `SurveyError` (EXTRA_MISSING) where there is something to draw and the drawing packages are not installed.
    """
    return (
        html_templates()
        .get_template("report.html")
        .render(**_words_and_numbers(report, lang), **_content(report, lang))
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
        "place": lambda code: findings.place(report, code, lang),
        "return_ruling": partial(findings.return_target, lang=lang),
    }


def _content(report: Report, lang: Lang) -> dict[str, Any]:
    """What the template says, in the order of the page."""
    judged = report.judged
    return {
        "report": report,
        "counts": report.counts,
        "judged": judged,
        "check_label": judged.label(lang) if judged else report.check,
        "return_target": RETURN_TARGET,
        "findings": {
            "returned": findings.returned(report, lang),
            "withdrawn": findings.withdrawn(report, lang),
            "judged": findings.judged(report, lang),
            "remarks": findings.remarks(report, lang),
            "rules": findings.rules(report, lang),
        },
        "five_numbers": FIVE_NUMBERS,
        "return_counts": RETURN_COUNTS,
        "return_keys": [f"count_{name}" for name in (*RETURN_COUNTS, "return_rate", "rr1", "target_met")],
        "returns": _returns(report, lang),
        "charts": _charts(report, lang),
        "appendices": _appendices(report, lang),
        "facts": [(key, _fact(value, report, lang)) for key, value in report.facts],
        "digests": DIGESTS,
    }


def _returns(report: Report, lang: Lang) -> list[tuple[str, Counts]]:
    """The counts of every place by its name, those of the whole survey last."""
    rows = [(findings.place(report, row.key[-1], lang), row.counts) for row in report.returns.rows]
    return [*rows, (word("report_all", lang), report.counts)]


def _appendices(report: Report, lang: Lang) -> tuple[appendices.AppendixTable, ...]:
    """The appendices of the plan as tables."""
    if report.appendices is None:
        return ()
    return appendices.tables(report.appendices, lang, round_name=report.round, threshold=report.threshold)


def _charts(report: Report, lang: Lang) -> dict[str, Markup | None]:
    """The charts that have something to show; their text was escaped where they were made."""
    results = any(row.value is not None for row in report.results)
    return {
        "days": Markup(charts.return_chart(report.days, lang=lang)) if report.days.rows else None,  # noqa: S704
        "results": Markup(charts.dimension_chart(report.results, report.threshold, lang=lang)) if results else None,  # noqa: S704
    }


def _fact(value: Fact, report: Report, lang: Lang) -> str:
    match value:
        case None:
            return MISSING
        case datetime():
            return moment(value, lang, report.timezone)
        case date():
            return day(value, lang)
        case int():
            return number(value, lang)
    return value
