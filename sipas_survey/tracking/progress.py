"""Counts of forms and the five numbers, by place, worker or day.

The identities `handed_out = issued + withdrawn`, `issued = returned + outstanding + lost` and
`returned = valid + invalid + unchecked` hold in every cell and are checked at every read (`Counts.broken`).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from sipas_survey.cases import ListKind, Outcome
from sipas_survey.formats import Share
from sipas_survey.tracking.forms import FormState, State
from sipas_survey.tracking.outcomes import INCOMPLETE, outcome_of, rr1

RETURN_TARGET = Fraction(1)
AGES: Mapping[str, int] = {"outstanding_0_2": 0, "outstanding_3_5": 3, "outstanding_6_plus": 6}
"""Ages of outstanding forms: the name of each class, and the days since the issue at which it begins."""


class FormRecord(NamedTuple):
    """One form code with its case, its place and where it stands on the day asked about.

    A record may stand for `forms` forms that are alike in all that is counted; then it has no code of its own.
    """

    form: str
    unit_id: str
    kind: ListKind
    stratum: str
    released: bool
    last_of_case: bool
    state: FormState
    place: Mapping[str, str]
    turn: int = 0
    forms: int = 1


def flawless(*, target_met: bool, withdrawn: int, replaced: int) -> bool:
    """Whether every form came back, none of them blank, and no name was replaced: too good to go unremarked."""
    return target_met and not withdrawn and not replaced


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of a cell: whole numbers of forms, and of cases for the last three.

    `quota` is None where a cell has none (workers, days); `outcomes` counts the main list by disposition,
    `reserve_outcomes` the released reserves; `ages` the outstanding forms by days since their issue (`AGES`), None for
    what happened on a day; `days_in_order` says that no form was returned before it was issued.
    """

    quota: int | None = None
    printed: int = 0
    handed_out: int = 0
    withdrawn: int = 0
    issued: int = 0
    returned: int = 0
    valid: int = 0
    invalid: int = 0
    unchecked: int = 0
    outstanding: int = 0
    lost: int = 0
    in_question: int = 0
    main: int = 0
    released_reserve: int = 0
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    reserve_outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    ages: tuple[int, ...] | None = None
    days_in_order: bool = True

    @property
    def return_rate(self) -> Share:
        """Returned of issued: the number of the 100 % target."""
        return Share(self.returned, self.issued)

    @property
    def valid_rate(self) -> Share:
        """Valid of returned."""
        return Share(self.valid, self.returned)

    @property
    def target_fill(self) -> Share:
        """Valid of the quota."""
        return Share(self.valid, self.quota or 0)

    @property
    def rr1(self) -> Share:
        """AAPOR response rate 1 on the main list."""
        return rr1(self.outcomes)

    @property
    def all_outcomes(self) -> dict[Outcome, int]:
        """Main list and released reserves together: a case that was replaced stays the nonrespondent it is."""
        both = Counter(self.outcomes) + Counter(self.reserve_outcomes)
        return dict(both)

    @property
    def substitution_rate(self) -> Share:
        """Released reserves per quota."""
        return Share(self.released_reserve, self.quota or 0)

    @property
    def target_met(self) -> bool:
        """Every issued form returned: the integers are equal and not 0."""
        return self.issued > 0 and self.returned == self.issued

    @property
    def flawless(self) -> bool:
        """Whether the return is `flawless`."""
        return flawless(target_met=self.target_met, withdrawn=self.withdrawn, replaced=self.released_reserve)

    @property
    def broken(self) -> tuple[str, ...]:
        """The identities that do not hold; empty unless there is a bug."""
        checks = {
            "handed_out = issued + withdrawn": self.handed_out == self.issued + self.withdrawn,
            "issued = returned + outstanding + lost": self.issued == self.returned + self.outstanding + self.lost,
            "returned = valid + invalid + unchecked": self.returned == self.valid + self.invalid + self.unchecked,
            "handed_out <= printed": self.handed_out <= self.printed,
            "returned_on >= issued_on": self.days_in_order,
            "outstanding = sum of its ages": self.ages is None or self.outstanding == sum(self.ages),
        }
        return tuple(name for name, holds in checks.items() if not holds)


