"""Flags: each rule by hand, and a simulation of honest workers and of one who is not."""

from datetime import UTC, date, datetime, timedelta

import numpy as np

from sipas_survey.cases import ListKind
from sipas_survey.tracking.flags import (
    A_DAY,
    About,
    FlagKind,
    Recorded,
    answered_fast,
    funnels,
    many_in_a_day,
    nothing_else,
)
from sipas_survey.tracking.progress import FormRecord
from tests.tracking.told import day, state_of

BACK, REFUSED = (
    "print 1\n issue 2 worker={w}\n return 4 worker={w}",
    "print 1\n issue 2 worker={w}\n refuse 3 worker={w}",
)
OUT, ABSENT = "print 1\n issue 2 worker={w}", "print 1\n issue 2 worker={w}\n not_met 3 worker={w} reason=final"
LATER = day(31)


def forms(worker: str, text: str, n: int, *, district: str = "132") -> list[FormRecord]:
    """Some forms of one worker that have all lived the same."""
    state = state_of(text.format(w=worker))
    place = {"district_code": district, "commune_code": "", "village": "", "field": ""}
    return [
        FormRecord(f"{worker}{text[:3]}{i}", f"{worker}{i}", ListKind.MAIN, district, False, True, state, place)
        for i in range(n)
    ]


def test_a_worker_among_others() -> None:
    """20 of 60 refuse with one worker, 26 of 240 with all: outside; his absences are as those of all."""
    records = forms("X", REFUSED, 20) + forms("X", BACK, 40)
    records += [f for w in "ABC" for f in forms(w, REFUSED, 2) + forms(w, BACK, 58)]
    found = funnels(records)
    assert [(f.kind, f.who, f.count, f.of) for f in found] == [(FlagKind.REFUSALS, "X", 20, 60)]
    assert found[0].expected == 26 / 240
    assert (found[0].chance or 1) < 1e-4
    assert (found[0].lower, found[0].upper) == (0, 15)


def test_too_few_are_unusual_too() -> None:
    """Nobody is absent with one worker where a third is with all others."""
    records = [f for w in "ABC" for f in forms(w, ABSENT, 20) + forms(w, BACK, 40)] + forms("X", BACK, 60)
    assert ("X", 0) in [(f.who, f.count) for f in funnels(records) if f.kind is FlagKind.ABSENCES]


def test_forms_still_out_say_nothing() -> None:
    """A worker is compared by the forms that he is done with; alone he is compared with nobody."""
    assert funnels(forms("X", REFUSED, 30)) == []
    assert funnels(forms("X", OUT, 60) + forms("X", REFUSED, 1) + forms("A", BACK, 5)) == []


def test_honest_workers_are_rarely_flagged() -> None:
    """200 rounds of 20 workers with 60 forms, 10 % refusing: at most one worker in a hundred is outside."""
    random = np.random.default_rng(11)
    refusals = random.binomial(60, 0.1, (200, 20))
    back, refused = forms("A", BACK, 60), forms("A", REFUSED, 60)
    states = (back[0].state, refused[0].state)
    flagged = 0
    for counts in refusals[:40]:
        records = [
            back[0]._replace(state=states[int(i < k)]._replace(worker=f"W{w}"))
            for w, k in enumerate(counts)
            for i in range(60)
        ]
        flagged += len(funnels(records))
    assert flagged <= 0.01 * 40 * 20


def test_everything_back_and_nothing_else() -> None:
    """The round and the district are flagged; a worker where that would be rare with the others."""
    spotless = forms("X", BACK, 40) + forms("Y", BACK, 40)
    assert [(f.about, f.who) for f in nothing_else(spotless, as_of=LATER)] == [
        (About.ROUND, ""),
        (About.DISTRICT, "132"),
    ]
    mixed = spotless + forms("A", REFUSED, 30, district="133") + forms("A", BACK, 30, district="133")
    chances = {(f.about, f.who): f.chance for f in nothing_else(mixed, as_of=LATER)}
    assert set(chances) == {(About.DISTRICT, "132"), (About.WORKER, "X"), (About.WORKER, "Y")}
    assert chances[About.WORKER, "X"] == (1 - 30 / 140) ** 40
    assert nothing_else(spotless + forms("X", OUT, 1), as_of=LATER, districts=False) == []
    assert nothing_else(forms("X", BACK, 9), as_of=LATER) == []


def told(form: str, minute: int, *, on: int = 5, recorded_on: int = 5, worker: str = "W") -> Recorded:
    """A field act written down on some minute of a day."""
    at = datetime(2024, 1, recorded_on, 8, tzinfo=UTC) + timedelta(minutes=minute)
    return Recorded(form, worker, date(2024, 1, on), at)


def test_faster_than_a_person_can_answer() -> None:
    """9 minutes are too few, 10 are not; the last delivery counts; a batch, or a late entry, tells no time."""
    assert [(f.who, f.count) for f in answered_fast([told("A", 0)], [told("A", 9)])] == [("A", 9)]
    assert answered_fast([told("A", 0)], [told("A", 10)]) == []
    assert [f.count for f in answered_fast([told("A", 0), told("A", 55)], [told("A", 60)])] == [5]
    assert answered_fast([told("A", 3)], [told("A", 3)]) == []
    assert answered_fast([told("A", 0, on=4)], [told("A", 5)]) == []
    assert answered_fast([], [told("A", 5)]) == []


def test_more_than_a_day_holds() -> None:
    """48 forms of ten minutes fill eight hours; the 49th of one worker on one day is flagged."""
    full = [told(str(i), i) for i in range(A_DAY)]
    assert many_in_a_day(full) == []
    assert many_in_a_day([*full, told("x", 0, worker="V")]) == []
    assert [(f.who, f.count, f.day) for f in many_in_a_day([*full, told("x", 0)])] == [("W", 49, date(2024, 1, 5))]
