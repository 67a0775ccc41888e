"""Which files are archives, by their names."""

from __future__ import annotations

from pathlib import Path

SUFFIXES = (
    *(".zip", ".whl", ".tar", ".tar.gz", ".tgz"),
    *(".tar.bz2", ".tbz2", ".tar.xz", ".txz"),
)


def is_archive(path: Path) -> bool:
    """Whether a path names a zip or tar file (and is not a folder of such a name)."""
    return path.name.lower().endswith(SUFFIXES) and not path.is_dir()


def archive_stem(path: Path) -> str:
    """The name of an archive without its suffix."""
    name = path.name
    suffix = max((s for s in SUFFIXES if name.lower().endswith(s)), key=len, default="")
    return name[: len(name) - len(suffix)]
