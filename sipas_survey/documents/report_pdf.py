"""A report as PDF in the layout of official papers (decree 30/2020): tagged, archival, its fonts inside."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, time
from typing import Any

from sipas_survey.documents.pages import pdf
from sipas_survey.documents.report import Block, Chart, Kind, Paragraph, Remarks, Report, Table, Tiles
from sipas_survey.documents.report_html import is_digest
from sipas_survey.documents.report_layout import chart_width, fit
from sipas_survey.formats import word

_BOLD = ("percent", "share")
_SIZES, _DAILY_SIZES = (10, 9.5, 9, 8.5, 8, 7.5, 7), (9.5, 9, 8.5, 8, 7.5, 7)  # points, of tables
_GAP = 7.0  # points, at the sides of a cell
_MOST_HIGH = 600.0  # points, of a chart
_TOGETHER = 16  # rows of a table that is not parted between pages
_STANDARD = "a-2a"  # archival, and tagged so that it can be read aloud


def render_pdf(report: Report) -> bytes:
    """The report as PDF. The same report gives the same bytes.

    Raises SurveyError EXTRA_MISSING without Typst, PAPER_SIGN_MISSING where no font has a sign of the text.
    """
    content = {
        "kind": report.kind,
        "lang": report.lang,
        "kicker": report.kicker,
        "title": report.title,
        "about": report.about,
        "letterhead": asdict(report.letterhead),
        "digest_name": word("report_digest", report.lang),
        "digest": report.digest,
        "sections": [
            {
                "heading": each.heading,
                "fresh": each.fresh,
                "blocks": [_block(b, report.kind) for b in each.blocks if _shown(b)],
            }
            for each in report.sections
        ],
    }
    created = datetime.combine(report.as_of, time(), UTC)
    return pdf("report.typ", content, created=created, standard=_STANDARD)


def _shown(block: Block) -> bool:
    return not (isinstance(block, Table) and block.hidden)


def _block(block: Block, kind: Kind) -> dict[str, Any]:
    match block:
        case Table() if not block.records:
            return {"type": "paragraph", "text": block.caption}
        case Table():
            return _table(block, _DAILY_SIZES if kind == "daily" else _SIZES)
        case Tiles():
            return {"type": "tiles", "tiles": [asdict(tile) for tile in block.tiles]}
        case Remarks():
            return {"type": "remarks", "heading": block.heading, "items": list(block.items)}
        case Paragraph():
            return {"type": "paragraph", "text": block.text}
        case Chart():
            width = chart_width(block, most_high=_MOST_HIGH)
            return {"type": "chart", "title": block.title, "spoken": block.spoken, "svg": block.svg, "width": width}


def _table(table: Table, sizes: Sequence[float]) -> dict[str, Any]:
    columns = [table.columns[i] for i in table.on_page]
    fitted = fit(table, sizes, gap=_GAP)
    rows = [
        [
            {
                "text": row[i].text,
                "mono": is_digest(row[i].text),
                "bold": table.bold(at) or table.columns[i].key in _BOLD,
            }
            for i in table.on_page
        ]
        for at, row in enumerate(table.rows)
    ]
    return {
        "type": "table",
        "caption": table.caption,
        "size": fitted.size,
        "whole": len(table.rows) <= _TOGETHER,
        "columns": [
            {"heading": c.heading, "right": c.right, "width": width}
            for c, width in zip(columns, fitted.widths, strict=True)
        ],
        "rows": rows,
        "strong": [i for i in range(len(table.rows)) if table.bold(i)],
        "notes": list(table.notes),
    }
