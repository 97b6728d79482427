"""The one place where pages are listed: what stands in the bar, in order, and the right that each needs.

A page is a module in `pages` with a `router`; it is listed in `MODULES` and, with a bar entry, in `BAR`.
"""

from importlib import import_module
from typing import NamedTuple

from fastapi import APIRouter

from sipas_survey.access import Right, Viewer


class Entry(NamedTuple):
    """An entry of the bar: its address, the word of its name, the right it needs."""

    path: str
    word: str
    right: Right


BAR = (
    Entry("/", "page_overview", Right.OVERVIEW),
    Entry("/forms", "page_forms", Right.FORMS),
    Entry("/counter", "page_counter", Right.FORMS),
    Entry("/draw", "page_draw", Right.PROTOCOL),
    Entry("/papers", "page_papers", Right.PAPERS),
    Entry("/import", "page_import", Right.IMPORT),
    Entry("/approvals", "page_approvals", Right.APPROVALS),
    Entry("/conflicts", "page_conflicts", Right.CONFLICTS),
    Entry("/quality", "page_quality", Right.QUALITY),
    Entry("/recheck", "page_recheck", Right.RECHECK),
    Entry("/results", "page_results", Right.RESULTS),
    Entry("/journal", "page_journal", Right.JOURNAL),
    Entry("/users", "page_users", Right.USERS),
    Entry("/backup", "page_backup", Right.BACKUP),
    Entry("/settings", "page_settings", Right.SETTINGS),
)
MODULES = (
    "api", "login", "overview", "forms", "form", "approvals", "conflicts", "quality", "results", "journal", "users",
    "backup", "settings", "draw", "papers", "imports", "counter", "recheck",
)  # fmt: skip


def routers() -> list[APIRouter]:
    """The routers of all pages."""
    return [import_module(f"sipas_survey.web.pages.{name}").router for name in MODULES]


def bar(viewer: Viewer) -> list[Entry]:
    """What stands in somebody's bar."""
    return [entry for entry in BAR if viewer.may(entry.right)]
