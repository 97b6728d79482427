"""Seconds of a call, and its peak of memory above what a process holds (on Linux; elsewhere 0)."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

TIMES, ENOUGH = 3, 5.0

Figures = tuple[list[float], list[float]]
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def forget_peak() -> float:
    """Begin to watch the peak anew; the MB held now."""
    if not _CLEAR.exists():
        return 0.0
    _CLEAR.write_text("5")
    return _read("VmRSS")


def peak() -> float:
    """The highest MB held since."""
    return _read("VmHWM") if _STATUS.exists() else 0.0


def _read(name: str) -> float:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def timed(ask: Callable[[], Figures]) -> tuple[float, list[float], list[float]]:
    """The median of three calls, of fewer where they have taken five seconds, and what the last one answered."""
    seconds: list[float] = []
    while len(seconds) < TIMES and sum(seconds) < ENOUGH:
        start = time.perf_counter()
        values, errors = ask()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), values, errors
