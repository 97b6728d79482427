"""What somebody looks at first: the numbers of `progress`, and beside each row its course and what to look at."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate
from typing import Any

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.storage import states
from sipas_survey.storage.store import Store
from sipas_survey.tracking.progress import flawless
from sipas_survey.workflow import progress
from sipas_survey.workflow.progress import LEVELS

SHADES = ((1, 1, "all"), (95, 100, "most"), (80, 100, "many"), (50, 100, "half"))
"""Shades of a place by its return rate: at least part / whole, and the name; below all of them it is `few`."""


def look(
    store: Store, viewer: Viewer = EVERYONE, *, by: str | None = None, as_of: date | None = None
) -> dict[str, Any]:
    """The record of `progress.status`; each row has `course`, `shade` and `flags` too.

    `course` : the number of forms back by each day on which any came back, the whole field from its first to its last
    such day; `shade` : a name of SHADES, `few`, or `none` where nothing was issued; `flags` : names of what should be
    looked at, see `flags_of`.
    """
    level = by or progress.default_level(store)
    record = progress.status(store, viewer, by=level, as_of=as_of)
    key = LEVELS[level][-1]
    courses = _courses(returned(store, viewer, by=LEVELS[level], as_of=as_of))
    for row in (*record["rows"], record["total"]):
        row["shade"], row["flags"] = shade_of(row["returned"], row["issued"]), flags_of(row)
    for row in record["rows"]:
        row["course"] = courses.get(row[key] or "", [])
    return record


def returned(
    store: Store, viewer: Viewer, *, by: Sequence[str], as_of: date | None = None
) -> list[tuple[str, str, int]]:
    """The forms that are back by a day: key of the row, day of the return (ISO), number."""
    with store.read() as connection:
        if states.knows(connection, visits=store.settings.defaults.visits, as_of=as_of or date.max):
            return states.returned_by_day(connection, viewer, by=by)
    tally: Counter[tuple[str, str]] = Counter()
    for record in progress.form_records(store, viewer, as_of=as_of):
        if record.state.returned and record.state.returned_on:
            key = record.state.worker if by[-1] == "worker" else record.place[by[-1]]
            tally[key, record.state.returned_on.isoformat()] += 1
    return sorted(((key, day, n) for (key, day), n in tally.items()), key=lambda found: found[1])


def _courses(found: Iterable[tuple[str, str, int]]) -> dict[str, list[int]]:
    by_key: dict[str, Counter[str]] = defaultdict(Counter)
    days: dict[str, None] = {}
    for key, day, count in found:
        by_key[key][day] += count
        days[day] = None
    return {key: list(accumulate(counts[day] for day in days)) for key, counts in by_key.items()}


def shade_of(part: int, whole: int) -> str:
    """The shade of a return rate, by whole numbers: 1.559 of 1.560 is never `all`."""
    if not whole:
        return "none"
    return next((name for least, of, name in SHADES if part * of >= least * whole), "few")


def flags_of(row: Mapping[str, Any]) -> list[str]:
    """What to look at in a row of a status.

    `late` : forms out for six days or more; `question` : forms in question; `withdrawn` : all forms are back, and some
    were withdrawn; `smooth` : all forms are back, none of them blank, and nobody was replaced.
    """
    smooth = flawless(target_met=row["target_met"], withdrawn=row["withdrawn"], replaced=row["released_reserve"])
    told = {
        "late": row["outstanding_6_plus"] > 0,
        "question": row["in_question"] > 0,
        "withdrawn": row["target_met"] and row["withdrawn"] > 0,
        "smooth": smooth,
    }
    return [name for name, holds in told.items() if holds]
