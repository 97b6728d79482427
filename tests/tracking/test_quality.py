"""Signs in the answers: planted fabricators are found, honest workers are left alone."""

from dataclasses import replace

import numpy as np
import pytest

from sipas_survey.tracking import quality
from sipas_survey.tracking.quality import Peers, Sheets, Sign, interviewer_effects, unusual
from tests.tracking.rounds import BATTERIES, FIRST_DAY, a_round


def found_in(rounds: range, *, workers: int) -> tuple[float, float]:
    """Share of rounds in which the fabricators are the first ones flagged, and share of honest workers flagged."""
    caught, honest, wrong = 0, 0, 0
    for seed in rounds:
        sheets, bad = a_round(seed, workers=workers)
        named = list(dict.fromkeys(flag.who for flag in unusual(sheets) if flag.about == "worker"))
        caught += set(named[: len(bad)]) == bad
        honest += workers - len(bad)
        wrong += len(set(named) - bad)
    return caught / len(rounds), wrong / honest


def test_fabricators_are_among_the_top_flags() -> None:
    """A tenth of the workers copy forms or fill them in at home; they head the list, honest workers are not on it."""
    caught, wrong = found_in(range(8), workers=40)
    assert caught >= 0.9
    assert wrong <= 0.05


@pytest.mark.soak
@pytest.mark.parametrize("workers", [40, 120])
def test_fabricators_in_many_rounds(workers: int) -> None:
    """The same in two hundred rounds, and in larger ones."""
    caught, wrong = found_in(range(1_000, 1_200 if workers == 40 else 1_060), workers=workers)
    assert caught >= 0.9
    assert wrong <= 0.05


def test_honest_workers_alone() -> None:
    """Where nobody invents anything at most one worker in twenty is flagged."""
    flagged = sum(
        len({flag.who for flag in unusual(a_round(seed, liars=0)[0]) if flag.about == "worker"}) for seed in range(4)
    )
    assert flagged <= 0.05 * 4 * 40


def test_the_same_answers_give_the_same_flags() -> None:
    """Nothing depends on a clock or on chance of the moment."""
    sheets, _ = a_round(3)
    assert unusual(sheets) == unusual(sheets)


def test_dealing_against_a_naive_simulation() -> None:
    """Mean and deviation in closed form are those of forms dealt out again and again within their blocks."""
    random = np.random.default_rng(1)
    value = random.normal(size=60)
    value[::7] = np.nan
    code, block = np.repeat([0, 1, 2], 20), np.tile([0, 1], 30)
    dealt = quality._dealt(value, code, block, size=3)
    known, means = ~np.isnan(value), []
    for _ in range(4_000):
        shuffled = code.copy()
        for b in (0, 1):
            here = np.flatnonzero(known & (block == b))
            shuffled[here] = random.permutation(code[here])
        means.append([value[known & (shuffled == w)].mean() for w in range(3)])
    assert dealt.expected == pytest.approx(np.mean(means, axis=0), abs=0.01)
    assert dealt.deviation == pytest.approx(np.std(means, axis=0), rel=0.05)
    assert dealt.value == pytest.approx([value[known & (code == w)].mean() for w in range(3)])
    assert dealt.forms.sum() == known.sum()


def test_values_of_one_form() -> None:
    """One line in a battery, its variance, blanks, days kept, forms back the same day, weekends: by hand."""
    sheets = Sheets(
        np.array([[4, 4, 4, 1, 3, 5], [0, 4, 2, 0, 0, 5]]), ((0, 1, 2), (3, 4, 5)), ["W", "W"], ["D"] * 2, ["C"] * 2,
        np.array([FIRST_DAY, FIRST_DAY]), np.array([FIRST_DAY + 5, FIRST_DAY + 5]),
    )  # fmt: skip
    answers, days = quality._of_answers(sheets), quality._of_days(sheets)
    assert answers[Sign.STRAIGHT_LINES].tolist()[0] == 0.5
    assert answers[Sign.SPREAD].tolist()[0] == pytest.approx((0 + 8 / 3) / 2)
    assert np.isnan(answers[Sign.SPREAD][1])
    assert answers[Sign.BLANKS].tolist() == [0, 0.5]
    assert (days[Sign.DAYS_KEPT].tolist(), days[Sign.SAME_DAY].tolist(), days[Sign.WEEKEND].tolist()) == (
        [5, 5], [1, 1], [1, 1],
    )  # fmt: skip


def test_few_forms_are_said() -> None:
    """A worker with nine forms is marked, one with four is not spoken of."""
    sheets, _ = a_round(5, workers=20, liars=0)
    answers = sheets.answers.copy()
    odd = [i for i, who in enumerate(sheets.worker) if who == "W000"]
    answers[odd] = 0
    answers[odd, :3] = 4
    for kept, told in ((9, {True}), (4, set())):
        keep = np.array([i for i in range(len(answers)) if i not in odd[kept:]])
        some = replace(
            sheets,
            answers=answers[keep],
            worker=[sheets.worker[i] for i in keep],
            district=[sheets.district[i] for i in keep],
            commune=[sheets.commune[i] for i in keep],
            issued=sheets.issued[keep],
            returned=sheets.returned[keep],
        )
        assert {flag.small for flag in unusual(some) if flag.who == "W000"} == told
        assert {flag.within for flag in unusual(some) if flag.who == "W000"} <= set(Peers)


def test_no_answers_no_flags() -> None:
    """Nothing is said of nothing."""
    nothing = np.zeros(0, dtype=np.int64)
    sheets = Sheets(np.zeros((0, 4), dtype=np.int64), ((0, 1, 2),), [], [], [], nothing, nothing)
    assert unusual(sheets) == []


def test_interviewer_effects_by_battery() -> None:
    """One effect for each battery, at least 1; copied forms make it larger."""
    sheets, _ = a_round(2)
    found = interviewer_effects(sheets)
    assert len(found) == len(BATTERIES)
    assert all(each.effect >= 1 and each.load == 30 for each in found)
