"""Replacements that were asked for and wait for a second person."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.shown import as_csv, as_json, page
from sipas_survey.workflow.form_list import form_list

router = APIRouter(tags=["approvals"])
Known = Annotated[Asked, Depends(Door(Right.APPROVALS))]
WANTED = {"state": "request"}


@router.get("/approvals", include_in_schema=False)
def listed(asked: Known) -> Response:
    """Open requests; each is approved (`replace`) or turned down on the spot, by the acts of its form."""
    rows = form_list(asked.store, asked.viewer, wanted=WANTED)
    return page(asked, "approvals.html", rows=rows, today=asked.store.today.isoformat())


@router.get("/approvals.json")
def twin(asked: Known) -> Response:
    """Open requests."""
    return as_json({"rows": form_list(asked.store, asked.viewer, wanted=WANTED)})


@router.get("/approvals.csv")
def table(asked: Known, excel: bool = False) -> Response:
    """Open requests."""
    return as_csv(form_list(asked.store, asked.viewer, wanted=WANTED), name="approvals", excel=excel)
