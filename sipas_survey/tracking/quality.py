"""What in the answers of a post worker or a district is unusual among peers. Never a verdict on anybody.

A form is compared with the other forms of its commune (of its district, or of the round, where one worker alone brought
all of that): as if those forms had been dealt out among the workers by chance. Places and workers differ by nature; how
much they do is taken from the peers themselves, and only what stands out among them is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.stats import t as student

from sipas_survey.statistics.agreement import InterviewerEffect, interviewer_effect
from sipas_survey.statistics.arrays import Floats, Ints, Mask, total_by

LEAST_FORMS = 5  # of which anything is said
FEW = 10  # forms below which what is said is marked as resting on few
LEVEL = 0.998
_LEAST_ITEMS = 3  # of a battery, for straight lines and spread to mean something
_LARGEST_POOL = 1_500
_DEALS = 100
_CELLS = 2_000_000  # of likeness in memory at a time
_SEED = 20240101  # of the deals: the same answers give the same flags


class Sign(StrEnum):
    """What is looked at."""

    STRAIGHT_LINES = "straight_lines"
    SPREAD = "spread"
    BLANKS = "blanks"
    IDENTICAL = "identical"
    ALIKE = "alike"
    DAYS_KEPT = "days_kept"
    SAME_DAY = "same_day"
    WEEKEND = "weekend"


LOW = frozenset({Sign.SPREAD, Sign.DAYS_KEPT})
"""Signs that are looked at where they are low; all others where they are high. The other side is mostly the mirror of a
neighbour with whom somebody shares a commune."""


class Peers(StrEnum):
    """Whose forms a form is compared with."""

    COMMUNE = "commune"
    DISTRICT = "district"
    ROUND = "round"


@dataclass(frozen=True, slots=True)
class Sheets:
    """n forms with answers, without a name.

    answers : (n, k) points of the scale, 0 where there is none. batteries : columns of each group of questions.
    worker, district, commune : (n,) codes, empty where unknown. issued, returned : (n,) days as ordinals, 0 unknown.
    """

    answers: Ints
    batteries: tuple[tuple[int, ...], ...]
    worker: Sequence[str]
    district: Sequence[str]
    commune: Sequence[str]
    issued: Ints
    returned: Ints


@dataclass(frozen=True, slots=True)
class Unusual:
    """One thing to look at: the value of a worker or district, what peers would have, and how rarely by chance.

    forms : it is from. peers : workers or districts compared. within : where those forms are from. small : few forms.
    """

    sign: Sign
    about: str
    who: str
    value: float
    expected: float
    chance: float
    forms: int
    peers: int
    within: Peers
    small: bool


_WIDER = (frozenset({Peers.COMMUNE, Peers.DISTRICT}), frozenset({Peers.DISTRICT}))
"""What a worker's forms are compared in: first the commune, then the district, for all workers of a commune may invent
the same."""
_WIDE = frozenset({Sign.BLANKS})  # compared in the district alone: with a neighbour who leaves none, any would be many
_ONCE = frozenset(Sign) - _WIDE


def unusual(sheets: Sheets, *, level: float = LEVEL) -> list[Unusual]:
    """Everything that stands out, the rarest first: by post worker, and by district."""
    values = {**_of_answers(sheets), **_of_days(sheets)}
    found: list[Unusual] = []
    for about, who in (("worker", sheets.worker), ("district", sheets.district)):
        names, code = _codes(who)
        for kinds in _WIDER if about == "worker" else (frozenset({Peers.ROUND}),):
            block, within = _blocks(sheets, kinds)
            signs = values.keys() if about == "district" else values.keys() - (_ONCE if len(kinds) == 1 else _WIDE)
            for sign in signs:
                found += _told(sign, about, names, _dealt(values[sign], code, block, size=len(names)), within, level)
            if about == "worker":
                for sign, dealt in _likeness(sheets.answers, code, block, size=len(names)).items():
                    found += _told(sign, about, names, dealt, within, level)
    rarest: dict[tuple[str, str, Sign], Unusual] = {}
    for each in sorted(found, key=lambda each: (each.chance, each.about, each.who, each.sign)):
        rarest.setdefault((each.about, each.who, each.sign), each)
    return list(rarest.values())


def _codes(who: Sequence[str]) -> tuple[list[str], Ints]:
    """The names that occur, and the number of each form's; −1 for none."""
    names = sorted(set(who) - {""})
    number = {name: i for i, name in enumerate(names)}
    return names, np.array([number.get(name, -1) for name in who], dtype=np.int64)


