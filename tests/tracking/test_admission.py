"""What becomes of an event when it arrives: the method's rules of early, late, twice and contradiction, one by one."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.cases import form_code
from sipas_survey.problems import NOWHERE
from sipas_survey.tracking.admission import approve_open, offer, offer_all
from sipas_survey.tracking.forms import FIELD_ACTS, Act, Event, FormState, Standing, State
from sipas_survey.tracking.register import Register
from tests.tracking import naive
from tests.tracking.told import CARDS, CODES, RULES, day, kinds, offered, offered_at_once, register, told

OUT = "print 1\n issue 2\n"
ROADS = {
    State.PLANNED: "",
    State.PRINTED: "print 1",
    State.OUT: OUT,
    State.WITH_RESPONDENT: OUT + "deliver 3",
    State.NOT_MET: OUT + "not_met 3",
    State.RETURNED: OUT + "return 3",
    State.VALID: OUT + "return 3\n accept 4",
    State.INVALID: OUT + "return 3\n reject 4",
    State.REFUSED: OUT + "refuse 3",
    State.NOT_MET_FINAL: OUT + "not_met 3 reason=final",
    State.MOVED: OUT + "moved 3",
    State.INELIGIBLE: OUT + "ineligible 3",
    State.DECEASED: OUT + "deceased 3",
    State.LOST: OUT + "lose 3",
    State.VOID: OUT + "void 3",
    State.ANNULLED: OUT + "return 3\n annul 4",
}
PLAIN_ACTS = [act for act in Act if act not in (Act.DECIDE, Act.UNDO)]
ENDED = {*naive.ALLOWED} - {"planned", "printed", "out", "with_respondent", "not_met", "lost", "void", "annulled"}


def becomes(state: State, act: Act) -> str:
    """What the method says of an act, dated last, on a form in a state."""
    if act is Act.REJECT_REQUEST:
        return "refused"  # no request is open in any of these roads
    if act in naive.ALLOWED[state]:
        return "new"
    if act not in FIELD_ACTS:
        return "refused"
    if state in (State.PLANNED, State.PRINTED) or (state is State.WITH_RESPONDENT and act is Act.DELIVER):
        return "new, EVENT_WAITING"
    if state in (State.LOST, State.VOID):
        return "new, EVENT_DEAD_CODE_BACK" if act is Act.RETURN else "refused"
    ends = {"returned": "return", "valid": "return", "invalid": "return", "refused": "refuse"}.get(state, str(state))
    if state in ENDED and act in naive.EXCLUDING and act not in (ends, "not_met"):
        return "new, EVENT_CONTRADICTION"
    return "refused"


def everything(of: Register) -> dict[str, FormState]:
    """Where all forms stand."""
    return {form: of.state(form) for form in of.cards}


@pytest.mark.parametrize("act", PLAIN_ACTS)
@pytest.mark.parametrize("state", State)
def test_every_act_on_every_state(state: State, act: Act) -> None:
    """Each allowed move is made, each forbidden one refused; a refused event changes nothing."""
    made = register(ROADS[state])
    assert made.state(CODES["A"]).state is state
    before, count = everything(made), len(made.admitted)
    admission = offered(made, f"{act} 20")
    assert ", ".join([admission.arrival, *kinds(admission)]).startswith(becomes(state, act))
    if admission.arrival == "refused":
        assert (everything(made), len(made.admitted)) == (before, count)
    elif not admission.problems:
        assert made.state(CODES["A"]).standing[admission.event.event_id] is Standing.EFFECTIVE


# ---------------------------------------------------------------- what cannot be
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("print 1 form=2410000199", "FORM_CODE_WRONG"),
        ("print 1 form=24", "FORM_CODE_WRONG"),
        (f"print 1 form={form_code(24, 100_777)}", "FORM_UNKNOWN"),
        ("entry:5: print 1", "EVENT_ID_RESERVED"),
        ("undo 3 to=nothing", "EVENT_REFERENCE_UNKNOWN"),
        ("undo 3", "EVENT_REFERENCE_UNKNOWN"),
        ("decide 3 to=nothing", "EVENT_REFERENCE_UNKNOWN"),
    ],
)
def test_what_points_nowhere(text: str, kind: str) -> None:
    """Unknown forms, wrong check digits, reserved ids and references to nothing are told apart."""
    assert kinds(offered(register(), text)) == [kind]


def test_nothing_happens_tomorrow() -> None:
    """The day of today is allowed, a day after it is not."""
    early = replace(RULES, today=day(5))
    assert offered(register(rules=early), "print 5").arrival == "new"
    assert kinds(offered(register(rules=early), "print 6")) == ["EVENT_IN_FUTURE"]


def test_an_event_of_another_form_cannot_be_undone_here() -> None:
    """An undo names an event of its own form."""
    assert kinds(offered(register("p: print 1 form=B"), "undo 2 to=p")) == ["EVENT_REFERENCE_UNKNOWN"]


# ---------------------------------------------------------------- early and late
def test_an_early_act_waits_and_takes_effect() -> None:
    """Stored and counted in nothing until what it follows arrives with a day not later than its own."""
    made = register("print 1")
    assert kinds(offered(made, "return 5")) == ["EVENT_WAITING"]
    assert made.state(CODES["A"]).state is State.PRINTED
    offered(made, "issue 5")
    assert made.state(CODES["A"]).returned_on == day(5)


def test_an_act_dated_too_early_stays_as_impossible() -> None:
    """It was stored while it might have been true; when the issue turns out later, it counts for nothing for good."""
    made = register("print 1")
    early = offered(made, "return 3")
    offered(made, "issue 5")
    state = made.state(CODES["A"])
    assert (state.state, state.standing[early.event.event_id]) == (State.OUT, Standing.IMPOSSIBLE)


def test_an_act_dated_too_early_in_its_own_batch_is_told() -> None:
    """One sheet says back on the 3rd and out on the 5th: kept, counted in nothing, and warned of."""
    made = register("print 1")
    early, issue = offered_at_once(made, "return 3\n issue 5")
    assert (kinds(early), kinds(issue)) == (["EVENT_IMPOSSIBLE"], [])
    assert made.state(CODES["A"]).standing[early.event.event_id] is Standing.IMPOSSIBLE
    assert [kinds(a) for a in offered_at_once(register("print 1"), "return 5\n issue 3")] == [[], []]


def test_an_act_before_a_stored_predecessor_is_refused() -> None:
    """Refused when the act that it must follow is stored with a later day."""
    assert kinds(offered(register("print 1\n issue 5"), "return 3")) == ["EVENT_TOO_EARLY"]
    assert kinds(offered(register("print 5"), "issue 3")) == ["EVENT_TOO_EARLY"]


@pytest.mark.parametrize("act", ["accept", "reject", "void", "annul", "recheck", "order_recheck", "reissue", "replace"])
def test_office_acts_never_wait(act: str) -> None:
    """The office judges what lies before it; what is not there yet is refused."""
    assert offered(register("print 5"), f"{act} 3").arrival == "refused"


@pytest.mark.parametrize("text", ["accept 2", "annul 2"])
def test_an_office_act_on_a_day_before_its_ground(text: str) -> None:
    """Legal where the form stands, but not on that day."""
    assert kinds(offered(register(OUT + "return 5"), text)) == ["EVENT_TOO_EARLY"]


def test_a_late_fact_may_suspend_an_office_act() -> None:
    """A loss dated before the acceptance takes its ground away; the acceptance stays in the ledger, suspended."""
    made = register(OUT + "return 3\n a: accept 5\n lose 4")
    assert made.state(CODES["A"]).standing["a"] is Standing.SUSPENDED
    assert made.state(CODES["A"]).state is State.LOST


# ---------------------------------------------------------------- twice, clash, contradiction
def test_the_same_id_twice_is_one_event() -> None:
    """Known, and stored once."""
    made = register("x: print 1 reason=new")
    assert offered(made, "x: print 1 reason=new").arrival == "known"
    assert len(made.admitted) == 1


@pytest.mark.parametrize(
    "other",
    ["x: print 2 reason=a", "x: issue 1 reason=a", "x: print 1", "x: print 1 reason=a worker=W", "x: print 1 form=B"],
)
def test_the_same_id_with_other_content_is_a_clash(other: str) -> None:
    """Every part of the content counts; nothing is overwritten."""
    made = register("x: print 1 reason=a")
    clash = offered(made, other)
    assert (clash.arrival, kinds(clash), len(made.admitted)) == ("clash", ["EVENT_ID_CLASH"], 1)


def test_the_same_fact_under_another_id_is_known() -> None:
    """One act on one form and day is one fact, whoever tells it."""
    made = register(OUT + "x: return 3 worker=W1")
    assert offered(made, "y: return 3 worker=W2").arrival == "known"
    assert offered(made, "return 3").arrival == "known"


def test_two_undos_of_a_day_are_two_facts() -> None:
    """Acts that point at different events are different, although act, form and day are the same."""
    made = register(OUT + "x: deliver 3\n y: return 4\n undo 6 to=y")
    assert offered(made, "undo 6 to=x").arrival == "new"
    assert kinds(offered(made, "undo 6")) == ["EVENT_REFERENCE_UNKNOWN"]


def test_an_automatic_id_that_a_source_used_for_another_fact() -> None:
    """The id of a fact without one may be taken; that is a clash like any other."""
    made = register("x: print 1")
    stolen = register("print 3 form=B").admitted[0].event_id
    offered(made, f"{stolen}: print 2 form=B")
    assert kinds(offered(made, "print 3 form=B")) == ["EVENT_ID_CLASH"]


def test_what_was_undone_is_known_with_a_warning() -> None:
    """A fact that was taken back and is told again is pointed out, not stored twice."""
    made = register("x: print 1\n undo 2 to=x")
    again = offered(made, "print 1")
    assert (again.arrival, kinds(again)) == ("known", ["EVENT_WAS_UNDONE"])


def test_a_contradiction_is_stored_and_waits_for_a_person() -> None:
    """Both outcomes stay, the form is outstanding, the office acts stop until the decision."""
    made = register(OUT + "r: return 3\n f: refuse 4")
    assert made.state(CODES["A"]).outstanding
    assert kinds(offered(made, "accept 5")) == ["EVENT_NOT_ALLOWED"]
    assert kinds(offered(made, "decide 6 to=absent")) == ["EVENT_REFERENCE_UNKNOWN"]
    assert offered(made, "decide 6 to=r").arrival == "new"
    assert offered(made, "accept 7").arrival == "new"


def test_a_decision_names_an_outcome() -> None:
    """A person decides between outcomes: to point at the issue would throw away both."""
    made = register("print 1\n i: issue 2\n r: return 3\n f: refuse 4")
    assert kinds(offered(made, "decide 6 to=i")) == ["DECIDE_NOT_AN_OUTCOME"]
    assert made.state(CODES["A"]).in_question


def test_no_decision_without_a_question() -> None:
    """Where nothing contradicts there is nothing to decide."""
    assert kinds(offered(register(OUT + "r: return 3"), "decide 6 to=r")) == ["EVENT_NOT_ALLOWED"]


def test_a_decision_for_a_return_after_the_last_visit() -> None:
    """Three visits in vain and a return: the decision for the return settles the question."""
    made = register(OUT + "not_met 3\n not_met 4\n not_met 5\n r: return 6\n decide 9 to=r")
    assert (made.state(CODES["A"]).state, made.state(CODES["A"]).in_question) == (State.RETURNED, False)


# ---------------------------------------------------------------- undo
def test_undo_and_undo_of_the_undo() -> None:
    """Taking back the taking back restores the event."""
    made = register(OUT + "r: return 3\n u: undo 5 to=r")
    assert made.state(CODES["A"]).state is State.OUT
    assert offered(made, "undo 6 to=u").arrival == "new"
    assert made.state(CODES["A"]).state is State.RETURNED


def test_nothing_is_undone_twice() -> None:
    """What was taken back is not taken back again."""
    assert kinds(offered(register("p: print 1\n undo 2 to=p"), "undo 3 to=p")) == ["EVENT_ALREADY_UNDONE"]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("x: print 1\n issue 2", "x"),
        (OUT + "x: return 3\n accept 4", "x"),
        (OUT + "x: refuse 3\n replace 5", "x"),
        (OUT + "x: return 3\n refuse 4\n decide 6 to=x", "x"),
        (OUT + "x: lose 3\n reissue 4 ", "x"),
        (OUT + "refuse 3\n x: replace 5\n issue 7 form=R\n print 6 form=R", "x"),
    ],
)
def test_an_event_that_others_rest_on_stays(text: str, target: str) -> None:
    """An undo is refused where a later event rests on what it would take back."""
    made = register(text)
    before = everything(made)
    assert kinds(offered(made, f"undo 10 to={target}")) == ["UNDO_RESTED_ON"]
    assert everything(made) == before


def test_a_replacement_can_be_undone_when_the_life_of_its_reserve_is() -> None:
    """After the issue of the reserve was taken back nothing rests on the replacement, and the reserve is held again."""
    made = register(OUT + "refuse 3\n x: replace 5\n print 5 form=R\n i: issue 6 form=R\n undo 7 to=i form=R")
    assert offered(made, "undo 8 to=x").arrival == "new"
    assert made.held(CODES["R"])
    assert kinds(offered(made, "issue 9 form=R")) == ["FORM_HELD"]


def test_a_replacement_does_not_come_back_when_its_reserve_is_taken() -> None:
    """Undone, the reserve went to another case: the undo cannot be undone, or one reserve would stand for two."""
    other = "print 1 form=B\n issue 2 form=B\n moved 3 form=B\n"
    made = register(OUT + "refuse 3\n x: replace 5\n u: undo 6 to=x\n" + other + "replace 7 form=B")
    assert made.state(CODES["B"]).replaced_by == CODES["R"]
    assert kinds(offered(made, "undo 8 to=u")) == ["UNDO_RESTED_ON"]


# ---------------------------------------------------------------- replace and reissue
def test_a_held_reserve_refuses_field_acts() -> None:
    """A reserve may be printed, but nothing happens to it before it is released."""
    made = register("print 1 form=R")
    assert made.held(CODES["R"])
    assert not made.held(CODES["A"])
    for act in FIELD_ACTS:
        assert kinds(offered(made, f"{act} 3 form=R")) == ["FORM_HELD"]


def test_reserves_are_released_strictly_in_order() -> None:
    """The next one is stored in the event, whatever the file left open; another one is refused; then none is left."""
    made = register(OUT + "refuse 3\n print 1 form=B\n issue 2 form=B\n moved 4 form=B")
    assert kinds(offered(made, "replace 5 to=S")) == ["REPLACE_OUT_OF_ORDER"]
    assert offered(made, "replace 5").event.refers_to == CODES["R"]
    assert offered(made, "replace 5 form=B to=S").event.refers_to == CODES["S"]
    assert not made.held(CODES["S"])
    offered_at_once(made, "print 5 form=R\n issue 6 form=R\n deceased 7 form=R")
    assert kinds(offered(made, "replace 8 form=R")) == ["RESERVE_EXHAUSTED"]


def test_a_replacement_is_never_recomputed() -> None:
    """What was released is read from the event, in any order of days."""
    text = OUT + "refuse 3\n print 1 form=B\n issue 2 form=B\n refuse 3 form=B\n replace 9\n replace 5 form=B"
    made = register(text)
    again = Register(CARDS, made.admitted, rules=RULES)
    assert again.state(CODES["A"]).replaced_by == CODES["R"]
    assert again.state(CODES["B"]).replaced_by == CODES["S"]
    assert again.next_reserve("132") is None


def test_a_case_is_replaced_once_and_only_after_an_outcome() -> None:
    """While a form is out nothing is final; once replaced it is not replaced again."""
    made = register(OUT)
    assert kinds(offered(made, "replace 4")) == ["REPLACE_BEFORE_OUTCOME"]
    assert kinds(offered(made, "request_replace 4")) == ["REPLACE_BEFORE_OUTCOME"]
    offered(made, "refuse 4\n replace 5")
    assert kinds(offered(made, "replace 6")) == ["FORM_ALREADY_REPLACED"]
    assert offered(made, "replace 5").arrival == "known"
    assert kinds(offered(made, "request_replace 6")) != []


def test_a_replacement_with_an_id_of_its_own_is_known_again() -> None:
    """The file left open which reserve comes next, and still says the same the second time."""
    made = register(OUT + "refuse 3\n x: replace 5")
    assert offered(made, "x: replace 5").arrival == "known"
    assert offered(made, "x: replace 5 to=S").arrival == "clash"


def test_a_reissue_gets_the_next_code() -> None:
    """Numbers go on after the highest ever given; the new form belongs to the same case."""
    made = register(OUT + "lose 3")
    new = form_code(24, 100_005)
    assert kinds(offered(made, f"reissue 4 to={form_code(24, 100_009)}")) == ["REISSUE_CODE_WRONG"]
    assert offered(made, "reissue 4").event.refers_to == new
    assert made.reissued[0] == CARDS[0]._replace(form=new)
    assert kinds(offered(made, "reissue 5")) == ["FORM_ALREADY_REISSUED"]
    assert offered(made, f"print 5 form={new}\n issue 6 form={new}").arrival == "new"


def test_the_code_of_an_undone_reissue_is_dead_and_never_used_again() -> None:
    """The code is refused as long as its re-issue is taken back; another re-issue gets the code after it."""
    made = register(OUT + "lose 3\n x: reissue 4\n u: undo 5 to=x")
    dead, following = form_code(24, 100_005), form_code(24, 100_006)
    assert kinds(offered(made, f"print 5 form={dead}")) == ["FORM_REISSUE_UNDONE"]
    assert offered(made, "reissue 6").event.refers_to == following
    assert kinds(offered(made, "undo 7 to=u")) == ["UNDO_RESTED_ON"]


def test_a_reissued_reserve_stays_released() -> None:
    """The release belongs to the case, not to its first sheet."""
    made = register(OUT + "refuse 3\n replace 4\n print 4 form=R\n issue 5 form=R\n lose 6 form=R\n reissue 7 form=R")
    new = form_code(24, 100_005)
    assert not made.held(new)
    assert offered(made, f"print 8 form={new}\n issue 9 form={new}").arrival == "new"


# ---------------------------------------------------------------- requests
def test_where_approval_is_wanted_a_second_person_gives_it() -> None:
    """No replacement without a request, none by whoever requested it."""
    made = register(OUT + "refuse 3", rules=replace(RULES, approval=True))
    assert kinds(offered(made, "replace 5", author="an")) == ["REQUEST_MISSING"]
    request = offered(made, "request_replace 5", author="an")
    assert approve_open(made, [request]) == []
    assert kinds(offered(made, "replace 6", author="an")) == ["APPROVED_BY_REQUESTER"]
    assert offered(made, "replace 6", author="binh").arrival == "new"
    assert not made.state(CODES["A"]).request_open


def test_where_none_is_wanted_the_rule_replaces_at_once() -> None:
    """A request is followed by its replacement, which no person signed."""
    made = register(OUT + "refuse 3")
    (followed,) = approve_open(made, [offered(made, "request_replace 5 reason=away")])
    assert (followed.arrival, followed.event.author, followed.event.reason) == ("new", "rule", "away")
    assert not made.held(CODES["R"])


def test_a_rejected_request_may_be_made_again() -> None:
    """One request is open at a time."""
    made = register(OUT + "refuse 3\n request_replace 5", rules=replace(RULES, approval=True))
    assert offered(made, "request_replace 6").arrival == "refused"
    assert offered(made, "reject_request 7").arrival == "new"
    assert offered(made, "request_replace 8").arrival == "new"


# ---------------------------------------------------------------- batches
def test_a_batch_may_hold_its_rows_in_any_order() -> None:
    """The reserve's issue stands above the replacement that releases it."""
    made = register(OUT)
    admissions = offered_at_once(made, "issue 6 form=R\n print 6 form=R\n replace 5\n refuse 4")
    assert [a.arrival for a in admissions] == ["new"] * 4
    assert made.state(CODES["R"]).state is State.OUT


