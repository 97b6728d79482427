"""Designs of every kind, against what R's survey package says of the same small survey."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sipas_survey as sv

REFERENCE = Path(__file__).parents[2] / "reference"
CLUSTERS: dict[str, Any] = {"strata": "district", "clusters": "village", "weights": "w"}
REPLICATES: dict[str, Any] = {"weights": "w", "replicates": "rep"}
DESIGNS: dict[str, dict[str, Any]] = {
    "nested": CLUSTERS,
    "fpc": {**CLUSTERS, "fpc": "villages"},
    "fractions": {**CLUSTERS, "fpc": "share"},
    "stages": {**CLUSTERS, "clusters": ["village", "id"], "fpc": ["villages", "people"]},
    "inverse": {"strata": "district", "clusters": ["village", "id"], "fpc": ["villages", "people"]},
    "elements": {"strata": "district", "weights": "w"},
    "brewer": {"probability": "pi"},
    **{method: {**REPLICATES, "method": method} for method in ("brr", "fay", "jk1", "bootstrap")},
    **{lonely: {**CLUSTERS, "fpc": "villages", "lonely": lonely}
       for lonely in ("remove", "certainty", "adjust", "average")},
}  # fmt: skip
ROWS = json.loads((REFERENCE / "made.json").read_text(encoding="utf-8"))["estimates"]


@cache
def survey(design: str) -> sv.Survey:
    """The made survey, drawn in a given way; for lonely strata without one of the two villages of a district."""
    table = pd.read_csv(REFERENCE / "made.csv", dtype={"district": str})
    if "lonely" in DESIGNS[design]:
        table = table[~((table["district"] == "136") & (table["village"] == 2))]
    return sv.Survey(table, **DESIGNS[design])


@pytest.mark.parametrize("row", ROWS, ids=lambda r: "-".join(str(r[k]) for k in ("design", "what", "of", "domain")))
def test_equals_r(row: dict[str, Any]) -> None:
    """Value, standard error and design effect, to eight digits."""
    verb = getattr(survey(row["design"]), row["what"])
    asked = {"by": row["by"]} if row["by"] else {}
    (found,) = [e for e in verb(row["of"], **asked) if not row["by"] or e.by == {row["by"]: row["domain"]}]
    assert (found.value, found.se) == pytest.approx((row["value"], row["se"]), rel=1e-8)
    if row["deff"] is not None:
        assert found.deff == pytest.approx(row["deff"], rel=1e-6)


def test_every_design_is_there() -> None:
    """The file speaks of every design above."""
    assert {row["design"] for row in ROWS} == set(DESIGNS)
