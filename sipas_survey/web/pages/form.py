"""A form: its timeline, the acts that are allowed now, and why the others are not."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.exchange.events import EventRow
from sipas_survey.formats import Lang, normal, read_day, word
from sipas_survey.problems import stop
from sipas_survey.tracking.forms import MOVES, POINTING_ACTS, Act
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.shown import as_json, back, page, told
from sipas_survey.workflow import acting, field, privacy
from sipas_survey.workflow.field import FormHistory
from sipas_survey.workflow.office import units_of

router = APIRouter(tags=["forms"])
Known = Annotated[Asked, Depends(Door(Right.FORMS))]


@router.get("/forms/{code}.json")
def twin(asked: Known, code: str) -> Response:
    """Where a form stands, and its events, without personal data."""
    found = field.history(asked.store, code, asked.viewer)
    return as_json({
        "form": code, "state": str(found.state.state), "in_question": found.state.in_question, "held": found.held,
        "events": [{**_event(found, e), "happened_on": e.happened_on.isoformat()} for e in found.events],
    })  # fmt: skip


@router.get("/forms/{code}", include_in_schema=False)
def shown(asked: Known, code: str) -> Response:
    """The page of a form."""
    return _page(asked, code, person=None)


@router.post("/forms/{code}/person", include_in_schema=False)
def reveal(asked: Annotated[Asked, Depends(Door(Right.NAMES))], code: str) -> Response:
    """Show the person behind a form; that it was asked, and why, is an entry of the ledger."""
    person = privacy.of_form(asked.store, code, reason=asked.form.get("reason", "")[:200], viewer=asked.viewer)
    return _page(asked, code, person=person)


@router.post("/forms/{code}", include_in_schema=False)
def act(asked: Known, code: str) -> Response:
    """Do one act."""
    on = read_day(asked.form.get("on", ""))
    if on is None:
        raise stop("REQUEST_WRONG", found="on")
    said: dict[str, Any] = {name: normal(asked.form.get(name, "")[:200]) for name in ("worker", "reason", "refers_to")}
    done = acting.submit(asked.store, asked.viewer, [EventRow(None, code, asked.form.get("act", ""), on, **said)])
    return back(f"/forms/{code}") if done.stored else told(asked.request, done.problems)


def _page(asked: Asked, code: str, *, person: privacy.Person | None) -> Response:
    found = field.history(asked.store, code, asked.viewer)
    names = units_of(asked.store).names
    can, cannot = _acts(asked, found)
    events = [{**_event(found, e), "author": e.author, "event_id": e.event_id} for e in reversed(found.events)]
    place = {name: names.get(found.row.place[f"{name}_code"], "") for name in ("district", "commune")}
    return page(
        asked, "form.html", code=code, found=found, place=place, events=events, can=can, cannot=cannot, person=person,
        may_name=asked.viewer.may(Right.NAMES),
        today=asked.store.today.isoformat(), pointing=bool(POINTING_ACTS & set(can)),
    )  # fmt: skip


def _event(found: FormHistory, event: Any) -> dict[str, Any]:
    standing = found.state.standing.get(event.event_id)
    return {
        "act": str(event.act), "happened_on": event.happened_on, "worker": event.worker, "reason": event.reason,
        "refers_to": event.refers_to, "standing": str(standing) if standing else "",
    }  # fmt: skip


def _acts(asked: Asked, found: FormHistory) -> tuple[list[Act], list[tuple[Act, str]]]:
    """The acts that role and life of the form allow, and the others with why not."""
    allowed = found.state.allowed()
    can, cannot = [], []
    for each in Act:
        if not asked.viewer.may_do(each):
            cannot.append((each, word("why_role", asked.lang)))
        elif found.held:
            cannot.append((each, word("why_held", asked.lang)))
        elif each not in allowed and not (each is Act.UNDO and found.events):
            cannot.append((each, _why(each, found, asked.lang)))
        else:
            can.append(each)
    return can, cannot


def _why(act: Act, found: FormHistory, lang: Lang) -> str:
    """Why the life of a form does not allow an act now, and from where it would."""
    if found.state.in_question:
        return word("why_question", lang)
    states = [word(f"state_{state}", lang) for state, moves in MOVES.items() if act in moves]
    here = word(f"state_{found.state.state}", lang)
    return word("why_state", lang, state=here, states=", ".join(states) or "–")
