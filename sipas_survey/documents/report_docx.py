"""A report as DOCX: the text goes into a template whose styles an office may change (decree 30/2020).

A template holds the page, the letterhead, the places to sign and the styles in which the body is put
before these: Normal, Title, Subtitle, Heading 1, Caption, List Bullet, Table Grid, Table Text, Table Heading, Note.
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
from sipas_survey.documents.report_docx_table import table_xml
from sipas_survey.documents.report_layout import TEXT_WIDTH, Fit, chart_width, fit, size_for_a_page
from sipas_survey.formats import word
from sipas_survey.problems import stop
from sipas_survey.resources import shipped

_OLDEST = (1980, 1, 1, 0, 0, 0)  # the one instant that every entry of the archive bears
_SIZES = (10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)  # points, of tables; the first is that of the style
_GAP = 7.0  # points, at the sides of a cell
_WIDE = 1.34  # letters of what stands in for Times New Roman where that is missing, beside its own
_MOST_HIGH = 520.0  # points, of a chart
_STYLES = (
    "Normal", "Title", "Subtitle", "Heading 1", "Caption", "List Bullet", "Table Grid", "Table Text",
    "Table Heading", "Note",
)  # fmt: skip
_END = "Signature"  # the style of the paragraph before which the body stands
_LANGUAGES = {"vi": "vi-VN", "en": "en-GB"}


def shipped_template() -> bytes:
    """The template that reports are made from where an office has none of its own."""
    return shipped("documents/templates/report.docx").read_bytes()


def render_docx(report: Report, template: bytes | None = None) -> bytes:
    """The report as DOCX, in the styles of a template. The same report and template give the same bytes.

    Raises SurveyError EXTRA_MISSING where the packages for documents are not installed, TEMPLATE_WRONG where the
    template is not one of Word, or lacks a style.
    """
    document = _filled_in(report, template or shipped_template())
    body = _Body(document, size_for_a_page(report, wide=_WIDE) if report.kind == "daily" else None)
    for section in report.sections:
        body.last = section is report.sections[-1]
        body.heading(section.heading, fresh=section.fresh)
        for block in section.blocks:
            body.block(block)
    body.paragraph(f"{word('report_digest', report.lang)}: {report.digest}", "Note")
    body.sign.paragraph_format.keep_with_next = True
    _dated(document, report)
    out = io.BytesIO()
    document.save(out)
    return _same_bytes(out.getvalue())


def _filled_in(report: Report, template: bytes) -> Any:
    """The template as a document, with what its places ask for. What it may compute is fenced in."""
    try:
        made = import_module("docxtpl").DocxTemplate(io.BytesIO(template))
    except ImportError as missing:
        raise stop("EXTRA_MISSING", found=missing.name, extra="documents") from missing
    try:
        made.render(_places(report), jinja_env=SandboxedEnvironment(autoescape=True))
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, TemplateError) as error:
        raise stop("TEMPLATE_WRONG", found=" ".join(str(error).split())[:200]) from error
    known = {style.name for style in made.docx.styles}
    lacking = [name for name in _STYLES if name not in known]
    if lacking or not any(p.style.name == _END for p in made.docx.paragraphs):
        raise stop("TEMPLATE_WRONG", found=", ".join(lacking or [_END]))
    return made.docx


def _places(report: Report) -> dict[str, str]:
    """What stands in the places of the template."""
    head = report.letterhead
    return {
        "state": head.state, "motto": head.motto, "superior": head.superior, "office": head.office,
        "number": head.number, "place": head.place, "kicker": report.kicker, "title": report.title,
        "about": report.about, "author": head.signers[0], "head": head.signers[1], "sign": head.sign_here,
        "to": head.recipients[0], "named": head.recipients[1], "file": head.recipients[2],
    }  # fmt: skip


class _Body:
    """The blocks of a report, put before the place where it is signed; `size` of all letters where given."""

    def __init__(self, document: Any, size: float | None) -> None:
        self.document, self.size = document, size
        self.points, self.align = import_module("docx.shared").Pt, import_module("docx.enum.text").WD_ALIGN_PARAGRAPH
        self.sign = next(p for p in document.paragraphs if p.style.name == _END)
        self.end = self.sign._p
        self.last = False  # in the section that stays with the places to sign: these never stand on a page alone
        if size is not None:
            for made in (self.sign, *(p for p in document.paragraphs if p.style.name == "Title")):
                made.paragraph_format.space_before = self.points(2)
            self.sign.paragraph_format.line_spacing = self.points(2)

    def paragraph(self, text: str, style: str = "Normal", *, bold: bool | None = None) -> Any:
        made = self.document.add_paragraph(text, style=style)
        self.end.addprevious(made._p)
        made.paragraph_format.keep_with_next = self.last or None
        return self.tightened(made, bold=bold)

    def tightened(self, made: Any, *, bold: bool | None = None) -> Any:
        """A paragraph, of a page that must hold everything: with little space and small letters."""
        for run in made.runs:
            run.bold = bold
            if self.size is not None:
                run.font.size = self.points(self.size)
        if self.size is not None:
            made.paragraph_format.space_before = made.paragraph_format.space_after = self.points(0)
        return made

    def heading(self, text: str, *, fresh: bool) -> None:
        made = self.paragraph(text, "Heading 1")
        made.paragraph_format.page_break_before = fresh
        made.paragraph_format.keep_with_next = True
        if self.size is not None:
            made.paragraph_format.space_before = self.points(3)

    def block(self, block: Block) -> None:
        match block:
            case Table():
                if not block.hidden:
                    self.table(block)
            case Paragraph():
                self.paragraph(block.text)
            case Remarks():
                self.paragraph(block.heading, bold=True).paragraph_format.keep_with_next = True
                for item in block.items:
                    self.paragraph(item, "List Bullet")
            case Tiles():
                self.tiles(block)
            case Chart():
                self.chart(block)

    def tiles(self, block: Tiles) -> None:
        """The numbers of the headline side by side, in the cells of a table."""
        made = self.document.add_table(rows=1, cols=len(block.tiles), style="Table Grid")
        made.autofit = False
        for column, cell, tile in zip(made.columns, made.rows[0].cells, block.tiles, strict=True):
            column.width = cell.width = self.points(TEXT_WIDTH / len(block.tiles))
            self.tile(cell, tile)
        self.end.addprevious(made._tbl)
        self.paragraph("", "Note")

    def tile(self, cell: Any, tile: Tile) -> None:
        first = cell.paragraphs[0]
        first.style = "Table Heading"
        first.add_run(tile.heading)
        self.tightened(first)
        figure = cell.add_paragraph(style="Table Text")
        number, beside = figure.add_run(tile.figure), figure.add_run(f" {tile.beside}" if tile.beside else "")
        number.bold, number.font.size = True, self.points(16 if self.size is None else 1.6 * self.size)
        if self.size is not None:
            beside.font.size = self.points(self.size)
        for name, value in tile.rulings:
            made = cell.add_paragraph(f"{name}: ", style="Table Text")
            made.add_run(value)
            self.tightened(made).runs[1].bold = True
        for text in (*tile.sentences, *tile.notes):
            self.tightened(cell.add_paragraph(text, style="Table Text"))

    def chart(self, chart: Chart) -> None:
        made = self.paragraph("")
        made.alignment = self.align.CENTER
        made.paragraph_format.keep_with_next = True
        width = self.points(chart_width(chart, most_high=_MOST_HIGH))
        shape = made.add_run().add_picture(io.BytesIO(picture(chart)), width=width)
        named = shape._inline.docPr
        named.set("title", chart.title)
        named.set("descr", chart.spoken)
        self.paragraph(chart.title, "Caption").alignment = self.align.CENTER

    def table(self, table: Table) -> None:
        if table.caption:
            self.paragraph(table.caption, "Caption").paragraph_format.keep_with_next = self.last or bool(table.records)
        if table.records:
            fitted = self.fitted(table)
            size = None if fitted.size == _SIZES[0] else fitted.size
            self.end.addprevious(table_xml(table, fitted, size=size, followed=self.last))
        for text in table.notes:
            self.paragraph(text, "Note")

    def fitted(self, table: Table) -> Fit:
        sizes = _SIZES if self.size is None else [size for size in _SIZES if size <= self.size] or _SIZES[-1:]
        return fit(table, sizes, gap=_GAP, wide=_WIDE)


def _dated(document: Any, report: Report) -> None:
    """The as-of day as the day of creation: the clock plays no part. The language is that of the report."""
    about, day = document.core_properties, datetime.combine(report.as_of, time(), UTC)
    about.created = about.modified = day
    about.author, about.last_modified_by, about.title = "sipas", "sipas", f"{report.kicker} – {report.title}"
    about.language, about.revision = _LANGUAGES[report.lang], 1
    qualified = import_module("docx.oxml.ns").qn
    for language in document.styles.element.iter(qualified("w:lang")):
        language.set(qualified("w:val"), _LANGUAGES[report.lang])


def _same_bytes(packed: bytes) -> bytes:
    """The archive with the same instant at every entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            made.writestr(zipfile.ZipInfo(name, _OLDEST), source.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
