"""The order of a re-check: a workbook with a sheet to be filled in, and a list with short forms on paper.

Both hold names and nothing of what was answered; also not sex or age, which the short form asks for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sipas_survey.documents.pages import pdf
from sipas_survey.documents.workbook import CENTRED, STRONG, TINT, Book, Cell, Column, Look, header_text
from sipas_survey.formats import Lang, day, form_code, word
from sipas_survey.tracking.recheck import Body, Finding
from sipas_survey.tracking.short_form import Item, ShortForm, wording

RETURN_SHEET = "Kết quả phúc tra"
RETURN_HEADINGS = ("Mã phiếu", "Ngày phúc tra", "Kết luận")
"""The sheet that comes back and its first headings are the same in every language: the reader knows them."""

_LIST = {
    "number": 5, "form": 12, "full_name": 24, "phone": 14, "address": 26, "village": 16, "commune": 18, "district": 18,
    "reported": 24, "visited": 14,
}  # fmt: skip
_EARLIEST = date(2000, 1, 1)
_LONGEST_LIST = 255  # of a drop-down that names its choices itself


@dataclass(frozen=True, slots=True)
class Asked:
    """A person who is asked again, and what was reported of the form."""

    form: str
    full_name: str
    phone: str
    address: str
    village: str
    commune: str
    district: str
    reported: str


@dataclass(frozen=True, slots=True)
class RecheckOrder:
    """An order for one body; people stand in the order in which they are visited."""

    survey_name: str
    round: str
    body: Body
    number: int
    ordered_on: date
    short: ShortForm
    people: tuple[Asked, ...]


def item_heading(item: Item, lang: Lang) -> str:
    """The heading of the column of a question: its code, and its words."""
    return f"{item.code} – {wording(item.labels, lang)}"


# ---------------------------------------------------------------- the workbook
def write_workbook(path: Path, order: RecheckOrder, *, lang: Lang) -> None:
    """Write the list of an order and the sheet that is filled in. The same order and language give the same bytes."""
    title = word("recheck_title", lang, number=order.number, body=word(f"recheck_body_{order.body}", lang))
    with Book(path, title=title, created=order.ordered_on, lang=lang) as book:
        _list(book, order, title, lang)
        _findings(book, order, title, lang)
        _key(book, order, title, lang)


def _list(book: Book, order: RecheckOrder, title: str, lang: Lang) -> None:
    sheet = book.sheet(word("recheck_sheet_list", lang))
    looks: dict[str, Look] = {"number": CENTRED, "form": STRONG, "full_name": STRONG}
    columns = [Column(word(f"recheck_{key}", lang), width, looks.get(key, {})) for key, width in _LIST.items()]
    rows = [_person(i, person) for i, person in enumerate(order.people, 1)]
    after = book.table(sheet, columns, rows)
    _print(book, sheet, order, (title, word("recheck_note_list", lang)), lang, columns=len(columns), rows=after)


def _person(number: int, person: Asked) -> tuple[Cell, ...]:
    place = (person.address, person.village, person.commune, person.district)
    return (number, person.form, person.full_name, person.phone, *place, person.reported, None)


def _findings(book: Book, order: RecheckOrder, title: str, lang: Lang) -> None:
    """The sheet that comes back: three fixed columns, one for each question, and the name for the eye."""
    sheet = book.sheet(RETURN_SHEET)
    entry: Look = {"bg_color": TINT, "locked": False}
    looks: tuple[Look, ...] = (STRONG, {**entry, "num_format": "dd/mm/yyyy"}, entry)
    columns = [Column(*each) for each in zip(RETURN_HEADINGS, (13, 13, 24), looks, strict=True)]
    columns += [Column(item_heading(item, lang), 26, entry) for item in order.short.items]
    columns += [Column(word("recheck_full_name", lang), 24), Column(word("recheck_commune", lang), 20)]
    empty: tuple[Cell, ...] = (None,) * (2 + len(order.short.items))
    rows = [(person.form, *empty, person.full_name, person.commune) for person in order.people]
    after = book.table(sheet, columns, rows)
    _print(book, sheet, order, (title, word("recheck_note_findings", lang)), lang, columns=len(columns), rows=after)
    sheet.freeze_panes(1, 1)
    _guard(sheet, order, lang, last=max(after - 1, 1))


def _guard(sheet: Any, order: RecheckOrder, lang: Lang, *, last: int) -> None:
    """Only days, findings and choices go in; the rest is locked (without a password)."""
    days = {"validate": "date", "criteria": "between", "minimum": _EARLIEST, "maximum": "=TODAY()"}
    sheet.data_validation(1, 1, last, 1, {**days, **_hint("recheck_enter_day", lang)})
    choices = [[word(f"finding_{finding}", lang) for finding in Finding]]
    choices += [[wording(choice.labels, lang) for choice in item.choices] for item in order.short.items]
    for column, words in enumerate(choices, start=2):
        if sum(map(len, words)) + len(words) <= _LONGEST_LIST and not any("," in each for each in words):
            told = {"validate": "list", "source": words}
            sheet.data_validation(1, column, last, column, {**told, **_hint("recheck_enter_choice", lang)})
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})


def _hint(key: str, lang: Lang) -> dict[str, str]:
    return {"error_title": word(key, lang), "error_message": word(f"{key}_wrong", lang)}


def _key(book: Book, order: RecheckOrder, title: str, lang: Lang) -> None:
    """The findings and the choices in words, with the codes that may be written in their place."""
    sheet = book.sheet(word("recheck_sheet_key", lang))
    widths = {"asked": 44, "code": 18, "means": 60}
    columns = [Column(word(f"recheck_{name}", lang), width) for name, width in widths.items()]
    rows: list[tuple[Cell, ...]] = [
        (
            RETURN_HEADINGS[2],
            str(finding),
            ". ".join((word(f"finding_{finding}", lang), word(f"finding_{finding}_means", lang))),
        )
        for finding in Finding
    ]
    rows += [
        (item_heading(item, lang), choice.code, wording(choice.labels, lang))
        for item in order.short.items
        for choice in item.choices
    ]
    after = book.table(sheet, columns, rows)
    _print(book, sheet, order, (title, word("recheck_note_key", lang)), lang, columns=len(columns), rows=after)


def _print(
    book: Book, sheet: Any, order: RecheckOrder, head: tuple[str, str], lang: Lang, *, columns: int, rows: int
) -> None:
    title, note = head
    survey = header_text(f"{order.survey_name} – {order.round}", limit=90)
    header = f'&L&"Arial,Bold"{header_text(title, limit=90)}\n&"Arial,Regular"{header_text(note, limit=140)}'
    footer = f'&L&"Arial,Regular"{survey}&R&"Arial,Regular"{word("lists_page", lang)}'
    book.print_setup(sheet, header=header, footer=footer, columns=columns, rows=rows)


# ---------------------------------------------------------------- on paper
def render_pdf(order: RecheckOrder, *, lang: Lang) -> bytes:
    """The order as A4: the list, and a short form for each person that carries the code and no name."""
    return pdf("recheck.typ", _content(order, lang), created=datetime.combine(order.ordered_on, time()))


def _content(order: RecheckOrder, lang: Lang) -> dict[str, Any]:
    """What the template prints, in words."""

    def say(key: str, **details: object) -> str:
        return word(f"recheck_{key}", lang, **details)

    columns = ("number", "form", "full_name", "address", "phone", "reported", "visited")
    return {
        "lang": lang,
        "title": say("title", number=order.number, body=say(f"body_{order.body}")),
        "survey": f"{order.survey_name} – {order.round}",
        "ordered": say("ordered_on", day=day(order.ordered_on, lang), forms=len(order.people)),
        "rules": [say(f"rule_{i}") for i in (1, 2, 3)],
        "columns": [say(name) for name in columns],
        "people": [_line(i, person) for i, person in enumerate(order.people, 1)],
        "signers": [say("signer_body"), say("signer_home_affairs")],
        "sign_here": say("sign_here"),
        "form_title": say("form_title"),
        "form_labels": [say("form"), say("asked_on"), say("finding")],
        "findings": [word(f"finding_{finding}", lang) for finding in Finding],
        "items": [
            {"text": f"{i}. {wording(item.labels, lang)}", "choices": [wording(c.labels, lang) for c in item.choices]}
            for i, item in enumerate(order.short.items, 1)
        ],
        "codes": [form_code(person.form) for person in order.people],
        "privacy": say("form_privacy"),
    }


def _line(number: int, person: Asked) -> list[str]:
    places = [part for part in (person.village, person.commune) if part not in person.address]
    where: Sequence[str] = [part for part in (person.address, *places) if part]
    return [str(number), form_code(person.form), person.full_name, ", ".join(where), person.phone, person.reported, ""]
