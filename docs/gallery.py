"""Make the pictures of every paper from the demonstration: `python docs/gallery.py` writes docs/gallery/*.png."""

import contextlib
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

from sipas_survey.cli.app import run

FOLDER = Path(__file__).parent / "gallery"
WIDTH, SHADES = 620, 12  # the width of an upright page


@dataclass(frozen=True)
class Paper:
    """A picture: which page of which file of the demonstration it shows, and what it is, in words."""

    name: str
    files: str
    page: int
    title: str


PAPERS = (
    Paper("cover", "forms/132-*-main-*.pdf", 3, "The cover: name, address, code, and a part for the post office"),
    Paper("form-1", "forms/132-*-main-*.pdf", 5, "The form, first page: a code and no name"),
    Paper("form-2", "forms/132-*-main-*.pdf", 6, "The form, second page"),
    Paper("form-both", "both/132-*-reserve-*.pdf", 5, "The form in both languages (`--paper both`)"),
    Paper("slip", "forms/132-*-reserve-*.pdf", 1, "The slip of a sealed batch of reserves"),
    Paper("receipt", "sheets/132-*.pdf", 1, "The receipt between post office and post worker"),
    Paper("sheet", "sheets/132-*.pdf", 2, "A hand-over sheet, one for each worker and commune"),
    Paper("overdue", "overdue/136-*.pdf", 1, "Forms still out, by route and age"),
    Paper("labels", "labels/132-*-labels.pdf", 1, "Labels, 3 × 8 on A4"),
    Paper("protocol", "protocol.pdf", 1, "The protocol of the draw"),
    Paper("daily", "reports/daily-vi.pdf", 1, "The daily report: one page"),
    Paper("daily-en", "reports/daily-en.pdf", 1, "The daily report in English"),
    Paper("weekly", "reports/weekly-vi.pdf", 1, "The weekly report, first page: the line to 100%"),
    Paper("final-1", "reports/final-vi.pdf", 1, "The final report, first page: both targets"),
    Paper("final-places", "reports/final-vi.pdf", 3, "The final report: districts and their communes"),
    Paper("final-workers", "reports/final-vi.pdf", 5, "The final report: workers in a funnel"),
    Paper("final-results", "reports/final-vi.pdf", 7, "The final report: dimensions with intervals against 85%"),
    Paper("final-results-en", "reports/final-en.pdf", 7, "The same page in English"),
)


def make(folder: Path) -> None:
    """Write every picture into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        papers = Path(made)
        _papers(papers)
        for paper in PAPERS:
            (file, *_) = sorted(papers.glob(paper.files))
            _picture(file, paper.page).save(folder / f"{paper.name}.png", optimize=True)


def _papers(folder: Path) -> None:
    """The papers of the demonstration; its forms were printed in December 2023, so they are made again."""
    survey = folder / "demo"
    _sipas("demo", survey)
    _sipas("-C", survey, "forms", "print", folder / "forms", "--reprint", "--district", "132")
    _sipas("-C", survey, "forms", "sheets", folder / "sheets", "--all", "--on", "2023-12-06")
    _sipas("-C", survey, "forms", "overdue", folder / "overdue", "--as-of", "2023-12-18", "--pdf")
    _sipas("-C", survey, "forms", "labels", folder / "labels")
    _sipas("-C", survey, "draw", "protocol", folder / "protocol.pdf")
    for lang in ("vi", "en"):
        for kind, day in (("daily", "2023-12-20"), ("weekly", "2023-12-20"), ("final", "2024-01-31")):
            file = folder / f"reports/{kind}-{lang}.pdf"
            _sipas("-C", survey, "report", file, "--kind", kind, "--as-of", day, "--paper", lang)
    _both(folder)


def _both(folder: Path) -> None:
    """A second survey, just drawn, whose forms are printed in both languages."""
    survey, frame = folder / "second", folder / "frame.csv"
    rows = ["unit_id,commune_code,full_name,village,address"]
    rows += [f"HS-{i},04270,Nguyễn Thị Mẫu {i},Thôn {i % 3},Số {i}" for i in range(8)]
    frame.write_text("\n".join(rows) + "\n", encoding="utf-8")
    _sipas("init", survey)
    _sipas("-C", survey, "frame", "import", frame)
    _sipas("-C", survey, "design", "set", "--per-district", "2")
    _sipas("-C", survey, "draw", "--seed", "mẫu")
    _sipas("-C", survey, "forms", "print", folder / "both", "--paper", "both", "--on", "2023-12-06")


def _sipas(*arguments: object) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = run([str(each) for each in arguments])
    if code != 0:
        raise SystemExit(f"sipas {arguments}: {code}")


def _picture(file: Path, page: int) -> Any:
    """A page, small and in few shades of grey."""
    with contextlib.closing(pdfium.PdfDocument(file)) as document:
        sheet = document[page - 1]
        grey = sheet.render(scale=2 * WIDTH / min(sheet.get_size()), grayscale=True).to_pil().convert("L")
    return grey.reduce(2).quantize(SHADES)


if __name__ == "__main__":
    make(FOLDER)
