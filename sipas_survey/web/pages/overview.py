"""The overview, and the same page one level down: district, commune, worker."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right, Viewer
from sipas_survey.formats import Share, read_day
from sipas_survey.problems import stop
from sipas_survey.web.asking import Asked, Door, filters
from sipas_survey.web.shown import as_csv, as_json, page
from sipas_survey.workflow import overview, progress
from sipas_survey.workflow.office import last_event, units_of

router = APIRouter(tags=["overview"])
Known = Annotated[Asked, Depends(Door(Right.OVERVIEW))]
_COUNTS = ("issued", "returned", "outstanding", "withdrawn", "lost", "in_question")
_KEYS = {"district": "district_code", "commune": "commune_code", "worker": "worker"}
_STATE = {"issued": "issued_all", "returned": "returned_all"}
_BEHIND = {
    "late": {"state": "outstanding", "days": "6"}, "question": {"state": "in_question"},
    "withdrawn": {"state": "withdrawn"}, "smooth": {"state": "returned_all"}, "main": {"kind": "main"},
}  # fmt: skip
SHADES = ("all", "most", "many", "half", "few", "none")


@router.get("/", include_in_schema=False)
def province(asked: Known) -> Response:
    """The province, by district (by commune where there are no districts)."""
    return _level(asked, asked.viewer, progress.default_level(asked.store), title="", where={})


@router.get("/districts/{code}", include_in_schema=False)
def district(asked: Known, code: str) -> Response:
    """A district, by commune."""
    names = units_of(asked.store).districts
    if code not in names or not asked.viewer.sees(code):
        raise stop("PAGE_UNKNOWN")
    narrowed = replace(asked.viewer, districts=frozenset({code}))
    return _level(asked, narrowed, "commune", title=names[code], where={"district": code})


@router.get("/communes/{code}", include_in_schema=False)
def commune(asked: Known, code: str) -> Response:
    """A commune, by worker."""
    known, names = units_of(asked.store).communes.get(code), units_of(asked.store).districts
    if known is None or not asked.viewer.sees(known.district_code):
        raise stop("PAGE_UNKNOWN")
    narrowed = replace(asked.viewer, communes=frozenset({code}))
    above = (names[known.district_code], f"/districts/{known.district_code}") if known.district_code in names else None
    return _level(asked, narrowed, "worker", title=known.name, where={"commune": code}, above=above)


@router.get("/workers/{worker}", include_in_schema=False)
def worker(asked: Known, worker: str) -> Response:
    """A worker, by commune."""
    if asked.viewer.worker not in (None, worker) or not worker:
        raise stop("PAGE_UNKNOWN")
    narrowed = replace(asked.viewer, worker=worker)
    return _level(asked, narrowed, "commune", title=worker, where={"worker": worker})


@router.get("/overview.json")
def twin(asked: Known, by: str = "") -> Response:
    """The numbers of the overview."""
    return as_json(_told(asked, by))


@router.get("/overview.csv")
def table(asked: Known, by: str = "", excel: bool = False) -> Response:
    """The table of the overview."""
    return as_csv(_told(asked, by)["rows"], name="overview", excel=excel)


@router.get("/trend", include_in_schema=False)
def trend(asked: Known) -> Response:
    """The line of forms back against the line to all of them, loaded after the page."""
    viewer = _narrowed(asked)
    rows = progress.status(asked.store, viewer, by="day", as_of=_as_of(asked))["rows"]
    return page(asked, "trend.html", line=_line(rows))


def _told(asked: Asked, by: str) -> dict[str, Any]:
    level = by if by in progress.LEVELS else progress.default_level(asked.store)
    record = _status(asked, _narrowed(asked), level)
    return {**record, "problems": [p.as_dict(asked.lang) for p in record["problems"]]}


def _narrowed(asked: Asked) -> Viewer:
    """The scope of the filters in the address, never more than one's own."""
    viewer, said = asked.viewer, filters(asked.request, "district", "commune", "worker")
    if "district" in said:
        both = frozenset({said["district"]}) & (viewer.districts or frozenset({said["district"]}))
        viewer = replace(viewer, districts=both if viewer.sees(said["district"]) else frozenset())
    if "commune" in said:
        viewer = replace(viewer, communes=frozenset({said["commune"]}))
    if "worker" in said and viewer.worker is None:
        viewer = replace(viewer, worker=said["worker"])
    return viewer


def _as_of(asked: Asked) -> date | None:
    return read_day(filters(asked.request, "as_of").get("as_of", ""))


def _status(asked: Asked, viewer: Viewer, by: str) -> dict[str, Any]:
    return overview.look(asked.store, viewer, by=by, as_of=_as_of(asked))


def _level(
    asked: Asked, viewer: Viewer, by: str, *, title: str, where: dict[str, str], above: tuple[str, str] | None = None
) -> Response:  # fmt: skip
    record = _status(asked, viewer, by)
    if where and not record["rows"]:
        raise stop("PAGE_UNKNOWN")
    key, earlier = _KEYS.get(by, by), filters(asked.request, "as_of")  # the list of forms tells of today only
    rows = [_shown(row, by, row[key] or "", where) for row in record["rows"]]
    return page(
        asked, "overview.html", title=title, by=by, rows=rows, total=_shown(record["total"], by, "", where),
        record=record, query=urlencode({**where, "by": by, **earlier}), where=urlencode({**where, **earlier}),
        counts=_COUNTS, last=last_event(asked.store), may_list=asked.viewer.may(Right.FORMS) and not earlier,
        above=above, shades=SHADES,
    )  # fmt: skip


def _shown(row: dict[str, Any], by: str, code: str, where: dict[str, str]) -> dict[str, Any]:
    """A row with its links: one level down, and to the forms behind each number."""
    down = {"district": "/districts/", "commune": "/communes/", "worker": "/workers/"}.get(by)
    here = {**where, by: code} if code and by in _KEYS else where
    behind = {name: {"state": _STATE.get(name, name)} for name in _COUNTS} | _BEHIND
    return {
        **row,
        "name": row.get(by) or code,
        "rate": Share(row["returned"], row["issued"]),
        "href": f"{down}{quote(code)}" if down and code and by not in where else "",
        "forms": {name: "/forms?" + urlencode({**here, **wanted}) for name, wanted in behind.items()},
        "spark": _spark(row.get("course", []), row["issued"]),
    }


def _spark(course: list[int], top: int) -> str:
    """The points of a small picture of 100 by 24: forms back against forms issued."""
    width = max(len(course) - 1, 1)
    return " ".join(f"{100 * i / width:.1f},{23 - 22 * back / max(top, 1):.1f}" for i, back in enumerate(course))


def _line(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The points of the two lines in a picture of 600 by 160."""
    days = [row for row in rows if row["day"]]
    if not days:
        return {}
    top = max(row["issued_to_date"] for row in days) or 1
    first = date.fromisoformat(days[0]["day"]).toordinal()
    width = max(date.fromisoformat(days[-1]["day"]).toordinal() - first, 1)

    def points(name: str) -> str:
        return " ".join(
            f"{600 * (date.fromisoformat(r['day']).toordinal() - first) / width:.1f},{160 - 150 * r[name] / top:.1f}"
            for r in days
        )

    return {
        "issued": points("issued_to_date"), "returned": points("returned_to_date"), "first": days[0]["day"],
        "last": days[-1]["day"], "top": top, "back": days[-1]["returned_to_date"],
    }  # fmt: skip
