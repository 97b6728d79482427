"""Flags: what in the field is unusual enough to be looked at. Never a verdict on anybody.

How often a worker's people refuse, are not met or are replaced is compared with the rate of all by exact binomial
limits. A round, or a district, where everything came back and nothing ever went wrong is flagged for that alone.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np

from sipas_survey.statistics.funnel import funnel_limits, tail_chance
from sipas_survey.tracking.forms import FormState, State
from sipas_survey.tracking.progress import FormRecord, count, flawless

MINUTES = 10  # less than this nobody answers a questionnaire of some thirty questions in
DAY_MINUTES = 480  # a working day
A_DAY = DAY_MINUTES // MINUTES  # forms that one worker can bring back on one day
FEW = 10  # forms from which "nothing else" says something
RARE = 0.05


class FlagKind(StrEnum):
    """What was noticed."""

    REFUSALS = "refusals"
    ABSENCES = "absences"
    REPLACEMENTS = "replacements"
    NOTHING_ELSE = "nothing_else"
    ANSWERED_FAST = "answered_fast"
    MANY_IN_A_DAY = "many_in_a_day"
    DEAD_CODE_BACK = "dead_code_back"


class About(StrEnum):
    """Whom a flag is about."""

    WORKER = "worker"
    DISTRICT = "district"
    ROUND = "round"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing to look at.

    Attributes
    ----------
    kind, about, who : what, and a worker, the code of a district, or a form; empty for the whole round.
    count, of : so many among so many. expected : the share among all; lower, upper : what is usual; chance : how
        often so far from it by chance. None where nothing is compared.
    day : the day it happened, where it is of one day.
    """

    kind: FlagKind
    about: About
    who: str
    count: int
    of: int
    expected: float | None = None
    lower: int | None = None
    upper: int | None = None
    chance: float | None = None
    day: date | None = None


_FUNNELS: Mapping[FlagKind, Callable[[FormState], bool]] = {
    FlagKind.REFUSALS: lambda state: state.state is State.REFUSED,
    FlagKind.ABSENCES: lambda state: state.state is State.NOT_MET_FINAL,
    FlagKind.REPLACEMENTS: lambda state: bool(state.replaced_by),
}


def funnels(records: Iterable[FormRecord], *, level: float = 0.998) -> list[Flag]:
    """Workers outside the limits of the overall rate: forms that they have done with, by how those ended."""
    done = [r.state for r in records if r.state.worker and r.state.handed_out and not r.state.outstanding]
    trials = Counter(state.worker for state in done)
    workers = sorted(trials)
    flags = []
    for kind, counts in _FUNNELS.items():
        events = Counter(state.worker for state in done if counts(state))
        flags += _outside(kind, [(w, events[w], trials[w]) for w in workers], level=level)
    return flags


def _outside(kind: FlagKind, rows: Sequence[tuple[str, int, int]], *, level: float) -> list[Flag]:
    """The workers of one funnel whose number of events is not usual at the rate of all."""
    if len(rows) < 2:
        return []
    events, trials = (np.array([row[i] for row in rows]) for i in (1, 2))
    overall = np.full(len(rows), events.sum() / trials.sum())
    lower, upper = funnel_limits(trials, overall, level=level)
    chance = tail_chance(events, trials, overall)
    return [
        Flag(kind, About.WORKER, who, k, n, float(overall[i]), int(lower[i]), int(upper[i]), float(chance[i]))
        for i, (who, k, n) in enumerate(rows)
        if not lower[i] <= k <= upper[i]
    ]


def nothing_else(records: Sequence[FormRecord], *, as_of: date, districts: bool = True) -> list[Flag]:
    """The round, districts and workers of whom every form came back, and nobody refused, was missed or was replaced.

    Of workers only those with whom that would be rare by chance, as things go with all.
    """
    flags = []
    for about, key in _PARTS.items():
        cells: dict[str, list[FormRecord]] = defaultdict(list)
        for record in records:
            cells[key(record)].append(record)
        counted = {who: count(cell, as_of=as_of) for who, cell in sorted(cells.items()) if who or about is About.ROUND}
        gone = sum(counts.withdrawn for counts in counted.values())
        handed_out = sum(counts.handed_out for counts in counted.values())
        for who, counts in counted.items() if districts or about is not About.DISTRICT else ():
            chance = (1 - gone / handed_out) ** counts.handed_out if handed_out else 1.0
            replaced = sum(bool(r.state.replaced_by) for r in cells[who])
            spotless = flawless(target_met=counts.target_met, withdrawn=counts.withdrawn, replaced=replaced)
            rare = about is not About.WORKER or chance <= RARE
            if spotless and rare and counts.issued >= FEW:
                flags.append(Flag(FlagKind.NOTHING_ELSE, about, who, counts.returned, counts.issued, chance=chance))
    return flags


_PARTS: Mapping[About, Callable[[FormRecord], str]] = {
    About.ROUND: lambda _: "",
    About.DISTRICT: lambda record: record.place["district_code"],
    About.WORKER: lambda record: record.state.worker,
}


# ---------------------------------------------------------------- speed
@dataclass(frozen=True, slots=True)
class Recorded:
    """When a field act happened and was written down; `recorded_at` in the survey's own time."""

    form: str
    worker: str
    happened_on: date
    recorded_at: datetime

    @property
    def live(self) -> bool:
        """Whether it was written down on the day it happened."""
        return self.recorded_at.date() == self.happened_on


def answered_fast(brought: Iterable[Recorded], back: Iterable[Recorded]) -> list[Flag]:
    """Forms that came back sooner after they were brought than a person can answer.

    Only acts that were written down as they happened tell the time, and not in one and the same batch. `brought` are
    issues and deliveries, of which the last counts; `count` and `of` are minutes: taken, and needed.
    """
    last = {each.form: each for each in sorted(brought, key=lambda e: e.recorded_at)}
    flags = []
    for each in back:
        before = last.get(each.form)
        if before is None or not (before.live and each.live) or before.recorded_at >= each.recorded_at:
            continue
        taken = each.recorded_at - before.recorded_at
        if taken < timedelta(minutes=MINUTES):
            minutes = int(taken.total_seconds() // 60)
            flags.append(Flag(FlagKind.ANSWERED_FAST, About.FORM, each.form, minutes, MINUTES, day=each.happened_on))
    return flags


def many_in_a_day(back: Iterable[Recorded]) -> list[Flag]:
    """Workers who brought back more forms on one day than can be answered on it one after another."""
    tally = Counter((each.worker, each.happened_on) for each in back if each.worker)
    return [
        Flag(FlagKind.MANY_IN_A_DAY, About.WORKER, worker, n, A_DAY, day=day)
        for (worker, day), n in sorted(tally.items())
        if n > A_DAY
    ]
