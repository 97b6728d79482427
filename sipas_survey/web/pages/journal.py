"""The journal: the entries of the ledger by who, what and when, and its verification."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.web.asking import Asked, Door, filters
from sipas_survey.web.shown import as_csv, as_json, page
from sipas_survey.workflow import office

router = APIRouter(tags=["journal"])
Known = Annotated[Asked, Depends(Door(Right.JOURNAL))]
FILTERS, SHOWN = ("form", "act", "author", "since", "until"), 100


def _rows(asked: Asked, wanted: dict[str, str]) -> list[dict[str, Any]]:
    """The entries that fit, the last first."""
    form = "".join(wanted.get("form", "").split())
    rows = office.journal(asked.store, form=form or None)
    return [
        row for row in reversed(rows)
        if all(wanted.get(name, row[name]) == row[name] for name in ("act", "author"))
        and wanted.get("since", "") <= row["happened_on"] <= wanted.get("until", "9999")
    ]  # fmt: skip


@router.get("/journal", include_in_schema=False)
def listed(asked: Known) -> Response:
    """The last entries that fit."""
    wanted = filters(asked.request, *FILTERS)
    rows = _rows(asked, wanted)
    return page(
        asked, "journal.html", rows=rows[:SHOWN], count=len(rows), wanted=wanted, query=urlencode(wanted), audit=None
    )


@router.post("/journal/verify", include_in_schema=False)
def verify(asked: Known) -> Response:
    """Recompute the chain, and compare it with the tables."""
    audit = office.verify(asked.store, known_head=asked.form.get("head", "").strip()[:64] or None)
    problems = [p.message(asked.lang) for p in audit.problems]
    return page(asked, "journal.html", rows=[], count=audit.events, wanted={}, query="", audit=audit, problems=problems)


@router.get("/journal.json")
def twin(asked: Known) -> Response:
    """Every entry that fits."""
    return as_json({"rows": _rows(asked, filters(asked.request, *FILTERS))})


@router.get("/journal.csv")
def table(asked: Known, excel: bool = False) -> Response:
    """Every entry that fits."""
    return as_csv(_rows(asked, filters(asked.request, *FILTERS)), name="journal", excel=excel, columns=("seq",))
