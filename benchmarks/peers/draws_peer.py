"""One package's stratified draw: `draws_peer.py PACKAGE ROWS` prints seconds and how many were drawn."""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

STRATA = 9


def table_of(rows: int) -> pd.DataFrame:
    """Units in nine strata, ids as offices write them."""
    return pd.DataFrame(
        {
            "unit_id": [f"HS{i:08d}" for i in range(rows)],
            "district_code": np.array([f"{132 + h}" for h in range(STRATA)])[np.arange(rows) % STRATA],
            **dict.fromkeys(("commune_code", "village", "field", "agency"), ""),
        }
    )


def ours(table: pd.DataFrame, each: int) -> Callable[[], int]:
    """Main and reserve lists by permanent random numbers, with turns, chances and form codes."""
    from fractions import Fraction

    from sipas_survey.sampling.design import Design
    from sipas_survey.sampling.draw import draw

    design = Design(per_stratum=each // 2, reserve=Fraction(1))

    def ask() -> int:
        made = draw(
            table, design, seed="benchmark", stratum_column="district_code", frame_digest="", round_code=23,
            first_number=100001,
        ).or_raise()  # fmt: skip
        return len(made.cases)

    return ask


def svy(table: pd.DataFrame, each: int) -> Callable[[], int]:
    """A stratified simple random sample."""
    import polars
    import svy as package

    frame = polars.from_pandas(table)

    def ask() -> int:
        sample = package.Sample(frame, package.Design(stratum="district_code"))
        return int(sample.sampling.srs(each, rstate=1).data.height)

    return ask


def samplics(table: pd.DataFrame, each: int) -> Callable[[], int]:
    """A stratified simple random sample."""
    from samplics import SelectMethod
    from samplics.sampling import SampleSelection

    made = SampleSelection(method=SelectMethod.srs_wor, strat=True)
    sizes = dict.fromkeys(sorted(set(table["district_code"])), each)
    units, strata = table["unit_id"].to_numpy(), table["district_code"].to_numpy()
    return lambda: int(np.sum(made.select(units, sizes, strata)[0]))


def main() -> None:
    """Make the table, draw three times."""
    rows = int(sys.argv[2])
    table, each = table_of(rows), min(8_000, rows // STRATA // 2)
    ask = {"this package": ours, "svy": svy, "samplics": samplics}[sys.argv[1]](table, each)
    seconds, drawn = [], 0
    for _ in range(3):
        begun = time.perf_counter()
        drawn = ask()
        seconds.append(time.perf_counter() - begun)
    print(statistics.median(seconds), drawn)


if __name__ == "__main__":
    main()
