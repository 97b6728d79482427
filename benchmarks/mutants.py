"""How much the tests notice: small faults are put into the code one at a time, and the tests that run it are run.

    python benchmarks/mutants.py [FILE]... [--most N] [--list docs/mutants.md]

Without FILE all that is asked for: statistics/, tracking/forms.py, formats.py, satisfaction/verdict.py. The tests are
collected once; for each fault a process of its own is forked in which the functions of the module have the code with
the fault, and the tests that run its line are run, the quickest first, until one fails. A fault that no test notices
has survived. `--most` takes so many faults of each file, chosen by seed.
"""

import argparse
import ast
import contextlib
import copy
import os
import signal
import sys
import time
import types
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "sipas_survey"
TARGETS = (
    *sorted((PACKAGE / "statistics").glob("*.py")), PACKAGE / "tracking/forms.py", PACKAGE / "formats.py",
    PACKAGE / "satisfaction/verdict.py",
)  # fmt: skip
TESTS = (
    "statistics",
    "tracking",
    "satisfaction",
    "sampling",
    "workflow/estimates",
    "test_formats.py",
    "exchange/test_delimited.py",
)
WORKERS = 2
COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COMPUTED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift,
}  # fmt: skip
NAMED = {
    "min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor", "minimum": "maximum",
    "maximum": "minimum", "argmin": "argmax", "argmax": "argmin", "zeros": "ones", "ones": "zeros",
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """A change of one node of a file: its line, the lines of what it is in, whether that is a function, and words."""

    file: Path
    number: int
    line: int
    first: int
    last: int
    what: str
    inside: bool


# ---------------------------------------------------------------- faults
def faults_of(file: Path) -> list[Fault]:
    """Every fault of a file, in the order of its nodes."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [
        Fault(
            file, number, node.lineno, around.lineno, around.end_lineno or 0, what, isinstance(around, ast.FunctionDef)
        )
        for number, (node, around, what, _) in enumerate(_changes(tree))
    ]


def with_fault(file: Path, number: int) -> types.CodeType:
    """The module with one of its faults."""
    tree = copy.deepcopy(ast.parse(file.read_text(encoding="utf-8")))
    change = next(change for i, (*_, change) in enumerate(_changes(tree)) if i == number)
    change()
    return compile(ast.fix_missing_locations(tree), str(file), "exec")


Change = tuple[Any, Any, str, Callable[[], None]]


def _changes(tree: ast.Module) -> Iterator[Change]:
    for top in tree.body:
        if isinstance(top, ast.Import | ast.ImportFrom) or (
            isinstance(top, ast.If) and "TYPE_CHECKING" in ast.dump(top)
        ):
            continue
        yield from _within(top, top)


def _within(node: ast.AST, around: Any) -> Iterator[Change]:
    """The changes of a node and of what is in it. Annotations, decorators, texts and what is raised stay."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        inner = around if isinstance(around, ast.FunctionDef) else node
        for part in (*node.args.defaults, *(d for d in node.args.kw_defaults if d), *node.body):
            yield from _within(part, inner)
        return
    if isinstance(node, ast.ClassDef):
        for part in node.body:
            yield from _within(part, part)
        return
    if isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr):
        return
    yield from _of(node, around)
    for name, value in ast.iter_fields(node):
        if name == "annotation" or (name == "ctx"):
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                yield from _within(part, around)


