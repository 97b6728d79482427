"""Files that go out: made in a folder that is gone at once, alone or put together."""

import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from fastapi.responses import Response

from sipas_survey.formats import word
from sipas_survey.problems import Problem, stop
from sipas_survey.storage.store import Store
from sipas_survey.web.asking import Asked
from sipas_survey.web.shown import attached, told
from sipas_survey.web.uploads import Upload
from sipas_survey.web.workshop import Workshop

P = ParamSpec("P")
T = TypeVar("T")


def download(asked: Asked, name: str, write: Callable[[Path], Iterable[Problem]]) -> Response:
    """What `write` puts into a folder, as one file, or put together as `name`.zip with what there is to say about it.

    Nothing stays on the server. Where nothing was written, what there is to say is the answer.
    """
    with tempfile.TemporaryDirectory(prefix="sipas-papers-") as folder:
        problems = list(write(Path(folder)))
        files = {file.name: file.read_bytes() for file in sorted(Path(folder).rglob("*")) if file.is_file()}
    if not files:
        return told(asked.request, problems)
    if len(files) == 1 and not problems:
        only, content = next(iter(files.items()))
        return attached(content, only)
    if problems:
        text = "\r\n".join(p.line(asked.lang) for p in problems)
        files[f"{word('rounds_notes_file', asked.lang)}.txt"] = ("\ufeff" + text + "\r\n").encode()
    return attached(_together(files, asked), f"{name}-{asked.store.today.isoformat()}.zip")


def _together(files: Mapping[str, bytes], asked: Asked) -> bytes:
    day, held = asked.store.today, io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            book.writestr(entry, content)
    return held.getvalue()


def at_length(asked: Asked, work: Callable[Concatenate[Store, P], T], *given: P.args, **said: P.kwargs) -> T:
    """What a function of `workflow` makes of the survey, away from those who report events where that takes long."""
    workshop: Workshop = asked.request.app.state.workshop
    return workshop.run(asked.store, work, *given, **said)


def sent(asked: Asked, field: str) -> Upload:
    """A file that must be there. Raises SurveyError UPLOAD_MISSING."""
    upload = asked.files.get(field)
    if upload is None or not upload.content:
        raise stop("UPLOAD_MISSING")
    return upload


def whole_number(asked: Asked, field: str) -> int | None:
    """A field that holds a whole number, or nothing. Raises SurveyError REQUEST_WRONG."""
    text = asked.form.get(field, "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise stop("REQUEST_WRONG", found=field)
    return int(text)
