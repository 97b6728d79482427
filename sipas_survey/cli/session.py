"""What every command is given: the survey folder, the language, the author."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sipas_survey.formats import Lang, read_day

if TYPE_CHECKING:
    from sipas_survey.storage.store import Store


@dataclass(frozen=True)
class Session:
    """One call of the program."""

    folder: Path
    lang: Lang
    author: str | None

    @contextmanager
    def store(self) -> Iterator["Store"]:
        """The survey in the folder, open."""
        from sipas_survey.workflow.office import open_survey

        store = open_survey(self.folder, author=self.author)
        try:
            yield store
        finally:
            store.close()


def session_of(context: typer.Context) -> Session:
    """The session of a command."""
    session: Session = context.obj
    return session


def day(text: str) -> date:
    """An option that is a day: ISO or day first."""
    found = read_day(text)
    if found is None:
        raise typer.BadParameter(f"{text}: 2023-12-06 | 06/12/2023")
    return found
