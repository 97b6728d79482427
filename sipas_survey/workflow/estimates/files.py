"""Estimates from a file, as they are asked for in words: `sipas estimate`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sipas_survey.exchange.datasets import read_dataset
from sipas_survey.exchange.tables import open_table
from sipas_survey.problems import SurveyError, problem
from sipas_survey.statistics.choices import Distance, Lonely, ReplicateMethod, ShareInterval
from sipas_survey.workflow.estimates.columns import Table
from sipas_survey.workflow.estimates.domains import pair_of
from sipas_survey.workflow.estimates.known_totals import Counts, Margin
from sipas_survey.workflow.estimates.results import Estimates
from sipas_survey.workflow.estimates.sample import DesignColumns
from sipas_survey.workflow.estimates.survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTotals:
    """What weights are brought to: `rake` COL=FILE, `calibrate` COL=TOTAL; all of them at once.

    Without a `distance`, margins alone are raked; where there are totals, the distance is linear.
    """

    rake: Sequence[str] = ()
    calibrate: Sequence[str] = ()
    distance: Distance | None = None
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """Replicates: columns of a file that begin with `prefix`, or made from the design; at most one of them.

    `scale` : a number, or a file whose last column holds a factor for each replicate.
    """

    prefix: str | None = None
    method: ReplicateMethod = ReplicateMethod.BOOTSTRAP
    rho: float = 0.3
    scale: str | None = None
    bootstrap: int | None = None
    seed: str = ""
    jackknife: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The estimates, as the command line writes them, and the domains they are asked for."""

    means: Sequence[str] = ()
    totals: Sequence[str] = ()
    ratios: Sequence[str] = ()
    shares: Sequence[str] = ()
    levels: Sequence[str] = ()
    quantiles: Sequence[str] = ()
    differences: Sequence[str] = ()
    by: Sequence[str] = ()
    where: Sequence[str] = ()
    interval: ShareInterval = ShareInterval.LOGIT


def estimate_file(
    path: Path,
    wanted: Wanted,
    *,
    design: DesignColumns,
    known: KnownTotals,
    repetition: Repetition,
    lonely: Lonely = Lonely.FAIL,
    level: float = 0.95,
) -> Estimates:
    """The estimates in order of their kind, with the warnings of reading and weighting.

    Raises SurveyError for whatever is wrong with the file, the design or the request.
    """
    dataset = read_dataset(path)
    survey = Survey(
        dataset.data,
        strata=design.strata,
        clusters=design.clusters,
        weights=design.weights,
        fpc=design.fpc,
        probability=design.probability,
        replicates=repetition.prefix,
        method=repetition.method,
        rho=repetition.rho,
        scale=_scale(repetition.scale),
        lonely=lonely,
        level=level,
        place=dataset.place,
    )
    survey = _repeated(_brought(survey, Table(dataset.data, place=dataset.place), known), repetition)
    return Estimates((), survey.problems) + _answers(survey, wanted)


def _answers(survey: Survey, wanted: Wanted) -> Estimates:
    by, where = tuple(wanted.by), tuple(wanted.where)
    found = Estimates(())
    if wanted.means:
        found += survey.mean(wanted.means, by=by, where=where)
    if wanted.totals:
        found += survey.total(wanted.totals, by=by, where=where)
    for asked in wanted.ratios:
        found += survey.ratio(asked, by=by, where=where)
    for asked in (*wanted.shares, *wanted.levels):
        found += survey.share(asked, by=by, where=where, interval=wanted.interval)
    for asked in wanted.quantiles:
        found += survey.quantile(asked, by=by, where=where)
    for asked in wanted.differences:
        found += survey.difference(asked, within=by, where=where)
    return found


def _repeated(survey: Survey, repetition: Repetition) -> Survey:
    if repetition.bootstrap is not None:
        return survey.bootstrap(repetition.bootstrap, seed=repetition.seed)
    return survey.jackknife() if repetition.jackknife else survey


def _brought(survey: Survey, table: Table, known: KnownTotals) -> Survey:
    margins: dict[Margin, Counts] = {}
    for text in known.rake:
        column, file = pair_of(text, "=", table)
        margins[column] = _margin(Path(file))
    totals: dict[Margin, float | Counts] = {}
    for text in known.calibrate:
        column, total = pair_of(text, "=", table)
        totals[column] = _total(text, total)
    if not margins and not totals:
        return survey
    if not totals and known.distance is None:
        return survey.rake(margins)
    return survey.calibrate({**margins, **totals}, distance=known.distance or Distance.LINEAR, bounds=known.bounds)


def _total(text: str, total: str) -> float:
    try:
        return float(total)
    except ValueError:
        raise SurveyError([problem("ESTIMATE_REQUEST", found=text, shape="COL=TOTAL")]) from None


def _margin(path: Path) -> dict[str, float]:
    """Known counts by value, from a file with the columns `value` and `total`."""
    source = open_table(path)
    table = Table(source.frame().or_raise(), place=source.place)
    totals = table.numbers("total")
    counts: dict[str, float] = {}
    for i, value in enumerate(table.series("value")):
        if totals.known is not None and not totals.known[i]:
            raise SurveyError([problem("ESTIMATE_NOT_A_NUMBER", table.at(i, "total"), found="")])
        if value in counts:
            raise SurveyError([problem("ESTIMATE_MARGIN_TWICE", table.at(i, "value"), found=value)])
        counts[value] = float(totals.values[i])
    return counts


def _scale(text: str | None) -> float | list[float] | None:
    """The factor of all replicates, or one for each from a file."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        source = open_table(Path(text))
    factors: list[float] = (
        Table(source.frame().or_raise(), place=source.place).numbers(source.columns[-1]).values.tolist()
    )
    return factors
