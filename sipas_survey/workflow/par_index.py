"""The administrative reform index PAR INDEX: a scoring sheet in, sums out, the surveyed points from campaigns."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from sipas_survey.exchange.scoring_sheet import Written, read_sheet
from sipas_survey.problems import Problem, SurveyError, stop
from sipas_survey.satisfaction.par_index import Level, Line, Points, Sheet, fill, make_sheet, source_of
from sipas_survey.storage.store import Store
from sipas_survey.workflow.office import open_survey
from sipas_survey.workflow.verdict import judge_campaign


@dataclass(frozen=True)
class Result:
    """The result of a survey that a line follows from: share of satisfied answers and its 95 % interval, in [0, 1]."""

    share: Fraction | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Scored:
    """A sheet that adds up, the results that filled it, and what there is to say about it."""

    sheet: Sheet
    results: Mapping[str, Result]
    problems: tuple[Problem, ...]

    def interval(self, line: Line) -> tuple[float, float] | None:
        """The points between which a surveyed line lies with 95 % confidence; None where that is not known."""
        found = self.results.get(line.survey)
        if found is None or found.lower is None or found.upper is None or line.maximum is None:
            return None
        return float(line.maximum) * found.lower, float(line.maximum) * found.upper


def score_sheet(file: Path, *, surveys: Sequence[Path] = (), author: str | None = None) -> Scored:
    """Read a scoring sheet, fill in what follows from surveys (folders of campaigns), and add it up.

    Raises SurveyError with every fault of the sheet; PAR_INDEX_SURVEY_TWICE.
    """
    checked = read_sheet(file)
    with ExitStack() as opened:
        stores = [open_survey(folder, author=author) for folder in surveys]
        for store in stores:
            opened.callback(store.close)
        results = _results(stores)
    written = checked.value
    unreadable = any(p.severity == "error" for p in checked.problems)
    faults = (
        () if unreadable else make_sheet(written.lines, total=written.total).problems
    )  # its sums are of what it holds
    filled = fill(written.lines, {key: result.share for key, result in results.items()})
    problems = (*checked.problems, *_as_written((*faults, *filled.problems), written))
    if any(p.severity == "error" for p in problems):
        raise SurveyError(problems)
    return Scored(Sheet(filled.value), results, problems)


def _as_written(problems: Sequence[Problem], written: Written) -> tuple[Problem, ...]:
    """Problems of columns under the headings of the file."""
    return tuple(
        replace(p, place=p.place.at(column=written.headings.get(p.place.column or "", p.place.column)))
        for p in problems
    )


def _results(stores: Sequence[Store]) -> dict[str, Result]:
    """The indices of some campaigns as a sheet names them: kind of survey, colon, index."""
    kinds = [store.settings.kind for store in stores]
    twice = [kind for kind in kinds if kinds.count(kind) > 1]
    if twice:
        raise stop("PAR_INDEX_SURVEY_TWICE", found=twice[0])
    return {
        f"{store.settings.kind}:{row.index}": Result(row.value, row.lower, row.upper)
        for store in stores
        for row, _ in judge_campaign(store).rows
        if not row.by
    }


# ---------------------------------------------------------------- as plain values
def record_of_sheet(scored: Scored) -> dict[str, Any]:
    """The record that is printed: lines, and sums by agency and by source, points in full precision."""
    sheet = scored.sheet
    return {
        "total": _points(sheet.total),
        "rows": [_line(scored, line) for line in sheet.lines],
        "agencies": [record_of_points(p, agency=key) for key, p in sheet.by(sheet.agency_of).items()],
        "sources": [record_of_points(p, source=key) for key, p in sheet.by(source_of).items()],
    }


def _line(scored: Scored, line: Line) -> dict[str, Any]:
    interval = scored.interval(line)
    return {
        "code": line.code,
        "level": str(line.level),
        "title": line.label,
        **_points(scored.sheet.points(line.code)),
        "lower": interval[0] if interval else None,
        "upper": interval[1] if interval else None,
        "survey": line.survey or None,
        "agency": scored.sheet.agency_of(line),
        "evidence": line.evidence,
    }


def _points(points: Points) -> dict[str, float | None]:
    """Points as numbers; what nobody has scored is null."""
    return {
        "maximum": float(points.maximum),
        "reached": None if points.unscored else float(points.reached),
        "remainder": float(points.remainder),
        "open": float(points.open),
        "share": None if points.share is None else float(points.share),
    }


def record_of_points(points: Points, **names: str) -> dict[str, Any]:
    """A row of sums as plain values."""
    return {**names, **_points(points)}


def rows_by(scored: Scored, what: str) -> list[tuple[str, Points]]:
    """Points by field, criterion, agency or source, each with its name."""
    sheet = scored.sheet
    if what in (Level.FIELD, Level.CRITERION):
        return [(f"{line.code}. {line.label}", sheet.points(line.code)) for line in sheet.lines if line.level == what]
    return list(sheet.by(sheet.agency_of if what == "agency" else source_of).items())
