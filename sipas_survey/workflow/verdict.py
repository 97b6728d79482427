"""The fifth chapter: the dimensions from raw answers, with their intervals, against the target."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.formats import Lang, word
from sipas_survey.problems import Checked, Problem, problem, stop
from sipas_survey.satisfaction import questionnaire as questionnaires
from sipas_survey.satisfaction.extras import EXTRAS, Extra
from sipas_survey.satisfaction.extras import extras as extras_of
from sipas_survey.satisfaction.indices import (
    FormDesign,
    IndexEstimate,
    UnknownMomentsError,
    estimate,
    estimate_reduced,
    reduce,
)
from sipas_survey.satisfaction.moments import Measure, Reduced
from sipas_survey.satisfaction.questionnaire import Questionnaire
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.satisfaction.rollup import Aggregation
from sipas_survey.satisfaction.verdict import FEW_FORMS, SERVICE, Judgement, headline, judge_all
from sipas_survey.satisfaction.weights import Weights
from sipas_survey.storage.store import Store
from sipas_survey.workflow import answers, large_answers
from sipas_survey.workflow.answer_files import read_responses
from sipas_survey.workflow.drawing import DrawRecord, record_of
from sipas_survey.workflow.large_answers import Engine
from sipas_survey.workflow.new_units import on_new_units
from sipas_survey.workflow.staging import form_design
from sipas_survey.workflow.weights import columns_of, weights_of, with_levels

DEFAULT_THRESHOLD = Fraction(85, 100)


@dataclass(frozen=True)
class Judged:
    """All indices with their judgements, and what is needed to print them.

    `level` is that of the intervals, `few_forms` the least that an estimate should rest on. `reduced` holds the moments
    of the forms for league tables and the like, None where there are too many domains or the draw was made in stages.
    `forms` are the answers themselves, None where an engine read them. `extras` has an entry for each row where they
    were asked for.
    """

    questionnaire: Questionnaire
    aggregation: Aggregation
    threshold: Fraction
    by: tuple[str, ...]
    design_word: str
    rows: tuple[tuple[IndexEstimate, Judgement], ...]
    problems: tuple[Problem, ...]
    level: float = 0.95
    few_forms: int = FEW_FORMS
    reduced: Reduced | None = None
    forms: "Forms | None" = None
    extras: tuple[Mapping[Measure, Extra], ...] = ()

    @property
    def estimates(self) -> tuple[IndexEstimate, ...]:
        """The rows without their judgements."""
        return tuple(estimate for estimate, _ in self.rows)

    @property
    def headline(self) -> IndexEstimate | None:
        """The row that the target is about."""
        return headline(self.estimates)

    @property
    def check_index(self) -> str:
        """`overall` where policy and service were both asked, else `service`."""
        return self.headline.index if self.headline else SERVICE

    @property
    def reached(self) -> bool:
        """Whether the plan's rule is met; no answer is never a pass."""
        return any(j.reached is True for e, j in self.rows if e is self.headline)


@dataclass(frozen=True)
class Forms:
    """The answers that were judged, and all columns by which they can be told apart, in the same order."""

    responses: Responses
    columns: pd.DataFrame


def judge_campaign(
    store: Store, viewer: Viewer = EVERYONE, *, by: Sequence[str] = (),
    aggregation: Aggregation | str = Aggregation.POOLED, as_of: date | None = None, main_list: bool = False,
    extras: bool = False, on_units: str | None = None,
) -> Judged:  # fmt: skip
    """The indices of a campaign: strata and fpc of the draw, forms as clusters, weighted figures beside.

    With `main_list` only the forms of the main list count: what would be known without any replacement. `on_units`
    adds the columns `new_commune_code`, `new_commune` and `succession`: what the communes have become.
    """
    record = record_of(store)
    loaded = answers.load(store, viewer, as_of=as_of)
    if main_list:
        loaded = loaded.of_main_list()
    weighed = weights_of(store, record, loaded, as_of=as_of)
    strata = [r.stratum for r in loaded.records]
    columns = Checked(columns_of(loaded))
    if on_units is not None:
        columns = on_new_units(columns_of(loaded), old=store.settings.units, new=on_units)
    return judge_responses(
        Forms(loaded.responses, columns.or_raise()),
        _design_of(strata, record),
        weights=weighed.value,
        by=by,
        aggregation=Aggregation(aggregation),
        threshold=Fraction(str(store.settings.targets.satisfaction)),
        level=store.settings.defaults.level,
        few_forms=store.settings.defaults.few_forms,
        design_word="satisfaction_stages" if record.units else "satisfaction_draw",
        problems=(*weighed.problems, *columns.problems),
        extras=extras,
    )


