"""Do the tests notice a small mistake? Makes every one of benchmarks/mutations.py, and runs the tests that could.

    python benchmarks/mutants.py [MODULE …] [--every N] [--tests FILE …] [--processes 2] [--survivors]

A mistake that no test notices is a survivor. docs/mutants.md is written from what was found; figures of single modules
are kept in .mutants.json, so that the whole can be done in pieces. Needs the extra `dev`.

A mistake costs a fork of a process that has collected the tests, and those tests that run through its line. What is
done while modules are imported is tried from a process that has imported other people's packages only.
"""

import argparse
import ast
import functools
import gc
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NoReturn

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import coverage
import hypothesis
import numpy  # noqa: F401 - so that no mistake has to import it again
import pandas  # noqa: F401
import pytest
import scipy.optimize
import scipy.stats  # noqa: F401
import sqlalchemy  # noqa: F401
from mutants_page import KEPT, Found, write_page
from mutations import Mutation, mutations

ROOT = Path(__file__).resolve().parents[1]
ESTIMATES = ("tests/satisfaction", "tests/workflow/estimates")
OTHER_ROOMS = {
    **dict.fromkeys(("allocation", "inclusion", "joint", "sample_size", "selection"), ("tests/sampling",)),
    **dict.fromkeys(("agreement", "funnel"), ("tests/tracking",)),
}
TESTS: dict[str, tuple[str, ...]] = {
    "formats": ("tests/test_formats.py", "tests/test_formats_by_hand.py"),
    "satisfaction/verdict": ("tests/satisfaction",),
    "tracking/forms": ("tests/tracking",),
    **{
        f"statistics/{file.stem}": ("tests/statistics", *OTHER_ROOMS.get(file.stem, ESTIMATES))
        for file in sorted(ROOT.glob("sipas_survey/statistics/[a-z]*.py"))
    },
}
QUIET = ["-p", "no:terminal", "-p", "no:xdist", "-p", "no:cacheprovider", "--assert=plain", "-x"]
QUIET += ["-o", "addopts=", "-m", "not soak"]
EXAMPLES = 25
SURVIVED, KILLED, NO_PYTHON = 0, 1, 2
NONE = -1  # the number of no mistake: what must pass
MEMORY = 2 << 30


# ---------------------------------------------------------------- one mistake, one process
def forked(tasks: Iterable[tuple[int, float, Callable[[], bool]]], processes: int) -> dict[int, int]:
    """What became of each task, done in a process of its own: number, seconds at most, whether the tests pass."""
    running: dict[int, int] = {}
    ended: dict[int, int] = {}

    def wait() -> None:
        pid, status = os.wait()
        if pid in running:
            ended[running.pop(pid)] = os.waitstatus_to_exitcode(status)

    for number, seconds, passes in tasks:
        while len(running) >= processes:
            wait()
        pid = os.fork()
        if pid == 0:
            alone(seconds, passes)
        running[pid] = number
    while running:
        wait()
    return ended


