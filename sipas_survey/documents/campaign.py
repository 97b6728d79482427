"""A campaign as a report sees it: every number that a report can print, and nothing else.

Numbers are numbers here (counts, exact shares, days); text comes to them in `chapters`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from sipas_survey.formats import Lang
from sipas_survey.satisfaction.appendices import Appendices
from sipas_survey.tracking.forecast import Forecast
from sipas_survey.tracking.progress import Counts, Progress

Verdict = Literal["met", "not_met", "undecided", "no_data"]
Text = Mapping[Lang, str]
"""A text that comes with the data, in every language."""

Value = Fraction | float | None
Fact = str | int | date | datetime | None
FIVE_NUMBERS = ("return_rate", "valid_rate", "target_fill", "rr1", "substitution_rate")
"""The shares of the fieldwork, never one for another, as `Counts` names them."""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One index, of the whole survey (`place` empty) or of one district.

    index, level : code of the index and `element`, `part` or `overall`; label_vi, label_en : its name.
    satisfied, valid, blank : answers; forms : forms that hold them.
    value : the unweighted share in [0, 1]; lower_bound, upper_bound : the same with all blanks dissatisfied, satisfied.
    se, lower, upper : its design-based standard error and 95 % interval.
    reached : the plan's rule on the value; verdict : from the interval. None and `no_data` without a valid answer.
    weighted_… : the weighted estimate and its own interval, None without a draw.
    small : fewer forms than an estimate should rest on.
    """

    index: str
    level: str
    label_vi: str
    label_en: str
    place: str
    satisfied: int
    valid: int
    blank: int
    forms: int
    value: Value
    lower_bound: Value
    upper_bound: Value
    se: float | None
    lower: float | None
    upper: float | None
    reached: bool | None
    verdict: Verdict
    weighted_value: float | None
    weighted_lower: float | None
    weighted_upper: float | None
    small: bool

    def label(self, lang: Lang) -> str:
        """The name of the index in a language."""
        return self.label_vi if lang == "vi" else self.label_en


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the numbers come from: enough to draw again, and to find this report's place in the ledger.

    `frozen_at` and `drawn_at` are instants with a time zone; `events` counts the entries up to `ledger_head`.
    """

    survey_id: str
    seed: str
    frame_digest: str
    list_digest: str
    questionnaire: str
    package_version: str
    as_of: date
    ledger_head: str
    events: int
    drawn_at: datetime | None
    frozen_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecheckRow:
    """What a re-check found of a worker, a district or the round (`who` empty).

    ordered, confirmed, not_confirmed, open, waiting : forms. rate, lower, upper : share not confirmed among the settled
    ones with its 95 % interval, weighted but for a worker; None where nothing is settled.
    """

    about: str
    who: str
    ordered: int
    confirmed: int
    not_confirmed: int
    open: int
    waiting: int
    rate: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Campaign:
    """Everything that a report of any kind can say of a campaign on a day.

    returns : progress by district (by commune where the frame has no districts); `places` names their codes.
    days : progress by day. results : rows of the whole survey. district_results : the row `check` of each district.
    check : the index that is judged against `threshold`, `overall` or `service`.
    design : what the intervals suppose about the sample. notes : further remarks. timezone : of the instants printed.
    appendices : those of the plan, in its own form; None where there is no plan.
    communes, workers : progress by commune and by worker; `districts` the district of each commune.
    positions : latitude and longitude of communes, where the units have them. population : of each stratum.
    to_do : what waits for somebody today, by name, with how many there are. flags : what should be looked at.
    criteria : rows of the single questions. recheck : what the re-check found; empty before there is one.
    """

    survey_name: str
    round: str
    as_of: date
    threshold: Fraction
    check: str
    returns: Progress
    days: Progress
    places: Mapping[str, str]
    results: tuple[ResultRow, ...]
    district_results: tuple[ResultRow, ...]
    design: Text
    provenance: Provenance
    notes: tuple[Text, ...] = ()
    timezone: str = "Asia/Ho_Chi_Minh"
    appendices: Appendices | None = None
    communes: Progress | None = None
    workers: Progress | None = None
    districts: Mapping[str, str] = field(default_factory=dict)
    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    population: Mapping[str, int] = field(default_factory=dict)
    forecast: Forecast | None = None
    to_do: tuple[tuple[str, int], ...] = ()
    flags: tuple[Text, ...] = ()
    criteria: tuple[ResultRow, ...] = ()
    recheck: tuple[RecheckRow, ...] = ()

    @property
    def judged(self) -> ResultRow | None:
        """The row of the index that the plan's target is about; None where there is no such row."""
        return next((row for row in self.results if row.index == self.check and not row.place), None)

    @property
    def counts(self) -> Counts:
        """The counts of the whole survey."""
        return self.returns.total

    @property
    def facts(self) -> tuple[tuple[str, Fact], ...]:
        """What the survey is and where its numbers come from, in the order of the work, by name of the fact."""
        of = self.provenance
        return (
            ("survey_name", self.survey_name),
            ("round", self.round),
            ("as_of", of.as_of),
            ("questionnaire", of.questionnaire),
            ("survey_id", of.survey_id),
            ("frozen_at", of.frozen_at),
            ("frame_digest", of.frame_digest),
            ("seed", of.seed),
            ("drawn_at", of.drawn_at),
            ("list_digest", of.list_digest),
            ("package_version", of.package_version),
            ("events", of.events),
            ("ledger_head", of.ledger_head),
        )