def _design_of(strata: Sequence[str], record: DrawRecord) -> FormDesign:
    """How the forms with answers were drawn."""
    if not strata:
        return FormDesign.simple(0)
    if record.units:
        return form_design(strata, record.units, record.population)
    return FormDesign.stratified(strata, record.population)


def judge_file(
    file: Path, questionnaire: str | Questionnaire, *, by: Sequence[str] = (),
    aggregation: Aggregation | str = Aggregation.POOLED,
    threshold: Fraction = DEFAULT_THRESHOLD, extras: bool = False, engine: Engine | str = Engine.AUTO,
) -> Judged:  # fmt: skip
    """The indices of a file of answers without a campaign: forms as a simple random sample, no finite population.

    A large file is reduced by an engine without ever being in memory; the figures are the same.
    """
    asked = questionnaires.load(questionnaire).or_raise() if isinstance(questionnaire, str) else questionnaire
    if large_answers.is_meant(file, Engine(engine)):
        measures = (Measure.SATISFIED, *EXTRAS) if extras else (Measure.SATISFIED,)
        found = large_answers.reduced(file, asked, by=by, measures=measures)
        return _judge_reduced(
            found.value, tuple(dict.fromkeys(by)), Aggregation(aggregation), threshold, found.problems
        )
    checked = read_responses(file, asked)
    responses = checked.or_raise()
    return judge_responses(
        Forms(responses, with_levels(responses.table)),
        FormDesign.simple(len(responses)),
        by=by,
        aggregation=Aggregation(aggregation),
        threshold=threshold,
        design_word="satisfaction_no_draw",
        problems=checked.problems,
        extras=extras,
    )


def judge_responses(
    forms: Forms, design: FormDesign, *, by: Sequence[str], aggregation: Aggregation, threshold: Fraction,
    design_word: str, weights: Weights | None = None, level: float = 0.95, few_forms: int = FEW_FORMS,
    problems: Sequence[Problem] = (), extras: bool = False,
) -> Judged:  # fmt: skip
    """The indices of answers in memory. Raises SurveyError BY_UNKNOWN."""
    responses = forms.responses
    domains = domains_of(forms.columns, _by_known(responses, by))
    domains = domains if len(responses) else None
    try:
        reduced = reduce(responses, design, by=domains, measures=EXTRAS if extras else ())
    except (MemoryError, UnknownMomentsError):
        reduced = None
    rows = estimate(
        responses,
        design,
        weights=None if weights is None else weights.weight,
        adjustments=() if weights is None else weights.adjustments,
        probability=None if weights is None else weights.probability,
        by=domains,
        aggregation=aggregation,
        level=level,
        reduced=reduced,
    )
    lonely = [n for n, f, c in zip(design.names, design.fraction, _sizes(design), strict=True) if c == 1 and f < 1]
    told = (*problems, problem("LONELY_STRATA", strata=lonely)) if lonely and len(responses) else tuple(problems)
    judged = tuple(zip(rows, judge_all(rows, threshold, few_forms=few_forms, level=level), strict=True))
    more = _extras(reduced, aggregation, level) if extras else ()
    return Judged(
        responses.questionnaire, aggregation, threshold, tuple(dict.fromkeys(by)), design_word, judged, told,
        level, few_forms, reduced, forms, more,
    )  # fmt: skip


