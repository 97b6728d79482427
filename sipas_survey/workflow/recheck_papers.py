"""What the bodies that re-check are given: a workbook that they fill in, and the order with short forms on paper."""

from datetime import date
from pathlib import Path
from typing import Any

from sipas_survey.cases import ListKind
from sipas_survey.documents.recheck import Asked, RecheckOrder, render_pdf, write_workbook
from sipas_survey.formats import Lang, collation_key, name_key, search_key, word
from sipas_survey.storage import ledger
from sipas_survey.storage.store import Store
from sipas_survey.tracking import recheck as rule
from sipas_survey.tracking.recheck import Body, Layer
from sipas_survey.workflow.drawing import record_of
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.papers import drawn_people, paper_language, writing
from sipas_survey.workflow.recheck import Order, current, short_form_of


def write_papers(store: Store, folder: Path, order: Order, *, paper: str | None = None) -> list[Path]:
    """Write a workbook and a PDF for each body that has forms of an order, and record that names went out.

    They hold names, and none of the answers that were given. Raises SurveyError PERSONAL_DATA_LOCKED.
    """
    record_of(store)
    lang = paper_language(store, paper)
    with store.read() as connection:
        short = short_form_of(connection)
        layers = {record.form: rule.layer_of(record) for record in current(connection, store)}
        days = {row["seq"]: row["happened_on"] for row in ledger.entries(connection, act="open_recheck")}
    asked = _asked(store, order, layers, lang)
    written: list[Path] = []
    for body, forms in asked.items():
        name = word(f"recheck_file_{body}", lang, number=order.number)
        sheet = RecheckOrder(
            store.settings.name,
            store.settings.round,
            body,
            order.number,
            date.fromisoformat(days[order.seq]),
            short,
            tuple(forms),
        )
        for suffix in (".xlsx", ".pdf"):
            file = folder / f"{search_key(name).replace(' ', '-')}{suffix}"
            with writing(file):
                if suffix == ".xlsx":
                    write_workbook(file, sheet, lang=lang)
                else:
                    file.write_bytes(render_pdf(sheet, lang=lang))
            written.append(file)
    if written:
        with store.write() as transaction:
            people = sum(map(len, asked.values()))
            transaction.note("export_recheck", order=order.number, files=[f.name for f in written], people=people)
    return written


def _asked(
    store: Store, order: Order, layers: dict[str, Layer | None], lang: Lang
) -> dict[Body, list[Asked]]:  # fmt: skip
    """The people of an order by body, in the order of places and names."""
    units = units_of(store)
    table = drawn_people(store, units)
    chosen = table[table["form"].isin(order.bodies)]
    found: dict[Body, list[Asked]] = {}
    people: list[Any] = list(chosen.itertuples(index=False))
    for person in sorted(people, key=_reading_order):
        layer = layers.get(person.form) or _layer_of_kind(person.kind)
        district = units.names.get(person.district_code, person.district_code)
        asked = Asked(
            form=person.form,
            full_name=person.full_name,
            phone=person.phone,
            address=person.address,
            village=person.village,
            commune=person.commune,
            district=district,
            reported=word(f"recheck_layer_{layer}", lang),
        )
        found.setdefault(order.bodies[person.form], []).append(asked)
    return {body: found[body] for body in Body if body in found}


def _layer_of_kind(kind: str) -> Layer:
    """What a form was when it was ordered, that has been annulled since."""
    return Layer.RETURNED if kind == ListKind.MAIN else Layer.REPLACEMENT


def _reading_order(person: Any) -> tuple[Any, ...]:
    places = (person.district_code, collation_key(person.commune), collation_key(person.village))
    return (*places, name_key(person.full_name), person.form)
