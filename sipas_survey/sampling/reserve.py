"""The reserve: what a released name does to the probabilities of its stratum."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from sipas_survey.cases import ListKind


def with_releases(cases: pd.DataFrame, released: Collection[str], *, population: Mapping[str, int]) -> pd.DataFrame:
    """The case table as it stands once reserves are released.

    Main list and reserve are one random order, so r released names after n drawn ones are a simple random sample of
    n + r: every case of the stratum in the field has probability (n_h + r_h) / N_h. Reserves still held have none.

    Parameters
    ----------
    cases : CASE_COLUMNS.
    released : unit ids of the released reserves.
    population : N_h by stratum.
    """
    in_field = (cases["kind"] == ListKind.MAIN) | cases["unit_id"].isin(list(released))
    drawn = in_field.groupby(cases["stratum"]).transform("sum")
    size = cases["stratum"].map(dict(population)).astype(float)
    probability = np.where(in_field, drawn / size, np.nan)
    return cases.assign(probability=probability, weight=1 / probability)
