"""What programs use: events in, status out, health, and the description of all of it."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from sipas_survey.access import Right
from sipas_survey.exchange.events import EventRow
from sipas_survey.formats import normal
from sipas_survey.problems import Place
from sipas_survey.web.asking import Asked, Door
from sipas_survey.workflow import acting, progress
from sipas_survey.workflow.frame import Imported
from sipas_survey.workflow.office import package_version

router = APIRouter(tags=["programs"])
Text = Annotated[str, Field(max_length=500, pattern="^[^\\x00]*$")]
Level = Literal["district", "commune", "village", "worker", "field", "agency", "day"]


class EventIn(BaseModel):
    """An event as a program reports it; without `event_id` the same fact told twice gets the same id."""

    model_config = ConfigDict(extra="forbid")
    form: Text
    act: Text
    happened_on: date
    event_id: Text | None = None
    worker: Text = ""
    reason: Text = ""
    note: Text = ""
    refers_to: Text = ""

    def row(self, number: int) -> EventRow:
        """The event as a row of its batch, counted from 1."""
        said = {name: normal(getattr(self, name)) for name in ("worker", "reason", "note", "refers_to")}
        form = "".join(self.form.split())
        return EventRow(self.event_id or None, form, self.act, self.happened_on, **said, place=Place(row=number))


Batch = Annotated[list[EventIn], Field(max_length=100_000)]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    401: {"description": "No log-in"},
    403: {"description": "Not in the role"},
    409: {"description": "An id with other content is stored; nothing was stored"},
    422: {"description": "Problems; nothing was stored"},
}


@router.get("/healthz")
def health() -> dict[str, Any]:
    """Whether the server is there."""
    return {"ok": True, "version": package_version()}


@router.post("/api/events", responses=_ANSWERS)
def take_events(batch: Batch, asked: Annotated[Asked, Depends(Door(Right.OVERVIEW))]) -> Response:
    """Take in a batch of events: all of it, or nothing."""
    rows = [event.row(i) for i, event in enumerate(batch, start=1)]
    done = acting.submit(asked.store, asked.viewer, rows, take=asked.request.app.state.intake.take)
    return JSONResponse(*_answer(done, asked))


def _answer(done: Imported, asked: Asked) -> tuple[dict[str, Any], int]:
    told = [p.as_dict(asked.lang) for p in done.problems]
    if done.wrong:
        return {"problems": told}, 422
    if done.clash:
        return {"clashes": [each for each in told if each["severity"] == "error"], "problems": told}, 409
    return {"new": done.new, "known": done.known} | ({"problems": told} if told else {}), 200


@router.get("/api/status", responses=_ANSWERS)
def tell_status(
    asked: Annotated[Asked, Depends(Door(Right.OVERVIEW))], by: Level | None = None, as_of: date | None = None
) -> dict[str, Any]:
    """Where every form stands, and the five numbers."""
    record = progress.status(asked.store, asked.viewer, by=by, as_of=as_of)
    return {**record, "problems": [p.as_dict(asked.lang) for p in record["problems"]]}


@router.get("/openapi.json", include_in_schema=False)
def describe(request: Request, asked: Annotated[Asked, Depends(Door())]) -> dict[str, Any]:  # noqa: ARG001
    """The description of all addresses."""
    described: dict[str, Any] = request.app.openapi()
    return described
