"""What the survey is set to; survey.toml is edited by hand, and the next act records the change."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.shown import as_json, page

router = APIRouter(tags=["settings"])
Known = Annotated[Asked, Depends(Door(Right.SETTINGS))]


def _record(asked: Asked) -> dict[str, object]:
    return dict(asked.store.settings.model_dump(mode="json", exclude={"database"}))


@router.get("/settings", include_in_schema=False)
def listed(asked: Known) -> Response:
    """The settings."""
    return page(asked, "settings.html", record=_record(asked))


@router.get("/settings.json")
def twin(asked: Known) -> Response:
    """The settings, without where the database is."""
    return as_json(_record(asked))
