"""Rounds: how the people of an earlier round are kept out of a new one, or a part of them in.

Either those who were asked are left out (`LeftOut`): another seed, and a person who stands in both frames keeps the
chance n/N, N counting everybody. Or the earlier round's seed is used again and the order begins where that round ended
(`Shift`): units stand in ascending order of (u − s) mod 1, s being the number of the last unit in the field; a unit
with u = s comes last, its 0 read as 1. A shift that begins earlier keeps a part of the earlier sample as a panel.

Source: Ohlsson (1995), in Cox et al., Business Survey Methods, ch. 9 (permanent random numbers, rotation).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sipas_survey.statistics.arrays import Floats


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Which round's people are left out: the folder of its survey, its id, and the digest of its list."""

    folder: str
    survey: str
    list_digest: str

    def as_record(self) -> dict[str, object]:
        """Plain values for the ledger."""
        return {"folder": self.folder, "survey": self.survey, "list_digest": self.list_digest}

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> "LeftOut":
        """The value behind a record."""
        return LeftOut(str(record["folder"]), str(record["survey"]), str(record["list_digest"]))


@dataclass(frozen=True)
class Shift:
    """Where the order begins in each stratum: the unit of the earlier round after which it goes on; and its seed.

    Strata that the earlier round did not have begin at 0. Folder, id and digest of its list name that round.
    """

    folder: str
    survey: str
    list_digest: str
    seed: str
    after: Mapping[str, str]

    def as_record(self) -> dict[str, object]:
        """Plain values for the ledger."""
        after = dict(sorted(self.after.items()))
        named = {"folder": self.folder, "survey": self.survey, "list_digest": self.list_digest}
        return {**named, "seed": self.seed, "after": after}

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> "Shift":
        """The value behind a record."""
        after = {str(k): str(v) for k, v in record["after"].items()}
        folder, survey, digest, seed = (str(record[name]) for name in ("folder", "survey", "list_digest", "seed"))
        return Shift(folder, survey, digest, seed, after)


def shifted(numbers: Floats, start: float) -> Floats:
    """(u − s) mod 1 in (0, 1], exactly: permanent random numbers are odd multiples of 2⁻⁵³."""
    turned = numbers - start
    return np.asarray(np.where(turned <= 0, turned + 1, turned))


def begin_after(released: Sequence[str], *, main: int, overlap: float) -> str:
    """The unit after which the order goes on.

    Parameters
    ----------
    released : the units of a stratum that were in the field, in order of turns.
    main : how many the new round draws at most.
    overlap : share of the new main list that is to stay from the earlier round, in [0, 1].

    Returns
    -------
    The last unit for no overlap; the one before the kept ones otherwise, "" where everybody stays.
    """
    kept = min(round(overlap * main), len(released))
    return released[len(released) - kept - 1] if kept < len(released) else ""
