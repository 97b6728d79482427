"""The life of a form: the table, the fold, and a replay that was written apart from it."""

import hashlib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.tracking.fold import fold, fold_all, reissued_forms, released_forms, undone_ids
from sipas_survey.tracking.forms import MOVES, POINTING_ACTS, Act, Event, Standing, State, automatic_id
from tests.tracking import naive
from tests.tracking.told import CODES, day, state_of, told

STORED_FORM = CODES["A"]


@st.composite
def ledgers(draw: st.DrawFn) -> list[Event]:
    """Stored events of one form, in any order of arrival, legal or not; a print and an issue are likely."""
    size = draw(st.integers(1, 12))
    events = []
    for i in range(size):
        likely = [Act.PRINT, Act.ISSUE, Act.RETURN, Act.NOT_MET, Act.DECIDE, Act.UNDO]
        act = draw(st.sampled_from([*Act, *likely]))
        events.append(
            Event(
                f"e{i}",
                STORED_FORM,
                act,
                day(draw(st.integers(1, 6))),
                reason=draw(st.sampled_from(["", "", "final"])),
                refers_to=f"e{draw(st.integers(0, size - 1))}" if act in POINTING_ACTS else "",
                seq=i + 1,
            )
        )
    return events


def test_the_table_is_that_of_the_method() -> None:
    """Every state allows exactly the acts that the method's table names, and each leads where the act says."""
    assert {str(state): {str(act) for act in moves} for state, moves in MOVES.items()} == {
        state: set(acts) for state, acts in naive.ALLOWED.items()
    }
    for state, moves in MOVES.items():
        for act, after in moves.items():
            assert after == naive.LEADS_TO.get(act, state)


def test_ranks_follow_a_form_through_a_day() -> None:
    """Acts of one day are taken in the order in which they can happen."""
    assert [str(act) for act in Act] == naive.RANKS


@given(ledgers(), st.integers(1, 4))
@settings(max_examples=400, deadline=None)
def test_the_fold_is_the_naive_replay(events: list[Event], visits: int) -> None:
    """On any set of events the fold stands where straight loops over the method's table stand."""
    state = fold(events, visits=visits)
    expected = naive.replay(events, visits=visits)
    assert {name: getattr(state, name) for name in expected} == expected


