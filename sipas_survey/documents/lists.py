"""Respondent lists: one workbook per district, to print, to work from, and to fill in and hand back.

A list may have a sheet per commune, and post workers who carry its forms.
"""

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from sipas_survey.cases import ListKind
from sipas_survey.documents.workbook import (
    CENTRED,
    STRONG,
    TINT,
    Book,
    Cell,
    Column,
    Look,
    header_text,
)
from sipas_survey.formats import Lang, collation_key, name_key, word

RETURN_SHEET = "Theo dõi"
RETURN_HEADINGS = ("Mã phiếu", "Ngày phát", "Ngày thu", "Kết quả", "Lý do", "Bưu tá", "Ngày giao", "Đề nghị")
OUTCOME_CHOICES = ("Từ chối", "Không gặp", "Chuyển đi", "Không thuộc đối tượng", "Đã mất", "Mất phiếu")
REQUEST_CHOICES = ("Xin thay người", "Xin cấp lại phiếu", "Gỡ vì ghi nhầm")
"""The sheet that comes back, its headings and its choices are the same in every language: the reader knows them."""

PEOPLE_COLUMNS = (
    "form", "kind", "stratum", "turn", "released", "full_name", "birth_year", "sex", "phone", "address",
    "village", "commune_code", "commune", "field", "agency", "result_on", "worker",
)  # fmt: skip
_SIGNERS = ("writer", "post_office", "home_affairs")
_SHEET_LIMIT = 31
_NOT_IN_A_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_EARLIEST = date(2000, 1, 1)
_TITLE_LIMIT = 90

Person = Any
"""A row of `people` as a named tuple."""


@dataclass(frozen=True, slots=True)
class DistrictList:
    """The drawn people of one district.

    people : one row per drawn person, columns `PEOPLE_COLUMNS`: `kind` is `main` or `reserve`, `turn` counts within
        `stratum`, `released` tells whether a reserve may be used, `sex` is M, F or empty, `result_on` a day or missing,
        `worker` the id of who carries the form, or empty; everything else is text.
    workers : the names of the post workers by id; None where nobody has been assigned.
    by_commune : a sheet of the main list for each commune instead of one for all.
    link : address of the form on the web, with `{form}` where the code goes; empty where there is none.
    """

    survey_name: str
    round: str
    district_code: str
    district: str
    drawn_on: date | None
    frame_digest: str
    seed: str
    people: pd.DataFrame
    workers: Mapping[str, str] | None = field(default=None)
    by_commune: bool = False
    link: str = ""


def write_list(path: Path, sheet: DistrictList, *, lang: Lang) -> None:
    """Write the workbook of a district: main list, reserve list, summary, and the sheet a clerk fills in.

    It holds personal data. The same list and language give the same bytes.
    """
    people = list(sheet.people.loc[:, list(PEOPLE_COLUMNS)].itertuples(index=False))
    main = [person for person in people if person.kind == ListKind.MAIN]
    reserve = sorted((person for person in people if person.kind == ListKind.RESERVE), key=_drawn_order)
    title = word("lists_title", lang, district=sheet.district)
    with Book(path, title=title, created=sheet.drawn_on, lang=lang) as book:
        pages = _Pages(book, sheet, lang)
        pages.main(sorted(main, key=_reading_order))
        pages.names("reserve", _reserve_columns(lang, sheet.link), reserve)
        pages.summary(people)
        if sheet.workers is not None:
            pages.assignment([person for person in people if person.worker], sheet.workers)
        pages.returns([*sorted(main, key=_drawn_order), *reserve])


def _reading_order(person: Person) -> tuple[object, ...]:
    return (
        collation_key(person.commune),
        person.commune_code,
        collation_key(person.village),
        name_key(person.full_name),
        person.form,
    )


def _drawn_order(person: Person) -> tuple[str, int, str]:
    return person.stratum, person.turn, person.form


# ---------------------------------------------------------------- columns
Field = tuple[Column, Callable[[int, Person], Cell]]


def _main_columns(lang: Lang, *, workers: bool, link: str) -> list[Field]:
    number: Field = (Column(word("lists_number", lang), 5, CENTRED), lambda i, _: i)
    carried: Field = (Column(word("lists_worker", lang), 9), lambda _, p: p.worker)
    return [number, *([carried] if workers else []), *_person_columns(lang, link)]


def _reserve_columns(lang: Lang, link: str) -> list[Field]:
    def use(_: int, person: Person) -> str:
        return word("lists_released" if person.released else "lists_held", lang)

    return [
        (Column(word("lists_turn", lang), 6, CENTRED), lambda _, p: int(p.turn)),
        (Column(word("lists_stratum", lang), 7), lambda _, p: p.stratum),
        (Column(word("lists_use", lang), 8, CENTRED), use),
        *_person_columns(lang, link),
    ]