def _of(node: Any, around: Any) -> Iterator[Change]:
    """The changes of one node."""

    def put(name: str, value: Any) -> Callable[[], None]:
        return lambda: setattr(node, name, value)

    match node:
        case ast.Compare():
            for i, op in enumerate(node.ops):
                if type(op) in COMPARED:
                    new = COMPARED[type(op)]
                    ops = [*node.ops[:i], new(), *node.ops[i + 1 :]]
                    yield node, around, f"{type(op).__name__} → {new.__name__}", put("ops", ops)
        case ast.BinOp() | ast.AugAssign():
            if type(node.op) in COMPUTED:
                new_op = COMPUTED[type(node.op)]
                yield node, around, f"{type(node.op).__name__} → {new_op.__name__}", put("op", new_op())
        case ast.BoolOp():
            other = ast.Or if isinstance(node.op, ast.And) else ast.And
            yield node, around, f"{type(node.op).__name__} → {other.__name__}", put("op", other())
        case ast.UnaryOp(op=ast.Not()):
            yield node, around, "not x → bool(x)", _becomes_truth(node)
        case ast.UnaryOp(op=ast.USub()):
            yield node, around, "−x → x", put("op", ast.UAdd())
        case ast.IfExp():
            swapped = (node.orelse, node.body)
            yield node, around, "branches swapped", lambda: (put("body", swapped[0])(), put("orelse", swapped[1])())[0]
        case ast.Constant(value=bool()):
            yield node, around, f"{node.value} → {not node.value}", put("value", not node.value)
        case ast.Constant(value=int() | float()):
            yield node, around, f"{node.value} → {node.value + 1}", put("value", node.value + 1)
        case ast.Return() if node.value is not None and not (
            isinstance(node.value, ast.Constant) and node.value.value is None
        ):
            yield node, around, "return x → return None", put("value", ast.Constant(None))
        case ast.Name() if node.id in NAMED and isinstance(node.ctx, ast.Load):
            yield node, around, f"{node.id} → {NAMED[node.id]}", put("id", NAMED[node.id])
        case ast.Attribute() if node.attr in NAMED and isinstance(node.ctx, ast.Load):
            yield node, around, f"{node.attr} → {NAMED[node.attr]}", put("attr", NAMED[node.attr])


def _becomes_truth(node: ast.UnaryOp) -> Callable[[], None]:
    def change() -> None:
        node.operand = ast.UnaryOp(ast.Not(), node.operand)

    return change


# ---------------------------------------------------------------- putting one in
def put_in(file: Path, number: int) -> None:
    """Give the functions of the loaded module the code with a fault, and its constants their values with it."""
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    module = sys.modules[name]
    changed = types.ModuleType(name)
    changed.__dict__.update(__file__=str(file), __package__=name.rpartition(".")[0])
    with hidden(name, changed):
        exec(with_fault(file, number), changed.__dict__)  # noqa: S102 - our own code
    for key, new in list(vars(changed).items()):
        old = vars(module).get(key)
        if key.startswith("__") or old is None:
            continue
        if not _same_code(old, new):
            _rebind(key, old, new)


@contextlib.contextmanager
def hidden(name: str, changed: types.ModuleType) -> Iterator[None]:
    """While it runs, the module with the fault is the one of its name: dataclasses look there."""
    before, sys.modules[name] = sys.modules[name], changed
    try:
        yield
    finally:
        sys.modules[name] = before


def _same_code(old: Any, new: Any) -> bool:
    """Whether a name is a function or class of the module, whose code was then exchanged in place."""
    old, new = (getattr(each, "__wrapped__", each) for each in (old, new))
    if isinstance(old, types.FunctionType) and isinstance(new, types.FunctionType):
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
        return True
    if isinstance(old, type) and isinstance(new, type):
        for key, part in vars(new).items():
            mine = vars(old).get(key)
            for get in (lambda p: p, lambda p: getattr(p, "fget", None), lambda p: getattr(p, "__func__", None)):
                if isinstance(get(mine), types.FunctionType) and isinstance(get(part), types.FunctionType):
                    get(mine).__code__ = get(part).__code__
                    break
        return True
    return isinstance(old, types.ModuleType)


