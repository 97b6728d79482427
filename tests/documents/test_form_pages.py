"""The form on paper: complete, coded, without a name but on its cover, and readable by a scanner."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from sipas_survey.cases import batch_code, form_code, page_code
from sipas_survey.documents import form_pages
from sipas_survey.documents.form_pages import (
    Addressee,
    Body,
    FormBatch,
    Heading,
    Question,
    Table,
    address_lines,
    render,
    sections_of,
)
from sipas_survey.exchange.scans import texts_of
from sipas_survey.formats import Lang
from sipas_survey.problems import SurveyError
from sipas_survey.satisfaction import questionnaire
from tests.documents.pdfs import fonts, pictures, scanned, texts

BOTH: tuple[Lang, ...] = ("vi", "en")
PEOPLE = tuple(
    Addressee(form_code(23, 100_001 + i), name, (f"Số {i} ngõ Bờ Hồ", "Thôn Khe Sến", "Xã Tân Thịnh"), "132")
    for i, name in enumerate(["Nguyễn Thị Phương Thảo", "Lò Văn Ún", "Giàng A Chứ"])
)
CODE = batch_code(23, ["a"])
BATCH = FormBatch("Khảo sát 2023", "citizens", "Thành phố Yên Bái (132)", "main", CODE, date(2023, 12, 6), PEOPLE)


def body(languages: Sequence[Lang] = ("vi",), name: str = "sipas_2022") -> Body:
    return form_pages.body_of(questionnaire.load(name).value, survey_kind="citizens", languages=languages)


@pytest.fixture(scope="module")
def printed() -> bytes:
    """Three forms of two pages with covers, on both sides of the paper: a slip, and four pages a form."""
    return render(BATCH, body(), languages=("vi",))


def test_everything_is_asked_in_order(printed: bytes) -> None:
    """Every respondent question with its choices and every criterion, with numbers as in files of answers."""
    asked = questionnaire.load("sipas_2022").value
    form = " ".join(texts(printed)[4:6])
    for field in asked.respondent:
        assert field.labels["vi"] in form
        assert all(choice.labels["vi"] in form for choice in field.choices)
    at = [form.index(f"{int(c.code[1:])} {c.labels['vi']}") for c in asked.criteria]
    assert at == sorted(at)


def test_sections_follow_the_questionnaire() -> None:
    """The respondent section, then a table whose headings stand before what they are of."""
    about, rated = sections_of(questionnaire.load("sipas_2022").value)
    assert len(about.questions) == 7
    assert isinstance(rated.table, Table)
    assert [line.level for line in rated.table.lines if isinstance(line, Heading)].count(2) == 9
    assert sum(isinstance(line, Question) for line in rated.table.lines) == 33
    assert isinstance(rated.table.lines[0], Heading)


def test_names_stand_on_covers_alone(printed: bytes) -> None:
    """No page but the cover has a name or an address; the form has its code, and says that it is not anonymous."""
    pages = texts(printed)
    for i, person in enumerate(PEOPLE):
        cover = 2 + 4 * i
        assert person.full_name in pages[cover]
        assert person.lines[0] in pages[cover]
        assert "không phải là vô danh" in pages[cover]
        others = " ".join(page for n, page in enumerate(pages) if n != cover)
        assert person.full_name not in others
        assert "Bờ Hồ" not in " ".join(page for n, page in enumerate(pages) if n % 4 != 2)
        shown = f"{person.form[:2]} {person.form[2:8]} {person.form[8:]}"
        assert all(shown in pages[n] for n in (cover, cover + 2, cover + 3))
    assert "không phải là vô danh" in pages[4]


def test_nothing_stands_behind_a_cover(printed: bytes) -> None:
    """On both sides covers and first pages come on odd pages, with an empty page behind; on one side there is none."""
    pages = texts(printed)
    assert len(pages) == 2 + 3 * 4
    assert [n for n, page in enumerate(pages) if not page] == [1, 3, 7, 11]
    single = texts(render(replace(BATCH, sides=1), body(), languages=("vi",)))
    assert len(single) == 1 + 3 * 3
    assert all(single)
    three = texts(render(BATCH, body(BOTH), languages=BOTH))
    assert len(three) == 2 + 3 * 6
    assert [n for n, page in enumerate(three) if not page] == [
        1,
        *(n for i in range(3) for n in (3 + 6 * i, 7 + 6 * i)),
    ]


def test_every_page_has_its_code(printed: bytes) -> None:
    """At 200 dpi, turned by 3 degrees, greyed and blurred, each page says its form and page."""
    found = [texts_of(scanned(p, degrees=3 - 6 * (n % 2), seed=n)) for n, p in enumerate(pictures(printed)[:6])]
    first = PEOPLE[0].form
    assert found == [(CODE,), (), (page_code(first, 0),), (), (page_code(first, 1),), (page_code(first, 2),)]


@pytest.mark.soak
def test_every_page_of_a_round_is_read() -> None:
    """All pages of 540 forms are read after a bad scan."""
    whole = body()
    for start in range(0, 540, 60):
        people = tuple(replace(PEOPLE[0], form=form_code(23, 100_001 + start + i)) for i in range(60))
        pages = pictures(render(replace(BATCH, people=people, sides=1), whole, languages=("vi",)))[1:]
        for n, picture in enumerate(pages):
            expected = page_code(people[n // 3].form, n % 3)
            assert texts_of(scanned(picture, degrees=3 - 6 * (n % 2), seed=start + n)) == (expected,)


def test_the_same_batch_is_the_same_bytes(printed: bytes) -> None:
    """No clock enters: the file is of the day of the print."""
    assert render(BATCH, body(), languages=("vi",)) == printed
    assert b"D:20231206" in printed


def test_fonts_are_inside(printed: bytes) -> None:
    """Every font is a part of the file, none is left to the printer's computer."""
    assert {(name.split("+")[-1], inside) for name, inside in fonts(printed)} == {
        ("LiberationSans", True),
        ("LiberationSans-Bold", True),
    }


