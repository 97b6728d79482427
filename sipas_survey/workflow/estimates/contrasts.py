"""Differences between two domains, with their covariance."""

import numpy as np

from sipas_survey.statistics.replication import replicate_variance
from sipas_survey.workflow.estimates.columns import Codes
from sipas_survey.workflow.estimates.quotients import Domains, Figures, Quotient
from sipas_survey.workflow.estimates.reduction import Reduction
from sipas_survey.workflow.estimates.replicates import replicate_estimates
from sipas_survey.workflow.estimates.residuals import variances
from sipas_survey.workflow.estimates.sample import Sample


def difference_figures(
    sample: Sample, domains: Domains, asked: Quotient, over: Codes, between: tuple[str, str]
) -> Figures:
    """Estimate among the rows with the first value of `over`, less that with the second, in every domain.

    The variance counts the covariance: the scores of both are those of the same units.
    """
    count, inside = domains.count, domains.of_rows(len(over.code))
    code = np.full(len(over.code), 2 * count, dtype=np.int64)
    for side, label in enumerate(between):
        if (position := over.position(label)) is not None:
            here = (over.code == position) & (inside < count)
            code[here] = side * count + inside[here]
    reduction = Reduction(sample, Domains(code, 2 * count))
    both = reduction.figures(asked)
    value = both.value[:count] - both.value[count:]
    if sample.replicates is not None:
        estimates = replicate_estimates(reduction, sample.replicates, [asked])[0]
        variance = replicate_variance(estimates[:, :count] - estimates[:, count:], sample.replicates.scale)
    else:
        scores = reduction.scores(asked)[1]
        variance = variances(scores[:, :count] - scores[:, count:], sample)
    missing = np.isnan(value)
    n = np.where(missing, 0, both.n[:count] + both.n[count:])
    either = Domains(np.where(code < 2 * count, code % count, count), count)
    df = Reduction(sample, either).degrees
    if sample.replicate_df is not None:
        df = np.full(count, sample.replicate_df)
    return Figures(value, np.where(missing, np.nan, variance), df, n, np.full(count, np.nan))
