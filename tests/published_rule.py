"""The published rule of the draw, written anew with the standard library alone: what an outsider would write."""

import hashlib
from collections.abc import Mapping

Unit = Mapping[str, str]
PUBLIC = ("unit_id", "district_code", "commune_code", "village", "field", "agency", "result_on", "size")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def frame_digest(units: list[Unit]) -> str:
    lines = ["\t".join(unit[name] for name in PUBLIC) for unit in sorted(units, key=lambda u: u["unit_id"])]
    return sha("".join(line + "\n" for line in lines))


def u(seed: str, unit_id: str) -> float:
    return (int(sha(f"{seed}:{unit_id}")[:13], 16) + 0.5) / 16**13


def code(round_code: int, number: int) -> str:
    """Ten digits that leave 1 when divided by 97."""
    body = f"{round_code}{number}"
    (check,) = [c for c in range(2, 99) if int(f"{body}{c:02d}") % 97 == 1]
    return f"{body}{check:02d}"


def draw(units: list[Unit], seed: str, *, quota: int, reserve: int, by: str, round_code: int) -> list[tuple[str, ...]]:
    """Rows form, unit_id, kind, stratum, turn in order of stratum and turn."""
    chosen: list[tuple[str, str, str, str]] = []
    for stratum in sorted({unit[by] for unit in units}):
        ids = [unit["unit_id"] for unit in units if unit[by] == stratum]
        ids.sort(key=lambda unit_id: (u(seed, unit_id), unit_id.encode()))
        for turn, unit_id in enumerate(ids[: quota + reserve], start=1):
            chosen.append((unit_id, "main" if turn <= quota else "reserve", stratum, str(turn)))
    order = sorted((row[0] for row in chosen), key=lambda unit_id: sha(f"{seed}:form:{unit_id}"))
    forms = {unit_id: code(round_code, 100_001 + i) for i, unit_id in enumerate(order)}
    return [(forms[row[0]], *row) for row in chosen]