# ---------------------------------------------------------------- values of forms
def _of_answers(sheets: Sheets) -> dict[Sign, Floats]:
    """(n,) of each form: share of batteries in one line, mean variance within batteries, share of blanks."""
    straight, spread = [], []
    for columns in sheets.batteries:
        part = np.where(sheets.answers[:, columns] > 0, sheets.answers[:, columns].astype(np.float64), np.nan)
        told = np.count_nonzero(~np.isnan(part), axis=1) >= _LEAST_ITEMS
        filled = np.where(told[:, None], part, 0.0)
        variance = np.where(told, np.nanvar(filled, axis=1), np.nan)
        spread.append(variance)
        straight.append(np.where(told, variance == 0, np.nan))
    empty = np.full(len(sheets.answers), np.nan)
    blank = (sheets.answers == 0).mean(axis=1) if sheets.answers.shape[1] else empty
    return {
        Sign.STRAIGHT_LINES: _mean_known(straight, empty),
        Sign.SPREAD: _mean_known(spread, empty),
        Sign.BLANKS: blank,
    }


def _mean_known(columns: Sequence[Floats], empty: Floats) -> Floats:
    if not columns:
        return empty
    table = np.stack(columns, axis=1)
    known = ~np.isnan(table)
    count = known.sum(axis=1)
    mean: Floats = np.where(count > 0, np.where(known, table, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
    return mean


def _of_days(sheets: Sheets) -> dict[Sign, Floats]:
    """(n,) of each form: days kept, share of its worker's forms that came back with it, whether on a weekend."""
    known = (sheets.returned > 0) & (sheets.issued > 0)
    _, code = _codes(sheets.worker)
    together = np.full(len(code), np.nan)
    for worker in np.unique(code[code >= 0]):
        mine = np.flatnonzero((code == worker) & (sheets.returned > 0))
        _, day, count = np.unique(sheets.returned[mine], return_inverse=True, return_counts=True)
        together[mine] = count[day] / max(len(mine), 1)
    weekday = (sheets.returned - 1) % 7  # ordinal 1 was a Monday
    return {
        Sign.DAYS_KEPT: np.where(known, (sheets.returned - sheets.issued).astype(np.float64), np.nan),
        Sign.SAME_DAY: together,
        Sign.WEEKEND: np.where(sheets.returned > 0, (weekday >= 5).astype(np.float64), np.nan),
    }


# ---------------------------------------------------------------- dealt out by chance
@dataclass(frozen=True, slots=True)
class Dealt:
    """Of each worker: the value, its mean and standard deviation were the forms dealt out, and the forms it is from."""

    value: Floats
    expected: Floats
    deviation: Floats
    forms: Ints


def _blocks(sheets: Sheets, kinds: frozenset[Peers]) -> tuple[Ints, dict[int, Peers]]:
    """(n,) the block that each form is compared in, of some kinds, and what each block is."""
    number: dict[tuple[Peers, str], int] = {}
    blocks = np.zeros(len(sheets.worker), dtype=np.int64)
    workers: dict[tuple[Peers, str], set[str]] = {}
    for worker, district, commune in zip(sheets.worker, sheets.district, sheets.commune, strict=True):
        for key in ((Peers.COMMUNE, commune), (Peers.DISTRICT, district)):
            workers.setdefault(key, set()).add(worker)
    for i, (district, commune) in enumerate(zip(sheets.district, sheets.commune, strict=True)):
        keys = [
            key
            for key in ((Peers.COMMUNE, commune), (Peers.DISTRICT, district))
            if key[0] in kinds and len(workers[key]) > 1
        ]
        key = keys[0] if keys else (Peers.ROUND, "")
        blocks[i] = number.setdefault(key, len(number))
    return blocks, {i: key[0] for key, i in number.items()}


def _dealt(value: Floats, code: Ints, block: Ints, *, size: int) -> Dealt:
    """Means of workers, and their moments under dealing without replacement within blocks, in closed form.

    Source: Cochran (1977), ch. 2: the mean of n of N has variance S²/n · (1 − n/N).
    """
    use = ~np.isnan(value) & (code >= 0)
    v, c, b = value[use], code[use], block[use]
    blocks = int(b.max()) + 1 if len(b) else 1
    there = np.bincount(b, minlength=blocks)
    mean = total_by(b, v, size=blocks) / np.maximum(there, 1)
    squares = total_by(b, (v - mean[b]) ** 2, size=blocks) / np.maximum(there - 1, 1)
    held = np.bincount(c * blocks + b, minlength=size * blocks).reshape(size, blocks)
    forms = held.sum(axis=1)
    n = np.maximum(forms, 1)
    variance = (held * (1 - held / np.maximum(there, 1)) * squares).sum(axis=1) / n**2
    return Dealt(total_by(c, v, size=size) / n, (held * mean).sum(axis=1) / n, np.sqrt(np.maximum(variance, 0)), forms)


def _likeness(answers: Ints, code: Ints, block: Ints, *, size: int) -> dict[Sign, Dealt]:
    """How alike a worker's forms are to one another, beside as many forms dealt from their block.

    Forms whose answers are all one and the same are left out: they are alike without being copies, and counted as
    straight lines. Each form is compared with the one most like it.
    """
    rows = {sign: np.full((size, 4), np.nan) for sign in (Sign.IDENTICAL, Sign.ALIKE)}
    for table in rows.values():
        table[:, 3] = 0
    usable = (answers.max(axis=1, initial=0) != np.where(answers > 0, answers, 99).min(axis=1, initial=99)) & (
        code >= 0
    )
    random = np.random.default_rng(_SEED)
    for one in np.unique(block[usable]):
        pool = np.flatnonzero(usable & (block == one))
        if len(pool) > _LARGEST_POOL:
            pool = np.sort(random.choice(pool, _LARGEST_POOL, replace=False))
        agreement = _agreement(answers[pool])
        for worker in np.unique(code[pool]):
            mine = np.flatnonzero(code[pool] == worker)
            if len(mine) < LEAST_FORMS or len(mine) <= rows[Sign.ALIKE][worker, 3]:
                continue  # of a worker in several blocks the one with most of his forms tells
            deals = random.random((_DEALS, len(pool))).argsort(axis=1)[:, : len(mine)]
            real, chance = _nearest(agreement, mine[None, :]), _nearest(agreement, deals)
            for i, sign in enumerate(rows):
                told = chance[:, i]
                rows[sign][worker] = (real[0, i], told.mean(), max(told.std(), 1 / len(mine) / 2), len(mine))
    return {sign: Dealt(t[:, 0], t[:, 1], t[:, 2], t[:, 3].astype(np.int64)) for sign, t in rows.items()}


def _agreement(answers: Ints) -> Floats:
    """(n, n) share of questions answered alike; a form is not compared with itself (−1)."""
    same = np.zeros((len(answers), len(answers)))
    for column in answers.T:
        same += column[:, None] == column
    same /= max(answers.shape[1], 1)
    np.fill_diagonal(same, -1.0)
    return same


def _nearest(agreement: Floats, deals: Ints) -> Floats:
    """(d, 2) of d sets of forms: the share that has a twin in its set, and the mean likeness to the one most like."""
    at_once = max(_CELLS // deals.shape[1] ** 2, 1)
    found = []
    for start in range(0, len(deals), at_once):
        some = deals[start : start + at_once]
        nearest = agreement[some[:, :, None], some[:, None, :]].max(axis=2)
        found.append(np.stack([(nearest >= 1).mean(axis=1), nearest.mean(axis=1)], axis=1))
    return np.concatenate(found)


# ---------------------------------------------------------------- beside peers
def _told(
    sign: Sign, about: str, names: Sequence[str], dealt: Dealt, within: dict[int, Peers], level: float
) -> list[Unusual]:
    """Those who stand out: how far from what dealing gives, in units of how far the peers usually are."""
    judged = (dealt.forms >= LEAST_FORMS) & (dealt.deviation > 0)
    if judged.sum() < 3:
        return []
    z = np.where(judged, (dealt.value - dealt.expected) / np.where(judged, dealt.deviation, 1.0), 0.0)
    z /= _usual(z[judged])
    tail = student.sf(-z if sign in LOW else z, int(judged.sum()) - 1)
    place = Peers.ROUND if about == "district" else _common(within)
    return [
        Unusual(
            sign, about, names[i], float(dealt.value[i]), float(dealt.expected[i]), float(tail[i]),
            int(dealt.forms[i]), int(judged.sum()), place, bool(dealt.forms[i] < FEW),
        )
        for i in np.flatnonzero(judged & (tail <= 1 - level)).tolist()
    ]  # fmt: skip


def _usual(z: Floats) -> float:
    """How far peers lie from the middle, by the median, which a few of them do not move; at least what chance gives.

    Source: overdispersion of funnel plots, Spiegelhalter (2005), with the median in place of winsorising.
    """
    return max(1.0, float(np.median(np.abs(z))) * 1.4826)


def _common(within: dict[int, Peers]) -> Peers:
    kinds = [each for each in Peers if each in within.values()]
    return kinds[-1] if kinds else Peers.ROUND


# ---------------------------------------------------------------- interviewer effect
def interviewer_effects(sheets: Sheets) -> list[InterviewerEffect]:
    """The effect of post workers on the mean answer of each battery. Where each has a place of his own, it is in it."""
    names, code = _codes(sheets.worker)
    known = code >= 0
    found = []
    for columns in sheets.batteries:
        part = sheets.answers[:, columns].astype(np.float64)
        answered: Mask = part > 0
        count = answered.sum(axis=1)
        mean = np.where(count > 0, part.sum(axis=1) / np.maximum(count, 1), np.nan)
        found.append(interviewer_effect(mean[known], code[known], size=len(names)))
    return found