@pytest.mark.parametrize(("languages", "count"), [(("vi",), 2), (("en",), 2), (BOTH, 3)])
def test_languages_on_paper(languages: tuple[Lang, ...], count: int) -> None:
    """One language fits on two pages; both stand on three, the other one below."""
    whole = body(languages)
    assert whole.count == count
    page = texts(render(BATCH, whole, languages=languages))[4]
    assert ("Giới tính" in page) == ("vi" in languages)
    assert ("Age group" in page) == ("en" in languages)


@pytest.mark.parametrize("name", ["sipas_2022", "sipas_2024"])
def test_shipped_questionnaires_fit(name: str) -> None:
    """Both shipped forms print; no line is left out."""
    whole = body(("vi",), name)
    text = " ".join(texts(whole.pdf))
    assert all(c.labels["vi"] in text for c in questionnaire.load(name).value.criteria)


def test_a_sealed_batch_says_so() -> None:
    """Reserves have the seal on their slip and their order within each stratum; the main list has no seal."""
    people = (*PEOPLE[:2], replace(PEOPLE[2], stratum="140"))
    slip = texts(render(replace(BATCH, kind="reserve", people=people), body(), languages=("vi",)))[0]
    assert "NIÊM PHONG" in slip
    assert slip.index("Tầng 132") < slip.index("23 100001") < slip.index("Tầng 140") < slip.index("23 100003")
    assert "NIÊM PHONG" not in texts(render(BATCH, body(), languages=("vi",)))[0]


def test_a_demonstration_is_marked() -> None:
    """Nobody can take a demonstration's form for a real one."""
    pages = texts(render(replace(BATCH, demo=True), body(), languages=("vi",)))
    assert all("TRÌNH DIỄN" in page for page in pages if page)


def test_a_sign_without_a_shape_fails(printed: bytes) -> None:
    """A name with a sign that no font has stops the print and is named; nothing is left out quietly."""
    strange = replace(BATCH, people=(replace(PEOPLE[0], full_name="Lò Văn 🜨"),))
    with pytest.raises(SurveyError, match=r"PAPER_SIGN_MISSING.*🜨") as refused:
        render(strange, body(), languages=("vi",))
    assert refused.value.exit_code == 3


@pytest.mark.parametrize("languages", [("vi",), BOTH])
def test_long_names_move_no_page(languages: tuple[Lang, ...]) -> None:
    """Whatever a frame or a survey holds, a cover is one page and every code stands where it belongs."""
    long = replace(PEOPLE[0], full_name="Nguyễn " * 70, lines=("A" * 400, "Thôn rất dài " * 40, "Xã", "Huyện"))
    batch = replace(BATCH, survey="Khảo sát " * 60, people=(long, PEOPLE[1]))
    whole = body(languages)
    pdf = render(batch, whole, languages=languages)
    assert len(texts(pdf)) == 2 + 2 * (2 + whole.count + whole.count % 2)
    assert [texts_of(picture) for picture in pictures(pdf, dpi=100)[2:6]] == [
        (page_code(long.form, 0),), (), (page_code(long.form, 1),), (page_code(long.form, 2),),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["#panic()", "$x$ *y* _z_", "]] \\ @a <b>", "`raw` // no"])
def test_names_are_never_markup(name: str) -> None:
    """What looks like Typst stands on the cover as it was written."""
    cover = texts(render(replace(BATCH, people=(replace(PEOPLE[0], full_name=name),)), body(), languages=("vi",)))[2]
    assert name in cover


def test_an_address_says_each_place_once() -> None:
    """What the address names itself is not repeated; a village with a longer name is another village."""
    places = ("Thôn 1", "Xã Tân Thịnh", "")
    assert address_lines("Số 5, thôn 1, Xã Tân Thịnh", *places) == ["Số 5, thôn 1, Xã Tân Thịnh"]
    assert address_lines("Số 5, Thôn 12", *places) == ["Số 5, Thôn 12", "Thôn 1", "Xã Tân Thịnh"]
    assert address_lines("", *places) == ["Thôn 1", "Xã Tân Thịnh"]


@pytest.mark.parametrize("module", ["typst", "segno"])
def test_without_the_extra_the_way_out_is_told(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2 with the line that installs it."""
    from sipas_survey.documents import codes

    whole = body()
    codes._segno.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SurveyError, match=rf"EXTRA_MISSING.*{module}.*sipas-survey\[documents\]"):
        render(BATCH, whole, languages=("vi",))
    codes._segno.cache_clear()
