"""Forms are printed: batches by place, each in a file of its own, recorded in the ledger with the file's digest."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.cases import batch_code
from sipas_survey.documents import form_pages
from sipas_survey.documents.form_pages import Addressee, Body, FormBatch
from sipas_survey.formats import Lang, collation_key, name_key
from sipas_survey.places import Units
from sipas_survey.problems import Checked, Place, Problem, SurveyError, problem, stop
from sipas_survey.satisfaction import questionnaire as questionnaires
from sipas_survey.storage import casebook, ledger
from sipas_survey.storage.store import Store
from sipas_survey.tracking.admission import Arrival, offer_all
from sipas_survey.tracking.forms import DEAD, Act, Event, State
from sipas_survey.workflow.desk import open_desk, write
from sipas_survey.workflow.drawing import record_of
from sipas_survey.workflow.office import questionnaire_of, units_of
from sipas_survey.workflow.papers import drawn_people, paper_file, places_of, survey_title, writing
from sipas_survey.workflow.progress import form_records
from sipas_survey.workflow.protocol import paper_languages

LARGEST_BATCH = 120
"""Forms in a file: what one person can count, carry and sign for."""


@dataclass(frozen=True)
class Batch:
    """A batch as the ledger keeps it: what is in it, in order, and how it was made. `sha256` is of its file."""

    batch: str
    place: str
    kind: Literal["main", "reserve"]
    printed_on: date
    forms: tuple[str, ...]
    languages: tuple[Lang, ...]
    sides: int
    pages: int = 0
    file: str = ""
    sha256: str = ""


# ---------------------------------------------------------------- printing
def print_forms(
    store: Store, folder: Path, *, place: str | None = None, on: date | None = None, paper: str | None = None,
    sides: int = 2, viewer: Viewer = EVERYONE, advance: Callable[[int], None] = lambda _: None,
) -> Checked[list[Batch]]:  # fmt: skip
    """Write the forms that are not printed yet, and record that they are: `print` events, and an entry per batch.

    For each place the main list and what was released come first, in the order of the route; reserves that are held
    are batches of their own, in drawn order. All batches are recorded in one transaction, and no file has its name
    before. `advance` is called with the number of forms just made.

    Raises SurveyError DRAW_MISSING, PERSONAL_DATA_LOCKED, PRINT_UNKNOWN_PLACE, PAPER_SIGN_MISSING, PRINTED_MEANWHILE.
    """
    on, languages = on or store.today, paper_languages(store, paper)
    units, people = _everybody(store, viewer)
    planned = {record.form for record in form_records(store, viewer) if _unprinted(record)}
    people = _of_place(people[people["form"].isin(planned)], units, place)
    batches = [
        Batch(batch_code(store.settings.round_code, (on.isoformat(), *forms)), code, kind, on, forms, languages, sides)
        for code, kind, forms in _gathered(people, places_of(units)[0])
    ]
    with _made(store, folder, batches, people, units, advance) as made:
        if made:
            _record(store, made)
    return Checked(made, (*_remarks(store, people), *(() if made else (problem("PRINT_NOTHING"),))))


def reprint_forms(
    store: Store,
    folder: Path,
    *,
    place: str | None = None,
    viewer: Viewer = EVERYONE,
    advance: Callable[[int], None] = lambda _: None,
) -> Checked[list[Batch]]:
    """Write the batches that were printed once more, page by page as they were; no event is recorded of any form.

    Forms that were recorded as printed by other means (a clerk's sheet, `forms record`) make batches by place and day.
    That names went out again is an entry of the ledger. A file that is not the one recorded is told: names were purged
    since, or the questionnaire is another. Raises SurveyError as `print_forms`.
    """
    units, people = _everybody(store, viewer)
    people = _of_place(people, units, place)
    codes = set(people[places_of(units)[0]])
    batches = printed_batches(store)
    before = [batch for batch in batches if batch.place in codes]
    before += _printed_elsewhere(store, people, places_of(units)[0], known={f for b in batches for f in b.forms})
    people = _under_their_codes(store, people)
    with _made(store, folder, before, people, units, advance) as made:
        if made:
            with store.write() as transaction:
                transaction.note("reprint", batches=[batch.batch for batch in made])
    changed = [
        problem("REPRINT_DIFFERS", Place(file=new.file), found=new.batch)
        for old, new in zip(before, made, strict=True)
        if old.sha256 not in ("", new.sha256)
    ]
    return Checked(made, (*changed, *(() if made else (problem("REPRINT_NOTHING"),))))


def printed_batches(store: Store) -> list[Batch]:
    """The batches that were printed, in the order of the ledger."""
    with store.read() as connection:
        found = [ledger.details_of(row) for row in ledger.entries(connection, act="print_batch")]
    return [
        Batch(
            **{
                **details,
                "printed_on": date.fromisoformat(details["printed_on"]),
                "forms": tuple(details["forms"]),
                "languages": tuple(details["languages"]),
            }
        )
        for details in found
    ]


# ---------------------------------------------------------------- who is in a batch
def _everybody(store: Store, viewer: Viewer) -> tuple[Units, pd.DataFrame]:
    record_of(store)  # before a draw nobody can be printed for, whatever else is missing
    units = units_of(store)
    return units, drawn_people(store, units, viewer)


def _printed_elsewhere(store: Store, people: pd.DataFrame, column: str, *, known: set[str]) -> list[Batch]:
    """Batches of the forms that are printed, alive, and in no batch of the ledger."""
    records = [r for r in form_records(store) if r.last_of_case and r.form not in known]
    printed = {r.form: r.state.printed_on for r in records if r.state.printed_on and r.state.state not in DEAD}
    people = people[people["form"].isin(printed)]
    language = (store.settings.language,)
    batches = []
    for day, rows in people.groupby(people["form"].map(printed)):
        for code, kind, forms in _gathered(rows, column):
            batch = batch_code(store.settings.round_code, (day.isoformat(), *forms))
            batches.append(Batch(batch, code, kind, day, forms, language, sides=2))
    return batches


def _unprinted(record: Any) -> bool:
    return record.last_of_case and record.state.state is State.PLANNED


def _of_place(people: pd.DataFrame, units: Units, asked: str | None) -> pd.DataFrame:
    """The people of one place, by its code or name; all of them where none is asked for."""
    if asked is None:
        return people
    column = places_of(units)[0]
    codes = (
        units.district_codes(asked) if column == "district_code"
        else units.commune_codes(asked) if column == "commune_code" else (asked,)
    )  # fmt: skip
    if len(codes) != 1:
        raise stop("PRINT_UNKNOWN_PLACE", found=asked)
    return people[people[column] == codes[0]]


def _gathered(
    people: pd.DataFrame, column: str
) -> Iterator[tuple[str, Literal["main", "reserve"], tuple[str, ...]]]:  # fmt: skip
    """The forms of each place: what goes to the field, then what is sealed, never too many together."""
    for code, rows in people.groupby(column, sort=True):
        persons: list[Any] = list(rows.itertuples(index=False))
        field = sorted((p for p in persons if p.released), key=_route)
        held = sorted((p for p in persons if not p.released), key=lambda p: (p.stratum, p.turn))
        for some in _pieces(p.form for p in field):
            yield str(code), "main", some
        for some in _pieces(p.form for p in held):
            yield str(code), "reserve", some


def _pieces(forms: Iterable[str]) -> Iterator[tuple[str, ...]]:
    rest = iter(forms)
    while some := tuple(islice(rest, LARGEST_BATCH)):
        yield some


def _route(person: Any) -> tuple[object, ...]:
    place = (collation_key(person.commune), person.commune_code, collation_key(person.village))
    return *place, name_key(person.full_name), person.form


def _under_their_codes(store: Store, people: pd.DataFrame) -> pd.DataFrame:
    """The people under every code that they ever had."""
    with store.read() as connection:
        rows = [(row.form, row.unit_id) for row in casebook.form_rows(connection)]
    codes = pd.DataFrame(rows, columns=["form", "unit_id"])
    return codes.merge(people.drop(columns="form"), on="unit_id")


# ---------------------------------------------------------------- making the files
@contextmanager
def _made(
    store: Store, folder: Path, batches: Sequence[Batch], people: pd.DataFrame, units: Units,
    advance: Callable[[int], None],
) -> Iterator[list[Batch]]:  # fmt: skip
    """The batches with pages, file and digest, written beside their names; they get these when the block ends well."""
    names, person_of = places_of(units)[1], {p.form: p for p in people.itertuples(index=False)}
    asked, bodies = questionnaire_of(store), dict[tuple[Lang, ...], Body]()
    waiting: list[tuple[Path, Path]] = []
    made = []
    try:
        for batch in batches:
            kind = store.settings.kind
            if batch.languages not in bodies:
                bodies[batch.languages] = form_pages.body_of(asked, survey_kind=kind, languages=batch.languages)
            name = names.get(batch.place, batch.place)
            persons = tuple(_addressee(person_of[form], units) for form in batch.forms)
            pdf = form_pages.render(
                _paper(store, batch, name, persons), bodies[batch.languages], languages=batch.languages
            )
            file = paper_file(folder, batch.place, name, f"{batch.kind}-{batch.batch}")
            beside = file.with_name(f"{file.name}.part")
            waiting.append((beside, file))
            with writing(file):
                beside.write_bytes(pdf)
            digest = hashlib.sha256(pdf).hexdigest()
            made.append(replace(batch, pages=bodies[batch.languages].count, file=file.name, sha256=digest))
            advance(len(persons))
        yield made
        for beside, file in waiting:
            with writing(file):
                beside.replace(file)
    finally:
        for beside, _ in waiting:
            with suppress(OSError):  # what could not be written is not there either
                beside.unlink()


def _paper(store: Store, batch: Batch, name: str, persons: tuple[Addressee, ...]) -> FormBatch:
    return FormBatch(
        survey=survey_title(store),
        survey_kind=store.settings.kind,
        place=name if name == batch.place else f"{name} ({batch.place})",
        kind=batch.kind,
        code=batch.batch,
        printed_on=batch.printed_on,
        people=persons,
        sides=batch.sides,
        demo=store.settings.demo,
    )


def _addressee(person: Any, units: Units) -> Addressee:
    """Name and address as they stand on a cover: house, village, commune, district; an official's agency instead."""
    district = units.names.get(person.district_code, "")
    lines = (
        [person.agency]
        if units.by_agency
        else form_pages.address_lines(person.address, person.village, person.commune, district)
    )
    return Addressee(person.form, person.full_name, tuple(filter(None, lines)), person.stratum)


# ---------------------------------------------------------------- recording
def _record(store: Store, batches: Sequence[Batch]) -> None:
    """Write `print` of every form and an entry of every batch, or nothing where one of them cannot be printed."""
    offered = [
        (Event("", form, Act.PRINT, batch.printed_on, author=store.author), Place(form=form))
        for batch in batches
        for form in batch.forms
    ]
    with store.write() as transaction:
        desk = open_desk(transaction.connection, store, [event for event, _ in offered])
        admissions = offer_all(desk.register, offered)
        refused = [p for a in admissions if a.arrival in (Arrival.REFUSED, Arrival.CLASH) for p in a.problems]
        refused += [
            problem("PRINTED_MEANWHILE", Place(form=a.event.form), found=a.event.form)
            for a in admissions
            if a.arrival is Arrival.KNOWN
        ]
        if refused:
            raise SurveyError(refused)
        write(transaction, desk)
        for batch in batches:
            transaction.note("print_batch", **_details(batch))


def _details(batch: Batch) -> dict[str, object]:
    return {
        "batch": batch.batch,
        "place": batch.place,
        "kind": batch.kind,
        "printed_on": batch.printed_on.isoformat(),
        "forms": list(batch.forms),
        "languages": list(batch.languages),
        "sides": batch.sides,
        "pages": batch.pages,
        "file": batch.file,
        "sha256": batch.sha256,
    }


def _remarks(store: Store, people: pd.DataFrame) -> Iterable[Problem]:
    """What whoever prints should know: sentences that are not the ministry's, people without a name."""
    if store.settings.questionnaire in questionnaires.shipped_names() and not store.settings.demo and len(people):
        yield problem("PRINT_WORDING", found=store.settings.questionnaire)
    if nameless := int((people["full_name"] == "").sum()):
        yield problem("PRINT_NAMELESS", found=str(nameless))
