"""Where the fieldwork stands: every form on a day, counted by place, worker or day, as plain values."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.cases import Outcome
from sipas_survey.problems import problem
from sipas_survey.storage import casebook, states
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forecast import Forecast, forecast, window_start
from sipas_survey.tracking.outcomes import rates
from sipas_survey.tracking.progress import AGES, COUNTED, Counts, FormRecord, Progress, Row, follow, follow_days
from sipas_survey.workflow.drawing import DrawRecord, record_of
from sipas_survey.workflow.frame import without_cycles
from sipas_survey.workflow.office import rebuild_states, units_of

LEVELS: Mapping[str, tuple[str, ...]] = {
    "district": ("district_code",),
    "commune": ("commune_code",),
    "village": ("commune_code", "village"),
    "worker": ("worker",),
    "field": ("field",),
    "agency": ("agency",),
    "day": ("day",),
}


def form_records(
    store: Store, viewer: Viewer = EVERYONE, *, as_of: date | None = None, known_on: date | None = None
) -> list[FormRecord]:
    """Where every form in scope stood on a day, by what was recorded until the end of another day.

    What events amount to (`FormState.standing`) is not told: that stands in `history` and `waiting`.
    """
    with store.read() as connection:
        if _cached(connection, store, as_of, known_on):
            return states.read(connection, viewer)
        visits = store.settings.defaults.visits
        until = _end_of(known_on, store)
        return casebook.folded(connection, viewer, visits=visits, until=as_of, known_until=until)


def listed_forms(store: Store, viewer: Viewer = EVERYONE) -> list[states.Listed]:
    """Every form in scope as it stands today, for a list."""
    with store.read() as connection:
        if _cached(connection, store, None, None):
            return states.listed(connection, viewer)
    return states.as_listed(form_records(store, viewer))


def prepare(store: Store) -> None:
    """Make the cache of form states where it is there and behind: a server's first page waits for nothing."""
    with store.read() as connection:
        ready = _cached(connection, store, None, None) or not (states.exists(connection) and casebook.drawn(connection))
    if not ready:
        rebuild_states(store)


def _cached(connection: Connection, store: Store, as_of: date | None, known_on: date | None) -> bool:
    """Whether the cache of form states answers for a day; it knows of no earlier knowledge."""
    if known_on is not None:
        return False
    return states.knows(connection, visits=store.settings.defaults.visits, as_of=as_of or date.max)


def _end_of(known_on: date | None, store: Store) -> datetime | None:
    """The first instant after a day, in the survey's own time."""
    return datetime.combine(known_on + timedelta(days=1), time(), store.settings.zone) if known_on else None


def default_level(store: Store) -> str:
    """Districts, or communes in a frame without districts; agencies of officials."""
    return units_of(store).level


def track(
    store: Store, viewer: Viewer = EVERYONE, *, by: str | None = None, as_of: date | None = None,
    known_on: date | None = None,
) -> Progress:  # fmt: skip
    """Where every form stands, and the five numbers, on a day."""
    with without_cycles():
        return _seen(store, viewer, by=by, as_of=as_of, known_on=known_on)[0]


def _seen(
    store: Store, viewer: Viewer, *, by: str | None, as_of: date | None, known_on: date | None
) -> tuple[Progress, Forecast]:
    """Where every form stands on a day, and when the last one will be back: from one look at the forms."""
    as_of = as_of or store.today
    record = record_of(store)
    columns = LEVELS[by or default_level(store)]
    since = window_start(as_of)
    with store.read() as connection:
        cached = _cached(connection, store, as_of, known_on)
        records = states.alike(connection, viewer, by=columns) if cached else []
        recent = states.returned_since(connection, viewer, since) if cached else 0
    if not cached:
        records = form_records(store, viewer, as_of=as_of, known_on=known_on)
        recent = sum(1 for r in records if r.state.returned and (r.state.returned_on or since) >= since)
    if by == "day":
        progress = follow_days(records, as_of=as_of)
    else:
        progress = follow(records, as_of=as_of, by=columns, quota=quota_of(record, viewer))
    return progress, forecast(outstanding=progress.total.outstanding, recent=recent, as_of=as_of)


