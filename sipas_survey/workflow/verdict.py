"""The fifth chapter: the dimensions from raw answers, with their intervals, against the target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.formats import Lang, word
from sipas_survey.problems import Problem, problem, stop
from sipas_survey.satisfaction import questionnaire as questionnaires
from sipas_survey.satisfaction.indices import FormDesign, IndexEstimate, estimate
from sipas_survey.satisfaction.questionnaire import Questionnaire
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.satisfaction.rollup import Aggregation
from sipas_survey.satisfaction.verdict import FEW_FORMS, SERVICE, Judgement, headline, judge
from sipas_survey.satisfaction.weights import Weights
from sipas_survey.storage.store import Store
from sipas_survey.workflow import answers
from sipas_survey.workflow.drawing import DrawRecord, record_of
from sipas_survey.workflow.staging import form_design
from sipas_survey.workflow.weights import columns_of, weights_of

DEFAULT_THRESHOLD = Fraction(85, 100)


@dataclass(frozen=True)
class Judged:
    """All indices with their judgements, and what is needed to print them."""

    questionnaire: Questionnaire
    aggregation: Aggregation
    threshold: Fraction
    by: tuple[str, ...]
    design_word: str
    rows: tuple[tuple[IndexEstimate, Judgement], ...]
    problems: tuple[Problem, ...]

    @property
    def headline(self) -> IndexEstimate | None:
        """The row that the target is about."""
        return headline(estimate for estimate, _ in self.rows)

    @property
    def check_index(self) -> str:
        """`overall` where policy and service were both asked, else `service`."""
        return self.headline.index if self.headline else SERVICE

    @property
    def reached(self) -> bool:
        """Whether the plan's rule is met; no answer is never a pass."""
        return any(j.reached is True for e, j in self.rows if e is self.headline)


def judge_campaign(
    store: Store, viewer: Viewer = EVERYONE, *, by: Sequence[str] = (),
    aggregation: Aggregation | str = Aggregation.POOLED, as_of: date | None = None, main_list: bool = False,
) -> Judged:  # fmt: skip
    """The indices of a campaign: strata and fpc of the draw, forms as clusters, weighted figures beside.

    With `main_list` only the forms of the main list count: what would be known without any replacement.
    """
    record = record_of(store)
    loaded = answers.load(store, viewer, as_of=as_of)
    if main_list:
        loaded = loaded.of_main_list()
    domains = _domains(columns_of(loaded), by)
    weighed = weights_of(store, record, loaded, as_of=as_of)
    strata = [r.stratum for r in loaded.records]
    return _judged(
        loaded.responses,
        _design_of(strata, record),
        weights=weighed.value,
        domains=domains,
        by=by,
        aggregation=Aggregation(aggregation),
        threshold=Fraction(str(store.settings.targets.satisfaction)),
        level=store.settings.defaults.level,
        few_forms=store.settings.defaults.few_forms,
        design_word="satisfaction_stages" if record.units else "satisfaction_draw",
        problems=weighed.problems,
    )


def _design_of(strata: Sequence[str], record: DrawRecord) -> FormDesign:
    """How the forms with answers were drawn."""
    if not strata:
        return FormDesign.simple(0)
    if record.units:
        return form_design(strata, record.units, record.population)
    return FormDesign.stratified(strata, record.population)


def judge_file(
    file: Path, questionnaire: str, *, by: Sequence[str] = (), aggregation: Aggregation | str = Aggregation.POOLED,
    threshold: Fraction = DEFAULT_THRESHOLD,
) -> Judged:  # fmt: skip
    """The indices of a file of answers without a campaign: forms as a simple random sample, no finite population."""
    asked = questionnaires.load(questionnaire).or_raise()
    checked = answers.read_responses(file, asked)
    responses = checked.or_raise()
    return _judged(
        responses,
        FormDesign.simple(len(responses)),
        weights=None,
        domains=_domains(responses.table, by),
        by=by,
        aggregation=Aggregation(aggregation),
        threshold=threshold,
        level=0.95,
        few_forms=FEW_FORMS,
        design_word="satisfaction_no_draw",
        problems=checked.problems,
    )


def _domains(columns: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame | None:
    unknown = [name for name in by if name not in columns.columns]
    if unknown:
        raise stop("BY_UNKNOWN", found=", ".join(unknown), columns=[str(c) for c in columns.columns])
    return columns[list(by)].reset_index(drop=True) if by else None


def _judged(
    responses: Responses, design: FormDesign, *, weights: Weights | None, domains: pd.DataFrame | None,
    by: Sequence[str], aggregation: Aggregation, threshold: Fraction, level: float, few_forms: int, design_word: str,
    problems: Sequence[Problem],
) -> Judged:  # fmt: skip
    if not len(responses):
        domains = None
    rows = estimate(
        responses,
        design,
        weights=None if weights is None else weights.weight,
        adjustments=() if weights is None else weights.adjustments,
        probability=None if weights is None else weights.probability,
        by=domains,
        aggregation=aggregation,
        level=level,
    )
    lonely = [n for n, f, c in zip(design.names, design.fraction, _sizes(design), strict=True) if c == 1 and f < 1]
    told = (*problems, problem("LONELY_STRATA", strata=lonely)) if lonely and len(responses) else tuple(problems)
    judged = tuple((row, judge(row, threshold, few_forms=few_forms)) for row in rows)
    return Judged(responses.questionnaire, aggregation, threshold, tuple(by), design_word, judged, told)


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
        "rows": [_row(judged, e, j, lang) for e, j in judged.rows],
        "problems": [p.as_dict(lang) for p in judged.problems],
    }


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
        "weighted": _weighted(row, judgement),
    }


def _weighted(row: IndexEstimate, judgement: Judgement) -> Mapping[str, Any] | None:
    if row.weighted is None:
        return None
    found = {name: getattr(row.weighted, name) for name in ("value", "se", "lower", "upper")}
    return {**found, "verdict": str(judgement.weighted)}


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
