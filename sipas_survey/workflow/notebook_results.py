"""The indices as a notebook holds them: tables of indices, of places in order, of criteria, of changes, of rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sipas_survey.exchange.published import Published
from sipas_survey.formats import Lang, exact
from sipas_survey.workflow.comparison import Compared, compare, compare_published, compare_rounds, record_of_compared
from sipas_survey.workflow.explanation import record_of_explanation
from sipas_survey.workflow.standings import record_of_costs, record_of_league
from sipas_survey.workflow.verdict import Judged, record_of_judged


@dataclass(frozen=True)
class Indices:
    """The indices of a set of answers, with intervals and verdicts."""

    judged: Judged

    def to_frame(self, lang: Lang = "en") -> pd.DataFrame:
        """A tidy table: a row per index and domain, the keys of the JSON as columns, `by` spread into its columns."""
        rows = []
        for row in record_of_judged(self.judged, lang)["rows"]:
            by, weighted, ways = row.pop("by"), row.pop("weighted") or {}, row.pop("aggregations")
            unusable = {f"unusable_{kind}": n for kind, n in row.pop("unusable").items()}
            more = {f"{name}_{key}": value for name, found in row.pop("extras", {}).items()
                    for key, value in found.items()}  # fmt: skip
            weighted = {f"weighted_{name}": value for name, value in weighted.items()}
            rows.append({**by, **row, **unusable, **weighted, **ways, **more})
        return pd.DataFrame(rows)

    def league(self, index: str, lang: Lang = "en") -> pd.DataFrame:
        """The domains of `by` in order of an index, each with the best and the worst rank that it may have."""
        return _spread(record_of_league(self.judged, index, lang)["rows"])

    def costs(self, index: str, lang: Lang = "en") -> pd.DataFrame:
        """The criteria of an index by what they cost it: what it would gain if each alone were at the target."""
        return pd.DataFrame(record_of_costs(self.judged, index, lang)["rows"])

    def explain(self, index: str, lang: Lang = "en") -> list[dict[str, Any]]:
        """How an index came about, of all forms and of each domain: counts, criteria, interval, target, rules."""
        return record_of_explanation(self.judged, index, lang)

    def change(
        self, before: "Indices | Path | str | Mapping[str, float]", *, paired_by: str | None = None,
        questionnaire: str | None = None, year: str | None = None, lang: Lang = "en",
    ) -> pd.DataFrame:  # fmt: skip
        """What became of the indices since another round.

        `before` is another round's indices, a file of its answers or of published figures, or published shares in
        [0, 1] by index. `paired_by` names a column of both whose values are the units that the rounds have in common.
        """
        compared = self._compared(before, paired_by, questionnaire, year)
        return _spread(record_of_compared(compared, self.judged, lang)["rows"])

    def _compared(
        self, before: "Indices | Path | str | Mapping[str, float]", paired_by: str | None, questionnaire: str | None,
        year: str | None,
    ) -> Compared:  # fmt: skip
        if isinstance(before, Indices):
            return compare_rounds(self.judged, before.judged, against="", paired_by=paired_by)
        if isinstance(before, Mapping):
            shares = {index: share for index, value in before.items() if (share := exact(value)) is not None}
            return compare_published(self.judged, "", Published(year or "", shares))
        return compare(self.judged, Path(before), questionnaire=questionnaire, year=year, paired_by=paired_by)

    def __repr__(self) -> str:
        return self.to_frame()[["index", "satisfied", "valid", "value", "lower", "upper", "verdict"]].to_string()

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


def _spread(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame([{**row["by"], **{k: v for k, v in row.items() if k != "by"}} for row in rows])
