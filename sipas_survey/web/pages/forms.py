"""The list of forms: filters in the address, twins, and acts on many forms at once with a reason."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import ACTS, Right
from sipas_survey.exchange.events import EventRow
from sipas_survey.formats import normal, read_day
from sipas_survey.problems import stop
from sipas_survey.tracking.forms import POINTING_ACTS, Act, State
from sipas_survey.web.asking import Asked, Door, filters
from sipas_survey.web.downloads import at_length
from sipas_survey.web.shown import attached, back, page, told
from sipas_survey.workflow import acting
from sipas_survey.workflow.form_list import FLAGS, form_file, form_list
from sipas_survey.workflow.office import units_of

router = APIRouter(tags=["forms"])
Known = Annotated[Asked, Depends(Door(Right.FORMS))]
FILTERS = ("state", "kind", "district", "commune", "worker", "days", "flag", "q")
PAGE = 50


@router.get("/forms", include_in_schema=False)
def listed(asked: Known, number: int = 1) -> Response:
    """A page of the forms that fit the filter."""
    wanted = filters(asked.request, *FILTERS)
    rows = form_list(asked.store, asked.viewer, wanted=wanted)
    last = max(1, -(-len(rows) // PAGE))
    number = min(max(number, 1), last)
    units = units_of(asked.store)
    communes = {
        code: each.name for code, each in units.communes.items()
        if asked.viewer.sees(each.district_code) and each.district_code == wanted.get("district", each.district_code)
    }  # fmt: skip
    acts = [act for act in Act if act not in POINTING_ACTS and asked.viewer.may_do(act)]
    return page(
        asked, "forms.html", rows=rows[(number - 1) * PAGE : number * PAGE], count=len(rows), number=number, last=last,
        wanted=wanted, query=urlencode(wanted), acts=acts, states=list(State), today=asked.store.today.isoformat(),
        districts={code: name for code, name in units.districts.items() if asked.viewer.sees(code)},
        communes=communes, flags=list(FLAGS),
    )  # fmt: skip


@router.get("/forms.json")
def twin(asked: Known) -> Response:
    """Every form that fits the filter."""
    return _file(asked, "json", "forms.json")


@router.get("/forms.csv")
def table(asked: Known, excel: bool = False) -> Response:
    """Every form that fits the filter."""
    return _file(asked, "excel" if excel else "csv", "forms.csv")


@router.get("/forms.xlsx")
def workbook(asked: Known) -> Response:
    """Every form that fits the filter."""
    return _file(asked, "xlsx", "forms.xlsx")


def _file(asked: Asked, kind: str, name: str) -> Response:
    wanted = filters(asked.request, *FILTERS)
    return attached(at_length(asked, form_file, asked.viewer, wanted=wanted, kind=kind), name)


@router.post("/forms", include_in_schema=False)
def act_on_many(asked: Known) -> Response:
    """One act on the forms that were ticked: on all of them, or on none."""
    forms, on = asked.lists.get("form", ()), read_day(asked.form.get("on", ""))
    act, reason = asked.form.get("act", ""), normal(asked.form.get("reason", "")[:200])
    if on is None or not forms or act not in {a for acts in ACTS.values() for a in acts} or not reason:
        missing = "form" if not forms else "on" if on is None else "reason" if not reason else "act"
        raise stop("REQUEST_WRONG", found=missing)
    worker = normal(asked.form.get("worker", "")[:100])
    rows = [EventRow(None, form, act, on, worker=worker, reason=reason) for form in forms]
    done = acting.submit(asked.store, asked.viewer, rows)
    if not done.stored:
        return told(asked.request, done.problems)
    return back("/forms?" + asked.form.get("query", "")[:1000].replace("\n", "").replace("\r", ""))
