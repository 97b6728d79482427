"""What users install is complete: the wheel, in an environment outside the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, shown_by

SHIPPED = (
    "py.typed",
    "messages/problems/frame.toml",
    "messages/words/cli.toml",
    "documents/templates/report.html",
    "documents/templates/report.css",
    "storage/migrations/versions/0001_first.py",
    "questionnaires/sipas_2022.toml",
    "questionnaires/sipas_2024.toml",
    "samples/yen_bai_2023/units.csv",
    "samples/yen_bai_2023/units.toml",
    "samples/yen_bai_2023/frame.csv",
    "samples/yen_bai_2023/quota.csv",
    "samples/yen_bai_2023/events.csv",
    "samples/yen_bai_2023/answers.csv",
    "samples/plan_153/plan.toml",
    "samples/papi/scale.csv",
    "questionnaires/par_index/example.csv",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel built from it: what is missing in the one is missing in the other."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel."""
    (file,) = built.glob("*.whl")
    return file


def test_wheel_holds_what_users_need_and_no_more(wheel: Path) -> None:
    """Data, templates, messages and migrations are inside; tests, benchmarks and caches are not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"sipas_survey/{name}" for name in SHIPPED} <= names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"sipas_survey"}
    assert not [name for name in names if "cache" in name or name.endswith((".pyc", ".db"))]


def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """No module, message or sample of the checkout is left behind."""
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {f.relative_to(ROOT).as_posix() for f in (ROOT / "sipas_survey").rglob("*") if f.is_file()}
    beside = {
        f"sipas_survey/{f.relative_to(ROOT).as_posix()}"
        for folder in ("samples", "questionnaires")
        for f in (ROOT / folder).rglob("*")
        if f.is_file()
    }
    assert {name for name in package | beside if "cache" not in name} <= names


def test_sdist_is_built(built: Path) -> None:
    """The wheel above was made from it."""
    assert len(list(built.glob("*.tar.gz"))) == 1


def test_installed_program_runs_the_demonstration(wheel: Path, tmp_path: Path) -> None:
    """In an environment without the checkout the whole path runs, and tells what the Vietnamese README shows."""
    python = installed(wheel, tmp_path / "môi trường")
    where = tmp_path / "nơi khác"
    where.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SIPAS_"))}
    surroundings = {**kept, "SIPAS_LANG": "vi", "XDG_CONFIG_HOME": str(tmp_path / "config")}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [python, *arguments], cwd=where, env=surroundings, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    place = run("-c", "import sipas_survey; print(sipas_survey.__file__)")
    assert Path(place.strip()).is_relative_to(tmp_path / "môi trường")
    assert run("-m", "sipas_survey", "demo", "demo") == shown_by("README.vi.md", "make demo")
    assert len(list((where / "demo/lists").glob("*.xlsx"))) == 9
    assert (where / "demo/report.html").stat().st_size > 0


def installed(wheel: Path, folder: Path) -> Path:
    """The Python of a new environment with the wheel in it.

    Packages that it needs are taken from where these tests have them: a path file names that folder, and path files
    named there (such as the one of the checkout) are not read.
    """
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(asked, capture_output=True, encoding="utf-8", check=True).stdout.strip())
    zipfile.ZipFile(wheel).extractall(site)
    (site / "needed.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return python
