"""The fenced blocks of a document, and what a reader would do with them."""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sipas_survey.cli.app import run

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the document it stands in."""

    document: str
    language: str
    text: str

    @property
    def commands(self) -> list[list[str]]:
        """The command lines of a `sh` block, without comments."""
        lines = [shlex.split(line, comments=True) for line in self.text.splitlines()]
        return [line for line in lines if line]

    @property
    def steps(self) -> list[tuple[list[str], str]]:
        """The commands of a `console` block, each with the output that it shows."""
        parts = re.split(r"^\$ (.*)\n", self.text, flags=re.MULTILINE)[1:]
        return [(shlex.split(parts[i]), parts[i + 1]) for i in range(0, len(parts), 2)]


def blocks_of(document: str) -> list[Block]:
    """Every fenced block of a document of the repository."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [Block(document, language, body) for language, body in _BLOCK.findall(text)]


def shown_by(document: str, command: str) -> str:
    """The output that a document shows for a command."""
    steps = [step for b in blocks_of(document) if b.language == "console" for step in b.steps]
    return next(output for words, output in steps if words == shlex.split(command))


def make_targets() -> set[str]:
    """The targets that the Makefile calls phony: those that people call."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)[0].split())


def fits(shown: str, said: str) -> bool:
    """Whether an output is the one that is shown, where … stands for anything on its line."""
    pattern = ".+".join(re.escape(part) for part in shown.split("…"))
    return re.fullmatch(pattern, said) is not None


def sipas(*arguments: str) -> tuple[int, str]:
    """Exit code and standard output of the program, run in this process."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = run(list(arguments))
    return code, said.getvalue()


@contextlib.contextmanager
def redirected(source: io.StringIO) -> Iterator[None]:
    """Standard input from elsewhere."""
    before, sys.stdin = sys.stdin, source
    try:
        yield
    finally:
        sys.stdin = before


@dataclass
class Reader:
    """Somebody who does what a document says, in a folder of his own.

    `told` is what `make demo` printed there. `before` is done ahead of a command, by its first words: what other people
    do in the meantime.
    """

    folder: Path
    told: str
    before: dict[str, Callable[[Path], None]] = field(default_factory=dict)

    def follow(self, block: Block) -> None:
        """Do what a block says, and compare."""
        if block.language == "python":
            self._python(block)
        elif block.language == "sh":
            for words in block.commands:
                assert self._do(words)[0] == 0, words
        elif block.language == "console":
            for words, shown in block.steps:
                code, said = self._do(words)
                assert code == 0, words
                assert fits(shown, said), f"{block.document} shows\n{shown}\nbut it says\n{said}"

    def _python(self, block: Block) -> None:
        """Keep a script under the name in its first line; one without arguments is run at once."""
        name = block.text.splitlines()[0].removeprefix("# ")
        (self.folder / name).write_text(block.text, encoding="utf-8")
        if "sys.argv" not in block.text:
            assert self._do(["python", name])[0] == 0

    def _do(self, words: list[str]) -> tuple[int, str]:
        for start, act in self.before.items():
            if words[: len(start.split())] == start.split():
                act(self.folder)
        match words:
            case ["make", target]:
                assert target in make_targets()
                return 0, self.told if target == "demo" else ""
            case ["cd", folder]:
                self.folder = self.folder / folder
                return 0, ""
            case ["sipas", *arguments, "<", file]:
                text = (self.folder / file).read_text(encoding="utf-8")
                with contextlib.chdir(self.folder), redirected(io.StringIO(text)):
                    return sipas(*arguments)
            case ["sipas", *arguments]:
                with contextlib.chdir(self.folder):
                    return sipas(*arguments)
            case ["python", *arguments]:
                done = subprocess.run(
                    [sys.executable, *arguments], cwd=self.folder, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
                    capture_output=True, encoding="utf-8", check=False,
                )  # fmt: skip
                return done.returncode, done.stdout
        raise AssertionError(f"a document shows a command that nobody runs: {words}")
