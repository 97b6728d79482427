"""The counter, where forms are scanned out and in, and the route of a post worker. Both work while the line is down."""

import json
from collections import defaultdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.cases import plain_code
from sipas_survey.exchange.events import EventRow
from sipas_survey.formats import collation_key, normal, read_day, word
from sipas_survey.problems import stop
from sipas_survey.web.asking import Asked, Door, filters
from sipas_survey.web.shown import back, page, told
from sipas_survey.workflow import acting, privacy
from sipas_survey.workflow.form_list import form_list

router = APIRouter(include_in_schema=False)
Known = Annotated[Asked, Depends(Door(Right.FORMS))]
SCANNED = (
    "issue",
    "return",
    "not_met",
    "refuse",
    "moved",
    "ineligible",
    "deceased",
    "deliver",
    "lose",
    "accept",
    "reject",
)
AT_THE_DOOR = ("return", "deliver", "not_met", "refuse", "moved", "ineligible", "deceased")
SAID = ("stored", "kept", "again", "wrong_code", "taken_back", "nothing_to_undo", "cannot_undo", "restored", "line_ok",
        "line_down", "login", "reload", "no_store", "state_waiting", "state_done", "state_wrong", "state_gone", "sheet",
        "others", "seen", "wrong_one")  # fmt: skip


@router.get("/counter")
def counted(asked: Known) -> Response:
    """The counter; for a post worker his route."""
    if asked.viewer.worker is not None:
        return _route(asked, asked.viewer.worker)
    acts = [act for act in SCANNED if asked.viewer.may_do(act)]
    return page(asked, "counter.html", **_common(asked, acts))


@router.get("/route")
def route(asked: Known) -> Response:
    """The route of a worker, as he sees it."""
    worker = asked.viewer.worker or filters(asked.request, "worker").get("worker", "")
    if not worker:
        raise stop("PAGE_UNKNOWN")
    return _route(asked, worker)


@router.post("/route/names")
def names(asked: Annotated[Asked, Depends(Door(Right.NAMES))]) -> Response:
    """The route with the people to be asked; that their names were shown is an entry of the ledger."""
    if asked.viewer.worker is None:
        raise stop("PAGE_UNKNOWN")
    people = privacy.find(
        asked.store, "", reason=word("counter_names_reason", asked.lang), reveal=True, viewer=asked.viewer
    )
    return _route(asked, asked.viewer.worker, people={person.form: person.personal for person in people})


@router.post("/counter")
def record(asked: Known) -> Response:
    """One act on one form, from a browser that runs no script."""
    said, on = asked.form, read_day(asked.form.get("on", ""))
    if on is None or said.get("act", "") not in SCANNED:
        raise stop("REQUEST_WRONG", found="on" if on is None else "act")
    row = EventRow(None, plain_code(said.get("code", "")[:40]), said["act"], on, normal(said.get("worker", "")[:100]))
    done = acting.submit(asked.store, asked.viewer, [row])
    return back("/counter") if done.wrong == done.clash == 0 else told(asked.request, done.problems)


def _common(asked: Asked, acts: list[str]) -> dict[str, Any]:
    """What the script is told: who scans, for which survey, and the words it uses."""
    words = {name: word(f"counter_{name}", asked.lang) for name in SAID}
    words |= {f"act_{act}": word(f"act_{act}", asked.lang) for act in (*SCANNED, "undo")}
    return {
        "words": json.dumps(words, ensure_ascii=False), "today": asked.store.today.isoformat(),
        "may_undo": asked.viewer.may_do("undo"), "survey_id": str(asked.store.settings.id), "acts": acts,
    }  # fmt: skip


def _route(asked: Asked, worker: str, *, people: dict[str, Any] | None = None) -> Response:
    rows = form_list(asked.store, asked.viewer, wanted={"worker": worker})
    stops: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["days_out"] is not None:
            stops[row["commune"], row["village"]].append({**row, "person": (people or {}).get(row["form"])})
    order = sorted(stops, key=lambda place: tuple(map(collation_key, place)))
    acts = [act for act in AT_THE_DOOR if asked.viewer.may_do(act)]
    common = _common(asked, acts)
    return page(
        asked, "route.html", worker=worker, stops=[(place, stops[place]) for place in order],
        out=sum(map(len, stops.values())), back_count=sum(row["returned_on"] is not None for row in rows),
        own=asked.viewer.worker is not None, people=people is not None, **common,
    )  # fmt: skip