@given(ledgers(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_arrival_is_nothing_to_the_fold(events: list[Event], chance: object) -> None:
    """Shuffled events fold to the same state, standing included."""
    shuffled = list(events)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) == fold(events)


@given(st.lists(ledgers(), min_size=1, max_size=4), st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_forms_folded_together_stand_where_each_stands_alone(lives: list[list[Event]], visits: int) -> None:
    """Each life is lived by two forms, the second with ids of the opposite order; only standings are not told."""
    forms = {}
    for i, life in enumerate(lives):
        renamed = {f"e{j}": f"z{i}-{99 - j}" for j in range(12)}
        forms[f"first-{i}"] = [e._replace(form=f"first-{i}") for e in life]
        forms[f"second-{i}"] = [
            e._replace(form=f"second-{i}", event_id=renamed[e.event_id], refers_to=renamed.get(e.refers_to, ""))
            for e in life
        ]
    together = fold_all([event for events in forms.values() for event in events], visits=visits)
    assert together == {form: fold(events, visits=visits)._replace(standing={}) for form, events in forms.items()}


def test_a_whole_life() -> None:
    """Each day of a form's life is that of the act which made it."""
    state = state_of("""
        print 2
        issue 3 worker=W1
        deliver 4 worker=W2
        return 6 worker=W3
        accept 8
    """)
    assert (state.state, state.worker, state.visits) == (State.VALID, "W3", 0)
    assert (state.printed_on, state.issued_on, state.returned_on) == (day(2), day(3), day(6))
    assert state.checked_on == day(8)
    assert (state.returned, state.outstanding, state.withdrawn, state.lost) == (True, False, False, False)
    assert state.allowed() == {Act.REJECT, Act.ORDER_RECHECK, Act.RECHECK, Act.ANNUL}


@pytest.mark.parametrize(
    ("visits", "text", "state"),
    [
        (3, "not_met 3\n not_met 4", State.NOT_MET),
        (3, "not_met 3\n not_met 4\n not_met 5", State.NOT_MET_FINAL),
        (3, "not_met 3 reason=final", State.NOT_MET_FINAL),
        (1, "not_met 3", State.NOT_MET_FINAL),
        (3, "not_met 3\n not_met 4\n return 5", State.RETURNED),
        (2, "not_met 3\n deliver 4\n not_met 5", State.NOT_MET_FINAL),
    ],
)
def test_visits(visits: int, text: str, state: State) -> None:
    """Fruitless visits are final at the last one, or where the worker says so."""
    assert state_of(f"print 1\n issue 2\n {text}", visits=visits).state is state


@pytest.mark.parametrize("act", ["refuse", "moved", "ineligible", "deceased", "void"])
def test_withdrawn_forms_keep_the_day_they_came_back_blank(act: str) -> None:
    """A form given back blank is withdrawn, on the day of its outcome."""
    state = state_of(f"print 1\n issue 2\n {act} 5\n")
    assert (state.withdrawn, state.withdrawn_on, state.outstanding) == (True, day(5), False)


def test_a_form_that_was_never_handed_out_is_not_withdrawn() -> None:
    """A sheet spoiled in the office was never out."""
    state = state_of("print 1\n void 2")
    assert (state.handed_out, state.withdrawn) == (False, False)


def test_an_annulled_form_was_never_handed_out() -> None:
    """A form that never was leaves the counts of forms."""
    state = state_of("print 1\n issue 2\n return 3\n annul 9")
    assert (state.state, state.handed_out, state.returned, state.outstanding) == (State.ANNULLED, False, False, False)


def test_a_returned_form_may_be_lost_in_the_office() -> None:
    """A sheet that vanishes after its return is lost, no longer returned."""
    state = state_of("print 1\n issue 2\n return 3\n lose 4")
    assert (state.lost, state.returned, state.returned_on, state.lost_on) == (True, False, None, day(4))


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("return 3", Standing.WAITING),
        ("print 1\n return 3", Standing.WAITING),
        ("print 1\n issue 4\n return 3", Standing.IMPOSSIBLE),
        ("print 4\n issue 3", Standing.IMPOSSIBLE),
        ("print 1\n issue 2\n return 3\n refuse 4", Standing.CONTRADICTION),
        ("print 1\n issue 2\n return 3\n accept 4\n lose 5", Standing.CONTRADICTION),
        ("print 1\n issue 2\n return 3\n not_met 4", Standing.REDUNDANT),
        ("print 1\n issue 2\n return 3\n not_met 4 reason=final", Standing.CONTRADICTION),
        ("print 1\n issue 2\n return 3\n return 4", Standing.REDUNDANT),
        ("print 1\n issue 2\n lose 3\n return 4", Standing.ALERT),
        ("print 1\n void 2\n return 4", Standing.ALERT),
        ("print 1\n issue 2\n lose 3\n refuse 4", Standing.REDUNDANT),
        ("print 1\n issue 2\n deliver 3\n deliver 5", Standing.WAITING),
        ("print 1\n issue 2\n accept 3", Standing.SUSPENDED),
    ],
)
def test_what_an_event_amounts_to(text: str, last: Standing) -> None:
    """An event that the table does not allow changes no count; its standing says why."""
    lines = text.splitlines()
    state = state_of(text)
    before = state_of("\n".join(lines[:-1]))
    assert state.standing[f"e{len(lines)}"] is last
    assert state.state is before.state


