"""Whether what is stored of the frame is what was frozen: the whole frame, or the drawn units of one in a file."""

from typing import Any

from sqlalchemy import Connection

from sipas_survey.sampling.frame import digest
from sipas_survey.storage import frames, ledger


def stored_digest(connection: Connection) -> str:
    """The digest of the units that are stored."""
    return digest(frames.public_rows(connection))


def in_file(connection: Connection) -> dict[str, Any] | None:
    """The standing entry that froze a frame in a file, of which drawn units only are stored; None for a stored one."""
    frozen = ledger.standing(connection, "freeze_frame")
    return frozen if frozen and "file" in frozen else None


def as_frozen(connection: Connection, frozen: dict[str, Any]) -> bool:
    """Whether the stored units are those that the entry tells of, or for a frame in a file those of the draw."""
    if "file" not in frozen:
        return bool(stored_digest(connection) == frozen["frame_digest"])
    drawing = ledger.standing(connection, "draw")
    return drawing is None or bool(stored_digest(connection) == drawing["stored_digest"])
