"""Every example in the documents is done, and shows what it says it shows."""

import csv
import re
import shutil
import tomllib
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from sipas_survey.resources import shipped
from sipas_survey.satisfaction import questionnaire
from tests.docs.blocks import ROOT, Block, Reader, blocks_of, fits, make_targets

READMES = ["README.md", "README.vi.md"]
DOCUMENTS = [*READMES, "CHANGELOG.md", *(f"docs/{f.name}" for f in sorted((ROOT / "docs").glob("*.md")))]
FOLLOWED = [
    "README.md",
    *(
        f"docs/{name}.md"
        for name in (
            "answers",
            "backup",
            "deploy",
            "draw",
            "estimates",
            "fieldwork",
            "howto",
            "huong-dan",
            "ledger",
            "method",
            "papers",
            "papi",
            "par_index",
            "privacy",
            "recheck",
            "reports",
            "satisfaction",
            "stages",
            "tutorial",
            "units",
        )
    ),
]
SAMPLES = ("samples/yen_bai_2023", "samples/papi", "samples/plan_153")
OF_DATA = [f"{name}/README.md" for name in (*SAMPLES, "questionnaires")]
LIST = "lists/132-thanh-pho-yen-bai.xlsx"


def own_files(folder: Path) -> None:
    """What an office has before it begins: a frame, here every fifth dossier of the sample, a passphrase, examples."""
    for examples in ("samples/papi", "questionnaires/par_index"):
        shutil.copytree(ROOT / examples, folder / examples)
    (folder / "passphrase.txt").write_text("một câu dài dễ nhớ\n", encoding="utf-8")
    header, *rows = shipped("samples/yen_bai_2023/frame.csv").read_text(encoding="utf-8").splitlines()
    (folder / "frame.csv").write_text("\n".join([header, *rows[::5]]) + "\n", encoding="utf-8")


def clerk(folder: Path) -> None:
    """The clerk of the post office fills in the sheet: every form of the main list went out and came back."""
    book = openpyxl.load_workbook(folder / LIST)
    for row in book["Theo dõi"].iter_rows(min_row=2, max_row=61):
        row[1].value, row[2].value, row[5].value = date(2023, 12, 6), date(2023, 12, 8), "BT-132-01"
    book.save(folder / LIST)


def typist(folder: Path) -> None:
    """Somebody types the answers of the forms that came back."""
    sheet = openpyxl.load_workbook(folder / LIST)["Theo dõi"]
    forms = [str(row[0]) for row in sheet.iter_rows(min_row=2, max_row=61, values_only=True)]
    header, *rows = shipped("samples/yen_bai_2023/answers.csv").read_text(encoding="utf-8").splitlines()
    typed = [",".join([form, row.split(",", 1)[1]]) for form, row in zip(forms, rows, strict=False)]
    (folder.parent / "answers.csv").write_text("\n".join([header, *typed]) + "\n", encoding="utf-8")


def rechecker(folder: Path) -> None:
    """Somebody of the two bodies visits everybody, and confirms all but one."""
    today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    for file in folder.glob("*/phuc-tra-*.xlsx"):
        book = openpyxl.load_workbook(file)
        for i, row in enumerate(book["Kết quả phúc tra"].iter_rows(min_row=2)):
            row[1].value, row[2].value = today, "Đúng" if i else "Không được phát phiếu"
            row[6].value = "Nữ"
        book.save(file)


@pytest.mark.parametrize("document", FOLLOWED)
def test_a_document_does_what_it_says(document: str, demonstration: tuple[Path, str], tmp_path: Path) -> None:
    """Commands and scripts run in the order of the text, and print what the text shows."""
    checkout, told = demonstration
    shutil.copytree(checkout / "demo", tmp_path / "demo")
    own_files(tmp_path)
    hooks = {"sipas forms import": clerk, "sipas responses import": typist}
    imports = ("sipas -C demo", "sipas --lang vi -C demo", "sipas --as fatherland-front")
    hooks |= dict.fromkeys((f"{words} recheck import" for words in imports), rechecker)
    reader = Reader(tmp_path, told, hooks)
    for block in blocks_of(document):
        reader.follow(block)


def test_no_example_is_left_out() -> None:
    """A block of a document that no test follows has no command, script or output in it."""
    for document in set(DOCUMENTS) - set(FOLLOWED) - {"README.vi.md"}:
        languages = {block.language for block in blocks_of(document)}
        assert languages <= {"mermaid"}, document


def test_readmes_are_twins() -> None:
    """The Vietnamese README has the same commands and scripts as the English one, in the same order."""

    def commands(block: Block) -> object:
        if block.language == "sh":
            return block.commands
        return [words for words, _ in block.steps] if block.language == "console" else block.text

    english, vietnamese = ([commands(b) for b in blocks_of(name)] for name in READMES)
    assert vietnamese == english
    headings = [len(re.findall(r"^## ", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)) for name in READMES]
    assert headings[0] == headings[1]


def test_own_survey_is_ten_commands() -> None:
    """The README promises ten."""
    longest = max((b for b in blocks_of("README.md") if b.language == "sh"), key=lambda b: len(b.commands))
    assert sum(words[0] == "sipas" for words in longest.commands) == 10


def test_a_draw_of_other_people_is_noticed(demonstration: tuple[Path, str], tmp_path: Path) -> None:
    """The stand-alone script finds a published list in which one name was exchanged."""
    shutil.copytree(demonstration[0] / "demo", tmp_path / "demo")
    reader = Reader(tmp_path, "")
    first, script, last, *_ = blocks_of("docs/draw.md")
    reader.follow(first)
    reader.follow(script)
    drawn = tmp_path / "drawn.csv"
    with drawn.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[1][1] = "HS-2023-999999"
    with drawn.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(AssertionError, match="ANOTHER list"):
        reader.follow(last)


@pytest.mark.parametrize("document", [*DOCUMENTS, *OF_DATA])
def test_links_lead_somewhere(document: str) -> None:
    """Every link to a file of the repository finds it."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("https://"):
            assert ((ROOT / document).parent / target).exists(), target


def test_files_of_the_architecture_are_there() -> None:
    """Every module or folder that the page of the architecture names is in the package."""
    named = re.findall(r"`([a-z_/]+(?:\.py|/))`", (ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
    assert len(named) > 30
    assert [name for name in named if not (ROOT / "sipas_survey" / name).exists()] == []


def test_make_targets_named_in_documents_exist() -> None:
    """`make …` in running text is a target too."""
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        assert set(re.findall(r"`make (\w+)`", text)) <= make_targets(), document


def test_changelog_begins_with_this_version() -> None:
    """The newest version of the changelog is the package's, with its day."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    found = re.search(r"^## (\S+) – (\S+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert found is not None
    assert found[1] == version
    assert date.fromisoformat(found[2])


def test_the_questionnaire_that_is_explained_can_be_read(tmp_path: Path) -> None:
    """The example of the questionnaires' README is a questionnaire without a fault."""
    (example,) = [b.text for b in blocks_of("questionnaires/README.md") if b.language == "toml"]
    (tmp_path / "small.toml").write_text(example, encoding="utf-8")
    checked = questionnaire.load(str(tmp_path / "small.toml"))
    assert checked.problems == ()
    assert [index.code for index in checked.value.indices] == ["overall", "service", "access", "q01"]


def test_an_ellipsis_stands_for_a_part_of_a_line() -> None:
    """The comparison of outputs is exact but for …, which stays on its line."""
    assert fits("Head: …\n", "Head: 12ab\n")
    assert not fits("Head: …\n", "Head: 12\nab\n")
    assert not fits("a.b\n", "axb\n")
