"""What should be looked at: flags, never verdicts."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.shown import as_csv, as_json, page
from sipas_survey.workflow import quality

router = APIRouter(tags=["quality"])
Known = Annotated[Asked, Depends(Door(Right.QUALITY))]


def _rows(asked: Asked) -> list[dict[str, Any]]:
    return [quality.record_of_flag(flag, asked.lang) for flag in quality.flags(asked.store, asked.viewer)]


@router.get("/quality", include_in_schema=False)
def listed(asked: Known) -> Response:
    """The flags, the rarest by chance first."""
    return page(asked, "quality.html", rows=_rows(asked))


@router.get("/quality.json")
def twin(asked: Known) -> Response:
    """The flags."""
    return as_json({"rows": _rows(asked)})


@router.get("/quality.csv")
def table(asked: Known, excel: bool = False) -> Response:
    """The flags."""
    return as_csv(_rows(asked), name="quality", excel=excel, columns=("flag", "about", "who", "message"))
