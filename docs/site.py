"""Build the pages as a folder of HTML files that needs no server: `python docs/site.py [DIR]`, default `site`."""

import re
import shutil
import sys
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
INDEX = ROOT / "docs/index.md"
HEADER = (
    '<header><a href="index.html">sipas_survey</a><a href="README.vi.html" lang="vi">Tiếng Việt</a>'
    '<a href="pages.html">All pages</a></header>'
)
STYLE = """
body { margin:0; font:16px/1.6 system-ui,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif; color:#1b2733; }
header { background:#084861; padding:.6rem 1.2rem; }
header a { color:#fff; margin-right:1.2rem; }
main { max-width:60rem; padding:.5rem 1.2rem 4rem; overflow-wrap:break-word; min-width:0; }
nav { padding:1rem 1.2rem; border-top:1px solid #cfd8df; font-size:.95rem; }
nav h2 { font-size:.85rem; margin:1rem 0 .2rem; color:#4a5a68; }
nav ul { list-style:none; margin:0; padding:0; }
nav [aria-current] { font-weight:600; color:#1b2733; text-decoration:none; }
a { color:#0b5a7a; }
pre { background:#f3f6f8; padding:.8rem; overflow-x:auto; border-radius:6px; }
table { border-collapse:collapse; display:block; overflow-x:auto; }
td,th { border:1px solid #cfd8df; padding:.3rem .6rem; text-align:left; vertical-align:top; }
td code { overflow-wrap:anywhere; }
img { max-width:100%; border:1px solid #cfd8df; }
@media (min-width:64rem) {
  .page { display:grid; grid-template-columns:16rem minmax(0,1fr); }
  nav { grid-column:1; grid-row:1; border-top:0; border-right:1px solid #cfd8df; }
  main { grid-column:2; padding-left:2.5rem; }
}
"""


def sources() -> dict[str, Path]:
    """The pages by name: those of the top first."""
    pages = [ROOT / "README.md", ROOT / "README.vi.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
    others = [ROOT / "questionnaires/README.md", *sorted((ROOT / "samples").glob("*/README.md"))]
    named = {"pages" if page == INDEX else page.name.removesuffix(".md"): page for page in pages}
    return named | {f"{page.parent.name}-about": page for page in others}


def build(folder: Path) -> list[Path]:
    """Write every page, with links among them turned; what a page shows lies beside it. Returns the files."""
    pages = sources()
    names = {page.resolve(): f"{name}.html" for name, page in pages.items()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "style.css").write_text(STYLE.lstrip(), encoding="utf-8")
    shutil.copytree(ROOT / "docs/gallery", folder / "gallery", dirs_exist_ok=True)
    made = []
    for name, page in pages.items():
        body = MarkdownIt("commonmark", {"html": False}).enable("table").render(page.read_text(encoding="utf-8"))
        body = re.sub(r'(href|src)="([^"#]+)', lambda found, page=page: turned(found, page, names), body)
        lang = "vi" if name in ("README.vi", "huong-dan") else "en"
        made.append(folder / f"{name}.html")
        made[-1].write_text(
            f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{escape(title_of(page))}</title>'
            f'<link rel="stylesheet" href="style.css"></head><body>{HEADER}<div class="page"><main>{body}</main>'
            f"{menu(names, page)}</div></body></html>\n",
            encoding="utf-8",
        )
    shutil.copyfile(folder / "README.html", folder / "index.html")
    return made


def menu(names: dict[Path, str], page: Path) -> str:
    """The pages as docs/index.md sorts them; the one that is looked at is marked."""
    parts = []
    for section in INDEX.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _, rest = section.partition("\n")
        links = [
            (text, names[place])
            for text, target in re.findall(r"\[([^\]]+)\]\(([^)#]+)\)", rest)
            if (place := (INDEX.parent / target).resolve()) in names
        ]
        here = names[page.resolve()]
        items = ""
        for text, name in links:
            current = " aria-current=page" if name == here else ""
            items += f'<li><a href="{name}"{current}>{escape(text[:1].upper() + text[1:])}</a></li>'
        parts.append(f"<h2>{escape(title)}</h2><ul>{items}</ul>")
    return f'<nav aria-label="Pages">{"".join(parts)}</nav>'


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
