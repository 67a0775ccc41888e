"""Wheels made on the spot."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

METADATA = """Metadata-Version: 2.1
Name: {name}
Version: {version}
License-Expression: {licence}
Home-page: https://github.com/Some/Project.git
Project-URL: Docs, https://docs.example.org

Words about it.
"""


def make_wheel(
    folder: Path,
    name: str = "made",
    version: str = "1.0",
    licence: str = "MIT",
    files: Mapping[str, str | bytes] | None = None,
    tag: str = "py3-none-any",
) -> Path:
    """A wheel with these files (one line of code by default) and its metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for place, text in (files or {f"{name}/work.py": "x = 1\n"}).items():
            archive.writestr(place, text)
        archive.writestr(
            f"{info}/METADATA", METADATA.format(name=name, version=version, licence=licence)
        )
        archive.writestr(f"{info}/licenses/LICENSE", "Permission is granted")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return path
