"""A report as DOCX: the text goes into a template whose styles an office may change (decree 30/2020).

A template holds the page, the styles (Normal, Title, Heading 1, Caption, Table Grid, List Bullet) and
the letterhead with its places to fill in; the body is appended in these styles.
"""

import io
import zipfile
from datetime import UTC, datetime, time
from importlib import import_module
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from sipas_survey.documents.drawing import picture
from sipas_survey.documents.report import Block, Chart, Paragraph, Remarks, Report, Table, Tile, Tiles
from sipas_survey.formats import word
from sipas_survey.problems import stop
from sipas_survey.resources import shipped

_OLDEST = (1980, 1, 1, 0, 0, 0)  # the one instant that every entry of the archive bears
_WIDTH = 16.5  # of the text, in centimetres
_SMALL = 9  # points, of tables and notes
_STYLES = ("Normal", "Heading 1", "Caption", "List Bullet", "Table Grid")
_END = "Signature"  # the style of the paragraph before which the body stands
_TIGHT, _LINE = 8.5, 10  # points of letters and lines of a daily report
_FEW_COLUMNS = 8  # a table with more is printed smaller


def shipped_template() -> bytes:
    """The template that reports are made from where an office has none of its own."""
    return shipped("documents/templates/report.docx").read_bytes()


def render_docx(report: Report, template: bytes | None = None) -> bytes:
    """The report as DOCX, in the styles of a template. The same report and template give the same bytes.

    Raises SurveyError EXTRA_MISSING where the packages for documents are not installed, TEMPLATE_WRONG where the
    template is not one of Word, or lacks a style.
    """
    document = _filled_in(report, template or shipped_template())
    body = _Body(document, tight=report.kind == "daily")
    for section in report.sections:
        body.heading(section.heading, fresh=section.fresh)
        for block in section.blocks:
            body.block(block)
    body.note(f"{word('report_digest', report.lang)}: {report.digest}")
    _dated(document.core_properties, report)
    out = io.BytesIO()
    document.save(out)
    return _same_bytes(out.getvalue())


def _filled_in(report: Report, template: bytes) -> Any:
    """The template as a document, with what its letterhead asks for. What it may compute is fenced in."""
    try:
        made = import_module("docxtpl").DocxTemplate(io.BytesIO(template))
    except ImportError as missing:
        raise stop("EXTRA_MISSING", found=missing.name, extra="documents") from missing
    head = report.letterhead
    told = {
        "state": head.state.upper(), "motto": head.motto, "office": head.office.upper(), "number": head.number,
        "place": head.place,
        "kicker": report.kicker.upper(), "title": report.title, "about": report.about, "author": head.signers[0],
        "head": head.signers[1], "sign": head.sign_here,
    }  # fmt: skip
    try:
        made.render(told, jinja_env=SandboxedEnvironment(autoescape=True))
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, TemplateError) as error:
        raise stop("TEMPLATE_WRONG", found=" ".join(str(error).split())[:200]) from error
    missing_styles = [name for name in _STYLES if name not in {style.name for style in made.docx.styles}]
    if missing_styles or not any(p.style.name == _END for p in made.docx.paragraphs):
        raise stop("TEMPLATE_WRONG", found=", ".join(missing_styles or [_END]))
    return made.docx


