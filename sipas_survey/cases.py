"""What crosses the rooms: the case table, form codes, outcomes.

A case is a unit on the main list, or one released from the reserve. A form is one coded sheet of paper.

Tables of cases are pandas DataFrames with the columns `CASE_COLUMNS`, one row per drawn unit and one form code per
row (its first form):

    form           str   code of the first form of the case
    unit_id        str   the unit of the frame
    kind           str   `main` or `reserve`
    stratum        str   the stratum it was drawn in
    turn           int   1, 2, … within the stratum through main and reserve, in drawn order
    probability    float in (0, 1]; NaN for a reserve that is not released
    weight         float 1 / probability; NaN likewise
    district_code  str   the place: empty where the frame has none
    commune_code, village, field, agency   str
"""

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum

CASE_COLUMNS = (
    "form", "unit_id", "kind", "stratum", "turn", "probability", "weight",
    "district_code", "commune_code", "village", "field", "agency",
)  # fmt: skip
FIRST_NUMBER, LAST_NUMBER = 100_001, 999_999
COVER = 0
"""The page number of a form's cover."""


class ListKind(StrEnum):
    """The two lists of a draw."""

    MAIN = "main"
    RESERVE = "reserve"


class Outcome(StrEnum):
    """Final disposition of a case, after AAPOR Standard Definitions (9th ed., 2016)."""

    COMPLETE = "I"
    PARTIAL = "P"
    REFUSAL = "R"
    NON_CONTACT = "NC"
    OTHER = "O"
    UNKNOWN = "UO"
    NOT_ELIGIBLE = "NE"


def form_code(round_code: int, number: int) -> str:
    """The code of a form: 2 digits of the round (10–99), 6 running digits, 2 check digits.

    Check digits after ISO 7064 MOD 97-10: the ten digits as a number leave 1 when divided by 97.
    """
    if not 10 <= round_code <= 99 or not FIRST_NUMBER <= number <= LAST_NUMBER:
        raise ValueError(f"no form code for round {round_code} and number {number}")
    body = round_code * 1_000_000 + number
    return f"{body}{98 - body * 100 % 97:02d}"


def is_form_code(text: str) -> bool:
    """Whether a text has the shape of a form code and its check digits are right.

    Check digits run from 02 to 98: 99, 00 and 01 leave 1 as well for some numbers, but no code has them.
    """
    if len(text) != 10 or not text.isascii() or not text.isdigit():
        return False
    round_code, number = int(text[:2]), int(text[2:8])
    return round_code >= 10 and number >= FIRST_NUMBER and text == form_code(round_code, number)


def page_code(form: str, page: int) -> str:
    """What the code on a page of a form says: the form's code, `/`, the page; the cover is page 0."""
    return f"{form}/{page}"


def read_page_code(text: str) -> tuple[str, int | None] | None:
    """The form and the page that a scanned code tells: `2310000131/2`, or the form alone as on a label.

    Spaces do not count. None where it is no code of a form, or its check digits are wrong.
    """
    form, slash, page = "".join(text.split()).partition("/")
    if not is_form_code(form):
        return None
    if not slash:
        return form, None
    return (form, int(page)) if page.isascii() and page.isdigit() and len(page) <= 2 else None


def plain_code(text: str) -> str:
    """A form code as it is stored, from what was typed or scanned: without the spaces of its groups and the page."""
    joined = "".join(text.split())
    read = read_page_code(joined)
    return read[0] if read else joined


def batch_code(round_code: int, content: Iterable[str]) -> str:
    """The code of a batch of papers: 2 digits of the round, 8 of SHA-256 of what it holds, 2 check digits.

    Digits only, as form codes, and longer than they are; the same batch always has the same code.
    """
    digest = hashlib.sha256("\n".join(content).encode()).hexdigest()
    body = round_code * 10**8 + int(digest, 16) % 10**8
    return f"{body}{98 - body * 100 % 97:02d}"


def is_batch_code(text: str) -> bool:
    """Whether a text has the shape of a batch's code and its check digits are right."""
    if len(text) != 12 or not text.isascii() or not text.isdigit() or text[0] == "0":
        return False
    return text[10:] == f"{98 - int(text[:10]) * 100 % 97:02d}"


def running_order(unit_ids: Iterable[str], seed: str) -> list[str]:
    """Unit ids in the order in which they get their running numbers: SHA-256 of `seed:form:unit_id`."""
    return sorted(unit_ids, key=lambda unit: hashlib.sha256(f"{seed}:form:{unit}".encode()).hexdigest())


def assign_codes(unit_ids: Sequence[str], seed: str, round_code: int, *, first: int = FIRST_NUMBER) -> dict[str, str]:
    """A form code for every drawn unit, main and reserve together: the same draw always gives the same codes."""
    order = running_order(unit_ids, seed)
    return {unit: form_code(round_code, first + i) for i, unit in enumerate(order)}