def _person_columns(lang: Lang, link: str) -> list[Field]:
    """The columns that the main and the reserve list share."""

    def column(name: str, width: float, value: Callable[[Person], Cell], **look: object) -> Field:
        return Column(word(f"lists_{name}", lang), width, look), lambda _, person: value(person)

    return [
        column("form", 12, lambda p: p.form),
        column("full_name", 20, lambda p: p.full_name, bold=True),
        column("birth_year", 7, _birth_year, num_format="0", align="center"),
        column("sex", 6, lambda p: word(f"lists_sex_{p.sex}", lang) if p.sex else None),
        column("phone", 13, lambda p: p.phone),
        column("address", 22, lambda p: p.address),
        column("village", 13, lambda p: p.village),
        column("commune", 15, lambda p: p.commune),
        column("field", 12, lambda p: p.field),
        column("agency", 15, lambda p: p.agency),
        column("result_on", 11, _result_on, align="center"),
        *([column("link", 40, lambda p: link.replace("{form}", p.form))] if link else []),
    ]


def _birth_year(person: Person) -> Cell:
    return int(person.birth_year) if person.birth_year.isdecimal() else person.birth_year or None


def _result_on(person: Person) -> Cell:
    if pd.isna(person.result_on):
        return None
    on: date = pd.Timestamp(person.result_on).date()
    return on


