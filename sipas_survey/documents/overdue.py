"""Forms still out, by route: one workbook per district, a sheet per post worker, to go and ask with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from sipas_survey.documents.workbook import CENTRED, STRONG, Book, Cell, Column, header_text
from sipas_survey.formats import Lang, collation_key, name_key, word

_SHEET_LIMIT = 31
_NOT_IN_A_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


@dataclass(frozen=True, slots=True)
class FormOut:
    """One form that is out, and whom to ask for it. `days` since its issue; `overdue`: longer than it should be."""

    worker: str
    commune: str
    village: str
    form: str
    full_name: str
    phone: str
    address: str
    issued_on: date
    days: int
    overdue: bool


def write_overdue(
    path: Path, forms: Sequence[FormOut], *, district: str, survey_name: str, as_of: date, lang: Lang
) -> None:
    """Write the forms of a district that are still out, by worker, commune and village.

    It holds personal data. The same forms and language give the same bytes.
    """
    title = word("overdue_title", lang, district=district)
    with Book(path, title=title, created=as_of, lang=lang) as book:
        for worker, route in groupby(sorted(forms, key=by_route), key=lambda form: form.worker):
            name = (worker or word("overdue_nobody", lang)).translate(_NOT_IN_A_SHEET_NAME)[:_SHEET_LIMIT].strip()
            sheet = book.sheet(name)
            rows = [_row(i, form, lang) for i, form in enumerate(route, 1)]
            late = [row[-2] == word("overdue_late", lang) for row in rows]
            after = book.table(sheet, _columns(lang), rows, strong=late)
            header, footer = header_text(word("overdue_note", lang)), header_text(f"{survey_name} – {name}")
            book.print_setup(
                sheet,
                header=f'&L&"Arial,Bold"{header_text(title)}\n&"Arial,Regular"{header}',
                footer=f'&L&"Arial,Regular"{footer}&R&"Arial,Regular"{word("lists_page", lang)}',
                columns=len(_columns(lang)),
                rows=after,
                filtered=after - 1,
            )


def by_route(form: FormOut) -> tuple[object, ...]:
    """The order in which a worker goes: by commune, village and name."""
    names = (collation_key(form.commune), collation_key(form.village), name_key(form.full_name))
    return form.worker, *names, form.form


def _columns(lang: Lang) -> list[Column]:
    return [
        Column(word("lists_number", lang), 5, CENTRED),
        Column(word("lists_form", lang), 12, STRONG),
        Column(word("lists_full_name", lang), 22),
        Column(word("lists_phone", lang), 13),
        Column(word("lists_address", lang), 22),
        Column(word("lists_village", lang), 14),
        Column(word("lists_commune", lang), 16),
        Column(word("overdue_issued_on", lang), 12, CENTRED),
        Column(word("overdue_days", lang), 8, CENTRED),
        Column(word("overdue_what", lang), 12, CENTRED),
        Column(word("overdue_answer", lang), 20),
    ]


def _row(number: int, form: FormOut, lang: Lang) -> tuple[Cell, ...]:
    what = word("overdue_late" if form.overdue else "overdue_remind", lang)
    asked = (form.form, form.full_name, form.phone, form.address, form.village, form.commune)
    return (number, *asked, form.issued_on, form.days, what, None)
