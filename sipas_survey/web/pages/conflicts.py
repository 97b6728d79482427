"""What was reported and cannot count as things stand: contradictions, waiting and impossible acts, dead codes."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.shown import as_csv, as_json, page
from sipas_survey.workflow import field

router = APIRouter(tags=["conflicts"])
Known = Annotated[Asked, Depends(Door(Right.CONFLICTS))]


def _rows(asked: Asked) -> list[dict[str, Any]]:
    return [
        {"form": e.form, "act": str(e.act), "happened_on": e.happened_on.isoformat(), "worker": e.worker,
         "standing": str(each.standing), "event_id": e.event_id}
        for each in field.waiting(asked.store, asked.viewer) if (e := each.event)
    ]  # fmt: skip


@router.get("/conflicts", include_in_schema=False)
def listed(asked: Known) -> Response:
    """The queue."""
    return page(asked, "conflicts.html", rows=_rows(asked))


@router.get("/conflicts.json")
def twin(asked: Known) -> Response:
    """The queue."""
    return as_json({"rows": _rows(asked)})


@router.get("/conflicts.csv")
def table(asked: Known, excel: bool = False) -> Response:
    """The queue."""
    return as_csv(_rows(asked), name="conflicts", excel=excel, columns=("form", "act", "happened_on", "standing"))
