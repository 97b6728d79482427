"""Who may come in: adding, locking, a new password."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right, Role
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.shown import as_csv, as_json, back, page
from sipas_survey.workflow import accounts
from sipas_survey.workflow.office import units_of

router = APIRouter(tags=["users"])
Known = Annotated[Asked, Depends(Door(Right.USERS))]


@router.get("/users", include_in_schema=False)
def listed(asked: Known) -> Response:
    """All users."""
    districts = units_of(asked.store).districts
    return page(asked, "users.html", rows=accounts.listed(asked.store), roles=list(Role), districts=districts)


@router.get("/users.json")
def twin(asked: Known) -> Response:
    """All users."""
    return as_json({"rows": accounts.listed(asked.store)})


@router.get("/users.csv")
def table(asked: Known, excel: bool = False) -> Response:
    """All users."""
    return as_csv(accounts.listed(asked.store), name="users", excel=excel)


@router.post("/users", include_in_schema=False)
def change(asked: Known) -> Response:
    """Add somebody (`do` = add), lock, unlock, or give a new password (reset)."""
    said, name = asked.form, asked.form.get("name", "")
    match said.get("do", ""):
        case "add":
            accounts.add(
                asked.store, name, said.get("role", ""), said.get("password", ""),
                districts=asked.lists.get("district", ()), worker=said.get("worker", "")[:100],
            )  # fmt: skip
        case "lock" | "unlock" as do:
            accounts.set_state(asked.store, name, locked=do == "lock")
        case "reset":
            accounts.reset(asked.store, name, said.get("password", ""))
    return back("/users")
