"""The indices: from answers to shares, bounds, standard errors and intervals.

The form is the unit: every answer is reduced to totals of its form (satisfied and valid answers per criterion), and an
index is a ratio of such totals, or a mean of such ratios. Answers of one form are never taken as independent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from sipas_survey.formats import collation_key
from sipas_survey.satisfaction.answers import KINDS
from sipas_survey.satisfaction.figures import Figures, figures_of_moments, figures_of_totals
from sipas_survey.satisfaction.moments import FormMoments, FormSums, Measure, Reduced
from sipas_survey.satisfaction.questionnaire import IndexLevel
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.satisfaction.rollup import Aggregation, Rollup, rollup
from sipas_survey.statistics.arrays import Floats, Ints, sum_by
from sipas_survey.statistics.residuals import Adjustment, residual_scores
from sipas_survey.statistics.totals import ClusterTotals, cluster_totals, nested
from sipas_survey.statistics.variance import Stage, degrees_of_freedom, variance_in_stages, variance_of_total


class UnknownMomentsError(ValueError):
    """Moments of single forms are not enough for a design: its clusters are not the forms."""


@dataclass(frozen=True, slots=True)
class FormDesign:
    """How n forms were drawn: `stratum` (n,) codes 0..H-1; `fraction` (H,) f_h = n_h/N_h; `names` (H,) of strata.

    In a draw in stages the fraction is that of the first stage, `cluster` (n,) the unit of that stage of each form, and
    `stages` are all of them, forms the last. Otherwise each form is a cluster of its own.
    """

    stratum: Ints
    fraction: Floats
    names: tuple[str, ...]
    cluster: Ints | None = None
    stages: tuple[Stage, ...] = ()

    @property
    def clusters(self) -> Ints:
        """(H,) number of forms of each stratum, in a draw in stages of its units of the first stage."""
        if self.stages:
            return self.stages[0].units
        return np.bincount(self.stratum, minlength=len(self.fraction))

    @classmethod
    def simple(cls, n: int) -> "FormDesign":
        """n forms as a simple random sample of an unbounded population: what is known without a draw."""
        return cls(np.zeros(n, dtype=np.int64), np.zeros(1), ("",))

    @classmethod
    def stratified(cls, strata: Sequence[str], population: Mapping[str, int]) -> "FormDesign":
        """Forms drawn by stratum: n_h counts the forms here, N_h stands in `population`.

        Raises KeyError for a stratum without a population, ValueError where it has more forms than people.
        """
        names, stratum, counts = np.unique(np.array(strata, dtype=str), return_inverse=True, return_counts=True)
        size = np.array([population[str(name)] for name in names], dtype=np.float64)
        if np.any(counts > size):
            raise ValueError("a stratum has more forms than units")
        return cls(stratum.astype(np.int64), counts / size, tuple(str(name) for name in names))

    @classmethod
    def staged(cls, forms: Sequence[tuple[str, Sequence[tuple[str, float]]]]) -> "FormDesign":
        """Forms drawn in stages: of each its stratum, and the unit and fraction of every stage; "" is the form itself.

        Every form has the same number of stages, and all units of a group the same fraction.
        """
        names, stratum = np.unique(np.array([name for name, _ in forms], dtype=str), return_inverse=True)
        above, groups, stages = stratum.astype(np.int64), len(names), list[Stage]()
        cluster = None
        for j in range(len(forms[0][1])):
            labels = [told[j][0] or str(i) for i, (_, told) in enumerate(forms)]
            codes = np.unique(np.array(labels, dtype=str), return_inverse=True)[1].astype(np.int64)
            unit, parent = nested(above, codes)
            fraction = np.zeros(groups)
            fraction[above] = [told[j][1] for _, told in forms]
            stages.append(Stage(parent, fraction))
            above, groups = unit, len(parent)
            cluster = unit if cluster is None else cluster
        stages[-1] = Stage(stages[-1].group[above], stages[-1].fraction)  # its units in the order of the forms
        return cls(
            stratum.astype(np.int64), stages[0].fraction, tuple(str(n) for n in names), cluster, tuple(stages)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WeightedEstimate:
    """The same index with design weights. None where there is no value, no standard error, no interval."""

    value: float | None
    se: float | None
    df: int
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class IndexEstimate:
    """One index in one domain.

    Attributes
    ----------
    index, level : which one; `by` : values of the domain, empty for all forms.
    satisfied, valid, blank : numbers of answers; blank counts every unusable one, `unusable` splits it by kind.
    forms : forms with a valid answer.
    value : the share, exact and unweighted; None without a valid answer.
    lower_bound, upper_bound : its value if all blanks were dissatisfied, or satisfied; None without any answer.
    se, lower, upper : standard error and interval; None where they cannot be estimated; df : degrees of freedom.
    weighted : the weighted figure; None without weights.
    ways : the value by each way to roll criteria up; `value` is one of them.
    """

    index: str
    level: IndexLevel
    by: Mapping[str, str]
    satisfied: int
    valid: int
    blank: int
    unusable: Mapping[str, int]
    forms: int
    value: Fraction | None
    lower_bound: Fraction | None
    upper_bound: Fraction | None
    se: float | None
    df: int
    lower: float | None
    upper: float | None
    weighted: WeightedEstimate | None
    ways: Mapping[Aggregation, Fraction | None]


def estimate(
    responses: Responses,
    design: FormDesign,
    *,
    weights: Floats | None = None,
    adjustments: Sequence[Adjustment] = (),
    probability: Floats | None = None,
    by: pd.DataFrame | None = None,
    aggregation: Aggregation = Aggregation.POOLED,
    level: float = 0.95,
    reduced: Reduced | None = None,
) -> tuple[IndexEstimate, ...]:
    """All indices that have a column, for all forms and for every domain.

    Parameters
    ----------
    responses : the n forms that count.
    design : their strata and sampling fractions.
    weights : (n,) weights for the figure beside the unweighted one.
    adjustments : the steps that brought these weights to totals; the errors of the weighted figures are those of the
        residuals.
    probability : (n,) inclusion probabilities where they differ within strata: Brewer's variance of weighted figures.
    by : n rows of text in the order of the responses; every combination of values that occurs is a domain.
    aggregation : how criteria make an index.
    level : of the intervals, in (0, 1).
    reduced : what `reduce` makes of the same forms and domains, where it is at hand.

    Returns
    -------
    Rows with by = {} first, then domains in Vietnamese order of their values (blanks last); in each the indices in
    print order. A domain keeps all strata and forms of the design: its scores are 0 outside.

    Raises
    ------
    ValueError where design, weights or domains are not of the n forms.

    Source: linearised ratio of totals, Särndal, Swensson & Wretman (1992), ch. 5.6–5.8.
    """
    n = len(responses)
    if {len(design.stratum), n if weights is None else len(weights), n if by is None else len(by)} != {n}:
        raise ValueError(f"design, weights and domains must have {n} rows, as the responses")
    plan = rollup(responses.questionnaire, responses.criteria, aggregation=aggregation)
    domain, names = _domains(by, n)
    blanks = _blanks(responses, domain, len(names))
    try:
        figures = _plain_figures(reduced or reduce(responses, design, by=by), plan, level)
    except (MemoryError, UnknownMomentsError):
        figures = _figures(responses, design, plan=plan, domains=(domain, len(names)), weights=None, level=level)
    weighted: Sequence[Figures | None] = [None] * len(figures)
    if weights is not None:
        weighted = _figures(
            responses, design, plan=plan, domains=(domain, len(names)), weights=weights, level=level,
            adjustments=adjustments, probability=probability,
        )  # fmt: skip
    rows: list[IndexEstimate] = []
    for d, name in enumerate(({}, *names)):
        rows += _rows(plan, name, figures=figures[d], blanks=blanks[d], weighted=weighted[d])
    return tuple(rows)


def reduce(
    responses: Responses, design: FormDesign, *, by: pd.DataFrame | None = None, measures: Sequence[Measure] = ()
) -> Reduced:
    """The moments of n forms: enough for every unweighted figure, league table and change.

    Arguments as in `estimate`; `measures` beside SATISFIED. Raises MemoryError where there are too many domains,
    UnknownMomentsError for a draw in stages.
    """
    if design.stages:
        raise UnknownMomentsError("moments of forms say nothing of the stages above them")
    domain, names = _domains(by, len(responses))
    drawn = np.bincount(design.stratum, minlength=len(design.fraction))
    found: dict[Measure, FormMoments] = {}
    for measure in dict.fromkeys((Measure.SATISFIED, *measures)):
        sums = FormSums(responses.questionnaire, responses.criteria, measure)
        sums.add(domain, design.stratum, responses.answers, responses.unusable)
        found[measure] = sums.moments()
    return Reduced(responses.questionnaire, responses.criteria, tuple(names), design.fraction, drawn, found)


def estimate_reduced(
    reduced: Reduced, *, aggregation: Aggregation = Aggregation.POOLED, level: float = 0.95
) -> tuple[IndexEstimate, ...]:
    """The rows of `estimate`, unweighted, from moments."""
    plan = rollup(reduced.questionnaire, reduced.criteria, aggregation=aggregation)
    rows: list[IndexEstimate] = []
    figures = _plain_figures(reduced, plan, level)
    for (name, block), found in zip(reduced.blocks(), figures, strict=True):
        rows += _rows(plan, name, figures=found, blanks=block.blanks.sum(axis=0), weighted=None)
    return tuple(rows)


def _plain_figures(reduced: Reduced, plan: Rollup, level: float) -> list[Figures]:
    return [
        figures_of_moments(block, reduced.fraction, reduced.clusters, plan=plan, level=level)
        for _, block in reduced.blocks()
    ]


# ---------------------------------------------------------------- domains and counts
def _domains(by: pd.DataFrame | None, n: int) -> tuple[Ints, list[dict[str, str]]]:
    """The domain of each form, and the domains in order; without `by` none, and all forms under code 0."""
    if by is None:
        return np.zeros(n, dtype=np.int64), []
    headings = [str(heading) for heading in by.columns]
    keys = list(zip(*(by.iloc[:, j].tolist() for j in range(len(headings))), strict=True))
    order = {key: d for d, key in enumerate(sorted(set(keys), key=domain_order))}
    names = [dict(zip(headings, key, strict=True)) for key in order]
    return np.array([order[key] for key in keys], dtype=np.int64), names


def domain_order(values: tuple[str, ...]) -> tuple[tuple[bool, str, str], ...]:
    """A key that sorts the values of domains: Vietnamese order, blanks last."""
    return tuple((value == "", collation_key(value), value) for value in values)


def _blanks(responses: Responses, domain: Ints, size: int) -> Ints:
    """(1 + size, k, 4) unusable answers by kind and criterion: of all forms, then of each domain."""
    k, kinds = len(responses.criteria), len(KINDS) + 1
    domains = max(size, 1)
    cell = (domain[:, None] * k + np.arange(k)) * kinds + responses.unusable
    counts = np.bincount(cell.ravel(), minlength=domains * k * kinds).reshape(domains, k, kinds)[:, :, 1:]
    return np.concatenate([counts.sum(axis=0, keepdims=True), counts[:size]])


# ---------------------------------------------------------------- estimates
def _figures(
    responses: Responses,
    design: FormDesign,
    *,
    plan: Rollup,
    domains: tuple[Ints, int],
    weights: Floats | None,
    level: float,
    adjustments: Sequence[Adjustment] = (),
    probability: Floats | None = None,
) -> list[Figures]:
    """The estimates of all forms, then of each domain, from one reduction of the answers."""
    domain, size = domains
    satisfied = np.isin(responses.answers, responses.questionnaire.satisfied)
    columns = np.hstack([satisfied, responses.answers > 0]).astype(np.float64)
    form = np.arange(len(responses), dtype=np.int64)
    cells = cluster_totals(design.stratum, form, columns=columns, weight=weights, domain=domain)
    drawn = design.clusters
    blocks = [cells.over_domains(), *(cells.of_domain(d) for d in range(size))]

    def variance(totals: ClusterTotals, scores: Floats) -> Floats:
        adjusted = weights is not None and (adjustments or probability is not None)
        if not adjusted and not design.stages:
            return variance_of_total(scores, totals.stratum, design.fraction, clusters=drawn)
        everyone = np.zeros((len(form), scores.shape[1]))
        everyone[totals.cluster] = scores
        left = everyone if weights is None or not adjusted else residual_scores(everyone, weights, adjustments)
        if design.stages:
            return variance_in_stages(left, design.stages)
        return variance_of_total(left, design.stratum, design.fraction, probability=probability)

    def degrees(used: Floats, totals: ClusterTotals) -> Ints:
        return _degrees(used, totals, design)

    return [figures_of_totals(block, variance, degrees, plan=plan, level=level) for block in blocks]


def _degrees(used: Floats, totals: ClusterTotals, design: FormDesign) -> Ints:
    """Forms less strata; in a draw in stages units of the first stage less strata."""
    strata = len(design.fraction)
    if design.cluster is None:
        return degrees_of_freedom(used, totals.stratum, strata=strata)
    first = design.stages[0].group
    clusters = sum_by(design.cluster[totals.cluster], used, size=len(first))
    return degrees_of_freedom(clusters, first, strata=strata)


# ---------------------------------------------------------------- rows
def _rows(
    plan: Rollup, by: Mapping[str, str], *, figures: Figures, blanks: Ints, weighted: Figures | None
) -> list[IndexEstimate]:
    """The rows of one domain, in print order."""
    satisfied, valid = figures.part.astype(np.int64).tolist(), figures.whole.astype(np.int64).tolist()
    blank = blanks.sum(axis=1).tolist()
    asked = [v + b for v, b in zip(valid, blank, strict=True)]
    value, low = plan.exact(satisfied, valid), plan.exact(satisfied, asked)
    ways = {way: replace(plan, aggregation=way).exact(satisfied, valid) for way in Aggregation}
    high = plan.exact([s + b for s, b in zip(satisfied, blank, strict=True)], asked)
    return [
        IndexEstimate(
            index=index.code,
            level=index.level,
            by=by,
            satisfied=sum(satisfied[q] for q in own),
            valid=sum(valid[q] for q in own),
            blank=sum(blank[q] for q in own),
            unusable=dict(zip((kind.code for kind in KINDS), blanks[list(own)].sum(axis=0).tolist(), strict=True)),
            forms=int(figures.forms[i]),
            value=value[i],
            lower_bound=low[i],
            upper_bound=high[i],
            se=_known(figures.se[i]),
            df=int(figures.df[i]),
            lower=_known(figures.lower[i]),
            upper=_known(figures.upper[i]),
            weighted=_weighted(weighted, i),
            ways={way: values[i] for way, values in ways.items()},
        )
        for i, (index, own) in enumerate(zip(plan.indices, plan.criteria, strict=True))
    ]


def _weighted(figures: Figures | None, i: int) -> WeightedEstimate | None:
    if figures is None:
        return None
    value, se, lower, upper = (_known(x[i]) for x in (figures.value, figures.se, figures.lower, figures.upper))
    return WeightedEstimate(value, se, int(figures.df[i]), lower, upper)


def _known(x: float) -> float | None:
    return None if np.isnan(x) else float(x)
