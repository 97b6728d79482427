"""The indices against their target."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.shown import as_csv, as_json, page
from sipas_survey.workflow import verdict

router = APIRouter(tags=["results"])
Known = Annotated[Asked, Depends(Door(Right.RESULTS))]


def _record(asked: Asked) -> dict[str, Any]:
    return verdict.record_of_judged(verdict.judge_campaign(asked.store), asked.lang)


@router.get("/results", include_in_schema=False)
def listed(asked: Known) -> Response:
    """The indices of the survey."""
    return page(asked, "results.html", record=_record(asked))


@router.get("/results.json")
def twin(asked: Known) -> Response:
    """The indices, as `sipas satisfaction` tells them."""
    return as_json(_record(asked))


@router.get("/results.csv")
def table(asked: Known, excel: bool = False) -> Response:
    """The indices."""
    return as_csv(_record(asked)["rows"], name="results", excel=excel)
