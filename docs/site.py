"""Build the pages as a folder of HTML files that needs no server: `python docs/site.py [DIR]`, default `site`."""

import re
import shutil
import sys
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
FIRST = ("README", "README.vi", "tutorial", "howto", "huong-dan")
STYLE = """
body { margin:0; font:16px/1.6 system-ui,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif; color:#1b2733; }
nav { background:#084861; padding:.7rem 1.2rem; }
nav a { color:#fff; margin-right:.9rem; white-space:nowrap; }
main { max-width:60rem; margin:0 auto; padding:1rem 1.2rem 4rem; overflow-wrap:anywhere; }
a { color:#0b5a7a; }
pre { background:#f3f6f8; padding:.8rem; overflow-x:auto; border-radius:6px; }
table { border-collapse:collapse; display:block; overflow-x:auto; }
td,th { border:1px solid #cfd8df; padding:.3rem .6rem; text-align:left; vertical-align:top; }
img { max-width:100%; border:1px solid #cfd8df; }
"""


def sources() -> dict[str, Path]:
    """The pages by name: those of the top first."""
    pages = [ROOT / "README.md", ROOT / "README.vi.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
    others = [ROOT / "questionnaires/README.md", *sorted((ROOT / "samples").glob("*/README.md"))]
    named = {page.name.removesuffix(".md"): page for page in pages}
    return named | {f"{page.parent.name}-about": page for page in others}


def build(folder: Path) -> list[Path]:
    """Write every page, with links among them turned; what a page shows lies beside it. Returns the files."""
    pages = sources()
    names = {page.resolve(): f"{name}.html" for name, page in pages.items()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "style.css").write_text(STYLE.lstrip(), encoding="utf-8")
    shutil.copytree(ROOT / "docs/gallery", folder / "gallery", dirs_exist_ok=True)
    order = [*FIRST, *(name for name in pages if name not in FIRST)]
    bar = " ".join(f'<a href="{name}.html">{escape(title_of(pages[name]))}</a>' for name in order if name in pages)
    made = []
    for name, page in pages.items():
        body = MarkdownIt("commonmark", {"html": False}).enable("table").render(page.read_text(encoding="utf-8"))
        body = re.sub(r'(href|src)="([^"#]+)', lambda found, page=page: turned(found, page, names), body)
        lang = "vi" if name in ("README.vi", "huong-dan") else "en"
        made.append(folder / f"{name}.html")
        made[-1].write_text(
            f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{escape(title_of(page))}</title>'
            f'<link rel="stylesheet" href="style.css"></head><body><nav>{bar}</nav><main>{body}</main></body></html>\n',
            encoding="utf-8",
        )
    shutil.copyfile(folder / "README.html", folder / "index.html")
    return made


def title_of(page: Path) -> str:
    """The first heading of a page."""
    return page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")


def turned(found: re.Match[str], page: Path, names: dict[Path, str]) -> str:
    """A link of a page as it stands in the site; to a file that is no page, the file's name in the repository stays."""
    attribute, target = found.groups()
    if "://" in target:
        return found[0]
    place = (page.parent / target).resolve()
    if place in names:
        return f'{attribute}="{names[place]}'
    if place.is_relative_to(ROOT / "docs/gallery"):
        return f'{attribute}="gallery/{place.name}'
    shown = folder_copy(place)
    return f'{attribute}="{shown}'


def folder_copy(place: Path) -> str:
    """Files beside the pages are named from the checkout in which the site is built."""
    return f"../{place.relative_to(ROOT).as_posix()}"


if __name__ == "__main__":
    written = build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site")
    print(f"{len(written)} pages: {written[0].parent / 'index.html'}")
