"""A draw in stages for those who estimate: the probability of each stage, strata, clusters and shares drawn."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from sipas_survey.sampling.clusters import clusters_of
from sipas_survey.sampling.staged import StageUnit, lineage
from sipas_survey.satisfaction.indices import FormDesign

STRATUM, CLUSTER, FPC = "design_stratum", "cluster_", "fpc_"


def with_stages(cases: pd.DataFrame, units: Sequence[StageUnit], population: Mapping[str, int]) -> pd.DataFrame:
    """The case table with a probability for each stage, and the columns that `sipas estimate` takes.

    `probability_district`, …, `probability_person` multiply to `probability`; that of a person is empty for a reserve
    that is held. `design_stratum`, `cluster_1`, … and `fpc_1`, … (shares drawn) tell the design.
    """
    lines = lineage(units)
    leaves = cases["stratum"].map(lines)
    found = {}
    for depth, unit in enumerate(next(iter(leaves))):
        found[f"probability_{unit.level}"] = [line[depth].probability for line in leaves]
    above = np.prod([np.array(column) for column in found.values()], axis=0)
    found["probability_person"] = cases["probability"].to_numpy(dtype=float) / above
    in_field = cases["probability"].notna()
    share = _shares(cases.loc[in_field, "stratum"], population)
    told = clusters_of(units, {stratum: share.get(stratum, 0.0) for stratum in cases["stratum"].unique()})
    rows = [told[stratum] for stratum in cases["stratum"]]
    found[STRATUM] = [row.stratum for row in rows]
    ids = cases["unit_id"].tolist()
    for j in range(len(rows[0].stages)):
        found[f"{CLUSTER}{j + 1}"] = [row.stages[j][0] or unit for row, unit in zip(rows, ids, strict=True)]
        found[f"{FPC}{j + 1}"] = [row.stages[j][1] for row in rows]
    return cases.assign(**found)


def _shares(strata: Iterable[str], population: Mapping[str, int]) -> dict[str, float]:
    """The share of each stratum's people that is in the field."""
    counts = pd.Series(list(strata), dtype=object).value_counts()
    return {str(name): int(n) / population[str(name)] for name, n in counts.items()}


def form_design(strata: Sequence[str], units: Sequence[StageUnit], population: Mapping[str, int]) -> FormDesign:
    """How the forms whose answers count were drawn: by `strata`, the units of the last stage."""
    told = clusters_of(units, _shares(strata, population))
    return FormDesign.staged([(told[s].stratum, told[s].stages) for s in strata])
