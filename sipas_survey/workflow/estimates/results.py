"""Estimates as frozen values: rows to walk through, a tidy frame, a table for the eye."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import pandas as pd

from sipas_survey.problems import Problem

KEYS = ("what", "of", "level", "by", "value", "se", "df", "lower", "upper", "cv", "deff", "n")


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate.

    Attributes
    ----------
    what : mean, total, ratio, share, quantile or difference.
    of : the column, NUM/DEN of a ratio, COL@P of a quantile, COL:BY:A-B of a difference.
    level : the value of a share.
    by : values of the domain, empty for all rows.
    value, se, df, lower, upper : None where there is none. A share is in [0, 1].
    cv : se/|value|; deff : design effect of means, totals and shares; n : rows used.
    """

    what: str
    of: str
    level: str | None
    by: Mapping[str, str]
    value: float | None
    se: float | None
    df: int | None
    lower: float | None
    upper: float | None
    cv: float | None
    deff: float | None
    n: int

    def record(self) -> dict[str, Any]:
        """The keys of the JSON."""
        return {key: dict(self.by) if key == "by" else getattr(self, key) for key in KEYS}


class Estimates(Sequence[Estimate]):
    """Estimates in order: outcomes as asked for, within each the domains in order of their values.

    `problems` holds what was noticed: domains without an answer, for one.
    """

    __slots__ = ("_rows", "problems")

    def __init__(self, rows: Sequence[Estimate], problems: Sequence[Problem] = ()) -> None:
        self._rows = tuple(rows)
        self.problems = tuple(problems)

    @overload
    def __getitem__(self, i: int) -> Estimate: ...
    @overload
    def __getitem__(self, i: slice) -> "Estimates": ...
    def __getitem__(self, i: int | slice) -> "Estimate | Estimates":
        return Estimates(self._rows[i], self.problems) if isinstance(i, slice) else self._rows[i]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self._rows)

    def __add__(self, other: "Estimates") -> "Estimates":
        return Estimates((*self._rows, *other), (*self.problems, *other.problems))

    def __getattr__(self, key: str) -> Any:
        """`value`, `se` and the other keys of a result that has one row."""
        if key in KEYS and len(self._rows) == 1:
            return getattr(self._rows[0], key)
        raise AttributeError(f"{key}: ask one of the {len(self)} estimates, or to_frame()")

    def to_frame(self) -> pd.DataFrame:
        """A row per estimate: the keys of the JSON as columns, `by` spread into its columns."""
        rows = []
        for estimate in self._rows:
            record = estimate.record()
            by = record.pop("by")
            rows.append(
                {"what": record.pop("what"), "of": record.pop("of"), "level": record.pop("level"), **by, **record}
            )
        return pd.DataFrame(rows).astype({"value": float, "se": float}) if rows else pd.DataFrame(columns=list(KEYS))

    def _table(self) -> pd.DataFrame:
        frame = self.to_frame()
        return frame.drop(columns=[name for name in ("level", "deff") if name in frame and frame[name].isna().all()])

    def __repr__(self) -> str:
        return self._table().to_string(index=False, na_rep="–", float_format=lambda x: f"{x:.6g}")

    def _repr_html_(self) -> str:
        return str(self._table().to_html(index=False, na_rep="–", float_format=lambda x: f"{x:.6g}"))
