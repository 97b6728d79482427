"""Where the files that come with the package are, in a checkout as in an installed wheel."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_SHIPPED_BESIDE = ("samples", "questionnaires")


def shipped(name: str) -> Traversable:
    """Return a file or folder that comes with the package, by its slash-separated name.

    `samples/…` and `questionnaires/…` stand beside the package in a checkout and inside it in a wheel;
    everything else stands inside. Nothing is promised about its existence: ask `is_file()`.
    """
    inside = files("sipas_survey").joinpath(*name.split("/"))
    if name.split("/")[0] in _SHIPPED_BESIDE and not inside.is_file() and not inside.is_dir():
        return Path(__file__).resolve().parent.parent.joinpath(*name.split("/"))
    return inside
