"""The program run in this process, and one demonstration to look at."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sipas_survey.cli.app import run
from tests.demonstrations import demonstration


@dataclass(frozen=True)
class Result:
    """What a command left behind: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def kinds(self) -> list[str]:
        """The kinds of the problems in the JSON."""
        return [p["kind"] for p in self.json["problems"]]


Sipas = Callable[..., Result]


@pytest.fixture
def sipas(capsys: pytest.CaptureFixture[str]) -> Sipas:
    """Run `sipas` with some arguments."""

    def call(*arguments: object) -> Result:
        capsys.readouterr()
        code = run([str(a) for a in arguments])
        said = capsys.readouterr()
        return Result(code, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration told in Vietnamese; nobody may change it."""
    return demonstration("vi", tmp_path_factory)[0]


@pytest.fixture
def demo(told: Path, tmp_path: Path) -> Path:
    """A demonstration of one's own, to be changed at will."""
    folder = tmp_path / "demo"
    shutil.copytree(told, folder)
    return folder


@pytest.fixture
def survey(tmp_path: Path, sipas: Sipas) -> Path:
    """A new survey of Yên Bái with a small frame: 4 districts, 30 dossiers each."""
    folder = tmp_path / "survey"
    assert sipas("init", folder).code == 0
    rows = ["unit_id,commune_code,full_name,birth_year,village,field"]
    for district, commune in {"132": "04249", "133": "04282", "135": "04303", "136": "04375"}.items():
        rows += [f"HS-{district}-{i:03d},{commune},Nguyễn Thị Số{i},19{50 + i},Thôn {i % 3},Hộ tịch" for i in range(30)]
    (tmp_path / "frame.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert sipas("-C", folder, "frame", "import", tmp_path / "frame.csv").code == 0
    return folder
