"""Counts of forms and the five numbers: worked by hand, and identities that must hold in every cell."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.cases import ListKind, Outcome, form_code
from sipas_survey.formats import Share
from sipas_survey.tracking.fold import fold
from sipas_survey.tracking.forms import Act, Event
from sipas_survey.tracking.outcomes import outcome_of
from sipas_survey.tracking.progress import COUNTED, Counts, FormRecord, Progress, count, follow, follow_days
from tests.tracking.told import day, state_of

LATER = day(31)
OUT = "print 1\n issue 2 worker=W1\n"
ROADS = [
    "print 1",
    OUT,
    OUT + "return 4 worker=W2",
    OUT + "return 4\n accept 5",
    OUT + "return 4\n reject 5 reason=incomplete",
    OUT + "refuse 3",
    OUT + "lose 3",
    OUT + "return 3\n refuse 4",
    OUT + "return 3\n annul 6",
]


def record(
    number: int, text: str, *, district: str = "132", reserve: bool = False, released: bool = False
) -> FormRecord:
    """A form whose life is told in a text; every form is the only one of its case."""
    return FormRecord(
        form=form_code(24, 100_001 + number),
        unit_id=f"unit-{number}",
        kind=ListKind.RESERVE if reserve else ListKind.MAIN,
        stratum=district,
        released=released,
        last_of_case=True,
        state=state_of(text),
        place={"district_code": district, "commune_code": f"{district}{number % 2}", "village": "", "field": "Đất đai"},
    )


def numbers(counts: Counts) -> dict[str, int]:
    """The counts that are not 0."""
    return {name: value for name in COUNTED if (value := getattr(counts, name))}


def test_counts_by_hand() -> None:
    """Nine forms, each at another place of its life, and every count of them."""
    counts = count([record(i, text) for i, text in enumerate(ROADS)], quota=9, as_of=LATER)
    assert numbers(counts) == {
        "printed": 9, "handed_out": 7, "withdrawn": 1, "issued": 6, "returned": 3, "valid": 1, "invalid": 1,
        "unchecked": 1, "outstanding": 2, "lost": 1, "in_question": 1, "main": 9,
    }  # fmt: skip
    assert (counts.return_rate, counts.valid_rate, counts.target_fill) == (Share(3, 6), Share(1, 3), Share(1, 9))
    assert counts.rr1 == Share(1, 9)
    assert counts.broken == ()
    assert not counts.target_met


@pytest.mark.parametrize(
    ("texts", "met"),
    [
        ([], False),
        (["print 1"], False),
        ([OUT + "return 3"], True),
        ([OUT + "return 3", OUT + "refuse 3"], True),
        ([OUT + "refuse 3"], False),
        ([OUT + "return 3", OUT + "lose 3"], False),
        ([OUT + "return 3", OUT], False),
        ([OUT + "return 3", OUT + "return 3\n refuse 4"], False),
    ],
)
def test_the_target_is_met_only_by_equal_integers(texts: list[str], met: bool) -> None:
    """Every issued form returned, and at least one issued; withdrawn forms are not issued, lost ones are."""
    counts = count([record(i, text) for i, text in enumerate(texts)], as_of=LATER)
    assert counts.target_met is met


def test_a_share_of_nothing_is_none() -> None:
    """Without forms no number has a value."""
    counts = count([], as_of=LATER)
    shares = (counts.return_rate, counts.valid_rate, counts.target_fill, counts.rr1, counts.substitution_rate)
    assert [share.value for share in shares] == [None] * 5


def test_a_lost_form_stays_issued_when_it_is_reissued() -> None:
    """The case has one outcome, that of its last form; the lost sheet stays lost."""
    first = record(0, OUT + "lose 3\n reissue 4 to=N")._replace(last_of_case=False)
    second = record(1, "print 4\n issue 5\n return 6\n accept 7")._replace(unit_id=first.unit_id)
    counts = count([first, second], quota=1, as_of=LATER)
    assert (counts.issued, counts.lost, counts.returned, counts.main) == (2, 1, 1, 1)
    assert counts.outcomes == {Outcome.COMPLETE: 1}
    assert counts.rr1 == Share(1, 1)


def test_substitutions_leave_the_response_rate_alone() -> None:
    """RR1 is that of the main list; a released reserve counts in the substitution rate, a held one nowhere."""
    records = [
        record(0, OUT + "refuse 3"),
        record(1, OUT + "return 3\n accept 4"),
        record(2, OUT + "return 3\n accept 4", reserve=True, released=True),
        record(3, "print 1", reserve=True),
    ]
    counts = count(records, quota=2, as_of=LATER)
    assert (counts.rr1, counts.substitution_rate, counts.target_fill) == (Share(1, 2), Share(1, 2), Share(2, 2))
    assert (counts.released_reserve, counts.main, counts.printed) == (1, 2, 4)


@pytest.mark.parametrize(
    ("change", "identity"),
    [
        ({"issued": 2}, "handed_out = issued + withdrawn"),
        ({"outstanding": 5}, "issued = returned + outstanding + lost"),
        ({"valid": 3}, "returned = valid + invalid + unchecked"),
        ({"printed": 0}, "handed_out <= printed"),
        ({"days_in_order": False}, "returned_on >= issued_on"),
    ],
)
def test_a_broken_identity_is_named(change: dict[str, int], identity: str) -> None:
    """Counts that cannot be are found, whatever made them."""
    good = count([record(i, text) for i, text in enumerate(ROADS)], as_of=LATER)
    assert identity in replace(good, **change).broken  # type: ignore[arg-type]


def test_a_return_before_its_issue_is_found() -> None:
    """Days that run backwards are a fault of the program, and told as one."""
    one = record(0, OUT + "return 3")
    backwards = one._replace(state=one.state._replace(issued_on=day(9)))
    assert count([backwards], as_of=LATER).broken == ("returned_on >= issued_on",)


def test_quota_by_level() -> None:
    """A stratum has the quota of the design; a cell within it has its names on the main list; a worker has none."""
    records = [record(i, text, reserve=i > 5) for i, text in enumerate(ROADS)]
    by_district = follow(records, as_of=day(9), by=("district_code",), quota={"132": 60})
    assert [row.counts.quota for row in by_district.rows] == [60]
    by_commune = follow(records, as_of=day(9), by=("commune_code",), quota={"132": 60})
    assert [row.counts.quota for row in by_commune.rows] == [3, 3]
    by_worker = follow(records, as_of=day(9), by=("worker",), quota={"132": 60})
    assert [(row.key, row.counts.quota) for row in by_worker.rows] == [(("",), None), (("W1",), None), (("W2",), None)]
    assert by_commune.total == by_district.total == by_worker.total
    assert by_worker.total.quota == 60


def test_days_by_hand() -> None:
    """What happened on each day, and what stood at its end."""
    days = follow_days([record(i, text) for i, text in enumerate(ROADS)], as_of=day(9))
    told = {row.key[0]: (numbers(row.counts), numbers(row.to_date)) for row in days.rows if row.to_date}
    assert list(told) == ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]
    assert told["2024-01-02"][0] == {"handed_out": 7, "issued": 7}
    assert told["2024-01-03"][1] == {
        "printed": 9, "handed_out": 7, "withdrawn": 1, "issued": 6, "outstanding": 5, "lost": 1,
    }  # fmt: skip
    assert told["2024-01-05"][0] == {"valid": 1, "invalid": 1}


@st.composite
def campaigns(draw: st.DrawFn) -> list[FormRecord]:
    """Forms of two districts with any events, legal or not."""
    records = []
    for i in range(draw(st.integers(0, 8))):
        facts = draw(st.lists(st.tuples(st.sampled_from(Act), st.integers(1, 6)), max_size=8))
        likely = [(Act.PRINT, 1), (Act.ISSUE, 2)] if draw(st.booleans()) else []
        life = [
            Event(f"e{i}-{n}", f"{i}", act, day(on), worker=f"W{on % 2}", seq=n + 1)
            for n, (act, on) in enumerate([*likely, *facts])
        ]
        reserve = draw(st.booleans())
        made = record(i, "", district=draw(st.sampled_from(["132", "133"])), reserve=reserve, released=reserve)
        records.append(made._replace(state=fold(life), last_of_case=draw(st.booleans())))
    return records


def cells_sum_to_total(progress: Progress) -> bool:
    """Whether every count of the total is the sum of its cells."""
    return all(
        sum(getattr(row.counts, name) for row in progress.rows) == getattr(progress.total, name) for name in COUNTED
    )


@given(campaigns())
@settings(max_examples=150, deadline=None)
def test_identities_hold_in_every_cell_and_cells_sum_to_the_total(records: Sequence[FormRecord]) -> None:
    """By any level, whatever happened to the forms; and the running totals end at the total."""
    for by in (("district_code",), ("commune_code",), ("commune_code", "village"), ("field",), ("worker",)):
        progress = follow(records, as_of=day(9), by=by)
        assert all(row.counts.broken == () for row in progress.rows)
        assert progress.total.broken == ()
        assert cells_sum_to_total(progress)
    days = follow_days(records, as_of=day(9))
    assert all(row.to_date is not None and row.to_date.broken == () for row in days.rows)
    if days.rows:
        last = days.rows[-1].to_date
        dated = [name for name in COUNTED if name not in ("in_question", "main", "released_reserve")]
        assert {name: getattr(last, name) for name in dated} == {name: getattr(days.total, name) for name in dated}


@given(campaigns())
@settings(max_examples=100, deadline=None)
def test_the_response_rate_is_a_hand_count(records: Sequence[FormRecord]) -> None:
    """Complete cases of the main list over all its cases that are eligible, one by one."""
    complete = asked = 0
    for one in records:
        if one.kind is ListKind.MAIN and one.last_of_case and outcome_of(one.state) != "NE":
            asked += 1
            complete += one.state.state == "valid" and not one.state.in_question
    assert count(records, as_of=LATER).rr1 == Share(complete, asked)


@pytest.mark.parametrize(
    ("issued", "ages"),
    [(31, (1, 0, 0)), (29, (1, 0, 0)), (28, (0, 1, 0)), (26, (0, 1, 0)), (25, (0, 0, 1)), (2, (0, 0, 1))],
)
def test_ages_of_what_is_out(issued: int, ages: tuple[int, ...]) -> None:
    """On the 31st a form is out for 0-2, 3-5, or 6 and more days since its issue; a returned one has no age."""
    out, back = f"print 1\n issue {issued}", f"print 1\n issue {issued}\n return 31"
    assert count([record(0, out)], as_of=LATER).ages == ages
    assert count([record(0, back)], as_of=LATER).ages == (0, 0, 0)
    assert count([record(0, back + "\n refuse 31")], as_of=LATER).ages == ages


def test_replaced_cases_stay_nonrespondents() -> None:
    """With replacements the released reserve is one more case; a held one is none."""
    records = [
        record(0, OUT + "refuse 3\n replace 4 to=X"),
        record(1, OUT + "return 3\n accept 4"),
        record(2, "print 4\n issue 5\n return 6\n accept 7", reserve=True, released=True),
        record(3, "print 1", reserve=True),
    ]
    counts = count(records, as_of=LATER)
    assert counts.outcomes == {Outcome.COMPLETE: 1, Outcome.REFUSAL: 1}
    assert counts.all_outcomes == {Outcome.COMPLETE: 2, Outcome.REFUSAL: 1}