_DESCRIBED = ("quota", "outcomes", "reserve_outcomes", "ages", "days_in_order")
COUNTED = tuple(f.name for f in fields(Counts) if f.name not in _DESCRIBED)


@dataclass(frozen=True, slots=True)
class Row:
    """A cell of a table of progress: its key (by columns of the level), its counts, running totals by day."""

    key: tuple[str, ...]
    counts: Counts
    to_date: Counts | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where every form stands on a day, by a level."""

    as_of: date
    by: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Counts


Key = Callable[[FormRecord], tuple[str, ...]]


def by_place(columns: Sequence[str]) -> Key:
    """The key that puts a form in the cell of its place."""
    return lambda record: tuple(record.place[column] for column in columns)


def by_worker(record: FormRecord) -> tuple[str, ...]:
    """The worker of a form's last field act; empty before there is one."""
    return (record.state.worker,)


def follow(
    records: Sequence[FormRecord], *, as_of: date, by: Sequence[str], quota: Mapping[str, int] | None = None
) -> Progress:
    """Counts by place columns (`district_code`, `commune_code`, `village`, `field`) or by `worker`.

    `quota` holds the quota of each district or commune that is a stratum; a cell that is no stratum has as quota the
    number of its names on the main list.
    """
    key = by_worker if tuple(by) == ("worker",) else by_place(by)
    cells = _cells(records, key)
    has_quota = key is not by_worker
    quota = quota or {}
    rows = tuple(
        Row(cell, count(cells[cell], as_of=as_of, quota=_quota(cell, cells[cell], quota) if has_quota else None))
        for cell in sorted(cells)
    )
    condensed = [record for cell in cells.values() for record in cell]
    everything = sum(quota.values()) or _names(condensed)
    return Progress(as_of, tuple(by), rows, count(condensed, as_of=as_of, quota=everything))


def _cells(records: Iterable[FormRecord], key: Key) -> dict[tuple[str, ...], list[FormRecord]]:
    """The forms of each cell, those that are counted alike as one record with their number."""
    first: dict[tuple[object, ...], FormRecord] = {}
    forms: Counter[tuple[object, ...]] = Counter()
    for record in records:
        state = record.state
        alike = (key(record), record.kind, record.released, record.last_of_case, *_counted(state))
        first.setdefault(alike, record)
        forms[alike] += record.forms
    cells: dict[tuple[str, ...], list[FormRecord]] = defaultdict(list)
    for same, record in first.items():
        cells[key(record)].append(record if record.forms == forms[same] else record._replace(forms=forms[same]))
    return cells


def _counted(state: FormState) -> tuple[object, ...]:
    """What is counted of a state; of a form that may be out its age, of others whether its days are in order."""
    may_be_out = state.returned_on is None or state.in_question
    days = (state.issued_on, state.returned_on) if may_be_out else _in_order(state)
    return state.state, state.in_question, state.reason == INCOMPLETE, state.printed_on is None, days


def _quota(cell: tuple[str, ...], records: Iterable[FormRecord], quota: Mapping[str, int]) -> int:
    if cell[-1] in quota:
        return quota[cell[-1]]
    return _names(records)


def _names(records: Iterable[FormRecord]) -> int:
    """The number of names on the main list."""
    return sum(r.forms for r in records if r.kind is ListKind.MAIN and r.last_of_case)


