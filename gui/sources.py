"""What a user may name as a corpus's source: a folder, a file or an installed package."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterable
from pathlib import Path

from engine.errors import DataError

_PACKAGE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def resolve_source(text: str) -> Path:
    """The folder or file that a text names.

    A package is looked up beside Counterpart and not imported. Raises `DataError` if there is
    nothing of that name.
    """
    text = text.strip().strip("\"'")
    if not text:
        raise DataError("name a folder, a file or an installed package")
    path = Path(text.removeprefix("file://")).expanduser()
    if path.is_absolute() or os.sep in text or text.startswith("."):
        if path.exists():
            return path.resolve()
        raise DataError(f"there is no folder or file {text}; check its spelling")
    if _PACKAGE.fullmatch(text) and (found := _package(text)) is not None:
        return found
    if path.exists():
        return path.resolve()
    raise DataError(f"there is no folder, file or installed package called {text}")


def _package(name: str) -> Path | None:
    top, *rest = name.split(".")  # looking up a dotted name would import its parent
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations:
        folder = Path(next(iter(spec.submodule_search_locations)))
        for found in (folder.joinpath(*rest), folder.joinpath(*rest).with_suffix(".py")):
            if found.exists():
                return found.resolve()
    elif spec.has_location and spec.origin and not rest:
        return Path(spec.origin).resolve()
    return None


def suggest_name(source: Path, taken: Iterable[str]) -> str:
    """A corpus name after the source that nothing has yet."""
    base = re.sub(r"[^\w.-]+", "-", source.stem if source.is_file() else source.name).strip("-")
    base = base or "corpus"
    names = set(taken)
    name, number = base, 2
    while name in names:
        name, number = f"{base}-{number}", number + 1
    return name
