"""What the post office works with on paper: hand-over sheets and receipts, labels."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.cases import ListKind, batch_code
from sipas_survey.documents.field_papers import (
    Carried,
    Label,
    LabelSize,
    Route,
    Sheet,
    render_labels,
    render_sheets,
)
from sipas_survey.formats import collation_key, name_key
from sipas_survey.places import Units
from sipas_survey.problems import Checked, problem
from sipas_survey.storage import ledger
from sipas_survey.storage.store import Store
from sipas_survey.tracking import routes
from sipas_survey.tracking.forms import State
from sipas_survey.tracking.progress import FormRecord
from sipas_survey.workflow.drawing import record_of
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.papers import (
    drawn_people,
    paper_file,
    places_of,
    read_workers,
    survey_title,
    worker_of,
    writing,
)
from sipas_survey.workflow.progress import form_records
from sipas_survey.workflow.protocol import paper_languages

_CLOSED = frozenset({State.PLANNED, State.LOST, State.VOID, State.ANNULLED})


@dataclass(frozen=True)
class HandOver:
    """A sheet as the ledger keeps it: what its code stands for."""

    code: str
    worker: str
    commune: str
    forms: tuple[str, ...]


# ---------------------------------------------------------------- sheets
def write_sheets(
    store: Store, folder: Path, *, workers_file: Path | None = None, everything: bool = False,
    on: date | None = None, paper: str | None = None, viewer: Viewer = EVERYONE,
) -> Checked[list[Path]]:  # fmt: skip
    """Write a PDF for each place: a receipt for each post worker, and a sheet for each of his communes.

    On a sheet are forms that are printed and wait to be handed out; with `everything` all that are in the field or
    have come back. Without a table of workers a form is of the worker of its last field act. Reserves that are held
    are on no sheet. The sheets hold names: that they were made, and what their codes stand for, is recorded.

    Raises SurveyError DRAW_MISSING, PERSONAL_DATA_LOCKED, and what a wrong table of workers raises.
    """
    on, languages, units = on or store.today, paper_languages(store, paper), units_of(store)
    record_of(store)
    workers = read_workers(workers_file, units) if workers_file else None
    people = drawn_people(store, units, viewer)
    records = {record.form: record for record in form_records(store, viewer) if record.last_of_case}
    wanted = [bool(person.released) and _on_a_sheet(records[person.form], everything) for person in _rows(people)]
    people = people[wanted]
    assigned = routes.assign(people, workers or ())
    people = people.assign(
        worker=worker_of(people, assigned.value) if workers else [records[f].state.worker for f in people["form"]]
    )
    names_of_workers = {worker.worker: worker.name for worker in workers or ()}
    column, names = places_of(units)
    written, given = [], []
    for code, rows in people.groupby(column, sort=True):
        carried = _routes(rows, names_of_workers, store.settings.round_code, on)
        name = names.get(str(code), str(code))
        file = paper_file(folder, str(code), name, "sheets")
        with writing(file):
            file.write_bytes(render_sheets(carried, place=name, survey=survey_title(store), on=on, languages=languages))
        written.append(file)
        given += [(route.worker, sheet) for route in carried for sheet in route.sheets]
    if written:
        _note_sheets(store, written, given)
    told = assigned.problems if workers is not None else ()
    return Checked(written, (*told, *(() if written else (problem("SHEETS_NOTHING"),))))


def _on_a_sheet(record: FormRecord, everything: bool) -> bool:
    if everything:
        return record.state.state not in _CLOSED
    return record.state.state is State.PRINTED


def _rows(people: pd.DataFrame) -> Iterator[Any]:
    return people.itertuples(index=False)


def _routes(people: pd.DataFrame, names: dict[str, str], round_code: int, on: date) -> list[Route]:
    """The sheets of a place by worker, those without one last."""

    def order(person: Any) -> tuple[object, ...]:
        place = (collation_key(person.commune), person.commune_code, collation_key(person.village))
        return (not person.worker, person.worker, *place, name_key(person.full_name), person.form)

    found = []
    for worker, theirs in groupby(sorted(_rows(people), key=order), key=lambda p: p.worker):
        sheets = [
            _sheet(list(some), worker, round_code, on)
            for _, some in groupby(theirs, key=lambda p: (p.commune, p.commune_code))
        ]
        found.append(Route(worker, names.get(worker, ""), tuple(sheets)))
    return found


def _sheet(persons: Sequence[Any], worker: str, round_code: int, on: date) -> Sheet:
    codes = [person.form for person in persons]
    code = batch_code(round_code, ("sheet", worker, persons[0].commune_code, on.isoformat(), *codes))
    return Sheet(code, persons[0].commune, tuple(Carried(p.form, p.full_name, p.village) for p in persons))


def _note_sheets(store: Store, written: Sequence[Path], given: Iterable[tuple[str, Sheet]]) -> None:
    sheets = [
        {"code": sheet.code, "worker": worker, "commune": sheet.commune, "forms": [form.form for form in sheet.forms]}
        for worker, sheet in given
    ]
    with store.write() as transaction:
        transaction.note("export_sheets", files=[file.name for file in written], sheets=sheets)


def sheets_given(store: Store) -> dict[str, HandOver]:
    """The sheets that were made, by their code."""
    with store.read() as connection:
        entries = [ledger.details_of(row) for row in ledger.entries(connection, act="export_sheets")]
    return {
        sheet["code"]: HandOver(sheet["code"], sheet["worker"], sheet["commune"], tuple(sheet["forms"]))
        for details in entries
        for sheet in details["sheets"]
    }


# ---------------------------------------------------------------- labels
def write_labels(
    store: Store, folder: Path, *, size: LabelSize = LabelSize.A4, with_names: bool = False, on: date | None = None,
    paper: str | None = None, viewer: Viewer = EVERYONE,
) -> list[Path]:  # fmt: skip
    """Write a PDF of labels for each place, for forms whose code is in use; held reserves in a file of their own.

    Labels tell code, commune and village; with `with_names` the name too, and then that names went out is recorded.
    Raises SurveyError DRAW_MISSING, and PERSONAL_DATA_LOCKED where names are asked for without the key.
    """
    on, languages, units = on or store.today, paper_languages(store, paper), units_of(store)
    record_of(store)
    names_of = dict(drawn_people(store, units, viewer)[["form", "full_name"]].to_numpy().tolist()) if with_names else {}
    column, names = places_of(units)
    alive = [
        r for r in form_records(store, viewer) if r.last_of_case and r.state.state not in _CLOSED - {State.PLANNED}
    ]
    by_file: dict[tuple[str, bool], list[FormRecord]] = {}
    for record in sorted(alive, key=lambda r: _label_order(r, units)):
        by_file.setdefault((record.place[column], _held(record)), []).append(record)
    written = []
    for (code, held), records in sorted(by_file.items()):
        labels = [_label(record, units, names_of.get(record.form, "")) for record in records]
        file = paper_file(folder, code, names.get(code, code), "labels-reserve" if held else "labels")
        with writing(file):
            file.write_bytes(render_labels(labels, size=size, survey=survey_title(store), on=on, languages=languages))
        written.append(file)
    if with_names and written:
        with store.write() as transaction:
            transaction.note("export_labels", files=[file.name for file in written], people=len(alive))
    return written


def _held(record: FormRecord) -> bool:
    """Whether a form is of a reserve that nobody may use yet."""
    return record.kind is ListKind.RESERVE and not record.released


def _label_order(record: FormRecord, units: Units) -> tuple[object, ...]:
    if _held(record):
        return record.stratum, record.turn, record.form
    commune, village = record.place["commune_code"], record.place["village"]
    return collation_key(units.names.get(commune, commune)), commune, collation_key(village), record.form


def _label(record: FormRecord, units: Units, full_name: str) -> Label:
    commune = record.place["commune_code"]
    where = units.names.get(commune, commune)
    return Label(record.form, where, record.place["village"], full_name, held=_held(record))
