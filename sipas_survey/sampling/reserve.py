"""The reserve: what a released name does to the probabilities of its stratum."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from sipas_survey.cases import ListKind
from sipas_survey.sampling.design import Design, strata_of
from sipas_survey.sampling.draw import sizes_of
from sipas_survey.sampling.methods import inclusion_probabilities


def with_releases(
    cases: pd.DataFrame, released: Collection[str], *, population: Mapping[str, int], design: Design | None = None,
    units: pd.DataFrame | None = None, stratum_column: str = "", above: Mapping[str, float] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The case table as it stands once reserves are released.

    Main list and reserve are one random order, so r released names after n drawn ones are a sample of n + r: with
    equal probabilities every case of the stratum in the field has (n_h + r_h) / N_h. Reserves still held have none.

    Parameters
    ----------
    cases : CASE_COLUMNS.
    released : unit ids of the released reserves.
    population : N_h by stratum.
    above : in a draw in stages the probability of each stratum itself.
    design, units, stratum_column : where sizes play a part, the design and the public columns of the frame.
    """
    in_field = (cases["kind"] == ListKind.MAIN) | cases["unit_id"].isin(list(released))
    if design is not None and design.size is not None and units is not None:
        known = _by_size(cases, in_field, units, design=design, column=stratum_column)
        probability = np.where(in_field, cases["unit_id"].map(known).astype(float), np.nan)
    else:
        drawn = in_field.groupby(cases["stratum"]).transform("sum")
        size = cases["stratum"].map(dict(population)).astype(float)
        probability = np.where(in_field, drawn / size, np.nan)
    if above:
        probability = probability * cases["stratum"].map(dict(above)).to_numpy(dtype=float)
    return cases.assign(probability=probability, weight=1 / probability)


def _by_size(
    cases: pd.DataFrame, in_field: "pd.Series[bool]", units: pd.DataFrame, *, design: Design, column: str
) -> dict[str, float]:
    """The probability of every unit of the strata that were drawn from."""
    main = cases[cases["kind"] == ListKind.MAIN].groupby("stratum").size().to_dict()
    field = in_field.groupby(cases["stratum"]).sum().to_dict()
    known: dict[str, float] = {}
    for stratum, rows in units.groupby(strata_of(units, design, column)):
        if n := int(main.get(stratum, 0)):
            more = int(field[stratum]) - n
            found = inclusion_probabilities(sizes_of(rows, design), n, method=design.method, released=more)
            known |= dict(zip(rows["unit_id"].tolist(), found.tolist(), strict=True))
    return known
