"""The indices against their target: by anything, in order, since another round, and how each came about."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.formats import MISSING, Lang, percent, points, target_percent, word
from sipas_survey.problems import SurveyError
from sipas_survey.satisfaction.questionnaire import shipped_names
from sipas_survey.satisfaction.rollup import Aggregation
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.downloads import sent
from sipas_survey.web.pages.views import View, columns_of, view_of
from sipas_survey.web.shown import as_csv, as_json, as_xlsx, attached, back, page, part
from sipas_survey.workflow import explanation
from sipas_survey.workflow.office import units_of

router = APIRouter(tags=["results"])
Known = Annotated[Asked, Depends(Door(Right.RESULTS))]
Analyst = Annotated[Asked, Depends(Door(Right.ANSWERS))]
TABLES = ("league", "comparison")
WIDTH, LABELS, NUMBERS, STEP = 900, 330, 90, 34


@router.get("/results", include_in_schema=False)
def listed(asked: Known) -> Response:
    """The indices of the survey; where nothing was drawn yet, what can be done all the same."""
    may_send = asked.viewer.may(Right.ANSWERS)
    common: dict[str, Any] = {"may_send": may_send, "questionnaires": shipped_names(), "ways": list(Aggregation)}
    try:
        view = view_of(asked)
    except SurveyError as error:
        if [p.kind for p in error.problems] != ["DRAW_MISSING"]:
            raise
        return page(asked, "results.html", view=None, **common)
    judged, record = view.judged, view.record
    query = urlencode([*view.wanted.items(), *(("by", name) for name in view.by)])
    explained = record["explain"][0]
    indices = [(row["index"], row["label"]) for row in record["rows"] if not row["by"] and row["level"] != "criterion"]
    name = (
        asked.request.app.state.tray.find(asked.viewer.name, view.wanted["file"]).name if "file" in view.wanted else ""
    )
    return page(
        asked, "results.html", view=view, record=record, query=query, indices=indices, file_name=name,
        share=_share_of(judged.threshold, asked.lang), target=target_percent(judged.threshold, asked.lang),
        chart=chart(view, asked.lang, _names(asked)), columns=columns_of(judged, asked), where=_where(asked),
        headline=next((r for r in record["rows"] if r["index"] == judged.check_index and not r["by"]), None),
        explained=explained, said=explanation.sentences(explained, asked.lang, judged.threshold),
        pts=lambda x: MISSING if x is None else points(x, asked.lang), **common,
    )  # fmt: skip


def _share_of(threshold: Fraction, lang: Lang) -> Any:
    return lambda value: percent(value, lang, targets=[threshold])


def _names(asked: Asked) -> Mapping[str, str]:
    return units_of(asked.store).names


def _where(asked: Asked) -> Any:
    """A domain in words: names for the codes of places, words for what has one."""
    names = _names(asked)

    def told(by: Mapping[str, str]) -> str:
        return " · ".join(
            names.get(value, value) if name in ("district_code", "commune_code", "stratum") else value or MISSING
            for name, value in by.items()
        )

    return told


@router.get("/results.json")
def twin(asked: Known) -> Response:
    """The indices, as `sipas satisfaction` tells them; with `by`, `index`, `against` its other tables too."""
    view = view_of(asked)
    asked_for = {"explain"} if "index" in view.wanted else set()
    return as_json({k: v for k, v in view.record.items() if k != "explain" or k in asked_for})


@router.get("/results.csv")
def table(asked: Known, excel: bool = False) -> Response:
    """The indices, or the table that `table` names."""
    name, rows = _rows(asked)
    return as_csv(rows, name=name, excel=excel)


@router.get("/results.xlsx")
def workbook(asked: Known) -> Response:
    """The same rows as a workbook."""
    name, rows = _rows(asked)
    return as_xlsx(asked, rows, name=name)


@router.get("/results.svg", include_in_schema=False)
def picture(asked: Known) -> Response:
    """The chart."""
    drawn = chart(view_of(asked), asked.lang, _names(asked))
    return attached(part(asked, "chart.svg", chart=drawn).encode(), "results.svg")


def _rows(asked: Asked) -> tuple[str, list[dict[str, Any]]]:
    view = view_of(asked)
    name = view.wanted.get("table", "")
    rows = view.record[name]["rows"] if name in TABLES and name in view.record else view.record["rows"]
    beside = dict.fromkeys(view.judged.by, "")  # of the whole, too, which is of no domain
    return (name if rows is not view.record["rows"] else "results"), [
        {"by": {}} | row | {"by": beside | row["by"]} for row in rows
    ]  # fmt: skip


# ---------------------------------------------------------------- files
@router.post("/results/file", include_in_schema=False)
def look_at_file(asked: Analyst) -> Response:
    """A file of raw answers, judged and stored nowhere."""
    upload = sent(asked, "file")
    token = asked.request.app.state.tray.keep(asked.viewer.name, upload)
    chosen = asked.form.get("questionnaire", "")
    return back("/results?" + urlencode({"file": token, "questionnaire": chosen if chosen in shipped_names() else ""}))


@router.post("/results/against", include_in_schema=False)
def compare_with(asked: Known) -> Response:
    """Another round's answers, or published figures, to compare with."""
    token = asked.request.app.state.tray.keep(asked.viewer.name, sent(asked, "file"))
    query = asked.form.get("query", "")[:1000].replace("\n", "").replace("\r", "")
    return back(f"/results?{query}&{urlencode({'against': token})}#against")


