"""Reminders: which forms are still out, on whose route, and since when."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.documents.overdue import FormOut, write_overdue
from sipas_survey.formats import search_key
from sipas_survey.storage.store import Store
from sipas_survey.tracking.progress import AGES
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.papers import drawn_people, places_of, survey_title, writing
from sipas_survey.workflow.progress import form_records
from sipas_survey.workflow.protocol import paper_languages

REMIND_AFTER, OVERDUE_AFTER = AGES["outstanding_3_5"], AGES["outstanding_6_plus"]


def write_lists(
    store: Store, folder: Path, *, as_of: date | None = None, as_pdf: bool = False, paper: str | None = None,
    viewer: Viewer = EVERYONE,
) -> tuple[list[Path], list[FormOut]]:  # fmt: skip
    """Write a workbook, or a PDF, per district of the forms that are out for three days or more.

    Returns the files and the forms.

    The lists hold names; that they were made is recorded. Raises SurveyError PERSONAL_DATA_LOCKED without the key.
    """
    as_of = as_of or store.today
    units = units_of(store)
    column, names = places_of(units)
    people = {str(p.unit_id): p for p in drawn_people(store, units, viewer).itertuples(index=False)}
    by_place: dict[str, list[FormOut]] = {}
    for record in form_records(store, viewer, as_of=as_of):
        issued_on = record.state.issued_on
        if not record.state.outstanding or issued_on is None or (as_of - issued_on).days < REMIND_AFTER:
            continue
        out = _form_out(people[record.unit_id], record.form, record.state.worker, issued_on, as_of)
        by_place.setdefault(record.place[column], []).append(out)
    written = []
    for code, forms in sorted(by_place.items()):
        name = names.get(code, code)
        file = folder / f"{code}-{search_key(name).replace(' ', '-')}{'.pdf' if as_pdf else '.xlsx'}"
        with writing(file):
            if as_pdf:
                file.write_bytes(_pages(store, forms, name, as_of, paper))
            else:
                write_overdue(
                    file, forms, district=name, survey_name=store.settings.name, as_of=as_of,
                    lang=store.settings.language,
                )  # fmt: skip
        written.append(file)
    everybody = [form for forms in by_place.values() for form in forms]
    if written:
        with store.write() as transaction:
            transaction.note("export_overdue", files=[file.name for file in written], people=len(everybody))
    return written, everybody


def _pages(store: Store, forms: Sequence[FormOut], place: str, as_of: date, paper: str | None) -> bytes:
    from sipas_survey.documents.field_papers import render_overdue

    return render_overdue(
        forms, place=place, survey=survey_title(store), as_of=as_of,
        overdue_after=OVERDUE_AFTER, languages=paper_languages(store, paper),
    )  # fmt: skip


def _form_out(person: Any, form: str, worker: str, issued_on: date, as_of: date) -> FormOut:
    days = (as_of - issued_on).days
    return FormOut(
        worker=worker,
        commune=person.commune,
        village=person.village,
        form=form,
        full_name=person.full_name,
        phone=person.phone,
        address=person.address,
        issued_on=issued_on,
        days=days,
        overdue=days >= OVERDUE_AFTER,
    )
