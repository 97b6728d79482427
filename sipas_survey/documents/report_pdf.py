"""A report as PDF in the layout of official papers (decree 30/2020): tagged, archival, its fonts inside."""

from dataclasses import asdict
from datetime import UTC, datetime, time
from typing import Any

from sipas_survey.documents.pages import pdf
from sipas_survey.documents.report import Block, Chart, Paragraph, Remarks, Report, Table, Tiles
from sipas_survey.documents.report_html import is_digest
from sipas_survey.formats import word

_BOLD = ("percent", "share")
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
            {"heading": each.heading, "fresh": each.fresh, "blocks": [_block(b) for b in each.blocks if _shown(b)]}
            for each in report.sections
        ],
    }
    created = datetime.combine(report.as_of, time(), UTC)
    return pdf("report.typ", content, created=created, standard=_STANDARD)


def _shown(block: Block) -> bool:
    return not (isinstance(block, Table) and block.hidden)


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Table():
            return _table(block)
        case Tiles():
            return {"type": "tiles", "tiles": [asdict(tile) for tile in block.tiles]}
        case Remarks():
            return {"type": "remarks", "heading": block.heading, "items": list(block.items)}
        case Paragraph():
            return {"type": "paragraph", "text": block.text}
        case Chart():
            return {"type": "chart", "title": block.title, "spoken": block.spoken, "svg": block.svg}


def _table(table: Table) -> dict[str, Any]:
    columns = [table.columns[i] for i in table.on_page]
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
        "columns": [{"heading": c.heading, "right": c.right, "width": c.width} for c in columns],
        "rows": rows,
        "strong": [i for i in range(len(table.rows)) if table.bold(i)],
        "notes": list(table.notes),
    }
