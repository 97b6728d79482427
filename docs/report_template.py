"""Write the template of reports as DOCX anew, to be restyled at will: `python docs/report_template.py`."""

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import OxmlElement
from docx.shared import Cm, Pt, RGBColor

FILE = Path(__file__).resolve().parents[1] / "sipas_survey/documents/templates/report.docx"
FONT = "Times New Roman"
LEFT, CENTRE = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER
# style: size in points, bold, italic, alignment, space before and after in points
STYLES = {
    "Normal": (13, False, False, LEFT, 0, 6),
    "Title": (14, True, False, CENTRE, 12, 0),
    "Subtitle": (13, True, False, CENTRE, 0, 0),
    "Heading 1": (13, True, False, LEFT, 12, 4),
    "Caption": (10, False, True, LEFT, 0, 4),
    "List Bullet": (13, False, False, LEFT, 0, 3),
    "Table Text": (10, False, False, LEFT, 0, 0),
    "Table Heading": (10, True, False, LEFT, 0, 0),
    "Note": (9, False, False, LEFT, 2, 4),
    "Signature": (13, False, False, LEFT, 12, 0),
}


def main() -> None:
    """Page and styles after decree 30/2020, a letterhead, the places for the title and for signatures."""
    document = Document()
    _page(document)
    _styles(document)
    _letterhead(document)
    title = document.add_paragraph("{{ kicker }}", style="Title")
    title.runs[0].font.all_caps = True
    document.add_paragraph("{{ title }}", style="Subtitle")
    about = document.add_paragraph("{{ about }}", style="Subtitle").runs[0]
    about.italic, about.bold = True, False
    document.add_paragraph("", style="Signature")
    _signatures(document)
    document.save(str(FILE))


# ---------------------------------------------------------------- what stands around
def _letterhead(document: Any) -> None:
    """The office under its superior to the left, state and motto to the right, lines under both."""
    table = _grid(document, (7.6, 8.9))
    office, state = table.rows[0].cells
    _line(office.paragraphs[0], "{{ superior }}", size=12, caps=True)
    _line(office.add_paragraph(), "{{ office }}", size=12, bold=True, caps=True)
    _rule(office.add_paragraph(), aside=2.4)
    _line(state.paragraphs[0], "{{ state }}", size=12, bold=True, caps=True)
    _line(state.add_paragraph(), "{{ motto }}", size=13, bold=True)
    _rule(state.add_paragraph(), aside=1.9)
    _line(office.add_paragraph(), "{{ number }}", size=13)
    _line(state.add_paragraph(), "{{ place }}", size=13, italic=True)


def _signatures(document: Any) -> None:
    """Who gets it, and two places to sign."""
    table = _grid(document, (4.5, 6.0, 6.0))
    to, author, head = table.rows[0].cells
    _line(to.paragraphs[0], "{{ to }}", size=12, bold=True, italic=True, align=LEFT)
    for name in ("named", "file"):
        _line(to.add_paragraph(), f"{{{{ {name} }}}}", size=11, align=LEFT)
    for cell, name in ((author, "author"), (head, "head")):
        _line(cell.paragraphs[0], f"{{{{ {name} }}}}", size=12, bold=True, caps=True)
        _line(cell.add_paragraph(), "{{ sign }}", size=12, italic=True)
    _line(document.add_paragraph(), "", size=1)


def _grid(document: Any, widths: tuple[float, ...]) -> Any:
    table = document.add_table(rows=1, cols=len(widths))
    table.autofit = False
    for column, cell, width in zip(table.columns, table.rows[0].cells, widths, strict=True):
        column.width = cell.width = Cm(width)
    return table


def _line(
    paragraph: Any, text: str, *, size: float, bold: bool = False, italic: bool = False, caps: bool = False,
    align: Any = CENTRE,
) -> None:  # fmt: skip
    paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size, run.font.all_caps = bold, italic, Pt(size), caps


def _rule(paragraph: Any, *, aside: float) -> None:
    """A line as wide as the cell without so many centimetres at each side."""
    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = Cm(aside)
    layout.space_after, layout.line_spacing = Pt(4), Pt(3)
    line = f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:pBdr>'
    paragraph._p.get_or_add_pPr().insert_element_before(parse_xml(line), "w:spacing", "w:ind", "w:jc")


# ---------------------------------------------------------------- page and styles
def _page(document: Any) -> None:
    """A4; 20, 20, 30 and 15 mm; the number of the page in the middle of the top margin, from the second page on."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin = section.bottom_margin = Cm(2)
    section.left_margin, section.right_margin = Cm(3), Cm(1.5)
    section.header_distance, section.footer_distance = Cm(1), Cm(1)
    section.different_first_page_header_footer = True
    made = section.header.paragraphs[0]
    made.alignment = CENTRE
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = made.add_run()
        part = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            part.text = text
        else:
            part.set(qn("w:fldCharType"), kind)
        run._r.append(part)


def _styles(document: Any) -> None:
    styles = document.styles
    for name, (size, bold, italic, align, before, after) in STYLES.items():
        if name not in [style.name for style in styles]:
            styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Normal"]
        style = styles[name]
        properties = style.element.get_or_add_rPr()
        for drawn in (*properties.findall(qn("w:spacing")), *properties.findall(qn("w:kern"))):
            properties.remove(drawn)
        style.font.name, style.font.size, style.font.bold, style.font.italic = FONT, Pt(size), bold, italic
        style.font.color.rgb = RGBColor(0, 0, 0)
        _font(properties.get_or_add_rFonts())
        layout = style.paragraph_format
        layout.alignment, layout.space_before, layout.space_after = align, Pt(before), Pt(after)
        layout.line_spacing = 1.0
        for border in style.element.get_or_add_pPr().findall(qn("w:pBdr")):
            border.getparent().remove(border)
    margins = '<w:tblCellMar %s><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
    grid = styles["Table Grid"].element.find(qn("w:tblPr"))
    for old in grid.findall(qn("w:tblCellMar")):
        grid.remove(old)
    grid.append(parse_xml(margins % nsdecls("w")))


def _font(fonts: Any) -> None:
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for kind in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{kind}"), FONT)


if __name__ == "__main__":
    main()
