"""Quantiles: the smallest value that the weighted distribution reaches, with Woodruff's interval."""

from dataclasses import replace

import numpy as np
from scipy.special import stdtrit

from sipas_survey.statistics.arrays import Floats
from sipas_survey.statistics.quantiles import Distributions
from sipas_survey.workflow.estimates.columns import Numbers
from sipas_survey.workflow.estimates.quotients import Figures, Quotient
from sipas_survey.workflow.estimates.reduction import Reduction
from sipas_survey.workflow.estimates.replicates import figures_of


def quantile_figures(
    reduction: Reduction, numbers: Numbers, *, share: float, level: float
) -> tuple[Figures, tuple[Floats, Floats]]:
    """The quantile of `share` in every domain, and its limits (D,).

    P ± t·se of the share at the quantile is carried back by the same rule, and se = width / 2t.

    Source: Woodruff (1952), JASA 47, 635–646; Francisco & Fuller (1991), Annals of Statistics 19, 454–469.
    """
    domains, weight = reduction.domains, reduction.sample.weight
    code = domains.of_rows(len(weight))
    used = np.ones(len(weight), dtype=bool) if numbers.known is None else numbers.known
    known = Distributions.of(numbers.values, weight, used, domain=code, domains=domains.count)
    value = known.at(np.full(domains.count, share))
    reached = (numbers.values <= np.append(value, np.nan)[code]) & used
    below = Quotient(Numbers(reached.astype(np.float64), numbers.known, binary=True), ones=True)
    found = figures_of(reduction, [lambda: below])[0]
    t = stdtrit(np.where(found.df > 0, found.df, np.nan), (1 + level) / 2)
    half = t * np.sqrt(found.variance)
    limits = known.at(np.maximum(share - half, 0.0)), known.at(np.minimum(share + half, 1.0))
    variance = ((limits[1] - limits[0]) / (2 * t)) ** 2
    return replace(found, value=value, variance=variance, deff=np.full(domains.count, np.nan)), limits
