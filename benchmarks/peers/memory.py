"""Peak memory above what a process holds, on Linux; elsewhere 0."""

from pathlib import Path

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
