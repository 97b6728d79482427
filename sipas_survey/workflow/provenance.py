"""What exactly runs here: to be told beside a figure that somebody wants to repeat."""

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path


def provenance() -> str:
    """What exactly runs here: digest of the package's own files, Python, and the libraries that compute."""
    home = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for file in sorted(p for p in home.rglob("*") if p.suffix in (".py", ".toml", ".typ", ".html")):
        digest.update(f"{file.relative_to(home).as_posix()}\n".encode() + file.read_bytes())
    known = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", "scipy", "sqlalchemy"))
    return f"code {digest.hexdigest()[:16]}, Python {platform.python_version()}, {known}"