def _judge_reduced(
    reduced: Reduced, by: tuple[str, ...], aggregation: Aggregation, threshold: Fraction, problems: tuple[Problem, ...]
) -> Judged:
    """The indices of answers that an engine has reduced."""
    rows = estimate_reduced(reduced, aggregation=aggregation)
    judged = tuple(zip(rows, judge_all(rows, threshold), strict=True))
    more = _extras(reduced, aggregation, 0.95) if Measure.MEAN in reduced.moments else ()
    return Judged(
        reduced.questionnaire, aggregation, threshold, by, "satisfaction_no_draw", judged, problems, reduced=reduced,
        extras=more,
    )  # fmt: skip


def _extras(reduced: Reduced | None, aggregation: Aggregation, level: float) -> tuple[Mapping[Measure, Extra], ...]:
    return () if reduced is None else extras_of(reduced, aggregation=aggregation, level=level)


def _by_known(responses: Responses, by: Sequence[str]) -> Sequence[str]:
    """The columns that must be there: before the first form is back nobody has answered the respondent section."""
    asked = () if len(responses) else tuple(field.code for field in responses.questionnaire.respondent)
    return [name for name in by if name not in asked]


def domains_of(columns: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame | None:
    """The columns that make domains; None without any. Raises SurveyError BY_UNKNOWN."""
    unknown = [name for name in by if name not in columns.columns]
    if unknown:
        raise stop("BY_UNKNOWN", found=", ".join(unknown), columns=[str(c) for c in columns.columns])
    return columns[list(dict.fromkeys(by))].reset_index(drop=True) if by else None


def _sizes(design: FormDesign) -> list[int]:
    return [int(n) for n in design.clusters]


# ---------------------------------------------------------------- as plain values
def record_of_judged(judged: Judged, lang: Lang) -> dict[str, Any]:
    """The record of the contract: plain values, shares as numbers in [0, 1] or None."""
    return {
        "questionnaire": judged.questionnaire.code,
        "aggregation": str(judged.aggregation),
        "threshold": float(judged.threshold),
        "design": word(judged.design_word, lang),
        "rows": _rows(judged, lang),
        "problems": [p.as_dict(lang) for p in judged.problems],
    }


def _rows(judged: Judged, lang: Lang) -> list[dict[str, Any]]:
    rows = [_row(judged, e, j, lang) for e, j in judged.rows]
    for row, more in zip(rows, judged.extras, strict=False):
        row["extras"] = {str(measure): asdict(extra) for measure, extra in more.items()}
    return rows


def _row(judged: Judged, row: IndexEstimate, judgement: Judgement, lang: Lang) -> dict[str, Any]:
    return {
        "index": row.index,
        "level": str(row.level),
        "label": judged.questionnaire.label(row.index, lang),
        "by": dict(row.by),
        "satisfied": row.satisfied,
        "valid": row.valid,
        "blank": row.blank,
        "unusable": dict(row.unusable),
        "forms": row.forms,
        "value": _float(row.value),
        "lower_bound": _float(row.lower_bound),
        "upper_bound": _float(row.upper_bound),
        "se": row.se,
        "df": row.df,
        "lower": row.lower,
        "upper": row.upper,
        "reached": judgement.reached,
        "verdict": str(judgement.verdict),
        "few_forms": judgement.few_forms,
        "p_value": judgement.p_value,
        "p_adjusted": judgement.p_adjusted,
        "adjusted_verdict": str(judgement.adjusted),
        "aggregations": {str(way): _float(value) for way, value in row.ways.items()},
        "weighted": _weighted(row, judgement),
    }


def _weighted(row: IndexEstimate, judgement: Judgement) -> Mapping[str, Any] | None:
    if row.weighted is None:
        return None
    found = {name: getattr(row.weighted, name) for name in ("value", "se", "lower", "upper")}
    return {**found, "verdict": str(judgement.weighted)}


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
