"""The orders of a re-check as a page tells them: which forms, to whom, and what has been found of each."""

from typing import Any

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.storage import casebook
from sipas_survey.storage.store import Store
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.recheck import draws, orders, own_forms, waiting_draw
from sipas_survey.workflow.recheck_report import standing_findings


def order_list(store: Store) -> list[dict[str, Any]]:
    """Every order as plain values: how many forms, how many to each body, for what cause."""
    with store.read() as connection:
        opened = orders(connection)
    return [
        {"number": one.number, "forms": len(one.bodies), "worker": one.worker or None, "seed": one.seed or None,
         "front": sum(b == "front" for b in one.bodies.values()),
         "veterans": sum(b == "veterans" for b in one.bodies.values())}
        for one in opened
    ]  # fmt: skip


def ordered_forms(store: Store, viewer: Viewer = EVERYONE) -> list[dict[str, Any]]:
    """The ordered forms in scope, with their places and what was found, without names and without answers."""
    names = units_of(store).names
    with store.read() as connection:
        given = own_forms(connection, viewer)
        units = casebook.units_of_forms(connection, given)
        rows = {row.form: row for row in casebook.form_rows(connection, viewer, units=units)} if given else {}
        found = standing_findings(connection, store, given) if given else {}
    return [
        {"form": form, "body": str(given[form]), "district_code": row.place["district_code"],
         "district": names.get(row.place["district_code"], row.place["district_code"]),
         "commune": names.get(row.place["commune_code"], row.place["commune_code"]), "village": row.place["village"],
         "finding": str(found[form][1]) if form in found else None}
        for form, row in sorted(rows.items()) if form in given
    ]  # fmt: skip


def is_sealed(store: Store) -> dict[str, Any] | None:
    """What may be said of the draw that waits for its order; None where none waits."""
    with store.read() as connection:
        one = waiting_draw(connection)
    return None if one is None else {"forms": len(one.forms), "selected": one.selected, "seed_digest": one.seed_digest}


def was_drawn(store: Store) -> bool:
    """Whether anything was drawn for a re-check."""
    with store.read() as connection:
        return bool(draws(connection))