# ---------------------------------------------------------------- the chart
def chart(view: View, lang: Lang, names: Mapping[str, str]) -> dict[str, Any]:
    """Where everything of the chart stands: a line for each index, or for each domain of one."""
    domains = bool(view.by) and "league" in view.record
    rows = view.record["league"]["rows"] if domains else [
        row for row in view.record["rows"] if not row["by"] and row["level"] != "criterion"
    ]  # fmt: skip
    threshold = float(view.judged.threshold)
    ends = [x for row in rows for x in (row["lower"], row["value"]) if x is not None]
    start = max(0.0, int(min([threshold, *ends]) * 20 - 0.2) / 20)
    room = WIDTH - LABELS - NUMBERS

    def at(share: float) -> float:
        return round(LABELS + room * (share - start) / (1 - start), 1)

    verdicts = {(row["index"], tuple(sorted(row["by"].items()))): row["verdict"] for row in view.record["rows"]}
    lines = []
    for i, row in enumerate(rows[:60]):
        index = view.record["league"]["index"] if domains else row["index"]
        verdict = verdicts[index, tuple(sorted(row["by"].items()))]
        where = [names.get(value, value) for value in row["by"].values()]
        label = (" · ".join(where) or MISSING) if domains else row["label"]
        known = row["value"] is not None
        lines.append({
            "y": 40 + i * STEP, "label": label if len(label) <= 46 else label[:45] + "…",
            "value": percent(row["value"], lang, targets=[view.judged.threshold]) if known else MISSING,
            "at": at(row["value"]) if known else None,
            "from": at(row["lower"]) if known and row["lower"] is not None else None,
            "to": at(row["upper"]) if known and row["upper"] is not None else None,
            "verdict": verdict, "said": word(f"verdict_{verdict}", lang),
        })  # fmt: skip
    every = 0.05 if start >= 0.5 else 0.1 if start >= 0.2 else 0.2
    ticks = [round(1 - every * k, 2) for k in range(20) if 1 - every * k >= start - 1e-9]
    label = view.record["league"]["label"] if domains else word("about_page_results", lang)
    return {
        "lines": lines, "width": WIDTH, "height": 84 + STEP * len(lines), "bottom": 28 + STEP * len(lines),
        "legend": [
            {"verdict": verdict, "said": word(f"verdict_{verdict}", lang), "x": LABELS + 10 + 170 * i}
            for i, verdict in enumerate(("met", "undecided", "not_met"))
        ],
        "target": at(threshold), "target_text": target_percent(view.judged.threshold, lang), "title": label,
        "right": WIDTH - NUMBERS + 12,
        "ticks": [{"at": at(t), "text": percent(t, lang, decimals=0)} for t in ticks],
    }  # fmt: skip
