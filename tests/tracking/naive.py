"""A slow and simple replay of one form, written from the method's table and apart from the package."""

from sipas_survey.tracking.forms import Event

# The table of the method, word for word; "outcomes" are spelled out, what only asks or looks stays where it is.
TABLE = """
planned: print void
printed: issue void
out: deliver return refuse not_met moved ineligible deceased lose void
with_respondent: return refuse not_met moved ineligible deceased lose void
not_met: deliver return refuse not_met moved ineligible deceased lose void
returned: accept reject recheck annul lose order_recheck
valid: reject recheck annul order_recheck
invalid: accept recheck annul order_recheck
refused: replace recheck request_replace reject_request order_recheck
not_met_final: replace recheck request_replace reject_request order_recheck
moved: replace recheck request_replace reject_request order_recheck
ineligible: replace recheck request_replace reject_request order_recheck
deceased: replace recheck request_replace reject_request order_recheck
lost: reissue
void: reissue
annulled: replace request_replace reject_request
"""
ALLOWED = {line.split(":")[0]: line.split(":")[1].split() for line in TABLE.strip().splitlines()}
LEADS_TO = {
    "print": "printed", "issue": "out", "deliver": "with_respondent", "return": "returned", "refuse": "refused",
    "not_met": "not_met", "moved": "moved", "ineligible": "ineligible", "deceased": "deceased", "lose": "lost",
    "void": "void", "accept": "valid", "reject": "invalid", "annul": "annulled",
}  # fmt: skip
RANKS = [
    "print", "issue", "deliver", "not_met", "return", "refuse", "moved", "ineligible", "deceased", "lose", "void",
    "accept", "reject", "order_recheck", "recheck", "annul", "request_replace", "reject_request", "replace", "reissue",
    "decide", "undo",
]  # fmt: skip
FIELD = ["issue", "deliver", "return", "refuse", "not_met", "moved", "ineligible", "deceased", "lose"]
EXCLUDING = ["return", "refuse", "not_met", "moved", "ineligible", "deceased", "lose"]


def taken_back(events: list[Event]) -> list[str]:
    """Ids that a later undo, itself not taken back, names."""
    gone: list[str] = []
    for undo in sorted(events, key=lambda e: e.seq, reverse=True):
        if undo.act == "undo" and undo.event_id not in gone:
            gone.append(undo.refers_to)
    return gone


def decided_against(events: list[Event]) -> tuple[list[str], str]:
    """Ids that the last decision rules out, and the id that it names."""
    decisions = [e for e in events if e.act == "decide"]
    if not decisions:
        return [], ""
    last = max(decisions, key=lambda e: e.seq)
    chosen = [e for e in events if e.event_id == last.refers_to]
    against = []
    for event in events:
        if event.act not in EXCLUDING or event.seq > last.seq or event.event_id == last.refers_to:
            continue
        if chosen and event.act == "not_met" and event.reason != "final" and place(event) < place(chosen[0]):
            continue
        against.append(event.event_id)
    return against, last.refers_to


def place(event: Event) -> tuple[str, int, str]:
    """Day, rank of the act, id: the order of the method."""
    return event.happened_on.isoformat(), RANKS.index(event.act), event.event_id


def replay(events: list[Event], *, visits: int) -> dict[str, object]:
    """State, question, days of issue and return, visits, request, and what replaced or re-issued one form."""
    gone = taken_back(events)
    live = [e for e in events if e.event_id not in gone]
    against, chosen = decided_against(live)
    state, question, request, replaced, reissued, met = "planned", False, False, "", "", 0
    issued_on = returned_on = None
    for event in sorted(live, key=place):
        act = str(event.act)
        if event.event_id in against or act in ("decide", "undo"):
            continue
        if event.event_id == chosen and state == "not_met_final" and act in EXCLUDING and act != "not_met":
            state = "not_met"
        legal = act in ALLOWED[state] and (act in FIELD or not question)
        if act == "request_replace":
            legal = legal and not request and not replaced
        if act == "reject_request":
            legal = legal and request
        if act == "replace":
            legal = legal and not replaced
        if act == "reissue":
            legal = legal and not reissued
        if legal:
            came_from, state = state, LEADS_TO.get(act, state)
            if act == "issue":
                issued_on = event.happened_on
            if act == "return":
                returned_on = event.happened_on
            if act == "not_met":
                met += 1
                if met >= visits or event.reason == "final":
                    state = "not_met_final"
            if act in ("request_replace", "reject_request", "replace"):
                request = act == "request_replace"
            assert came_from in ALLOWED
        elif act in EXCLUDING:
            ended_by = {
                "returned": "return", "valid": "return", "invalid": "return", "refused": "refuse", "moved": "moved",
                "not_met_final": "not_met", "ineligible": "ineligible", "deceased": "deceased",
            }.get(state)  # fmt: skip
            fruitless_visit = act == "not_met" and event.reason != "final"
            if ended_by is not None and act != ended_by and not fruitless_visit:
                question = True
        replaced = event.refers_to if act == "replace" else replaced
        reissued = event.refers_to if act == "reissue" else reissued
    return {
        "state": state,
        "in_question": question,
        "issued_on": issued_on,
        "returned_on": returned_on if state in ("returned", "valid", "invalid") else None,
        "visits": met,
        "request_open": request,
        "replaced_by": replaced,
        "reissued_as": reissued,
    }