def quota_of(record: DrawRecord, viewer: Viewer) -> dict[str, int]:
    """The quota of each district in scope."""
    wanted = record.design.quotas(record.population)
    return {top: size for top, size in wanted.items() if size and viewer.sees(top)}


# ---------------------------------------------------------------- as plain values
SHARES = ("return_rate", "valid_rate", "target_fill", "rr1", "substitution_rate")
_RUNNING = (
    "printed",
    "handed_out",
    "withdrawn",
    "issued",
    "returned",
    "valid",
    "invalid",
    "unchecked",
    "outstanding",
    "lost",
)


def status(
    store: Store, viewer: Viewer = EVERYONE, *, by: str | None = None, as_of: date | None = None,
    known_on: date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """`track` as the record of the contract: plain values, shares as numbers in [0, 1] or None.

    `rates` are those of AAPOR on the main list, `rates_with_replacements` with the released reserves; ages are by days
    since the issue.
    """
    with without_cycles():
        progress, foreseen = _seen(store, viewer, by=by, as_of=as_of, known_on=known_on)
    names = units_of(store).names
    rows = [{**_key(progress.by, row.key, names), **_counts(row)} for row in progress.rows]
    cells = [row.to_date or row.counts for row in progress.rows]
    broken = sorted({name for counts in (*cells, progress.total) for name in counts.broken})
    return {
        "as_of": progress.as_of.isoformat(),
        "target": store.settings.targets.return_rate,
        "rows": rows,
        "total": _counts(Row((), progress.total)),
        "forecast": _forecast(foreseen),
        "problems": [problem("STATUS_IDENTITY_BROKEN", found=name) for name in broken],
    }


def _key(by: Sequence[str], key: Sequence[str], names: Mapping[str, str]) -> dict[str, str | None]:
    """The columns of a level: codes with their names beside them."""
    columns: dict[str, str | None] = {}
    for name, value in zip(by, key, strict=True):
        columns[name] = value or None
        if name in ("district_code", "commune_code"):
            columns[name.removesuffix("_code")] = names.get(value, value)
    return columns


def _counts(row: Row) -> dict[str, Any]:
    counts = row.counts
    shares: dict[str, Any] = {name: getattr(counts, name).value for name in SHARES}
    if row.to_date is not None:  # what happened on one day has no rate of its own
        shares = dict.fromkeys(SHARES)
    running = {}
    if row.to_date is not None:
        running = {f"{name}_to_date": getattr(row.to_date, name) for name in _RUNNING}
        running["return_rate_to_date"] = row.to_date.return_rate.value
    described = _described(counts) if row.to_date is None else {}
    target_met = counts.target_met if row.to_date is None else row.to_date.target_met
    return {
        "quota": counts.quota,
        **{n: getattr(counts, n) for n in COUNTED},
        **shares,
        "target_met": target_met,
        **running,
        **described,
    }


def _described(counts: Counts) -> dict[str, Any]:
    """Ages and dispositions of a cell, and the rates that follow."""
    alone = rates(counts.outcomes)
    return {
        **dict(zip(AGES, counts.ages or (0,) * len(AGES), strict=True)),
        "outcomes": {str(outcome): counts.outcomes.get(outcome, 0) for outcome in Outcome},
        "rates": alone,
        "rates_with_replacements": rates(counts.all_outcomes) if counts.reserve_outcomes else alone,
    }


def _forecast(found: Forecast) -> dict[str, Any]:
    return {
        "outstanding": found.outstanding,
        "recent": found.recent,
        "since": found.since.isoformat(),
        "finish": found.finish.isoformat() if found.finish else None,
    }
