"""An invented campaign: what happened to every form of a draw, day by day.

Realistic in kind, not in fact: refusals, absences, removals and deaths are replaced from the reserve in order, two
forms are lost and issued again, and in the end every slot of the quota holds a valid form.
"""

import heapq
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from sipas_survey.cases import ListKind, form_code
from sipas_survey.tracking.forms import Act
from sipas_survey.workflow.demo.chance import generator

PRINTED_ON = date(2023, 12, 4)
FIRST_ISSUE = date(2023, 12, 6)
EVENT_COLUMNS = ("form", "act", "happened_on", "worker", "reason", "refers_to")
_FATES = ("returned", "refused", "absent", "moved", "ineligible", "deceased")
_ODDS = (0.915, 0.035, 0.028, 0.012, 0.006, 0.004)
_ACT_OF = {"refused": Act.REFUSE, "moved": Act.MOVED, "ineligible": Act.INELIGIBLE, "deceased": Act.DECEASED}
_REASONS = {"refused": "khong_muon_tra_loi", "moved": "di_lam_xa", "ineligible": "khong_su_dung_dich_vu"}
_WORKERS_PER_STRATUM = 4
_LOST = 2
_REPLACE, _VISIT = 0, 1


@dataclass(frozen=True)
class _Task:
    """What is to be done on a day: a first visit to a case, or the replacement of one that was closed."""

    on: date
    step: int
    row: Any

    def __lt__(self, other: "_Task") -> bool:
        return (self.on, self.step, self.row.turn) < (other.on, other.step, other.row.turn)


@dataclass
class _Campaign:
    """The events made so far, and what is needed to make more."""

    chance: np.random.Generator
    round_code: int
    next_number: int
    rows: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)

    def tell(self, form: str, act: Act, on: date, *, worker: str = "", reason: str = "", refers_to: str = "") -> None:
        self.rows.append((form, str(act), on.isoformat(), worker, reason, refers_to))


def make_events(cases: pd.DataFrame, *, seed: str, round_code: int, first_reissue: int) -> pd.DataFrame:
    """Events of the whole campaign, in order of day.

    Parameters
    ----------
    cases : CASE_COLUMNS, the main and reserve lists of a draw.
    first_reissue : the running number that the first re-issued form gets.

    Returns
    -------
    EVENT_COLUMNS as text. Days run from the printing to about two weeks after the last issue.
    """
    campaign = _Campaign(generator(seed, "events"), round_code, first_reissue)
    for form in cases["form"]:
        campaign.tell(form, Act.PRINT, PRINTED_ON)
    main = cases[cases["kind"] == ListKind.MAIN]
    lost = set(campaign.chance.choice(main["form"].to_numpy(), size=min(_LOST, len(main)), replace=False))
    losses: list[tuple[date, str, str]] = []
    for _, stratum in cases.groupby("stratum", sort=True):
        losses += _work_stratum(campaign, stratum, lost)
    for on, form, worker in sorted(losses):  # codes are given in order of day over the whole province
        _lose_and_reissue(campaign, form, on, worker)
    events = pd.DataFrame(campaign.rows, columns=list(EVENT_COLUMNS))
    rank = {str(act): i for i, act in enumerate(Act)}
    order = events.assign(_rank=events["act"].map(rank)).sort_values(["happened_on", "_rank", "form"], kind="stable")
    return order.drop(columns="_rank").reset_index(drop=True)


def _work_stratum(campaign: _Campaign, stratum: pd.DataFrame, lost: set[str]) -> list[tuple[date, str, str]]:
    """The field work of one stratum; returns the losses, whose new codes are given later."""
    chance = campaign.chance
    communes = sorted(stratum["commune_code"].unique())
    code = str(stratum["stratum"].iloc[0])
    worker_of = {c: f"BT-{code}-{i % _WORKERS_PER_STRATUM + 1:02d}" for i, c in enumerate(communes)}
    reserves = iter(stratum[stratum["kind"] == ListKind.RESERVE].itertuples())
    losses = []
    main = stratum[stratum["kind"] == ListKind.MAIN]
    starts = chance.integers(0, 13, len(main))
    first_days = [_workday(FIRST_ISSUE, int(start)) for start in starts]
    tasks = [_Task(on, _VISIT, row) for on, row in zip(first_days, main.itertuples(), strict=True)]
    heapq.heapify(tasks)
    while tasks:  # in order of day, so that reserves are released in order
        task = heapq.heappop(tasks)
        if task.step == _REPLACE:
            follower = next(reserves)
            campaign.tell(task.row.form, Act.REPLACE, task.on, reason="thay_the", refers_to=str(follower.form))
            heapq.heappush(tasks, _Task(_workday(task.on, 1), _VISIT, follower))
            continue
        worker = worker_of[task.row.commune_code]
        campaign.tell(task.row.form, Act.ISSUE, task.on, worker=worker)
        if task.row.form in lost:
            losses.append((_workday(task.on, 3), task.row.form, worker))
        elif closed_on := _meet(campaign, task.row.form, task.on, worker):
            heapq.heappush(tasks, _Task(_workday(closed_on, 1), _REPLACE, task.row))
    return losses


def _meet(campaign: _Campaign, form: str, on: date, worker: str) -> date | None:
    """What the worker met with; the day of a final outcome without answers, or None where the form came back."""
    fate = str(campaign.chance.choice(_FATES, p=_ODDS))
    if fate == "returned":
        _come_back(campaign, form, on, worker)
        return None
    if fate == "absent":
        for visit in range(3):
            on = _workday(on, 1 if visit else 0)
            campaign.tell(form, Act.NOT_MET, on, worker=worker)
        return on
    on = _workday(on, int(campaign.chance.integers(0, 2)))
    campaign.tell(form, _ACT_OF[fate], on, worker=worker, reason=_REASONS.get(fate, ""))
    return on


def _come_back(campaign: _Campaign, form: str, on: date, worker: str) -> None:
    """A form is handed over, kept a day or two, returned and checked; a few are first sent back as incomplete."""
    chance = campaign.chance
    campaign.tell(form, Act.DELIVER, on, worker=worker)
    returned_on = _workday(on, int(chance.choice([1, 1, 1, 2, 2, 3, 5])))
    campaign.tell(form, Act.RETURN, returned_on, worker=worker)
    checked_on = _workday(returned_on, int(chance.integers(1, 4)))
    if chance.random() < 0.012:
        campaign.tell(form, Act.REJECT, checked_on, reason="incomplete")
        checked_on = _workday(checked_on, 2)
    campaign.tell(form, Act.ACCEPT, checked_on)


def _lose_and_reissue(campaign: _Campaign, form: str, on: date, worker: str) -> None:
    """A form is lost; the same person gets a new one under a new code, and that one comes back."""
    campaign.tell(form, Act.LOSE, on, worker=worker, reason="roi_tren_duong")
    code = form_code(campaign.round_code, campaign.next_number)
    campaign.next_number += 1
    again_on = _workday(on, 1)
    campaign.tell(form, Act.REISSUE, again_on, reason="mat_phieu", refers_to=code)
    campaign.tell(code, Act.PRINT, again_on)
    campaign.tell(code, Act.ISSUE, _workday(again_on, 1), worker=worker)
    _come_back(campaign, code, _workday(again_on, 1), worker)


def _workday(start: date, days: int) -> date:
    """The working day (Monday to Friday) that lies `days` working days after `start`."""
    day = start
    while day.weekday() > 4:
        day += timedelta(days=1)
    for _ in range(days):
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    return day