# ---------------------------------------------------------------- sheets
@dataclass(frozen=True, slots=True)
class _Pages:
    """The sheets of one workbook."""

    book: Book
    district: DistrictList
    lang: Lang

    def word(self, key: str) -> str:
        return word(f"lists_{key}", self.lang)

    def main(self, people: Sequence[Person]) -> None:
        """The main list, whole or a sheet per commune; people stand in reading order."""
        fields = _main_columns(self.lang, workers=self.district.workers is not None, link=self.district.link)
        if not self.district.by_commune or not people:
            self.names("main", fields, people)
            return
        names = {word(f"lists_sheet_{kind}", self.lang) for kind in ("reserve", "summary", "assignment")}
        taken = {name.casefold() for name in (*names, RETURN_SHEET)}
        for (commune, code), persons in groupby(people, key=lambda person: (person.commune, person.commune_code)):
            title = sheet_name(commune, code, taken)
            taken.add(title.casefold())
            self.names("main", fields, list(persons), title=title, place=commune)

    def names(
        self, kind: str, fields: Sequence[Field], people: Sequence[Person], *, title: str | None = None, place: str = ""
    ) -> None:
        """A list of names, the main list or the reserve, with its sum and places to sign."""
        sheet = self.book.sheet(title or self.word(f"sheet_{kind}"))
        columns = [column for column, _ in fields]
        rows = ([value(i, person) for _, value in fields] for i, person in enumerate(people, 1))
        at = [column.heading for column in columns].index(self.word("full_name"))
        total: list[Cell] = [None] * len(columns)
        total[at - 1 : at + 1] = [self.word("sum"), len(people)]
        after = self.book.table(sheet, columns, rows, total=total)
        end = self._sign(sheet, after, columns=len(columns))
        self._print(sheet, f"note_{kind}", columns=len(columns), rows=end, filtered=after - 1, place=place)

    def _sign(self, sheet: Any, top: int, *, columns: int) -> int:
        signers = [self.word(f"signer_{name}") for name in _SIGNERS]
        hint, day = self.word("sign_here"), self.word("sign_day")
        return self.book.signatures(sheet, top, signers, day=day, hint=hint, columns=columns)

    def assignment(self, people: Sequence[Person], workers: Mapping[str, str]) -> None:
        """Who carries how many forms in which village: a line a village, sums by worker, and room to sign for them."""
        sheet = self.book.sheet(self.word("sheet_assignment"))
        widths = {"worker": 12, "worker_name": 26, "commune": 24, "village": 24, "count_forms": 10, "received": 26}
        columns = [Column(self.word(key), width) for key, width in widths.items()]
        rows: list[tuple[Cell, ...]] = []
        looks: list[bool] = []
        routes = sorted(Counter((p.worker, p.commune, p.village) for p in people).items(), key=_route_order)
        for worker, lines in groupby(routes, key=lambda route: route[0][0]):
            mine = [
                (worker, workers.get(worker) or None, commune, village, n, None) for (_, commune, village), n in lines
            ]
            rows += [
                *mine,
                (worker, workers.get(worker) or None, self.word("sum"), None, sum(row[4] for row in mine), None),
            ]
            looks += [False] * len(mine) + [True]
        after = self.book.table(
            sheet, columns, rows, total=(None, None, self.word("total"), None, len(people), None), strong=looks
        )
        end = self._sign(sheet, after, columns=len(columns))
        self._print(sheet, "note_assignment", columns=len(columns), rows=end, filtered=after - 1)

    def summary(self, people: Sequence[Person]) -> None:
        """Names by commune, and where the list comes from."""
        sheet = self.book.sheet(self.word("sheet_summary"))
        widths = {"commune_code": 20, "commune": 34, "count_main": 14, "count_reserve": 14, "count_all": 14}
        columns = [Column(self.word(key), width) for key, width in widths.items()]
        communes = _by_commune(people)
        kinds = Counter(person.kind for person in people)
        total = (None, self.word("total"), kinds[ListKind.MAIN], kinds[ListKind.RESERVE], len(people))
        after = self.book.table(sheet, columns, communes, total=total)
        rows = self.book.facts(sheet, after + 1, self._facts(), columns=len(columns), width=76)
        self._print(sheet, "note_summary", columns=len(columns), rows=rows, filtered=after - 1)

    def _facts(self) -> list[tuple[str, Cell]]:
        this = self.district
        return [
            (self.word("survey"), this.survey_name),
            (self.word("round"), this.round),
            (self.word("district"), f"{this.district} ({this.district_code})" if this.district_code else this.district),
            (self.word("drawn_on"), this.drawn_on),
            (self.word("seed"), this.seed),
            (self.word("frame_digest"), this.frame_digest),
            (self.word("reserve_rule"), self.word("reserve_rule_note")),
            (self.word("privacy"), self.word("privacy_note")),
        ]

    def returns(self, people: Sequence[Person]) -> None:
        """The sheet that a clerk fills in and hands back: eight fixed columns, then three for the eye."""
        sheet = self.book.sheet(RETURN_SHEET)
        entry: Look = {"bg_color": TINT, "locked": False}
        day: Look = {**entry, "num_format": "dd/mm/yyyy"}
        looks: tuple[Look, ...] = (STRONG, day, day, entry, entry, entry, day, entry)
        widths = (13, 12, 12, 22, 22, 14, 12, 18)
        columns = [Column(*each) for each in zip(RETURN_HEADINGS, widths, looks, strict=True)]
        columns += [Column(self.word(key), width) for key, width in (("full_name", 24), ("commune", 20), ("kind", 20))]
        rows = [
            (p.form, None, None, None, None, p.worker or None, None, None, p.full_name, p.commune, self._kind(p))
            for p in people
        ]
        after = self.book.table(sheet, columns, rows)
        self._print(sheet, "note_return", columns=len(columns), rows=after)
        self._guard(sheet, max(after - 1, 1))

    def _kind(self, person: Person) -> str:
        held = person.kind == ListKind.RESERVE and not person.released
        return self.word(f"kind_{person.kind}{'_held' if held else ''}")

    def _guard(self, sheet: Any, last: int) -> None:
        """Only days and known outcomes go in; what is not to be filled in is locked (without a password)."""
        limits = {"criteria": "between", "minimum": _EARLIEST, "maximum": "=TODAY()"}
        for first, end in ((1, 2), (6, 6)):
            sheet.data_validation(1, first, last, end, {"validate": "date", **limits, **self._hints("enter_day")})
        for column, source, hint in ((3, OUTCOME_CHOICES, "enter_outcome"), (7, REQUEST_CHOICES, "enter_request")):
            choices = {"validate": "list", "source": list(source)}
            sheet.data_validation(1, column, last, column, {**choices, **self._hints(hint)})
        sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})

    def _hints(self, key: str) -> dict[str, str]:
        title = self.word(key)
        shown = {"input_title": title, "input_message": self.word(f"{key}_hint")}
        return {**shown, "error_title": title, "error_message": self.word(f"{key}_wrong")}

    def _print(
        self, sheet: Any, note: str, *, columns: int, rows: int, filtered: int | None = None, place: str = ""
    ) -> None:
        this = self.district
        where = f"{place}, {this.district}" if place and place != this.district else this.district
        title = header_text(word("lists_title", self.lang, district=where), limit=_TITLE_LIMIT)
        survey = header_text(f"{this.survey_name} – {this.round}", limit=_TITLE_LIMIT)
        header = f'&L&"Arial,Bold"{title}\n&"Arial,Regular"{header_text(self.word(note))}'
        footer = f'&L&"Arial,Regular"{survey}&R&"Arial,Regular"{self.word("page")}'
        self.book.print_setup(sheet, header=header, footer=footer, columns=columns, rows=rows, filtered=filtered)


def sheet_name(commune: str, code: str, taken: Container[str]) -> str:
    """A name for the sheet of a commune that a workbook allows and has not given; the code tells equal names apart."""
    plain = " ".join(commune.translate(_NOT_IN_A_SHEET_NAME).split())
    name = plain[:_SHEET_LIMIT].strip()
    return name if name and name.casefold() not in taken else f"{plain[: _SHEET_LIMIT - len(code) - 1]} {code}".strip()


def _route_order(route: tuple[tuple[str, str, str], int]) -> tuple[str, str, str]:
    (worker, commune, village), _ = route
    return worker, collation_key(commune), collation_key(village)


def _by_commune(people: Sequence[Person]) -> list[tuple[Cell, ...]]:
    """Code, name, main, reserve and all names of each commune, in Vietnamese order of the names."""
    counts: Counter[tuple[str, str, str]] = Counter((p.commune_code, p.commune, p.kind) for p in people)
    communes = sorted({key[:2] for key in counts}, key=lambda commune: (collation_key(commune[1]), commune[0]))
    rows = [(code, name, counts[code, name, "main"], counts[code, name, "reserve"]) for code, name in communes]
    return [(*row, row[2] + row[3]) for row in rows]
