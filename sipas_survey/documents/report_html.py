"""A report as one self-contained HTML page: no outside address, no script, good on a phone and on paper."""

import re

from markupsafe import Markup

from sipas_survey.documents.pages import html_templates
from sipas_survey.documents.report import Block, Chart, Report
from sipas_survey.formats import word

_DIGEST = re.compile(r"[0-9a-f-]{32,}")
_MAIN_FIGURES = ("percent", "share")


def render_html(report: Report) -> str:
    """The report as the text of an HTML page. The same report gives the same text."""
    return (
        html_templates()
        .get_template("report.html")
        .render(
            report=report,
            kind_of=_kind,
            drawing=_drawing,
            is_digest=is_digest,
            main_figures=_MAIN_FIGURES,
            no_data=word("report_no_data", report.lang),
            digest_name=word("report_digest", report.lang),
        )
    )


def is_digest(text: str) -> bool:
    """Whether a text is a digest or an id, to be printed in letters of one width."""
    return _DIGEST.fullmatch(text) is not None


def _kind(block: Block) -> str:
    return type(block).__name__


def _drawing(chart: Chart) -> Markup:
    """A chart's own mark-up; its text was escaped where it was made."""
    return Markup(chart.svg)  # noqa: S704
