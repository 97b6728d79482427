"""Stratified draws in memory beside other packages: seconds of the median of three calls.

    python benchmarks/draws.py [--rows 1000000] [--svy PYTHON] [--samplics PYTHON]

Nine strata, 4,000 main and 4,000 reserve names each; the others draw 8,000 a stratum by a random generator of their
own. Nobody can repeat their draws from a published rule, and they give no turns, reserves or form codes: their task is
the smaller one. Each runs in a process of its own.
"""

import argparse
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).parent / "peers"


def main() -> None:
    """Ask each package that is there."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--svy", default="")
    asked.add_argument("--samplics", default="")
    said = asked.parse_args()
    print("| package | rows | drawn | seconds |\n|---|---|---|---|")
    for name, python in (("this package", sys.executable), ("svy", said.svy), ("samplics", said.samplics)):
        if python:
            command = [python, "-W", "ignore", str(PEERS / "draws_peer.py"), name, str(said.rows)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seconds, drawn = done.stdout.split()[-2:]
            print(f"| {name} | {said.rows:,} | {int(drawn):,} | {float(seconds):.2f} |")


if __name__ == "__main__":
    main()
