"""svy: `svy_peer.py CASE FILE`. All items in one call, as its documentation shows."""

import json
import sys

import polars as pl
import svy
from timing import timed

ITEMS = [f"q{j}" for j in range(20)]


def ask(case: str, table: pl.DataFrame) -> tuple[list[float], list[float]]:
    """The design, and the figures of a case: values and standard errors."""
    if case == "b":
        n = table.height
        sample = svy.Sample(table, svy.Design(wgt="w"))
        ages = dict(enumerate([0.3 * n, 0.25 * n, 0.2 * n, 0.15 * n, 0.1 * n]))
        controls = {"sex": {0: 0.55 * n, 1: 0.45 * n}, "age": ages, "d9": dict.fromkeys(range(9), n / 9)}
        made = sample.weighting.rake(controls=controls, tol=1e-8, max_iter=1000)
        return made.data["rk_wgt"].head(50).to_list(), []
    psu = None if case == "d" else "cluster"
    sample = svy.Sample(table, svy.Design(stratum="stratum", psu=psu, wgt="w"))
    if case == "c":
        sample = sample.weighting.create_bs_wgts(500, rstate=2023)
        found = sample.estimation.mean(ITEMS, method="replication")
    else:
        found = sample.estimation.mean(ITEMS, by={"a9": "d9", "a167": "d167"}.get(case))
    rows = [row for one in found for row in sorted(one.to_dicts(), key=lambda row: row["by_level"] or (0,))]
    return [row["est"] for row in rows], [row["se"] for row in rows]


def main() -> None:
    """Load, time."""
    if sys.argv[1] == "version":
        print(f"svy {svy.__version__ if hasattr(svy, '__version__') else ''}".strip())
        return
    case, file = sys.argv[1:]
    table = pl.read_csv(file)
    seconds, values, errors = timed(lambda: ask(case, table))
    print(json.dumps({"seconds": seconds, "values": values, "errors": errors}))


main()
