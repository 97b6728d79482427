"""League tables of domains, and what each criterion costs an index: orders that say how sure they are."""

from typing import Any

from sipas_survey.formats import Lang
from sipas_survey.problems import stop
from sipas_survey.satisfaction.costs import Costs, costs
from sipas_survey.satisfaction.league import Placed, league
from sipas_survey.satisfaction.moments import Reduced
from sipas_survey.workflow.verdict import Judged


def league_of(judged: Judged, index: str) -> tuple[Placed, ...]:
    """The domains in order of an index.

    Raises SurveyError LEAGUE_WITHOUT_BY, INDEX_UNKNOWN, DOMAINS_TOO_MANY, STANDINGS_IN_STAGES.
    """
    if not judged.by:
        raise stop("LEAGUE_WITHOUT_BY")
    reduced = _reduced(judged, index)
    return league(reduced, judged.estimates, index, aggregation=judged.aggregation, level=judged.level)


def costs_of(judged: Judged, index: str) -> Costs:
    """The criteria of an index by what they cost it.

    Raises SurveyError INDEX_UNKNOWN, DOMAINS_TOO_MANY, STANDINGS_IN_STAGES.
    """
    reduced = _reduced(judged, index)
    return costs(reduced, index, judged.threshold, aggregation=judged.aggregation, level=judged.level)


def known_index(judged: Judged, index: str) -> None:
    """Raises SurveyError INDEX_UNKNOWN where these answers do not make the index."""
    there = [row.index for row in judged.estimates if not row.by]
    if index not in there:
        raise stop("INDEX_UNKNOWN", found=index, indices=there)


def _reduced(judged: Judged, index: str) -> Reduced:
    known_index(judged, index)
    if judged.reduced is None and judged.design_word == "satisfaction_stages":
        raise stop("STANDINGS_IN_STAGES")
    if judged.reduced is None:
        raise stop("DOMAINS_TOO_MANY", found=", ".join(judged.by))
    return judged.reduced


# ---------------------------------------------------------------- as plain values
def record_of_league(judged: Judged, index: str, lang: Lang) -> dict[str, Any]:
    """The league table of an index as plain values."""
    few = {id(row): judgement.few_forms for row, judgement in judged.rows}
    rows = [
        {
            "by": dict(placed.estimate.by),
            "value": None if placed.estimate.value is None else float(placed.estimate.value),
            "lower": placed.estimate.lower,
            "upper": placed.estimate.upper,
            "forms": placed.estimate.forms,
            "few_forms": few[id(placed.estimate)],
            "rank": placed.rank,
            "best_rank": placed.best,
            "worst_rank": placed.worst,
            "of": placed.of,
        }
        for placed in league_of(judged, index)
    ]
    label = judged.questionnaire.label(index, lang)
    return {"index": index, "label": label, "level": judged.level, "rows": rows}


def record_of_costs(judged: Judged, index: str, lang: Lang) -> dict[str, Any]:
    """What the criteria of an index cost it, as plain values."""
    found = costs_of(judged, index)
    rows = [
        {
            "criterion": cost.criterion,
            "label": judged.questionnaire.label(cost.criterion, lang),
            "value": float(cost.value),
            "weight": float(cost.weight),
            "gap": float(cost.gap),
            "gain_to_target": float(cost.to_target),
            "gain_to_best": float(cost.to_best),
            "rank": cost.rank,
            "best_rank": cost.best,
            "worst_rank": cost.worst,
            "of": len(found.criteria),
        }
        for cost in found.criteria
    ]
    return {
        "index": index,
        "label": judged.questionnaire.label(index, lang),
        "value": None if found.value is None else float(found.value),
        "points_to_target": None if found.points is None else float(found.points),
        "criteria_needed": found.enough,
        "rows": rows,
    }
