"""A backup, sealed under a passphrase, to be taken away."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response, StreamingResponse

from sipas_survey.access import Right
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.shown import page
from sipas_survey.workflow import backup

router = APIRouter(include_in_schema=False)
Known = Annotated[Asked, Depends(Door(Right.BACKUP))]


@router.get("/backup")
def ask(asked: Known) -> Response:
    """The page of the backup."""
    return page(asked, "backup.html")


@router.post("/backup")
def make(asked: Known) -> Response:
    """Make a backup and send it; nothing of it stays on the server."""
    folder = tempfile.TemporaryDirectory(prefix="sipas-backup-")
    file = Path(folder.name) / "survey.sipas"
    try:
        backup.create(asked.store.folder, file, passphrase=asked.form.get("passphrase", "")[:4096])
    except Exception:
        folder.cleanup()
        raise

    def pieces() -> Iterator[bytes]:
        with folder, file.open("rb") as opened:
            while piece := opened.read(1 << 20):
                yield piece

    told = {"content-disposition": f'attachment; filename="backup-{asked.store.today.isoformat()}.sipas"'}
    return StreamingResponse(pieces(), media_type="application/octet-stream", headers=told)
