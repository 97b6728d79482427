"""The re-check: drawn and sealed, ordered, found, reported. Teams see the forms that are ordered to them."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.documents.recheck_tables import tables_of
from sipas_survey.exchange.rechecks import RecheckRow
from sipas_survey.formats import read_day
from sipas_survey.problems import Place, Problem, stop
from sipas_survey.tracking.recheck import Finding, Rules
from sipas_survey.tracking.short_form import wording
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.downloads import download, sent, whole_number
from sipas_survey.web.pages.draw import told_of
from sipas_survey.web.shown import as_csv, as_json, back, page, told
from sipas_survey.workflow import recheck, recheck_findings, recheck_orders, recheck_report
from sipas_survey.workflow.frame import Imported

router = APIRouter(tags=["recheck"])
Known = Annotated[Asked, Depends(Door(Right.RECHECK))]
Orderer = Annotated[Asked, Depends(Door(Right.RECHECK_ORDER))]
Team = Annotated[Asked, Depends(Door(Right.FINDINGS))]
_COLUMNS = ("form", "body", "district_code", "district", "commune", "village", "finding")


@router.get("/recheck", include_in_schema=False)
def listed(asked: Known) -> Response:
    """What is ordered, what was found, and what comes next."""
    return _page(asked)


@router.get("/recheck.json")
def twin(asked: Known) -> Response:
    """The ordered forms; for who orders also the orders and the report, as `sipas recheck report` tells it."""
    record: dict[str, Any] = {"forms": recheck_orders.ordered_forms(asked.store, asked.viewer)}
    if asked.viewer.may(Right.RECHECK_ORDER):
        orders = recheck_orders.order_list(asked.store)
        record |= {"orders": orders, "report": _report(asked) if orders else None}
    return as_json(record)


@router.get("/recheck.csv")
def table(asked: Known, excel: bool = False) -> Response:
    """The ordered forms."""
    rows = recheck_orders.ordered_forms(asked.store, asked.viewer)
    return as_csv(rows, name="recheck", excel=excel, columns=_COLUMNS)


def _report(asked: Asked) -> dict[str, Any]:
    return recheck_report.record_of_report(recheck_report.report(asked.store, asked.viewer))


def _page(asked: Asked, **more: Any) -> Response:
    orders, may = recheck_orders.order_list(asked.store), asked.viewer.may(Right.RECHECK_ORDER)
    values: dict[str, Any] = {"looked": None, "token": "", "drawn": None}
    return page(
        asked, "recheck.html", orders=orders, forms=recheck_orders.ordered_forms(asked.store, asked.viewer), may=may,
        team=asked.viewer.may(Right.FINDINGS), sealed=recheck_orders.is_sealed(asked.store) if may else None,
        tables=tables_of(_report(asked), asked.lang, step="recheck_web_step") if may and orders else [],
        **{**values, **more},
    )  # fmt: skip


# ---------------------------------------------------------------- who orders
@router.post("/recheck/draw", include_in_schema=False)
def draw(asked: Orderer) -> Response:
    """Draw forms by chance, and seal which ones."""
    share = asked.form.get("share", "20")
    if not share.isdecimal() or not 0 < int(share[:4]) <= 100:
        raise stop("REQUEST_WRONG", found="share")
    per_worker, per_village = whole_number(asked, "per_worker"), whole_number(asked, "per_village")
    rules = Rules(
        Fraction(int(share), 100), 2 if per_worker is None else per_worker, 1 if per_village is None else per_village
    )
    drawn = recheck.draw(asked.store, rules)
    return _page(asked, drawn={**recheck.record_of_draw(drawn), "problems": told_of(drawn.problems, asked)})


@router.post("/recheck/order", include_in_schema=False)
def order(asked: Orderer) -> Response:
    """Open the sealed draw, or order all of a worker's forms; workbooks and papers of both bodies go out."""
    worker = asked.form.get("worker", "").strip()[:100] or None

    def write(folder: Path) -> Iterable[Problem]:
        return recheck.order(asked.store, folder, worker=worker).problems

    return download(asked, "recheck", write)


# ---------------------------------------------------------------- who finds
@router.post("/recheck/findings", include_in_schema=False)
def look(asked: Team) -> Response:
    """What a workbook of findings would store; nothing is stored yet."""
    upload = sent(asked, "file")
    with upload.as_file() as file:
        done = recheck_findings.import_findings(asked.store, file, dry_run=True, viewer=asked.viewer)
    token = asked.request.app.state.tray.keep(asked.viewer.name, upload)
    return _page(asked, looked=_looked(asked, done, upload.name), token=token)


@router.post("/recheck/findings/confirm", include_in_schema=False)
def take(asked: Team) -> Response:
    """Store the workbook that was looked at."""
    tray, token = asked.request.app.state.tray, asked.form.get("token", "")
    upload = tray.find(asked.viewer.name, token)
    with upload.as_file() as file:
        done = recheck_findings.import_findings(asked.store, file, viewer=asked.viewer)
    if not done.stored:
        return _page(asked, looked=_looked(asked, done, upload.name), token=token)
    tray.clear(asked.viewer.name, token)
    return back("/recheck")


def _looked(asked: Asked, done: Imported, name: str) -> dict[str, Any]:
    counts = {each: getattr(done, each) for each in ("new", "known", "clash", "wrong")}
    return {**counts, "name": name, "problems": told_of(done.problems, asked),
            "can": bool(done.new) and not done.clash and not done.wrong}  # fmt: skip


@router.get("/recheck/{code}", include_in_schema=False)
def ask(asked: Team, code: str) -> Response:
    """The short form of one ordered form, to be filled in on the spot; the answers first given are not here."""
    row = _own(asked, code)
    with asked.store.read() as connection:
        short = recheck.short_form_of(connection)
    items = [
        {"code": item.code, "label": wording(item.labels, asked.lang),
         "choices": [(choice.code, wording(choice.labels, asked.lang)) for choice in item.choices]}
        for item in short.items
    ]  # fmt: skip
    today = asked.store.today.isoformat()
    return page(asked, "finding.html", row=row, items=items, findings=list(Finding), today=today)


@router.post("/recheck/{code}", include_in_schema=False)
def found(asked: Team, code: str) -> Response:
    """Store one finding with the answers that were given again."""
    _own(asked, code)
    said, on = asked.form, read_day(asked.form.get("on", ""))
    if on is None or said.get("finding", "") not in list(Finding):
        raise stop("REQUEST_WRONG", found="on" if on is None else "finding")
    with asked.store.read() as connection:
        short = recheck.short_form_of(connection)
    answers = {item.code: text for item in short.items if (text := said.get(f"item_{item.code}", ""))}
    wrong = [i.code for i in short.items if answers.get(i.code, "") not in ("", *(c.code for c in i.choices))]
    if wrong:
        raise stop("REQUEST_WRONG", found=wrong[0])
    row = RecheckRow(code, on, Finding(said["finding"]), answers, Place(form=code))
    done = recheck_findings.record_findings(asked.store, [row], viewer=asked.viewer)
    return back("/recheck") if done.stored else told(asked.request, done.problems)


def _own(asked: Asked, code: str) -> dict[str, Any]:
    """An ordered form in scope. Raises SurveyError FORM_UNKNOWN."""
    for row in recheck_orders.ordered_forms(asked.store, asked.viewer):
        if row["form"] == code:
            return row
    raise stop("FORM_UNKNOWN", Place(form=code[:40]), found=code[:40])
