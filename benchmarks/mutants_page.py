"""What benchmarks/mutants.py found, kept between its runs, and the page docs/mutants.md that it becomes."""

import hashlib
import json
import tomllib
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/mutants.md"
REASONS = ROOT / "benchmarks/mutants.toml"
HEAD = """# Mistakes that no test notices

Written by `benchmarks/mutants.py`; how it is done and how to repeat it: [testing](testing.md).

A mistake is one small change of the source: `<` for `<=`, `+` for `-`, a constant one more, a condition turned round, a
statement left out. It is killed where a test fails with it. Survivors are listed below, by what they do to the program.
"""


@dataclass(frozen=True)
class Found:
    """What became of the mistakes of a module; a survivor is its line, function, what stood there and what was put."""

    name: str
    digest: str
    every: int
    tried: int
    survivors: list[tuple[int, str, str, str]]

    @property
    def killed(self) -> int:
        """Those that a test noticed."""
        return self.tried - len(self.survivors)

    @property
    def share(self) -> float:
        """Killed of all."""
        return self.killed / self.tried if self.tried else 1.0

    @property
    def current(self) -> bool:
        """Whether the module is still the one that was tried."""
        file = ROOT / "sipas_survey" / f"{self.name}.py"
        return file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() == self.digest


class KEPT:
    """The figures of earlier runs, as long as the modules are the same."""

    file = ROOT / ".mutants.json"

    @classmethod
    def read_all(cls) -> dict[str, Found]:
        """What is known and still true."""
        if not cls.file.exists():
            return {}
        kept = [Found(**one) for one in json.loads(cls.file.read_text(encoding="utf-8"))]
        return {one.name: one for one in kept if one.current}

    @classmethod
    def write_all(cls, kept: dict[str, Found]) -> None:
        """Keep it."""
        text = json.dumps([asdict(one) for one in kept.values()], ensure_ascii=False, indent=1)
        cls.file.write_text(text, encoding="utf-8")


def write_page(kept: dict[str, Found]) -> None:
    """The page: a table of the four targets, one of modules, and the survivors under the reason they are let be."""
    names = sorted(kept)
    targets = defaultdict(list)
    for name in names:
        targets["statistics/" if name.startswith("statistics/") else f"{name}.py"].append(kept[name])
    lines = [HEAD, "| target | mistakes | killed | share |", "|---|---:|---:|---:|"]
    lines += [_row(f"`{target}`", found) for target, found in targets.items()]
    lines += [_row("all", list(kept.values())), "", "## Modules of statistics", ""]
    lines += ["| module | mistakes | killed | share |", "|---|---:|---:|---:|"]
    lines += [_row(f"`{one.name}.py`", [one]) for one in targets["statistics/"]]
    lines += ["", "## Survivors", ""]
    for name in names:
        lines += _survivors(kept[name])
    PAGE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _row(title: str, found: list[Found]) -> str:
    tried, killed = sum(f.tried for f in found), sum(f.killed for f in found)
    return f"| {title} | {tried:,} | {killed:,} | {killed / max(tried, 1):.1%} |"


def _survivors(found: Found) -> list[str]:
    groups = defaultdict(list)
    for survivor in found.survivors:
        groups[reason(found.name, survivor)].append(survivor)
    lines = [f"### {found.name}.py", ""] if groups else []
    for why, group in groups.items():
        lines += [why, ""]
        lines += [f"- {line} `{function or 'module'}`: {_code(a)} → {_code(b)}" for line, function, a, b in group]
        lines += [""]
    return lines


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def reason(name: str, survivor: tuple[int, str, str, str]) -> str:
    """Why a survivor is let be, from mutants.toml: the first entry of its module, or of all, that fits."""
    _, function, before, after = survivor
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    for entry in [*reasons.get(name, []), *reasons.get("every", [])]:
        fits = entry.get("function", function) == function
        if fits and any(part in f"{before} → {after}" for part in entry.get("changes", [""])):
            return str(entry["why"])
    return "Not looked at yet."
