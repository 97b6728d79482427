"""samplics: `samplics_peer.py CASE FILE`. One item at a time, as it takes them."""

import json
import sys

import pandas as pd
import samplics
from samplics.estimation import TaylorEstimator
from samplics.utils.types import PopParam
from timing import timed


def ask(case: str, table: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Values and standard errors."""
    values, errors = [], []
    for j in range(20):
        made = TaylorEstimator(PopParam.mean)
        made.estimate(
            y=table[f"q{j}"], samp_weight=table["w"], stratum=table["stratum"], psu=table["psu"],
            domain=table["d9" if case == "a9" else "d167"], remove_nan=True,
        )  # fmt: skip
        for domain in sorted(made.point_est):
            values.append(float(made.point_est[domain]))
            errors.append(float(made.stderror[domain]))
    return values, errors


def main() -> None:
    """Load, time."""
    if sys.argv[1] == "version":
        print(f"samplics {samplics.__version__}")
        return
    case, file = sys.argv[1:]
    table = pd.read_csv(file)
    seconds, values, errors = timed(lambda: ask(case, table))
    print(json.dumps({"seconds": seconds, "values": values, "errors": errors}))


main()
