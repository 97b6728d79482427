"""Single-stage estimates against R's survey package (tests/reference)."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sipas_survey.statistics.arrays import Floats, Ints
from sipas_survey.statistics.intervals import share_interval, t_interval
from sipas_survey.statistics.linearization import Linearized, ratio_scores
from sipas_survey.statistics.totals import cluster_totals
from sipas_survey.statistics.variance import degrees_of_freedom, variance_of_total

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
CLOSE = 1e-8


@dataclass
class Case:
    """A reference file: its columns as text, and the design."""

    columns: dict[str, list[str]]
    stratum: Ints
    cluster: Ints
    weight: Floats
    population: Floats

    def numbers(self, name: str) -> Floats:
        return np.array([float(x) for x in self.columns[name]])

    def estimate(self, y: Floats, x: Floats | None, *, with_fpc: bool = True) -> tuple[float, float, int]:
        """Value, standard error and degrees of freedom of Σwy, or of Σwy / Σwx."""
        columns = np.column_stack([y, np.ones(len(y)) if x is None else x])
        cells = cluster_totals(self.stratum, self.cluster, columns=columns, weight=self.weight)
        total = Linearized(cells.totals[:, :1].sum(axis=0), cells.totals[:, :1])
        found = total if x is None else ratio_scores(cells.totals[:, :1], cells.totals[:, 1:])
        clusters = np.bincount(cells.stratum)
        fraction = clusters / self.population if with_fpc else np.zeros(len(clusters))
        variance = variance_of_total(found.scores, cells.stratum, fraction)
        df = degrees_of_freedom(cells.rows[:, None].astype(float), cells.stratum, strata=len(clusters))
        return float(found.value[0]), float(np.sqrt(variance[0])), int(df[0])


def codes(values: list[str]) -> Ints:
    return np.unique(np.array(values), return_inverse=True)[1].astype(np.int64)


def case(name: str) -> tuple[Case, list[dict[str, Any]]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    reference = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    design = reference["design"]
    stratum = codes(columns[design["strata"]]) if design["strata"] else np.zeros(len(rows), dtype=np.int64)
    cluster = codes(columns[design["clusters"]]) if design["clusters"] else np.arange(len(rows), dtype=np.int64)
    size = np.array([float(x) for x in columns[design["fpc"]]])
    first = np.unique(stratum, return_index=True)[1]
    weight = np.array([float(x) for x in columns[design["weight"]]])
    return Case(columns, stratum, cluster, weight, size[first]), reference["estimates"]


def wanted(name: str, kind: str, *, domains: bool) -> list[Any]:
    """Estimates of a kind with the design's own weights, as parameters of a test."""
    own = (None, "design", "with fpc", "without fpc")
    return [
        pytest.param(name, row, id=f"{name}-{kind}-{row['variable']}-{row.get('label', row.get('domain'))}-{i}")
        for i, row in enumerate(case(name)[1])
        if row["kind"] == kind and row.get("weighting") in own and ("by" in row) == domains and "rows" not in row
    ]


NAMES = ("fpc_example", "api_stratified", "api_clustered")


def outcome(data: Case, row: dict[str, Any]) -> Floats:
    """The variable of a row: a number, or an indicator of a level (`bothYes`)."""
    variable = row["variable"]
    if row.get("label", variable) != variable:
        level = row["label"].removeprefix(variable)
        return np.array([float(x == level) for x in data.columns[variable]])
    return data.numbers(variable)


def agrees(found: tuple[float, float, int], row: dict[str, Any]) -> None:
    value, se, df = found
    assert value == pytest.approx(row["value"], rel=CLOSE)
    assert se == pytest.approx(row["se"], rel=CLOSE)
    if "df" in row:
        assert df == row["df"]
        assert [float(x) for x in t_interval(value, se, df)] == pytest.approx([row["lower"], row["upper"]], rel=CLOSE)


@pytest.mark.parametrize(("name", "row"), [p for n in NAMES for p in wanted(n, "mean", domains=False)])
def test_means(name: str, row: dict[str, Any]) -> None:
    """Mean, standard error, degrees of freedom and t interval."""
    data, _ = case(name)
    y = outcome(data, row)
    agrees(data.estimate(y, np.ones(len(y)), with_fpc=row.get("weighting") != "without fpc"), row)


@pytest.mark.parametrize(("name", "row"), [p for n in NAMES for p in wanted(n, "total", domains=False)])
def test_totals(name: str, row: dict[str, Any]) -> None:
    """Total, standard error, degrees of freedom and t interval."""
    data, _ = case(name)
    agrees(data.estimate(outcome(data, row), None, with_fpc=row.get("weighting") != "without fpc"), row)


@pytest.mark.parametrize(
    ("name", "row"),
    [p for n in NAMES for kind in ("mean", "proportion", "total") for p in wanted(n, kind, domains=True)],
)
def test_domains(name: str, row: dict[str, Any]) -> None:
    """Domains keep all strata and clusters: scores are 0 outside."""
    data, _ = case(name)
    inside = np.array([float(x == row["domain"]) for x in data.columns[row["by"]]])
    both = np.array([float(x == "Yes") for x in data.columns["both"]])
    y = both if row["kind"] == "proportion" else data.numbers(row["variable"])
    agrees(data.estimate(y * inside, None if row["kind"] == "total" else inside), row)


def test_ratio_and_share_interval() -> None:
    """The ratio of two outcomes, and the logit interval of a share, stratified and clustered."""
    for name in NAMES[1:]:
        data, rows = case(name)
        for row in rows:
            if row["kind"] == "ratio" and row.get("weighting", "design") == "design":
                over, under = row["variable"].split("/")
                agrees(data.estimate(data.numbers(over), data.numbers(under)), row)
            if row["kind"] == "proportion_ci" and row["method"] == "logit":
                yes = np.array([float(x == row["level"]) for x in data.columns[row["variable"]]])
                value, se, df = data.estimate(yes, np.ones(len(yes)))
                limits = [float(x) for x in share_interval(value, se, df, n=len(yes))]
                assert limits == pytest.approx([row["lower"], row["upper"]], rel=CLOSE)
