"""The form on paper: what it asks, as sections in the order of the form, and the pages made of it.

A cover with name and address stands before each form; the form itself bears a code and no personal data.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any, Literal

from sipas_survey.cases import COVER, page_code
from sipas_survey.documents.codes import qr_svg
from sipas_survey.documents.pages import count_pages, pdf
from sipas_survey.formats import LANGUAGES, Lang, day, form_code, number, search_key, word
from sipas_survey.satisfaction.questionnaire import Labels, Questionnaire, wording

_TEMPLATE, _BODY, _PARTS = "forms.typ", "form_body.typ", ("paper.typ",)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # the pages of a form are of no day; the batch that holds them is
_OUTCOMES = ("refuse", "not_met", "moved", "ineligible", "deceased", "lose")
BatchKind = Literal["main", "reserve"]


# ---------------------------------------------------------------- what a form asks
@dataclass(frozen=True, slots=True)
class Question:
    """A question with boxes to tick; `several`: more than one may be. Without choices it is a line to write on."""

    number: str
    text: Labels
    choices: tuple[Labels, ...] = ()
    several: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of a table that says what follows; `level` 1 is a part, 2 an element."""

    text: Labels
    level: int


@dataclass(frozen=True, slots=True)
class Table:
    """Lines that are answered on one scale, under headings."""

    scale: tuple[tuple[str, Labels], ...]
    lines: tuple[Heading | Question, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form under a title of its own: questions, or one table."""

    title: Labels
    note: Labels
    questions: tuple[Question, ...] = ()
    table: Table | None = None


def sections_of(questionnaire: Questionnaire) -> tuple[Section, ...]:
    """The sections of a form: who answers, then the satisfaction table."""
    fields = [
        Question(str(i), asked.labels, tuple(choice.labels for choice in asked.choices))
        for i, asked in enumerate(questionnaire.respondent, start=1)
    ]
    about = [Section(_words("paper_section_respondent"), _words("paper_note_respondent"), tuple(fields))]
    table = Table(
        tuple((str(point.value), point.labels) for point in questionnaire.scale), tuple(_lines(questionnaire))
    )
    rated = Section(_words("paper_section_satisfaction"), _words("paper_note_satisfaction"), table=table)
    return (*(about if fields else ()), rated)


def _lines(questionnaire: Questionnaire) -> Iterable[Heading | Question]:
    for part in questionnaire.parts:
        yield Heading(part.labels, 1)
        for element in questionnaire.elements:
            if element.part == part.code:
                yield Heading(element.labels, 2)
                for criterion in questionnaire.criteria:
                    if criterion.element == element.code:
                        yield Question(_number_of(criterion.code), criterion.labels)


def _number_of(code: str) -> str:
    """The number of a line: q07 is 7, as it is in files of answers."""
    digits = code.lstrip("q")
    return digits.lstrip("0") if digits.isdecimal() else code


def _words(key: str) -> Labels:
    return {lang: word(key, lang) for lang in LANGUAGES}


# ---------------------------------------------------------------- who a form is for
@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a form is for: this stands on its cover alone. `lines` are the address, from the house to the district."""

    form: str
    full_name: str
    lines: tuple[str, ...]
    stratum: str


@dataclass(frozen=True, slots=True)
class FormBatch:
    """The forms of a place that are printed together and handed on together.

    survey : its name, with the round.
    kind : `main`, in the order of the route, or `reserve`, sealed and in drawn order.
    sides : 2 where paper is printed on both sides, so that nothing of a form stands behind its cover.
    """

    survey: str
    survey_kind: str
    place: str
    kind: BatchKind
    code: str
    printed_on: date
    people: tuple[Addressee, ...]
    sides: int = 2
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """The pages of a form without head and foot: what every form has in common. `count`: how many there are."""

    pdf: bytes
    count: int


def body_of(questionnaire: Questionnaire, *, survey_kind: str, languages: Sequence[Lang]) -> Body:
    """The pages that every form has. Raises SurveyError PAPER_SIGN_MISSING, EXTRA_MISSING."""
    content = {
        "lang": languages[0],
        "words": _spoken(survey_kind, languages),
        "sections": [_section(section, languages) for section in sections_of(questionnaire)],
    }
    return Body(pdf(_BODY, content, created=_EPOCH, parts=_PARTS), count_pages(_BODY, content, parts=_PARTS))


def render(batch: FormBatch, body: Body, *, languages: Sequence[Lang]) -> bytes:
    """A batch as PDF: a slip that tells what is in it, then every form behind its cover.

    The same batch and body give the same bytes. Raises SurveyError PAPER_SIGN_MISSING, EXTRA_MISSING.
    """
    content = {
        "lang": languages[0],
        "sides": batch.sides,
        "survey": batch.survey,
        "words": _spoken(batch.survey_kind, languages),
        "alt": word(f"paper_title_{batch.survey_kind}", languages[0]),
        "demo": [word("paper_demo", lang) for lang in languages] if batch.demo else [],
        "outcomes": [[word(f"cover_outcome_{name}", lang) for lang in languages] for name in _OUTCOMES],
        "slip": _slip(batch, languages),
        "forms": [_form(person, body.count) for person in batch.people],
        "pages": body.count,
    }
    made_on = datetime.combine(batch.printed_on, time(), UTC)
    return pdf(_TEMPLATE, content, created=made_on, parts=_PARTS, inside=body.pdf)


def _spoken(survey_kind: str, languages: Sequence[Lang]) -> dict[str, list[str]]:
    """The words of a form and its cover, each in the languages of the paper."""
    keys = {"title": f"paper_title_{survey_kind}", "why": f"cover_why_{survey_kind}"}
    keys |= {name.removeprefix("paper_"): name for name in (*_PAPER_WORDS, *_COVER_WORDS)}
    return {name: [word(key, lang) for lang in languages] for name, key in keys.items()}


_PAPER_WORDS = (
    "paper_state", "paper_motto", "paper_about", "paper_code", "paper_page", "paper_how_title", "paper_how",
    "paper_how_right", "paper_how_mended", "paper_private_title", "paper_private", "paper_several", "paper_end",
)  # fmt: skip
_COVER_WORDS = (
    "cover_for", "cover_greeting", "cover_private", "cover_return", "cover_thanks", "cover_head_why",
    "cover_head_private", "cover_head_return", "cover_title", "cover_tear", "cover_stub", "cover_stub_out",
    "cover_stub_in", "cover_stub_worker", "cover_stub_outcome",
)  # fmt: skip


def _section(section: Section, languages: Sequence[Lang]) -> dict[str, Any]:
    def say(labels: Labels) -> list[str]:
        return list(dict.fromkeys(wording(labels, lang) for lang in languages))

    return {
        "title": say(section.title),
        "note": say(section.note),
        "questions": [
            {"number": q.number, "text": say(q.text), "choices": [say(c) for c in q.choices], "several": q.several}
            for q in section.questions
        ],
        "scale": [{"value": value, "text": say(labels)} for value, labels in section.table.scale]
        if section.table
        else [],
        "lines": [
            {"level": line.level, "text": say(line.text)}
            if isinstance(line, Heading)
            else {"level": 0, "number": line.number, "text": say(line.text)}
            for line in (section.table.lines if section.table else ())
        ],
    }


def _form(person: Addressee, pages: int) -> dict[str, Any]:
    return {
        "code": person.form,
        "shown": form_code(person.form),
        "name": person.full_name,
        "address": list(person.lines),
        "qr": [qr_svg(page_code(person.form, page)) for page in range(COVER, pages + 1)],
    }


def _slip(batch: FormBatch, languages: Sequence[Lang]) -> dict[str, Any]:
    """What the first page tells of a batch: no names."""

    def say(key: str, **details: object) -> list[str]:
        return [word(key, lang, **details) for lang in languages]

    first = languages[0]
    grouped = groupby(batch.people, key=lambda person: person.stratum if batch.kind == "reserve" else "")
    return {
        "title": say("slip_title"),
        "kind": say(f"slip_kind_{batch.kind}"),
        "sealed": say("slip_sealed") if batch.kind == "reserve" else [],
        "code": batch.code,
        "shown": batch_shown(batch.code),
        "qr": qr_svg(batch.code),
        "facts": [
            [say("slip_batch"), batch_shown(batch.code)],
            [say("slip_place"), batch.place],
            [say("slip_forms"), number(len(batch.people), first)],
            [say("slip_printed_on"), day(batch.printed_on, first)],
        ],
        "pages": say("slip_pages"),
        "contents": say("slip_contents"),
        "groups": [
            {
                "title": say("slip_stratum", stratum=stratum) if stratum else [],
                "forms": [form_code(person.form) for person in people],
            }
            for stratum, people in grouped
        ],
        "count": say("slip_count"),
        "signers": [say(f"slip_{name}") for name in ("printer", "post_office", "home_affairs")],
    }


def address_lines(address: str, *places: str) -> list[str]:
    """An address, and the places around it that it does not name itself, from the nearest on."""
    said = {search_key(part) for part in address.split(",")}
    return [line for line in (address, *(place for place in places if search_key(place) not in said)) if line]


def batch_shown(code: str) -> str:
    """A batch's code in the groups in which it is printed: 231234567842 → `23 1234 5678 42`."""
    return f"{code[:2]} {code[2:6]} {code[6:10]} {code[10:]}"
