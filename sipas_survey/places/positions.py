"""Where communes lie: latitude and longitude, in the files of units that have them."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from sipas_survey.places import shipped_names
from sipas_survey.resources import shipped

Position = tuple[float, float]


def positions(name: str, *, folder: Path | None = None) -> Mapping[str, Position]:
    """Latitude and longitude in degrees by commune code; communes without usable numbers are left out.

    `name` and `folder` are those of `places.load`, which has read the same file before.
    """
    file = shipped(f"samples/{name}/units.csv") if name in shipped_names() else (folder or Path()) / name
    reader = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline=""))
    if not {"latitude", "longitude"} <= set(reader.fieldnames or ()):
        return {}
    found = {row["commune_code"].strip(): _position(row["latitude"], row["longitude"]) for row in reader}
    return {code: position for code, position in found.items() if position is not None}


def _position(latitude: str | None, longitude: str | None) -> Position | None:
    try:
        there = float(latitude or ""), float(longitude or "")
    except ValueError:
        return None
    return there if abs(there[0]) <= 90 and abs(there[1]) <= 180 else None
