"""The HTML report, read back with a parser."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from sipas_survey.documents.campaign import Campaign
from sipas_survey.documents.chapters import compose
from sipas_survey.documents.report_html import render_html
from sipas_survey.formats import LANGUAGES, Lang

_VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """The tags of a page with their attributes, its text, and whether every tag is closed in its order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.well_formed = True
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.well_formed &= bool(self.open) and self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open and self.open[-1] != "style":
            self.words.append(" ".join(data.split()))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all tags of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(params=LANGUAGES, scope="module")
def lang(request: pytest.FixtureRequest) -> Lang:
    """Each language."""
    value: Lang = request.param
    return value


@pytest.fixture(scope="module")
def rendered(report: Campaign) -> Callable[[Lang], str]:
    """The page of the report in a language, rendered once."""
    return cache(lambda lang: render_html(compose(report, "final", lang)))


def test_page_is_whole_and_in_its_language(rendered: Callable[[Lang], str], lang: Lang) -> None:
    """Tags are closed in order, the page names its language, ids are unique, headings never skip a level."""
    page = Page(rendered(lang))
    assert page.well_formed
    assert page.open == []
    assert page.of("html")[0]["lang"] == lang
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_page_needs_nothing_from_outside(rendered: Callable[[Lang], str], lang: Lang) -> None:
    """No script, no address to load or follow; only the name of the SVG format is an address."""
    text = rendered(lang)
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "a", "object"} & {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name in ("src", "href", "xlink:href")]
    assert set(re.findall(r"https?://[^\"'\s<]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "url(" not in text
    assert "@import" not in text


def test_tables_and_charts_can_be_read_aloud(rendered: Callable[[Lang], str], lang: Lang) -> None:
    """Every table has a caption, every heading cell its scope, every chart a label; every label points at an id."""
    page = Page(rendered(lang))
    tags = [tag for tag, _ in page.tags]
    assert tags.count("caption") == tags.count("table") == 9
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.of("th"))
    assert [attributes["role"] for attributes in page.of("svg")] == ["img"] * 3
    assert all(attributes["aria-label"] for attributes in page.of("svg"))
    ids = {attributes.get("id") for _, attributes in page.tags}
    assert {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a} <= ids


def test_headline_has_integers_withdrawn_and_both_verdicts(rendered: Callable[[Lang], str]) -> None:
    """540 / 542, 99,63 %, five withdrawn beside it; 86,90 % by the plan's rule and by the interval."""
    words = Page(rendered("vi")).words
    for expected in ("540 / 542", "99,63%", "✗ Chưa đạt", "86,90%", "✓ Đạt"):
        assert expected in words
    assert any(text.startswith("Rút lại 5 trong 547 phiếu đã đưa đi") for text in words)
    assert any("Theo quy tắc của kế hoạch" in text for text in words)
    assert any("Theo khoảng tin cậy 95%: từ 85,15% đến 88,65%" in text for text in words)


def test_shares_are_never_rounded_across_their_target(rendered: Callable[[Lang], str], lang: Lang) -> None:
    """84.996 of 100.000 prints 84,99 % and stands as not reached; 85,00 % is printed for 85 of 100 alone."""
    words = Page(rendered(lang)).words
    assert ("84,99%" if lang == "vi" else "84.99%") in words
    assert words.count("85,00%" if lang == "vi" else "85.00%") == 1


def test_tables_hold_every_place_and_every_number(report: Campaign, rendered: Callable[[Lang], str]) -> None:
    """Each district stands in both tables, few forms are flagged, weighted figures stand beside, bounds are shown."""
    words = Page(rendered("en")).words
    for name in report.places.values():
        assert words.count(name) >= 3
    assert len([text for text in words if "(Few forms)" in text]) == 1
    assert "1,830 / 2,073" in words
    assert "85.28% – 91.28%" in words
    assert "87.77% – 88.35%" in words
    assert "84.68% – 91.08%" in words
    assert "Whole survey" in words


def test_provenance_is_printed_in_full(report: Campaign, rendered: Callable[[Lang], str]) -> None:
    """Digests, seed and ledger head uncut; instants on the clock of the survey's place."""
    words = Page(rendered("vi")).words
    of = report.provenance
    for fact in (of.survey_id, of.seed, of.frame_digest, of.list_digest, of.ledger_head, "sipas_2022", "1.742"):
        assert fact in words
    assert "09:30:00 04/12/2023" in words


def test_names_from_outside_stay_text(report: Campaign) -> None:
    """Mark-up in a survey's name, a place, a seed or a note is printed, not obeyed."""
    evil = "<script>alert('&')</script>"
    said = replace(
        report, survey_name=evil, places={"132": evil}, provenance=replace(report.provenance, seed=evil),
        notes=({"vi": evil, "en": evil},),
    )  # fmt: skip
    text = render_html(compose(said, "final", "vi"))
    assert "<script" not in text
    assert Page(text).words.count(evil) >= 4


def test_a_survey_after_the_draw_has_a_report(empty_report: Campaign, lang: Lang) -> None:
    """Without forms out and answers in every section stands, says no data, draws nothing, and passes nothing."""
    page = Page(render_html(compose(empty_report, "final", lang)))
    assert page.well_formed
    assert page.of("svg") == []
    assert ("không có dữ liệu" if lang == "vi" else "no data") in page.words
    assert not [text for text in page.words if text.startswith("✓")]


def test_missing_judged_row_is_no_data(report: Campaign) -> None:
    """A report without results has nothing to judge, and says so where the figure would stand."""
    page = Page(render_html(compose(replace(report, results=(), district_results=()), "final", "vi")))
    assert page.well_formed
    assert page.words.count("– không có dữ liệu") == 4


def test_page_fits_paper_and_phone(rendered: Callable[[Lang], str]) -> None:
    """There is a style for A4 pages, and wide tables scroll in boxes that the keyboard reaches."""
    text = rendered("vi")
    page = Page(text)
    assert "@page { size: A4" in text
    assert "@media print" in text
    boxes = [attributes for attributes in page.of("div") if attributes.get("class") == "scroll"]
    assert len(boxes) == len(page.of("table")) + len(page.of("svg"))
    assert all(box["tabindex"] == "0" for box in boxes)


def test_same_report_same_text(report: Campaign, rendered: Callable[[Lang], str]) -> None:
    """Rendering twice gives the same bytes."""
    assert render_html(compose(report, "final", "vi")) == rendered("vi")
