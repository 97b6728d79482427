"""Who looks and who acts: roles, what each may do, and the scope that every reading function is given. One table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in the work."""

    ADMIN = "admin"
    HOME_AFFAIRS = "home_affairs"
    POST_OFFICE = "post_office"
    POST_WORKER = "post_worker"
    RECHECK = "recheck"
    ANALYST = "analyst"


class Right(StrEnum):
    """What somebody may see or run, apart from the acts on forms."""

    OVERVIEW = "overview"
    FORMS = "forms"
    NAMES = "names"
    QUALITY = "quality"
    CONFLICTS = "conflicts"
    APPROVALS = "approvals"
    DRAW = "draw"
    PROTOCOL = "protocol"
    PAPERS = "papers"
    RECHECK = "recheck"
    RECHECK_ORDER = "recheck_order"
    FINDINGS = "findings"
    RESULTS = "results"
    ANSWERS = "answers"
    IMPORT = "import"
    JOURNAL = "journal"
    USERS = "users"
    SETTINGS = "settings"
    BACKUP = "backup"


_OUTCOMES = frozenset({"refuse", "not_met", "moved", "ineligible", "deceased"})
ACTS: Mapping[Role, frozenset[str]] = {
    Role.ADMIN: frozenset(),
    Role.HOME_AFFAIRS: frozenset(
        {"print", "accept", "reject", "replace", "reject_request", "void", "order_recheck", "annul", "decide", "undo"}
    ),
    Role.POST_OFFICE: _OUTCOMES | {"print", "issue", "deliver", "return", "lose", "reissue", "request_replace", "undo"},
    Role.POST_WORKER: _OUTCOMES | {"deliver", "return"},
    Role.RECHECK: frozenset({"recheck"}),
    Role.ANALYST: frozenset(),
}
"""The acts on forms that each role may do; the table of moves says when."""

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset({Right.OVERVIEW, Right.USERS, Right.SETTINGS, Right.BACKUP, Right.JOURNAL}),
    Role.HOME_AFFAIRS: frozenset(Right) - {Right.USERS, Right.SETTINGS, Right.BACKUP, Right.ANSWERS, Right.FINDINGS},
    Role.POST_OFFICE: frozenset(
        {Right.OVERVIEW, Right.FORMS, Right.NAMES, Right.CONFLICTS, Right.PAPERS, Right.IMPORT}
    ),
    Role.POST_WORKER: frozenset({Right.OVERVIEW, Right.FORMS, Right.NAMES}),
    Role.RECHECK: frozenset({Right.OVERVIEW, Right.PROTOCOL, Right.JOURNAL, Right.RECHECK, Right.FINDINGS}),
    Role.ANALYST: frozenset({Right.OVERVIEW, Right.QUALITY, Right.RESULTS, Right.ANSWERS, Right.IMPORT}),
}
"""What each role may see or run."""

OWN_DISTRICTS = frozenset({Role.POST_OFFICE})
"""Roles that see the districts they are given, and nothing without any."""

OWN_FORMS = frozenset({Role.POST_WORKER})
"""Roles that see the forms on which they are named as the worker."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who reads: the districts (strata of places) he may see, the worker whose forms; None means all.

    `communes` narrow a reading further; `body` is the one of the two bodies whose re-check orders are his.

    The scope is applied once, in the queries of `storage`. `role` is None for who holds the folder itself: he may
    do everything.
    """

    name: str
    districts: frozenset[str] | None = None
    worker: str | None = None
    communes: frozenset[str] | None = None
    role: Role | None = None
    body: str | None = None

    def sees(self, district_code: str) -> bool:
        """Whether a row of this district is in scope."""
        return self.districts is None or district_code in self.districts

    def may(self, right: Right) -> bool:
        """Whether the role has a right."""
        return self.role is None or right in RIGHTS[self.role]

    def may_do(self, act: str) -> bool:
        """Whether the role has an act on forms."""
        return self.role is None or act in ACTS[self.role]


EVERYONE = Viewer("everyone")


def viewer_of(name: str, role: Role, *, districts: frozenset[str] = frozenset(), worker: str = "") -> Viewer:
    """The scope of a user: his districts, his forms, or everything.

    Of a re-check team `worker` names the body, `front` or `veterans`; without it the orders of both are its own.
    """
    bounded = districts if districts or role in OWN_DISTRICTS else None
    body = (worker or None) if role is Role.RECHECK else None
    return Viewer(name, bounded, worker if role in OWN_FORMS else None, role=role, body=body)
