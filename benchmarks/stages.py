"""Many draws in stages from an invented frame: are chances, totals and errors what they promise?

    python benchmarks/stages.py [DRAWS]          5,000 by default, about six minutes a plan on one core

Prints for each plan the standard deviation of z over the people drawn (1 where frequencies are as promised), how many
of its own standard errors the mean of the estimated totals is away from the truth, and the estimated error of a mean
over its true spread.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import staged_frame


def main() -> None:
    """One line for each plan."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    units = staged_frame.frame()
    print(f"{len(units):,} people, {draws:,} draws")
    for name in ("papi", "sipas_national"):
        start = time.perf_counter()
        found = staged_frame.often(units, staged_frame.design(name), draws)
        z = [(found.chosen[u] - draws * p) / np.sqrt(draws * p * (1 - p)) for u, p in found.promised.items() if p < 1]
        away = (np.mean(found.totals) - units["y"].sum()) / (np.std(found.totals, ddof=1) / np.sqrt(draws))
        ratio = np.sqrt(np.mean(found.variances)) / np.std(found.means, ddof=1)
        each = (time.perf_counter() - start) / draws
        print(f"{name}: z {np.std(z):.3f}, total {away:+.2f}, error {ratio:.3f}, {1000 * each:.1f} ms a draw")


if __name__ == "__main__":
    main()