def alone(seconds: float, passes: Callable[[], bool]) -> NoReturn:
    """Do a task and end this process: neither a hang nor a hunger for memory outlives it."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    code = KILLED
    try:
        code = SURVIVED if passes() else KILLED
    except SyntaxError:
        code = NO_PYTHON
    finally:
        os._exit(code)


# ---------------------------------------------------------------- in a process that has collected the tests
class Collected:
    """A pytest plugin: instead of running the tests once, runs them once for their lines and then for each mistake."""

    def __init__(self, file: Path, tried: dict[int, Mutation], tree: ast.Module, processes: int, answer: Path) -> None:
        self.file, self.tried, self.tree, self.processes, self.answer = file, tried, tree, processes, answer
        self.measure = coverage.Coverage(data_file=None, include=[str(file)], config_file=False)
        self.measure.start()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run everything; the answer is kept in a file."""
        for item in session.items:
            few_examples(item)
        seconds = self._once(session)
        if session.testsfailed:
            return True  # without an answer
        functions, caches = functions_of(self.file), caches_of_package()
        tests = tests_by_line(self.measure, self.file)

        def tasks() -> Iterator[tuple[int, float, Callable[[], bool]]]:
            quickest = sorted(session.items, key=lambda i: seconds[i.nodeid])
            yield NONE, 60 + 5 * sum(seconds.values()), functools.partial(self._pass, session, quickest)
            for number, mutation in self.tried.items():
                names = set().union(*(tests[line] for line in mutation.lines))
                items = sorted((i for i in session.items if i.nodeid in names), key=lambda i: seconds[i.nodeid])
                limit = 10 + 5 * sum(seconds[i.nodeid] for i in items)
                if mutation.function and items:
                    yield number, limit, functools.partial(self._passes, mutation, functions, caches, session, items)

        ended = forked(tasks(), self.processes)
        if ended.pop(NONE) != SURVIVED:
            return True  # without an answer
        at_import = {n for n, m in self.tried.items() if not m.function or any("" in tests[line] for line in m.lines)}
        again = sorted(n for n in at_import if ended.get(n, SURVIVED) == SURVIVED)
        ran = set().union(*tests.values())
        own = f"test_{self.file.stem}"
        useful = [i.nodeid for i in session.items if i.nodeid in ran or i.path.name.startswith(own)]
        useful.sort(key=lambda name: seconds[name])
        spent = sum(seconds[name] for name in useful)
        self.answer.write_text(json.dumps({"ended": ended, "again": again, "useful": useful, "seconds": spent}))
        return True

    def _once(self, session: pytest.Session) -> dict[str, float]:
        seconds = {}
        for item, following in pairwise([*session.items, None]):
            self.measure.switch_context(item.nodeid)
            start = time.perf_counter()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            seconds[item.nodeid] = time.perf_counter() - start
        self.measure.stop()
        return seconds

    def _passes(
        self,
        mutation: Mutation,
        functions: dict[tuple[str, int], list[FunctionType]],
        caches: list[Any],
        session: pytest.Session,
        items: Sequence[pytest.Item],
    ) -> bool:
        for code in codes_in(mistaken(self.tree, mutation, self.file)):
            if code.co_qualname == mutation.function:
                for function in functions[code.co_qualname, code.co_firstlineno]:
                    function.__code__ = code
        for one in caches:
            one.cache_clear()
        return self._pass(session, items)

    def _pass(self, session: pytest.Session, items: Sequence[pytest.Item]) -> bool:
        for item, following in pairwise([*items, None]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return False
        return True


def mistaken(tree: ast.Module, mutation: Mutation, file: Path) -> CodeType:
    """The module with the mistake in it; the tree is spoilt by it."""
    mutation.put()
    code: CodeType = compile(ast.fix_missing_locations(tree), str(file), "exec")
    return code


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """A code and all that are in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_in(constant)


def functions_of(file: Path) -> dict[tuple[str, int], list[FunctionType]]:
    """The living functions of a file by name and first line, whatever has been wrapped around them."""
    found = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename == str(file):
            found[thing.__code__.co_qualname, thing.__code__.co_firstlineno].append(thing)
    return found


def caches_of_package() -> list[Any]:
    """The caches of the package, which remember what was right before the mistake."""
    kind = type(functools.cache(lambda: None))
    living = [thing for thing in gc.get_objects() if isinstance(thing, kind)]
    return [one for one in living if str(one.__module__).startswith("sipas_survey")]


def tests_by_line(measure: coverage.Coverage, file: Path) -> dict[int, set[str]]:
    """The tests that run through each line; "" stands for what is done before any test."""
    found: dict[int, set[str]] = defaultdict(set)
    for line, names in measure.get_data().contexts_by_lineno(str(file)).items():
        found[line] = set(names)
    return found


def few_examples(item: pytest.Item) -> None:
    """A test of properties takes the same few examples each time, and shows no smaller ones."""
    test = getattr(item, "obj", None)
    own = getattr(test, "_hypothesis_internal_use_settings", None)
    if own is not None:
        test._hypothesis_internal_use_settings = hypothesis.settings(
            own,
            max_examples=min(own.max_examples, EXAMPLES),
            derandomize=True,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )


# ---------------------------------------------------------------- from the import on
class Useful:
    """A pytest plugin for the tests of one mistake: those that run through the module at all, the quickest first."""

    def __init__(self, names: list[str]) -> None:
        self.turn = {name: turn for turn, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the others out."""
        items[:] = sorted((i for i in items if i.nodeid in self.turn), key=lambda i: self.turn[i.nodeid])
        for item in items:
            few_examples(item)


def passes_from_import(file: Path, tree: ast.Module, mutation: Mutation | None, tests: list[str], folder: str) -> bool:
    """Whether all tests pass where the module has been imported with the mistake, or without any."""
    if not tests:
        return True
    code = mistaken(tree, mutation, file) if mutation else compile(tree, str(file), "exec")
    loader, usual = importlib.machinery.SourceFileLoader, importlib.machinery.SourceFileLoader.get_code

    def get_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
        return code if self.path == str(file) else usual(self, fullname)

    loader.get_code = get_code  # type: ignore[method-assign,assignment]
    files = sorted({name.split("::")[0] for name in tests})
    return pytest.main([*QUIET, f"--basetemp={folder}/{os.getpid()}", *files], plugins=[Useful(tests)]) == 0


# ---------------------------------------------------------------- a module
def try_module(name: str, tests: Sequence[str], every: int, processes: int) -> Found:
    """Try the mistakes of a module by these files or folders of tests."""
    file = ROOT / "sipas_survey" / f"{name}.py"
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    tried = dict(list(enumerate(mutations(tree)))[::every])
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        pid = os.fork()
        if pid == 0:
            plugin = Collected(file, tried, tree, processes, answer)
            pytest.main([*QUIET, f"--basetemp={folder}/collected", *tests], plugins=[plugin])
            os._exit(0)
        os.waitpid(pid, 0)
        if not answer.exists():
            raise SystemExit(f"the tests of {name} fail without any mistake")
        told = json.loads(answer.read_text())
        ended = {int(n): code for n, code in told["ended"].items()}
        limit = 30 + 5 * told["seconds"]
        again = (
            (n, limit, functools.partial(passes_from_import, file, tree, tried.get(n), told["useful"], folder))
            for n in [NONE, *told["again"]]
        )
        ended |= forked(again, processes)
    if ended[NONE] != SURVIVED:
        raise SystemExit(f"the tests of {name} fail from the import on without any mistake")
    whole = {n: m for n, m in tried.items() if ended.get(n) != NO_PYTHON}
    lived = [m for n, m in whole.items() if ended.get(n, SURVIVED) == SURVIVED]
    digest = hashlib.sha256(source.encode()).hexdigest()
    return Found(name, digest, every, len(whole), [(m.line, m.function, m.before, m.after) for m in lived])


def main() -> None:
    """Try the modules asked for, keep what was found, and write the page from all that is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as statistics/variance; all by default")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth mistake; no page is written")
    parser.add_argument("--tests", nargs="+", metavar="FILE", help="other tests than usual; no page is written")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--survivors", action="store_true", help="print the survivors too")
    asked = parser.parse_args()
    os.chdir(ROOT)
    kept, keeping = KEPT.read_all(), asked.every == 1 and not asked.tests
    for name in asked.modules or sorted(TESTS):
        start = time.perf_counter()
        found = try_module(name, asked.tests or TESTS[name], asked.every, asked.processes)
        spent = time.perf_counter() - start
        print(f"{name:32} {found.killed:5} of {found.tried:5} killed, {found.share:6.1%}, {spent:5.0f} s", flush=True)
        for line, function, before, after in found.survivors if asked.survivors else ():
            print(f"    {line:4} {function}: {before}  →  {after}")
        if keeping:
            kept[name] = found
            KEPT.write_all(kept)
    if keeping:
        write_page(kept)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
