"""What is kept of forms: names that ledgers hold for good, what an event is without more, and what may be done next."""

from datetime import date

import pytest

from sipas_survey.tracking import forms
from sipas_survey.tracking.forms import MOVES, RANK, Act, Event, FormState, Standing, State

DAY = date(2024, 1, 5)


def test_names_in_the_ledger_stay() -> None:
    """Ledgers and exports hold these words: another word makes an old ledger unreadable."""
    assert [str(state) for state in State] == [
        "planned", "printed", "out", "with_respondent", "not_met", "returned", "valid", "invalid", "refused",
        "not_met_final", "moved", "ineligible", "deceased", "lost", "void", "annulled",
    ]  # fmt: skip
    assert [str(standing) for standing in Standing] == [
        "effective", "waiting", "impossible", "contradiction", "alert", "redundant", "overruled", "undone", "suspended",
    ]  # fmt: skip
    assert forms.RESERVED_ID == "entry:"


def test_acts_have_the_rank_of_their_place() -> None:
    """Printing is the first of a day, undoing the last."""
    assert (RANK[Act.PRINT], RANK[Act.ISSUE], RANK[Act.UNDO]) == (0, 1, 21)


def test_an_event_without_more() -> None:
    """No worker, reason, pointer, note or author; not yet in the ledger. Its content leaves out id, author, place."""
    event = Event("e1", "F", Act.RETURN, DAY)
    assert event == ("e1", "F", "return", DAY, "", "", "", "", "", 0)
    assert event.content == ("F", "return", "2024-01-05", "", "", "", "")
    full = Event("e2", "F", Act.REPLACE, DAY, "W", "R", "G", "N", "A", 7)
    assert full.content == ("F", "replace", "2024-01-05", "W", "R", "N", "G")
    assert full.order == (DAY, 18, "e2")


def test_a_form_without_events() -> None:
    """Planned, and nothing else: no day, no worker, no visit."""
    state = FormState()
    assert state._asdict() == {
        "state": State.PLANNED, "in_question": False, "printed_on": None, "issued_on": None, "withdrawn_on": None,
        "returned_on": None, "checked_on": None, "lost_on": None, "worker": "", "visits": 0, "reason": "",
        "replaced_by": "", "reissued_as": "", "request_open": False, "standing": {},
    }  # fmt: skip
    assert (state.handed_out, state.withdrawn, state.returned, state.lost, state.outstanding) == (False,) * 5
    assert state.allowed() == {Act.PRINT, Act.VOID}


@pytest.mark.parametrize("state", State)
def test_a_form_is_in_one_count(state: State) -> None:
    """A form that went out is withdrawn, returned, lost or outstanding, and only one of them; in question it is out."""
    blank = {"refused", "not_met_final", "moved", "ineligible", "deceased", "void"}
    out = state is not State.ANNULLED
    form = FormState(state, issued_on=DAY)
    counts = (form.withdrawn, form.returned, form.lost, form.outstanding)
    expected = (state in blank, state in {"returned", "valid", "invalid"}, state == "lost")
    assert counts == (*expected, out and not any(expected))
    assert form.handed_out is out
    questioned = form._replace(in_question=True)
    assert (questioned.withdrawn, questioned.returned, questioned.lost) == (False, False, False)
    assert questioned.outstanding is out
    inside = form._replace(issued_on=None)
    assert (inside.withdrawn, inside.returned, inside.lost, inside.outstanding) == (False, False, False, False)


def test_what_may_follow_a_refusal() -> None:
    """A request may be made once, and turned down where it is open; a replaced case is not replaced again."""
    refused = FormState(State.REFUSED, issued_on=DAY)
    always = {Act.ORDER_RECHECK, Act.RECHECK}
    assert refused.allowed() == {Act.REQUEST_REPLACE, Act.REPLACE, *always}
    assert refused._replace(request_open=True).allowed() == {Act.REJECT_REQUEST, Act.REPLACE, *always}
    assert refused._replace(replaced_by="R").allowed() == always
    assert refused._replace(replaced_by="R", request_open=True).allowed() == {Act.REJECT_REQUEST, *always}


@pytest.mark.parametrize("state", [State.LOST, State.VOID])
def test_a_dead_code_is_issued_again_once(state: State) -> None:
    """After the new code nothing is left to do."""
    dead = FormState(state, issued_on=DAY)
    assert dead.allowed() == {Act.REISSUE}
    assert dead._replace(reissued_as="N").allowed() == frozenset()


def test_groups_of_states_and_acts_by_hand() -> None:
    """The groups that the counts and the doors are made of."""
    assert {"planned", "printed"} == forms.NOT_YET_OUT
    assert {"out", "with_respondent", "not_met"} == forms.OUTSIDE
    assert {"lost", "void"} == forms.DEAD
    assert forms.FINAL_OUTCOMES | {"void"} == forms.WITHDRAWN_STATES
    assert forms.FINAL_OUTCOMES | {"annulled"} == forms.REPLACEABLE
    assert {"refuse", "not_met", "moved", "ineligible", "deceased"} == forms.OUTCOMES
    assert forms.OUTCOMES | {"issue", "deliver", "return", "lose"} == forms.FIELD_ACTS
    assert {"replace", "reissue", "decide", "undo"} == forms.POINTING_ACTS
    assert forms.OUTCOMES | {"return", "lose"} == forms.EXCLUSIVE
    assert set(MOVES) == set(State)