def _rebind(key: str, old: Any, new: Any) -> None:
    """A constant, wherever it was imported to."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("sipas_survey", "tests")) and vars(module).get(key) is old:
            setattr(module, key, new)


# ---------------------------------------------------------------- running
class Hunt:
    """Runs in the place of the tests, once they are collected."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults, self.survived, self.seconds = faults, [], {}

    def pytest_configure(self) -> None:
        """The same few examples each time."""
        from hypothesis import settings

        settings.register_profile("hunt", derandomize=True, max_examples=25, database=None, deadline=None)
        settings.load_profile("hunt")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn which test runs which line, then try every fault."""
        lines = self.learn(session)
        running: dict[int, Fault] = {}
        for i, fault in enumerate(self.faults):
            wanted = self.tests_of(fault, lines)
            if not wanted:
                self.survived.append((fault, "no test runs it"))
                continue
            if len(running) == WORKERS:
                self.wait(running)
            running[self.fork(session, fault, wanted)] = fault
            if i % 100 == 0:
                print(f"{i} of {len(self.faults)}, {len(self.survived)} survived", file=sys.stderr, flush=True)
        while running:
            self.wait(running)
        return True

    def learn(self, session: pytest.Session) -> dict[str, dict[int, set[int]]]:
        """For each file and line the tests that run it; each test's seconds. Only what passes is used."""
        files = sorted({str(fault.file) for fault in self.faults})
        measured = coverage.Coverage(data_file=None, config_file=False, include=files)
        with _quiet():
            measured.start()
            for i, item in enumerate(session.items):
                measured.switch_context(str(i))
                begun, failed = time.perf_counter(), session.testsfailed
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=_next(session, i))
                if session.testsfailed == failed:
                    self.seconds[i] = time.perf_counter() - begun
            measured.stop()
        data, lines = measured.get_data(), {}
        for file in files:
            told: dict[int, set[int]] = defaultdict(set)
            for line, contexts in data.contexts_by_lineno(file).items():
                told[line] = {int(c) for c in contexts if c} & self.seconds.keys()
            lines[file] = told
        return lines

    def tests_of(self, fault: Fault, lines: dict[str, dict[int, set[int]]]) -> list[int]:
        """The tests that run a fault's line, or where it is none of its own its function, the quickest first."""
        told = lines[str(fault.file)]
        found = set(told.get(fault.line, ()))
        if not found:  # the line of an expression that goes on, or of the module itself
            found = set().union(*(told.get(n, set()) for n in range(fault.first + 1, fault.last + 1)))
        if not found and not fault.inside:
            found = set().union(*told.values())
        return sorted(found, key=self.seconds.__getitem__)

    def fork(self, session: pytest.Session, fault: Fault, wanted: list[int]) -> int:
        """A process in which the fault is there; it ends with 1 where a test has noticed it."""
        child = os.fork()
        if child:
            return child
        signal.alarm(int(10 + 6 * sum(self.seconds[i] for i in wanted)))
        noticed = 1
        with contextlib.suppress(BaseException), _quiet():
            put_in(fault.file, fault.number)
            noticed = 0
            before = session.testsfailed
            for i in wanted:
                item = session.items[i]
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
                if session.testsfailed > before:
                    noticed = 1
                    break
        os._exit(noticed)

    def wait(self, running: dict[int, Fault]) -> None:
        """Until one of the processes has ended; killed by its clock it has noticed the fault."""
        child, status = os.wait()
        fault = running.pop(child)
        if status == 0:
            self.survived.append((fault, "no test fails"))


def _next(session: pytest.Session, i: int) -> Any:
    return session.items[i + 1] if i + 1 < len(session.items) else None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with Path(os.devnull).open("w") as nowhere:
        kept = os.dup(1), os.dup(2)
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)


def main() -> None:
    """Make the faults, hunt them, and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="*", type=Path)
    parser.add_argument("--most", type=int, default=10**9)
    parser.add_argument("--list", type=Path)
    asked = parser.parse_args()
    chance = np.random.default_rng(1)
    faults: list[Fault] = []
    for file in [each.resolve() for each in asked.file] or TARGETS:
        every = faults_of(file)
        faults += [every[i] for i in sorted(chance.permutation(len(every))[: asked.most])]
    hunt = Hunt(faults)
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    pytest.main(["-p", "no:cacheprovider", "-p", "no:randomly", *(f"tests/{name}" for name in TESTS)], plugins=[hunt])
    told = report(faults, hunt.survived)
    print(told)
    if asked.list:
        asked.list.write_text(told + "\n", encoding="utf-8")


def report(faults: list[Fault], survived: list[tuple[Fault, str]]) -> str:
    """The table by file, and the survivors."""
    lines = ["| file | faults | noticed | share |", "|---|---|---|---|"]
    names = {fault.file: str(fault.file.relative_to(PACKAGE)) for fault in faults}
    for file, name in (*names.items(), (None, "**together**")):
        count = sum(file in (None, f.file) for f in faults)
        left = sum(file in (None, f.file) for f, _ in survived)
        lines.append(
            f"| {name} | {count} | {count - left} | {(count - left) / count:.1%} |" if count else f"| {name} | 0 | | |"
        )
    lines += ["", "| survivor | line | change | why |", "|---|---|---|---|"]
    for fault, why in sorted(survived, key=lambda each: (str(each[0].file), each[0].line)):
        lines.append(f"| {names[fault.file]} | {fault.line} | {fault.what} | {why} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