def test_a_waiting_event_takes_effect_when_what_it_follows_arrives() -> None:
    """Told in the wrong order, dated in the right one: returned, with its own day."""
    state = state_of("return 5\n issue 3\n print 1")
    assert (state.state, state.issued_on, state.returned_on) == (State.RETURNED, day(3), day(5))


def test_a_second_delivery_waits_for_the_visit_between() -> None:
    """Delivered, not met, delivered again: the visit may be the last to arrive."""
    assert state_of("print 1\n issue 2\n deliver 3\n deliver 5\n not_met 4").state is State.WITH_RESPONDENT


def test_two_outcomes_leave_the_form_in_question() -> None:
    """A form both returned and refused counts as outstanding, and nothing but a decision goes on."""
    state = state_of("print 1\n issue 2\n return 3\n refuse 4")
    assert (state.in_question, state.outstanding, state.returned, state.withdrawn) == (True, True, False, False)
    assert state.allowed() == {Act.DECIDE}


@pytest.mark.parametrize(("chosen", "state"), [("r", State.RETURNED), ("f", State.REFUSED)])
def test_a_decision_settles_it(chosen: str, state: State) -> None:
    """The outcome that a person names holds; the other is overruled."""
    decided = state_of(f"print 1\n issue 2\n r: return 3\n f: refuse 4\n decide 9 to={chosen}")
    assert (decided.state, decided.in_question) == (state, False)
    other = {"r": "f", "f": "r"}[chosen]
    assert decided.standing[other] is Standing.OVERRULED


def test_a_decision_against_the_last_fruitless_visit() -> None:
    """Three visits in vain, and yet the form came back: a person who decides so has a returned form."""
    text = "print 1\n issue 2\n not_met 3\n not_met 4\n n: not_met 5\n r: return 6\n"
    assert state_of(text).in_question
    decided = state_of(text + "decide 9 to=r")
    assert (decided.state, decided.in_question, decided.returned_on) == (State.RETURNED, False, day(6))
    assert state_of(text + "decide 9 to=n").state is State.NOT_MET_FINAL


def test_a_later_decision_reverses_an_earlier_one() -> None:
    """Who decides last knows what was decided before."""
    text = "print 1\n issue 2\n r: return 3\n f: refuse 4\n decide 9 to=r\n m: moved 5\n decide 10 to=f"
    state = state_of(text)
    assert (state.state, state.in_question) == (State.REFUSED, False)


def test_a_fact_that_arrives_after_the_decision_opens_the_question_again() -> None:
    """A decision rules on what was known; a third outcome is a new contradiction."""
    assert state_of("print 1\n issue 2\n r: return 3\n f: refuse 4\n decide 9 to=r\n moved 5").in_question


def test_an_undo_of_an_undo_gives_the_event_back() -> None:
    """What was taken back twice over stands."""
    text = "print 1\n issue 2\n r: return 3\n u: undo 4 to=r\n"
    assert state_of(text).state is State.OUT
    assert state_of(text).standing["r"] is Standing.UNDONE
    assert state_of(text + "v: undo 5 to=u").state is State.RETURNED
    assert state_of(text + "v: undo 5 to=u\n undo 6 to=v").state is State.OUT


def test_releases_and_reissues_are_read_back_unless_undone() -> None:
    """The codes that replacements and re-issues name, without those taken back."""
    events = told("x: replace 3 to=R\n y: replace 4 form=B to=S\n z: reissue 4 to=N\n u: undo 5 to=x")
    assert released_forms(events) == {CODES["S"]}
    assert reissued_forms(events) == {"N"}
    assert undone_ids(events) == {"x"}


def test_automatic_id() -> None:
    """The id of a fact without one is the digest of what it says."""
    text = "2410000198|return|2024-01-05|W1|"
    expected = "auto:" + hashlib.sha256(text.encode()).hexdigest()[:32]
    assert automatic_id("2410000198", Act.RETURN, date(2024, 1, 5), worker="W1") == expected
