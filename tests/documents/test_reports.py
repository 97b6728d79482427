"""One report in five kinds of file: the same numbers, the same bytes, whatever the language."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pypdfium2
import pytest

from sipas_survey.documents.campaign import Campaign
from sipas_survey.documents.chapters import compose
from sipas_survey.documents.report import KINDS, Kind, Report, Table
from sipas_survey.documents.report_docx import render_docx, shipped_template
from sipas_survey.documents.report_html import render_html
from sipas_survey.documents.report_json import render_json
from sipas_survey.documents.report_pdf import render_pdf
from sipas_survey.documents.report_xlsx import write_xlsx
from sipas_survey.formats import LANGUAGES, Lang
from sipas_survey.problems import SurveyError
from tests.documents.test_report_html import Page


def squeezed(text: str) -> str:
    """Without the blanks at which renderers break lines."""
    return re.sub(r"\s+", "", text)


def figures(report: Report) -> set[str]:
    """Every printed text of every table that stands on a page."""
    shown = [table for table in report.tables if not table.hidden]
    return {squeezed(row[i].text) for table in shown for row in table.rows for i in table.on_page} - {""}


@pytest.fixture(scope="module", params=[(kind, lang) for kind in KINDS for lang in LANGUAGES], ids="-".join)
def made(request: pytest.FixtureRequest, report: Campaign) -> Report:
    """Each kind in each language."""
    kind, lang = request.param
    return compose(report, kind, lang)


def of_pdf(packed: bytes) -> str:
    pdfium = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument(packed)
    return "".join(page.get_textpage().get_text_range() for page in document)


def of_docx(packed: bytes) -> str:
    docx = pytest.importorskip("docx")
    document = docx.Document(io.BytesIO(packed))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return " ".join([*(p.text for p in document.paragraphs), *cells])


def test_every_file_holds_the_same_figures(made: Report, tmp_path: Path) -> None:
    """What the value says in print is read back from HTML, PDF and DOCX; its numbers from JSON and XLSX."""
    wanted = figures(made)
    assert len(wanted) > 25
    for text in (" ".join(Page(render_html(made)).words), of_pdf(render_pdf(made)), of_docx(render_docx(made))):
        found = squeezed(text)
        assert [figure for figure in wanted if figure not in found] == []
    told = json.loads(render_json(made))
    assert told["digest"] == made.digest
    printed = {squeezed(x) for s in told["sections"] for b in s["blocks"] for r in b.get("printed", ()) for x in r}
    assert wanted <= printed
    write_xlsx(made, tmp_path / "r.xlsx")
    book: Any = openpyxl.load_workbook(tmp_path / "r.xlsx")
    for table in made.tables:
        cells = {c.value for row in book[table.name].iter_rows() for c in row}
        assert shares(table) <= {round(value, 12) for value in cells if isinstance(value, int | float)}


def shares(table: Table) -> set[float]:
    """The shares of a table as numbers."""
    kept = [i for i, column in enumerate(table.columns) if column.kind == "share"]
    return {round(float(row[i].value), 12) for row in table.rows for i in kept if isinstance(row[i].value, float | int)}


def test_same_value_same_bytes(report: Campaign, tmp_path: Path) -> None:
    """Composed and written twice, each kind of file is the same."""
    one, two = (compose(report, "final", "vi") for _ in range(2))
    assert one == two
    for render in (render_html, render_json, render_docx, render_pdf):
        assert render(one) == render(two)


def test_the_digest_of_the_numbers_is_that_of_every_language(report: Campaign) -> None:
    """Vietnamese and English print other texts of the same numbers; another number is another digest."""
    digests = {compose(report, "final", lang, drawn=False).digest for lang in LANGUAGES}
    assert len(digests) == 1
    kinds: list[Kind] = ["daily", "weekly"]
    assert len(digests | {compose(report, kind, "vi", drawn=False).digest for kind in kinds}) == 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_daily_report_is_one_page(report: Campaign, lang: Lang) -> None:
    """Headline, districts, communes, what is to be done and the ledger's head on one sheet, with places to sign."""
    pdfium = pytest.importorskip("pypdfium2")
    packed = render_pdf(compose(report, "daily", lang))
    assert len(pdfium.PdfDocument(packed)) == 1
    assert squeezed(report.provenance.ledger_head) in squeezed(of_pdf(packed))


def test_a_survey_after_the_draw_has_every_report(empty_report: Campaign) -> None:
    """Nothing is out, nothing is back: every kind can be written, and says that there is no data."""
    for kind in KINDS:
        made = compose(empty_report, kind, "en")
        assert render_pdf(made).startswith(b"%PDF")
        assert "no data" in of_docx(render_docx(made)).lower()


def test_office_program_opens_the_text(report: Campaign, tmp_path: Path, soffice: Callable[..., list[Path]]) -> None:
    """LibreOffice makes a PDF of the DOCX in each language, with the title in it; a daily report stays one page."""
    files = []
    for lang, kind in (("vi", "weekly"), ("en", "final"), ("vi", "daily")):
        files.append(tmp_path / f"{kind}.docx")
        files[-1].write_bytes(render_docx(compose(report, kind, lang)))
    pages = {pdf.stem: pdf.read_bytes() for pdf in soffice(*files)}
    assert all("SIPAS" in of_pdf(packed) for packed in pages.values())
    assert len(pypdfium2.PdfDocument(pages["daily"])) == 1


def restyled(change: Callable[[Any], None]) -> bytes:
    """The template as an office might leave it."""
    document = docx.Document(io.BytesIO(shipped_template()))
    change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_template_of_the_house(report: Campaign) -> None:
    """Its font and its own words are in the report; the figures are the same."""
    made = compose(report, "daily", "vi")

    def change(document: Any) -> None:
        document.styles["Normal"].font.name = "Courier New"
        document.paragraphs[0].insert_paragraph_before("Trung tâm Khảo sát {{ office }}")

    packed = render_docx(made, restyled(change))
    assert "Trung tâm Khảo sát Sở Nội vụ" in of_docx(packed)
    assert docx.Document(io.BytesIO(packed)).styles["Normal"].font.name == "Courier New"
    assert figures(made) <= {squeezed(c.text) for t in docx.Document(io.BytesIO(packed)).tables for c in t._cells}


@pytest.mark.parametrize("wrong", ["style", "end", "broken", "reaching"])
def test_template_that_cannot_be_used(report: Campaign, wrong: str) -> None:
    """Told with what it lacks; what a template computes does not reach the program."""

    def change(document: Any) -> None:
        if wrong == "style":
            document.styles.element.remove(document.styles["Caption"].element)
        elif wrong == "end":
            for each in document.paragraphs:
                if each.style.name == "Signature":
                    each._p.getparent().remove(each._p)
        elif wrong == "reaching":
            document.paragraphs[0].insert_paragraph_before("{{ office.__class__.__mro__ }}")

    template = b"no archive" if wrong == "broken" else restyled(change)
    with pytest.raises(SurveyError) as told:
        render_docx(compose(report, "daily", "vi"), template)
    (only,) = told.value.problems
    assert only.kind == "TEMPLATE_WRONG"
    assert {"style": "Caption", "end": "Signature"}.get(wrong, "") in str(only.found)
