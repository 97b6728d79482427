"""The protocol as a page: complete, the same bytes each time, and nothing of it taken for markup."""

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sipas_survey.documents.protocol import render_html, render_pdf
from sipas_survey.formats import Lang
from sipas_survey.problems import SurveyError
from sipas_survey.sampling.protocol import CheckedUnit, Protocol, Repeated, Standing, StratumCount

METHODS = ["simple", "systematic", "pareto", "pps-systematic", "pivotal"]
AT = datetime(2023, 12, 2, 2, 30, tzinfo=UTC)


@pytest.fixture
def protocol() -> Protocol:
    """A draw of nine districts whose texts look like markup."""
    strata = [StratumCount(f"13{i}", 1000 + i, 60, 60, f"0{i}c1d179f4575", f"1{i}4cf7f1256fd") for i in range(9)]
    return Protocol(
        survey_name="Khảo sát <b>hài lòng</b> & #cải cách* tỉnh Yên Bái",
        round="2023",
        timezone="Asia/Ho_Chi_Minh",
        frozen_at=datetime(2023, 12, 1, 1, tzinfo=UTC),
        drawn_at=AT,
        published_first=True,
        seed="$Xổ số_ 01/12/2023: 81 042*",
        frame_digest="e3" * 32,
        people_digest=None,
        list_digest="f6" * 32,
        ledger_hash="f9" * 32,
        package_version="0.1.0",
        method="simple",
        strata=tuple(strata),
        names={f"13{i}": f"Huyện số {i}" for i in range(9)},
        units=tuple(CheckedUnit(f"HS-{i}", "132", f"{i:013x}", list(Standing)[i % 3]) for i in range(10)),
    )


def pages(pdf: bytes) -> int:
    found = re.search(rb"/Type\s*/Pages.*?/Count (\d+)|/Count (\d+).*?/Type\s*/Pages", pdf, flags=re.DOTALL)
    assert found is not None
    return int(found[1] or found[2])


def test_the_page_says_everything(protocol: Protocol) -> None:
    """Times in the survey's zone, seed, digests, sums, every stratum with its last numbers, ten texts to hash."""
    page = render_html(protocol, languages=("vi",))
    for text in ("08:00:00 01/12/2023", "09:30:00 02/12/2023", "e3" * 32, "f6" * 32, "f9" * 32, "9.036", "540"):
        assert text in page, text
    assert page.count("$Xổ số_ 01/12/2023: 81 042*:HS-") == 10
    assert all(f"Huyện số {i} (13{i})" in page and f"1{i}4cf7f1256fd" in page for i in range(9))
    assert "không rút" in page
    assert "Khung mẫu, thiết kế và lần rút này là duy nhất" in page


def test_text_is_never_markup(protocol: Protocol) -> None:
    """What looks like HTML is escaped; what looks like Typst compiles as text."""
    assert "Khảo sát &lt;b&gt;hài lòng&lt;/b&gt; &amp; #cải" in render_html(protocol, languages=("vi",))
    assert render_pdf(replace(protocol, seed="#panic() \\ ] $ `"), languages=("vi",)).startswith(b"%PDF")


@pytest.mark.parametrize(("languages", "count"), [(("vi",), 1), (("en",), 1), (("vi", "en"), 2)])
def test_one_page_a_language(protocol: Protocol, languages: Sequence[Lang], count: int) -> None:
    """A draw of nine districts fits on one A4 page."""
    assert pages(render_pdf(protocol, languages=languages)) == count
    assert render_html(protocol, languages=languages).count("<article") == count


def test_long_texts_break(protocol: Protocol) -> None:
    """An id of 500 signs and a seed without blanks leave the page whole."""
    unit = replace(protocol.units[0], unit_id="H" * 500)
    assert pages(render_pdf(replace(protocol, units=(unit,), seed="9" * 300), languages=("vi",))) == 1


def test_the_same_protocol_is_the_same_bytes(protocol: Protocol) -> None:
    """No clock enters the page: the PDF says that it was made when the draw was."""
    assert render_pdf(protocol, languages=("vi",)) == render_pdf(protocol, languages=("vi",))
    assert b"D:20231202" in render_pdf(protocol, languages=("vi",))
    assert render_html(protocol, languages=("en",)) == render_html(protocol, languages=("en",))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_its_rule(protocol: Protocol, method: str, lang: Lang) -> None:
    """Each has a rule of its own; only where a unit's digits tell how it came out are last numbers printed."""
    pages_of = {each: render_html(replace(protocol, method=each), languages=(lang,)) for each in METHODS}
    assert len(set(pages_of.values())) == len(METHODS)
    assert ("04c1d179f4575" in pages_of[method]) == (method == "simple")


def test_what_was_done_again_is_told(protocol: Protocol) -> None:
    """When, what, why and which list it set aside; and a frame that was not frozen first is told in bold words."""
    again = Repeated("draw", AT, "Công bố nhầm", "ab" * 32)
    page = render_html(replace(protocol, repeated=(again,), published_first=False), languages=("vi",))
    assert "09:30:00 02/12/2023: làm lại việc rút mẫu, lý do: Công bố nhầm." in page
    assert "ab" * 32 in page
    assert "KHÔNG được công bố trước khi biết hạt giống" in page


def test_without_typst_the_way_out_is_told(protocol: Protocol, monkeypatch: pytest.MonkeyPatch) -> None:
    """The PDF needs an extra: exit 2 with the line that installs it."""
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(SurveyError, match=r"EXTRA_MISSING.*typst.*sipas-survey\[documents\]") as refused:
        render_pdf(protocol, languages=("vi",))
    assert refused.value.exit_code == 2
