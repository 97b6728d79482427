"""Write the template of reports as DOCX anew, to be restyled at will: `python docs/report_template.py`."""

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Cm, Pt, RGBColor

FILE = Path(__file__).resolve().parents[1] / "sipas_survey/documents/templates/report.docx"
FONT = "Times New Roman"


def main() -> None:
    """Page and styles after decree 30/2020, a letterhead, the places for the title and for signatures."""
    document = Document()
    _page(document)
    _styles(document)
    table = document.add_table(rows=2, cols=2)
    for cell, text, bold in (
        (table.cell(0, 0), "{{ office }}", True), (table.cell(0, 1), "{{ state }}\n{{ motto }}", True),
        (table.cell(1, 0), "{{ number }}", False), (table.cell(1, 1), "{{ place }}", False),
    ):  # fmt: skip
        made = cell.paragraphs[0]
        made.alignment = WD_ALIGN_PARAGRAPH.CENTER
        made.add_run(text).bold = bold
    document.add_paragraph("{{ kicker }}", style="Subtitle")
    document.add_paragraph("{{ title }}", style="Title")
    document.add_paragraph("{{ about }}", style="Subtitle")
    made = document.add_paragraph("", style="Signature")
    made.paragraph_format.space_before = Pt(18)
    signed = document.add_table(rows=1, cols=2)
    for cell, name in zip(signed.rows[0].cells, ("{{ author }}", "{{ head }}"), strict=True):
        made = cell.paragraphs[0]
        made.alignment = WD_ALIGN_PARAGRAPH.CENTER
        made.add_run(name).bold = True
        below = cell.add_paragraph("{{ sign }}")
        below.alignment = WD_ALIGN_PARAGRAPH.CENTER
        below.runs[0].italic = True
    document.save(str(FILE))


def _page(document: Any) -> None:
    """A4; 20, 20, 30 and 15 mm; the number of the page in the middle of the top margin, from the second page on."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin = section.bottom_margin = Cm(2)
    section.left_margin, section.right_margin = Cm(3), Cm(1.5)
    section.header_distance = Cm(1)
    section.different_first_page_header_footer = True
    made = section.header.paragraphs[0]
    made.alignment = WD_ALIGN_PARAGRAPH.CENTER
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
    if "Signature" not in [style.name for style in styles]:
        styles.add_style("Signature", WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Normal"]
    looks = {
        "Normal": (13, False), "Title": (16, True), "Subtitle": (13, False), "Heading 1": (14, True),
        "Caption": (11, False), "List Bullet": (13, False), "Signature": (13, False),
    }  # fmt: skip
    for name, (size, bold) in looks.items():
        style = styles[name]
        style.font.name, style.font.size, style.font.bold = FONT, Pt(size), bold
        style.font.italic, style.font.color.rgb = name == "Caption", RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for kind in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{kind}"), FONT)
        style.paragraph_format.space_after = Pt(6)
    for name in ("Title", "Subtitle"):
        styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER


if __name__ == "__main__":
    main()
