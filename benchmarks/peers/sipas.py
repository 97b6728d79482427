"""This package: `sipas.py CASE FILE`."""

import json
import sys

import numpy as np
import pandas as pd
from timing import forget_peak, peak, timed

import sipas_survey as sv

ITEMS = [f"q{j}" for j in range(20)]


def ask(case: str, table: pd.DataFrame) -> tuple[list[float], list[float]]:
    """The design, and the figures of a case: values and standard errors."""
    if case == "b":
        survey = sv.Survey(table, weights="w")
        n = len(table)
        made = survey.rake({
            "sex": {0: 0.55 * n, 1: 0.45 * n}, "age": dict(enumerate(n * np.array([0.3, 0.25, 0.2, 0.15, 0.1]))),
            "d9": dict.fromkeys(range(9), n / 9),
        })  # fmt: skip
        return made.weights[:50].tolist(), []
    clusters = None if case == "d" else "cluster"
    survey = sv.Survey(table, strata="stratum", clusters=clusters, weights="w")
    if case == "c":
        survey = survey.bootstrap(500, seed="2023")
    by = {"a9": "d9", "a167": "d167"}.get(case, ())
    found = survey.mean(ITEMS, by=by)
    return [e.value for e in found], [e.se for e in found]


def main() -> None:
    """Load, watch, time."""
    case, file = sys.argv[1:]
    table = pd.read_csv(file)
    sv.Survey(table.head(2000), weights="w").mean("q0")  # what is imported on first use is no part of the estimate
    held = forget_peak()
    seconds, values, errors = timed(lambda: ask(case, table))
    data = table.memory_usage(deep=True).sum() / 2**20
    print(
        json.dumps({"seconds": seconds, "peak_mb": peak() - held, "data_mb": data, "values": values, "errors": errors})
    )


main()
