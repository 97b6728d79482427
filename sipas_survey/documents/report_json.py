"""A report as JSON: every table with its numbers in full precision and as they are printed."""

import json
from typing import Any

from sipas_survey.documents.report import Block, Chart, Paragraph, Remarks, Report, Table, Tiles, plain


def render_json(report: Report) -> str:
    """The report as JSON text; shares are numbers in [0, 1], pairs are lists. The same report gives the same text."""
    told = {
        "kind": report.kind,
        "lang": report.lang,
        "title": report.kicker,
        "survey": report.title,
        "about": report.about,
        "as_of": report.as_of.isoformat(),
        "filters": report.filters,
        "digest": report.digest,
        "sections": [
            {"key": each.key, "heading": each.heading, "blocks": [_block(b) for b in each.blocks if not _drawn(b)]}
            for each in report.sections
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _drawn(block: Block) -> bool:
    """A chart has no number that a table beside it has not."""
    return isinstance(block, Chart)


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Table():
            return _table(block)
        case Paragraph():
            return {"type": "paragraph", "text": block.text}
        case Remarks():
            return {"type": "remarks", "heading": block.heading, "items": list(block.items)}
        case Tiles():
            return {"type": "headline", "tiles": [_tile(tile) for tile in block.tiles]}
    raise TypeError(type(block))


def _tile(tile: Any) -> dict[str, Any]:
    return {
        "heading": tile.heading,
        "figure": tile.figure,
        "beside": tile.beside,
        "rulings": [list(ruling) for ruling in tile.rulings],
        "sentences": [*tile.sentences, *tile.notes],
    }


def _table(table: Table) -> dict[str, Any]:
    """A table: what its columns are, its records by column, their total apart, and the printed texts."""
    keys = [column.key for column in table.columns]
    records = [dict(zip(keys, (plain(cell.value) for cell in row), strict=True)) for row in table.rows]
    return {
        "type": "table",
        "key": table.key,
        "name": table.name,
        "caption": table.caption,
        "columns": [{"key": c.key, "heading": c.heading, "kind": c.kind} for c in table.columns],
        "rows": records[: table.records],
        "total": records[-1] if table.total else None,
        "printed": [[cell.text for cell in row] for row in table.rows],
        "notes": list(table.notes),
    }