@st.composite
def field_batches(draw: st.DrawFn) -> list[Event]:
    """Field acts of one printed form: one day of issue, any others, no fact twice."""
    others = st.sampled_from(sorted(FIELD_ACTS - {Act.ISSUE}))
    fact = st.tuples(others, st.integers(2, 7), st.sampled_from(["", "final"]))
    acts = draw(st.lists(fact, max_size=6, unique_by=lambda fact: fact[:2]))
    lines = [f"{act} {on} {'reason=' + why if why else ''}" for act, on, why in acts]
    return told("\n".join([f"issue {draw(st.integers(2, 5))}", *lines]))


@given(field_batches(), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_offline_workers_in_any_order_give_the_same_state(events: list[Event], chance: object) -> None:
    """Batches of one event each, in two orders: all that is counted is the same."""
    shuffled = list(events)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    stands = []
    for order in (events, shuffled):
        made = register("print 1")
        for event in order:
            offer(made, event)
        stands.append(made.state(CODES["A"])._replace(standing={}, worker=""))
    assert stands[0] == stands[1]


@given(st.lists(st.tuples(st.sampled_from(PLAIN_ACTS), st.integers(1, 6), st.sampled_from("ABR")), max_size=10))
@settings(max_examples=150, deadline=None)
def test_refused_events_change_nothing_and_twice_is_once(facts: list[tuple[Act, int, str]]) -> None:
    """Whatever is offered, a refusal leaves all forms as they were, and the whole again is all known or refused."""
    made = register("print 1\n issue 2")
    for act, on, form in facts:
        before, count = everything(made), len(made.admitted)
        (event,) = told(f"{act} {on} form={form}")
        admission = offer(made, event)
        if admission.arrival == "new":
            assert len(made.admitted) == count + 1
            assert offer(made, event).arrival == "known"
        else:
            assert (everything(made), len(made.admitted)) == (before, count)
    assert all(offer(made, event).arrival == "known" for event in list(made.admitted))
    assert everything(Register(CARDS, made.admitted, rules=RULES)).items() <= everything(made).items()


@given(st.permutations(range(6)))
def test_a_batch_in_any_order_is_one_batch(order: list[int]) -> None:
    """The order of the rows of a file does not matter."""
    lines = ["print 1", "issue 2", "refuse 3", "replace 4", "print 4 form=R", "issue 5 form=R"]
    shuffled = [(told(lines[i])[0], NOWHERE) for i in order]
    made = register()
    assert {a.arrival for a in offer_all(made, shuffled)} == {"new"}
    assert made.state(CODES["R"]).state is State.OUT
