"""Where in a TOML file each entry stands, which the parser of the standard library does not tell."""

import re
from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|\n|\[\[|\]\]|[\[\]{}=,.]|[^\s\[\]{}=,.#"\']+',
    re.DOTALL,
)
_NO_KEY = ("", "=", ",", ".", "[", "]", "{", "}", "\n", "[[", "]]")


def lines_of(text: str) -> Mapping[Path, int]:
    """The line, from 1, at which every key and every entry of a list begins.

    Parameters
    ----------
    text : the text of a file that a TOML parser accepts.

    Returns
    -------
    A path such as `("criteria", 2, "element")` (entries of a list count from 0) → its line.
    """
    return _Walker(text).walk()


class _Walker:
    """Goes through the tokens of a file once. The grammar is known to hold, so nothing is checked."""

    def __init__(self, text: str) -> None:
        self.fronts = list(_tokens(text))
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def walk(self) -> Mapping[Path, int]:
        """Tables and keys, to the end of the file."""
        table: Path = ()
        while self.front:
            match self.front:
                case "[" | "[[" as opening:
                    table = self.head(many=opening == "[[")
                case "\n":
                    self.at += 1
                case _:
                    self.pair(table)
        return self.lines

    @property
    def front(self) -> str:
        """The token in front, empty at the end."""
        return self.fronts[self.at][0] if self.at < len(self.fronts) else ""

    def head(self, *, many: bool) -> Path:
        """`[table]` or `[[table]]`; of a list of tables the last one is meant."""
        line = self.fronts[self.at][1]
        self.at += 1
        keys = self.keys()
        path: Path = ()
        for i, key in enumerate(keys, start=1):
            path = (*path, key)
            if path in self.counts and (i < len(keys) or not many):
                path = (*path, self.counts[path] - 1)
        self.at += 1
        if many:
            count = self.counts[path] = self.counts.get(path, 0) + 1
            path = (*path, count - 1)
        self.lines.setdefault(path, line)
        return path

    def keys(self) -> list[str]:
        """A dotted key, up to what follows it."""
        found = []
        while (mark := self.front) == "." or mark not in _NO_KEY:
            if mark != ".":
                found.append(_plain(self.front))
            self.at += 1
        return found

    def pair(self, table: Path) -> None:
        """`key = value`."""
        line = self.fronts[self.at][1] if self.at < len(self.fronts) else 0
        path = (*table, *self.keys())
        self.lines.setdefault(path, line)
        self.at += 1
        self.value(path)

    def value(self, path: Path) -> None:
        """A value: a list, a table in braces, or anything up to its end."""
        if self.front in ("[", "[["):
            self.list(path)
        elif self.front == "{":
            self.at += 1
            while self.front not in ("}", ""):
                if self.front in (",", "\n"):
                    self.at += 1
                else:
                    self.pair(path)
            self.at += 1
        else:
            while self.front not in ("\n", ",", "}", "]", "]]", ""):
                self.at += 1

    def list(self, path: Path) -> None:
        """The entries of a list."""
        self.split("[")
        self.at += 1
        count = 0
        while self.front not in ("]", "]]", ""):
            if self.front in (",", "\n"):
                self.at += 1
            else:
                self.lines.setdefault((*path, count), self.fronts[self.at][1])
                self.value((*path, count))
                count += 1
        self.split("]")
        self.at += 1

    def split(self, bracket: str) -> None:
        """Two brackets in a row are one token, but here each is its own."""
        text, line = self.fronts[self.at] if self.at < len(self.fronts) else ("", 0)
        if text == bracket * 2:
            self.fronts[self.at : self.at + 1] = [(bracket, line), (bracket, line)]


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Tokens with their lines; comments are left out."""
    line = 1
    for found in _TOKEN.finditer(text):
        token = found[0]
        if not token.startswith("#"):
            yield token, line
        line += token.count("\n")


def _plain(key: str) -> str:
    return key[1:-1] if key[:1] in ('"', "'") else key
