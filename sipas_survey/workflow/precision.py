"""Live precision: while forms arrive, how sure the figures are, which places to push, and who is missing."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.cases import ListKind
from sipas_survey.sampling.design import stratum_column, top_of
from sipas_survey.sampling.precision import WIDE
from sipas_survey.satisfaction.indices import IndexEstimate
from sipas_survey.satisfaction.questionnaire import IndexLevel
from sipas_survey.satisfaction.stopping import Outlook, outlook
from sipas_survey.statistics.representativity import Partial, Representativity, partial_indicator, representativity
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import NOT_YET_OUT, OUTSIDE, RETURNED_STATES, State
from sipas_survey.tracking.progress import FormRecord
from sipas_survey.workflow import answers
from sipas_survey.workflow.drawing import record_of
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.progress import form_records
from sipas_survey.workflow.verdict import Judged, judge_campaign

KNOWN = ("district_code", "field", "agency")
"""What is known of everybody drawn, and may have to do with who responds."""


@dataclass(frozen=True)
class Push:
    """A place with forms still to come: by which share one more form there narrows the variance of the whole."""

    place: str
    forms: int
    remaining: int
    gain: float | None


@dataclass(frozen=True)
class Missing:
    """Who is missing among the main list so far: the R-indicator, and what each variable has to do with it."""

    cases: int
    responded: int
    indicator: Representativity
    partials: Mapping[str, tuple[tuple[str, ...], Partial]]


@dataclass(frozen=True)
class Precision:
    """The figures in the middle of the field."""

    as_of: date
    judged: Judged
    outlooks: tuple[Outlook, ...]  # one for each row of `judged`
    push: tuple[Push, ...]
    missing: Missing | None
    names: Mapping[str, str]  # of places


def live(store: Store, viewer: Viewer = EVERYONE, *, as_of: date | None = None) -> Precision:
    """How precise every index is by now, for the round and each district, and where further forms matter most."""
    as_of = as_of or store.today
    units = units_of(store)
    column = stratum_column(units)
    judged = judge_campaign(store, viewer, by=[column], as_of=as_of)
    records = form_records(store, viewer, as_of=as_of)
    remaining = _remaining(store, viewer, records, column, as_of)
    criteria = _criteria(judged)
    outlooks = tuple(
        outlook(
            row,
            judgement.verdict,
            judged.threshold,
            remaining=remaining[row.by[column]] if row.by else sum(remaining.values()),
            answers=criteria[row.index],
            level=store.settings.defaults.level,
        )
        for row, judgement in judged.rows
    )
    population: dict[str, int] = defaultdict(int)
    for name, size in record_of(store).population.items():
        population[top_of(name)] += size
    push = _push([row for row, _ in judged.rows if row.index == judged.check_index], column, remaining, population)
    return Precision(as_of, judged, outlooks, push, _missing(records), units.names)


def _remaining(store: Store, viewer: Viewer, records: Sequence[FormRecord], column: str, as_of: date) -> Counter[str]:
    """Cases by place whose form may still bring answers."""
    answered = {record.unit_id for record in answers.load(store, viewer, as_of=as_of).records}
    hoped_for = NOT_YET_OUT | OUTSIDE | (RETURNED_STATES - {State.INVALID})
    return Counter(
        record.place[column]
        for record in records
        if record.last_of_case
        and (record.kind is ListKind.MAIN or record.released)
        and (record.state.in_question or record.state.state in hoped_for)
        and record.unit_id not in answered
    )


def _criteria(judged: Judged) -> dict[str, int]:
    """The number of criteria under each index."""
    questionnaire = judged.questionnaire
    return {row.index: len(questionnaire.criteria_of(row.index)) for row, _ in judged.rows}


def _push(
    rows: Sequence[IndexEstimate], column: str, remaining: Counter[str], population: Mapping[str, int]
) -> tuple[Push, ...]:
    """Places with forms to come, those first where one form narrows the figure of the whole most."""
    of_place = {row.by[column]: row for row in rows if row.by}
    everybody = sum(population.values())
    variance = {
        place: (population.get(place, 0) / everybody) ** 2 * row.se**2
        for place, row in of_place.items()
        if row.se is not None
    }
    total = sum(variance.values())
    found = []
    for place, m in remaining.items():
        forms = of_place[place].forms if place in of_place else 0
        gain = variance[place] / (forms + 1) / total if place in variance and total else None
        found.append(Push(place, forms, m, gain))
    return tuple(sorted(found, key=lambda p: (p.gain is not None, -(p.gain or 0.0), p.place)))


# ---------------------------------------------------------------- who is missing
def _missing(records: Sequence[FormRecord]) -> Missing | None:
    """The R-indicator of the main list by what is known of everybody; None of fewer than two cases."""
    main = [r for r in records if r.kind is ListKind.MAIN and r.last_of_case]
    if len(main) < 2:
        return None
    responded = np.array([r.state.returned and r.state.state is not State.INVALID for r in main], dtype=np.float64)
    known = {name: np.unique([r.place.get(name, "") for r in main], return_inverse=True) for name in KNOWN}
    varying = {name: (values, codes) for name, (values, codes) in known.items() if len(values) > 1}
    dummies = [codes[:, None] == np.arange(1, len(values)) for values, codes in varying.values()]
    indicator = representativity(np.column_stack([np.ones((len(main), 1)), *dummies]), responded)
    partials = {}
    for name, (values, codes) in varying.items():
        others = np.column_stack([np.zeros_like(codes), *(c for other, (_, c) in varying.items() if other != name)])
        cells = np.unique(others, axis=0, return_inverse=True)[1].ravel()
        partials[name] = (tuple(map(str, values)), partial_indicator(indicator.propensity, codes, cells))
    return Missing(len(main), int(responded.sum()), indicator, partials)


# ---------------------------------------------------------------- as plain values
def record_of_precision(found: Precision) -> dict[str, Any]:
    """The record of `precision`: plain values, margins and shares as numbers."""
    rows = [
        {
            "index": row.index,
            "by": dict(row.by),
            "place": _name(found, next(iter(row.by.values()), "")),
            "value": None if row.value is None else float(row.value),
            "verdict": str(judgement.verdict),
            "reached": judgement.reached,
            **asdict(seen),
            "margin_met": None if seen.margin is None else seen.margin <= WIDE,
        }
        for (row, judgement), seen in zip(found.judged.rows, found.outlooks, strict=True)
        if row.level is not IndexLevel.CRITERION
    ]
    return {
        "as_of": found.as_of.isoformat(),
        "threshold": float(found.judged.threshold),
        "check": found.judged.check_index,
        "margin_target": WIDE,
        "rows": rows,
        "push": [{**asdict(push), "name": _name(found, push.place)} for push in found.push],
        "missing": None if found.missing is None else _record_of_missing(found.missing),
    }


def _name(found: Precision, place: str) -> str:
    """The name of a place; an agency is its own."""
    return found.names.get(place, place)


def _record_of_missing(missing: Missing) -> dict[str, Any]:
    variables = [
        {
            "variable": name,
            "unconditional": partial.unconditional,
            "conditional": partial.conditional,
            "categories": dict(zip(values, map(float, partial.categories), strict=True)),
        }
        for name, (values, partial) in missing.partials.items()
    ]
    return {
        "cases": missing.cases,
        "responded": missing.responded,
        "r": missing.indicator.value,
        "r_adjusted": missing.indicator.adjusted,
        "variables": variables,
    }
