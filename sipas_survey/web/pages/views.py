"""What the page of results asks for, judged once: a campaign's answers or a file's, by columns, against a round."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sipas_survey.access import Role
from sipas_survey.formats import Lang, has_word, word
from sipas_survey.problems import SurveyError
from sipas_survey.satisfaction.questionnaire import IndexLevel
from sipas_survey.satisfaction.rollup import Aggregation
from sipas_survey.web.asking import Asked, filters
from sipas_survey.web.uploads import Upload
from sipas_survey.workflow import comparison, explanation, standings, verdict
from sipas_survey.workflow.verdict import Judged

WANTED = ("index", "aggregation", "file", "questionnaire", "against", "year", "table")
FEWEST = 5
"""Fewer forms of a domain are shown to analysts only."""
_COUNTED = (
    "satisfied", "valid", "blank", "value", "lower_bound", "upper_bound", "se", "df", "lower", "upper", "p_value",
    "p_adjusted", "reached", "rank", "best_rank", "worst_rank", "before", "change", "change_se", "change_lower",
    "change_upper", "outside_noise",
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """The indices that were asked for, with the record that CLI and programs are given; small cells are hidden."""

    judged: Judged
    wanted: Mapping[str, str]
    by: tuple[str, ...]
    record: dict[str, Any]
    problems: tuple[dict[str, Any], ...]

    @property
    def index(self) -> str:
        """The index that is looked at more closely."""
        return self.wanted.get("index") or self.judged.check_index


def view_of(asked: Asked) -> View:
    """Judge what the address asks for. Raises what judging raises; a league that cannot be made is told instead."""
    wanted = filters(asked.request, *WANTED)
    by = tuple(dict.fromkeys(b[:60] for b in asked.request.query_params.getlist("by") if b))[:3]
    judged = _judged(asked, wanted, by)
    view = View(judged, wanted, by, verdict.record_of_judged(judged, asked.lang), ())
    told: list[dict[str, Any]] = []
    if by:
        try:
            view.record["league"] = standings.record_of_league(judged, view.index, asked.lang)
        except SurveyError as error:
            told += [p.as_dict(asked.lang) for p in error.problems]
    view.record["explain"] = explanation.record_of_explanation(judged, view.index, asked.lang)
    if "against" in wanted:
        upload: Upload = asked.request.app.state.tray.find(asked.viewer.name, wanted["against"])
        with upload.as_file() as file:
            found = comparison.compare(judged, file, year=wanted.get("year"))
        view.record["comparison"] = comparison.record_of_compared(found, judged, asked.lang)
    if asked.viewer.role is not Role.ANALYST:
        _hide(judged, view.record)
    return View(judged, wanted, by, view.record, tuple(told))


def _judged(asked: Asked, wanted: Mapping[str, str], by: tuple[str, ...]) -> Judged:
    aggregation = wanted.get("aggregation") or Aggregation.POOLED
    if aggregation not in list(Aggregation):
        aggregation = Aggregation.POOLED
    if "file" not in wanted:
        return verdict.judge_campaign(asked.store, asked.viewer, by=by, aggregation=aggregation)
    with _laid_down(asked, wanted["file"]) as file:
        return verdict.judge_file(file, wanted.get("questionnaire") or "sipas_2022", by=by, aggregation=aggregation)


@contextmanager
def _laid_down(asked: Asked, token: str) -> Iterator[Any]:
    with asked.request.app.state.tray.find(asked.viewer.name, token).as_file() as file:
        yield file


def _hide(judged: Judged, record: dict[str, Any]) -> None:
    """Take the numbers of small domains out, and what their criteria say."""
    forms = {tuple(e.by.items()): e.forms for e, _ in judged.rows if e.by and e.level is not IndexLevel.CRITERION}
    few = {by for by, n in forms.items() if n < FEWEST}
    tables = [record["rows"], *(record[name]["rows"] for name in ("league", "comparison") if name in record)]
    for row in (row for rows in tables for row in rows):
        if tuple(row["by"].items()) in few:
            row |= {name: None for name in _COUNTED if name in row} | {"hidden": True}
            row |= {name: {} for name in ("unusable", "aggregations") if name in row}
            row |= {"weighted": None, "verdict": "no_data"} if "verdict" in row else {}
    record["explain"] = [one for one in record["explain"] if tuple(one["by"].items()) not in few]


def columns_of(judged: Judged, asked: Asked) -> list[tuple[str, str]]:
    """The columns by which results can be told apart, with their names."""
    if judged.forms is None:
        return []
    fields = {field.code: field.labels.get(asked.lang, field.code) for field in judged.questionnaire.respondent}
    return [
        (name, fields.get(name) or _named(name, asked.lang))
        for name in map(str, judged.forms.columns.columns)
        if name != "kind"
    ]


def _named(name: str, lang: Lang) -> str:
    key = f"column_{name.removesuffix('_code')}"
    return word(key, lang) if has_word(key) else name
