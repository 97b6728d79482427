"""`sipas design set --stages`, `--groups`, `--leave-out`, `--shift`: what a person types, and what goes wrong."""

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Sipas

SEED = "XSMB 2023-12-01 / 40 917"


def test_a_draw_in_stages(survey: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Plan set and shown, drawn, verified, exported with one probability a stage, told in the protocol."""
    shown = sipas("-C", survey, "design", "set", "--stages", "papi")
    assert (shown.code, "Trong mỗi đơn vị cuối" in shown.out or "In each last unit" in shown.out) == (0, True)
    record = sipas("-C", survey, "design", "show", "--format", "json").json
    assert record["design"]["stages"]["person"] == {"take": 20, "reserve": 10, "method": "simple", "target": 16}
    drawn = sipas("-C", survey, "draw", "--seed", SEED, "--format", "json")
    assert {p["kind"] for p in drawn.json["problems"]} >= {"STAGES_SHORT", "DESIGN_SHORTFALL"}
    assert {unit["level"] for unit in drawn.json["units"]} == {"district", "commune", "village"}
    assert sipas("-C", survey, "draw", "verify").code == 0
    assert sipas("-C", survey, "draw", "export", tmp_path / "d.csv").code == 0
    rows = list(csv.DictReader((tmp_path / "d.csv").read_text(encoding="utf-8").splitlines()))
    product = 1.0
    for level in ("district", "commune", "village", "person"):
        product *= float(rows[0][f"probability_{level}"])
    assert product == pytest.approx(float(rows[0]["probability"]))
    assert sipas("-C", survey, "draw", "protocol", tmp_path / "p.pdf").code == 0


def test_a_round_after_a_round(survey: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Last round's people are left out, and the draw says how many of them the frame holds."""
    assert sipas("-C", survey, "design", "set", "--per-district", 5).code == 0
    assert sipas("-C", survey, "draw", "--seed", SEED).code == 0
    folder = tmp_path / "next"
    assert sipas("init", folder).code == 0
    assert sipas("-C", folder, "frame", "import", tmp_path / "frame.csv").code == 0
    assert sipas("-C", folder, "design", "set", "--per-district", 5, "--leave-out", survey).code == 0
    drawn = sipas("-C", folder, "draw", "--seed", "another", "--format", "json").json
    assert drawn["overlap"] == {"frame": 20, "main": 0, "reserve": 0}
    assert len(drawn["left_out"]) == 20
    assert sipas("-C", folder, "draw", "show").code == 0
    assert sipas("-C", folder, "draw", "verify").code == 0
    assert sipas("-C", folder, "draw", "protocol", tmp_path / "p.html").code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--stages", "none"), 2),
        (("--stages", "papi", "--within", "field"), 2),
        (("--stages", "papi", "--per-district", "5"), 2),
        (("--overlap", "0.5"), 2),
        (("--leave-out", "x", "--shift", "y"), 2),
        (("--leave-out", "nowhere"), 2),
        (("--groups", "nowhere.csv"), 2),
    ],
)
def test_wrong_options_are_told(survey: Path, sipas: Sipas, arguments: tuple[str, ...], code: int) -> None:
    """What does not go together or is not there ends with its exit code and a message, never a traceback."""
    result = sipas("-C", survey, "design", "set", *arguments)
    assert result.code == code
    assert result.err
    assert "Traceback" not in result.err
