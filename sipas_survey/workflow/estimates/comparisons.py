"""Comparisons of many estimates at once: independence of two questions, ranks of domains."""

from dataclasses import dataclass

import numpy as np

from sipas_survey.problems import stop
from sipas_survey.statistics.arrays import Floats, Ints
from sipas_survey.statistics.association import RaoScott, rao_scott
from sipas_survey.statistics.ranks import Ranks, ranks
from sipas_survey.statistics.replication import replicate_variance
from sipas_survey.workflow.estimates.columns import Numbers, Table
from sipas_survey.workflow.estimates.domains import Grouping
from sipas_survey.workflow.estimates.quotients import Domains, Quotient
from sipas_survey.workflow.estimates.reduction import Reduction
from sipas_survey.workflow.estimates.replicates import replicate_estimates
from sipas_survey.workflow.estimates.residuals import covariance
from sipas_survey.workflow.estimates.sample import Sample


@dataclass(frozen=True, slots=True)
class Ranked:
    """A domain in a ranking: its values, its estimate, its rank from 1, and the best and worst rank it may have."""

    by: dict[str, str]
    value: float
    rank: int
    best: int
    worst: int


def independence(table: Table, sample: Sample, rows: str, columns: str) -> RaoScott:
    """Test whether two columns are independent; rows that miss one of them are left out.

    Raises SurveyError (ESTIMATE_TABLE_NARROW) where a column has a single value.
    """
    one, other = table.codes(rows), table.codes(columns)
    for name, codes in ((rows, one), (columns, other)):
        if len(codes.labels) < 2:
            raise stop("ESTIMATE_TABLE_NARROW", table.place.at(column=name), found=", ".join(codes.labels))
    height, width = len(one.labels), len(other.labels)
    known = (one.code >= 0) & (other.code >= 0)
    cell = np.where(known, one.code * width + other.code, -1)
    everyone = Reduction(sample, Domains(None if known.all() else (~known).astype(np.int64), 1))
    cells = [Quotient(Numbers((cell == j).astype(np.float64), None, binary=True), ones=True)
             for j in range(height * width)]  # fmt: skip
    share = np.array([everyone.figures(asked).value[0] for asked in cells]).reshape(height, width)
    if sample.replicates is not None:
        spread = _replicated(everyone, cells)
    else:
        spread = covariance(np.column_stack([everyone.scores(asked)[1][:, 0] for asked in cells]), sample)
    used = int(np.count_nonzero(known & (sample.weight > 0)))
    return rao_scott(share, spread, n=used, df=int(_degrees(everyone, sample)[0]))


def ranking(sample: Sample, grouping: Grouping, asked: Quotient, *, level: float) -> list[Ranked]:
    """Domains by the size of their estimate, the largest first; those without one are left out."""
    reduction = Reduction(sample, grouping.domains)
    figures = reduction.figures(asked)
    if sample.replicates is not None:
        estimates = replicate_estimates(reduction, sample.replicates, [asked])[0]
        spread = _covariance_of(estimates, sample.replicates.scale)
    else:
        spread = covariance(reduction.scores(asked)[1], sample)
    df = np.full(len(figures.df), sample.replicate_df) if sample.replicate_df is not None else figures.df
    found: Ranks = ranks(figures.value, spread, np.minimum.outer(df, df), level=level)
    rows = [
        Ranked(dict(by), float(value), int(rank), int(best), int(worst))
        for by, value, rank, best, worst in zip(
            grouping.names, figures.value, found.rank, found.best, found.worst, strict=True
        )
        if rank
    ]
    return sorted(rows, key=lambda row: row.rank)


def _degrees(reduction: Reduction, sample: Sample) -> Ints:
    return reduction.degrees if sample.replicate_df is None else np.array([sample.replicate_df])


def _replicated(reduction: Reduction, cells: list[Quotient]) -> Floats:
    """(k, k) covariance of the shares of all rows over the replicates."""
    replicates = reduction.sample.replicates
    assert replicates is not None  # noqa: S101 - the caller asked
    estimates = replicate_estimates(reduction, replicates, cells)
    return _covariance_of(np.column_stack([column[:, 0] for column in estimates]), replicates.scale)


def _covariance_of(estimates: Floats, scale: Floats) -> Floats:
    """(k, k) from (R, k) replicate estimates: (V(a + b) − V(a − b)) / 4."""
    plus = estimates[:, :, None] + estimates[:, None, :]
    minus = estimates[:, :, None] - estimates[:, None, :]
    return (replicate_variance(plus, scale) - replicate_variance(minus, scale)) / 4