def count(records: Iterable[FormRecord], *, as_of: date, quota: int | None = None) -> Counts:
    """The counts of a set of forms."""
    tally: Counter[str] = Counter()
    outcomes: dict[ListKind, Counter[Outcome]] = {kind: Counter() for kind in ListKind}
    days_in_order = True
    for record in records:
        days_in_order &= _in_order(record.state)
        for mark in _marks(record):
            tally[mark] += record.forms
        if record.state.outstanding:
            tally[_age(record.state, as_of)] += record.forms
        if record.last_of_case and (record.kind is ListKind.MAIN or record.released):
            outcomes[record.kind][outcome_of(record.state)] += record.forms
    tally["issued"] = tally["handed_out"] - tally["withdrawn"]
    counts: dict[str, Any] = {name: tally[name] for name in COUNTED}
    return Counts(
        quota=quota,
        outcomes=dict(outcomes[ListKind.MAIN]),
        reserve_outcomes=dict(outcomes[ListKind.RESERVE]),
        ages=tuple(tally[name] for name in AGES),
        days_in_order=days_in_order,
        **counts,
    )


def _age(state: FormState, as_of: date) -> str:
    """The class of age of an outstanding form."""
    days = (as_of - (state.issued_on or as_of)).days
    return max((name for name in AGES if AGES[name] <= days), key=AGES.__getitem__, default=next(iter(AGES)))


def _in_order(state: FormState) -> bool:
    return state.returned_on is None or (state.issued_on is not None and state.issued_on <= state.returned_on)


def _marks(record: FormRecord) -> list[str]:
    """The counts that a form is in."""
    state = record.state
    marks = {
        "printed": state.printed_on is not None,
        "handed_out": state.handed_out,
        "withdrawn": state.withdrawn,
        "returned": state.returned,
        "valid": state.returned and state.state is State.VALID,
        "invalid": state.returned and state.state is State.INVALID,
        "unchecked": state.returned and state.state is State.RETURNED,
        "outstanding": state.outstanding,
        "lost": state.lost,
        "in_question": state.in_question,
        "main": record.last_of_case and record.kind is ListKind.MAIN,
        "released_reserve": record.last_of_case and record.kind is ListKind.RESERVE and record.released,
    }
    return [name for name, holds in marks.items() if holds]


def follow_days(records: Sequence[FormRecord], *, as_of: date) -> Progress:
    """Counts of the acts of each day, and the running totals to that day beside them."""
    per_day: dict[date, Counter[str]] = defaultdict(Counter)
    for record in records:
        for name, on in _dated(record):
            per_day[on][name] += record.forms
    rows, running = [], Counter[str]()
    for on in sorted(per_day):
        running.update(per_day[on])
        rows.append(Row((on.isoformat(),), _of_day(per_day[on]), _of_day(running, standing=True)))
    condensed = [record for cell in _cells(records, lambda _: ()).values() for record in cell]
    return Progress(as_of, ("day",), tuple(rows), count(condensed, as_of=as_of))


def _dated(record: FormRecord) -> list[tuple[str, date]]:
    state = record.state
    dated = [("printed", state.printed_on)]
    if state.handed_out:
        dated += [("handed_out", state.issued_on), ("withdrawn", state.withdrawn_on if state.withdrawn else None)]
        dated += [("lost", state.lost_on if state.lost else None)]
    if state.returned:
        dated += [("returned", state.returned_on)]
        if state.state is not State.RETURNED:
            dated += [("valid" if state.state is State.VALID else "invalid", state.checked_on)]
    return [(name, on) for name, on in dated if on is not None]


def _of_day(tally: Counter[str], *, standing: bool = False) -> Counts:
    """Counts of one day's acts; with `standing`, running totals, which alone have forms outstanding and unchecked."""
    issued = tally["handed_out"] - tally["withdrawn"]
    return Counts(
        printed=tally["printed"],
        handed_out=tally["handed_out"],
        withdrawn=tally["withdrawn"],
        issued=issued,
        returned=tally["returned"],
        valid=tally["valid"],
        invalid=tally["invalid"],
        unchecked=tally["returned"] - tally["valid"] - tally["invalid"] if standing else 0,
        outstanding=issued - tally["returned"] - tally["lost"] if standing else 0,
        lost=tally["lost"],
    )