class _Body:
    """The blocks of a report, put before the place where it is signed."""

    def __init__(self, document: Any, *, tight: bool) -> None:
        self.document, self.docx = document, import_module("docx")
        self.end = next(p for p in document.paragraphs if p.style.name == _END)._p
        self.shared, self.align = import_module("docx.shared"), import_module("docx.enum.text").WD_ALIGN_PARAGRAPH
        self.tight = tight  # all on one page
        if tight:
            cells = (cell for table in document.tables for row in table.rows for cell in row.cells)
            for made in (*document.paragraphs, *(p for cell in cells for p in cell.paragraphs)):
                self.tighten(made)

    def paragraph(self, text: str, style: str = "Normal") -> Any:
        made = self.document.add_paragraph(text, style=style)
        self.end.addprevious(made._p)
        if self.tight:
            self.tighten(made)
        return made

    def tighten(self, made: Any) -> None:
        """Little space, small letters and lines of one height in any font: what must stand on one page."""
        made.paragraph_format.space_before = made.paragraph_format.space_after = self.shared.Pt(0)
        made.paragraph_format.line_spacing = self.shared.Pt(_LINE)
        for run in made.runs:
            run.font.size = self.shared.Pt(_TIGHT)

    def heading(self, text: str, *, fresh: bool) -> None:
        made = self.paragraph(text, "Heading 1")
        made.paragraph_format.page_break_before = fresh
        made.paragraph_format.keep_with_next = True

    def note(self, text: str) -> None:
        for run in self.paragraph(text).runs:
            run.font.size = self.shared.Pt(_TIGHT - 1.5 if self.tight else _SMALL)

    def block(self, block: Block) -> None:
        match block:
            case Table():
                if not block.hidden:
                    self.table(block)
            case Paragraph():
                self.paragraph(block.text)
            case Remarks():
                self.paragraph(block.heading).paragraph_format.keep_with_next = True
                for item in block.items:
                    self.paragraph(item, "List Bullet")
            case Tiles():
                for tile in block.tiles:
                    self.tile(tile)
            case Chart():
                self.chart(block)

    def tile(self, tile: Tile) -> None:
        beside = f" ({tile.beside})" if tile.beside else ""
        made = self.paragraph(f"{tile.heading}: {tile.figure}{beside}")
        made.runs[0].bold = True
        for name, value in tile.rulings:
            self.paragraph(f"{name}: {value}", "List Bullet")
        for sentence in (*tile.sentences, *tile.notes):
            self.paragraph(sentence)

    def chart(self, chart: Chart) -> None:
        made = self.paragraph("")
        made.alignment = self.align.CENTER
        shape = made.add_run().add_picture(io.BytesIO(picture(chart)), width=self.shared.Cm(_WIDTH))
        named = shape._inline.docPr
        named.set("title", chart.title)
        named.set("descr", chart.spoken)
        self.paragraph(chart.title, "Caption")

    def table(self, table: Table) -> None:
        if table.caption:
            self.paragraph(table.caption, "Caption").paragraph_format.keep_with_next = True
        columns = [table.columns[i] for i in table.on_page]
        made = self.document.add_table(rows=1, cols=len(columns), style="Table Grid")
        made.autofit = False
        size = self.shared.Pt(_TIGHT - 1.5 if self.tight else _SMALL if len(columns) <= _FEW_COLUMNS else _SMALL - 1.5)
        whole = sum(column.width for column in columns)
        widths = [self.shared.Cm(_WIDTH * column.width / whole) for column in columns]
        for column, width in zip(made.columns, widths, strict=True):
            column.width = width
        _repeat(made.rows[0])
        rights = [column.right for column in columns]
        self._row(made.rows[0].cells, [c.heading for c in columns], widths, rights, size, bold=True)
        for at, row in enumerate(table.rows):
            texts = [row[i].text for i in table.on_page]
            self._row(made.add_row().cells, texts, widths, rights, size, bold=table.bold(at))
        self.end.addprevious(made._tbl)
        for text in table.notes:
            self.note(text)

    def _row(
        self, cells: Any, texts: list[str], widths: list[Any], rights: list[bool], size: Any, *, bold: bool
    ) -> None:
        for cell, text, width, right in zip(cells, texts, widths, rights, strict=True):
            cell.width = width
            made = cell.paragraphs[0]
            made.paragraph_format.space_after = self.shared.Pt(0)
            if self.tight:
                made.paragraph_format.line_spacing = self.shared.Pt(_LINE - 1.5)
            made.paragraph_format.first_line_indent = self.shared.Pt(0)
            made.alignment = self.align.RIGHT if right else self.align.LEFT
            run = made.add_run(text)
            run.font.size, run.bold = size, bold


def _repeat(row: Any) -> None:
    """Let a heading row stand at the top of every page."""
    properties = row._tr.get_or_add_trPr()
    properties.append(properties.makeelement(import_module("docx.oxml.ns").qn("w:tblHeader"), {}))


def _dated(about: Any, report: Report) -> None:
    """The as-of day as the day of creation: the clock plays no part."""
    day = datetime.combine(report.as_of, time(), UTC)
    about.created = about.modified = day
    about.author, about.last_modified_by, about.title = "sipas", "sipas", f"{report.kicker} – {report.title}"
    about.language, about.revision = report.lang, 1


def _same_bytes(packed: bytes) -> bytes:
    """The archive with the same instant at every entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            made.writestr(zipfile.ZipInfo(name, _OLDEST), source.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
