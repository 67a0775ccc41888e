"""Finding an installed Python package without importing it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from engine.errors import DataError

_SITE = (
    "lib/python3*/site-packages",
    "lib64/python3*/site-packages",
    "lib/python3/dist-packages",
    "lib/python3*/dist-packages",
    "Lib/site-packages",
)
"""Where environments keep what is installed, below their prefix."""


def split_package(name: str) -> tuple[str, Path | None]:
    """A package's name, and the environment it is said to be in: `torch@/path/to/venv`."""
    package, _, place = name.partition("@")
    return package.strip(), Path(place) if place else None


def find_package(name: str, environment: Path | None = None) -> tuple[Path, ...]:
    """The folders (or the one file) of an installed package.

    `name` is what one imports, dotted for a part of it, or the name it is distributed under
    (`scikit-learn`). `environment` is another Python: its executable, its prefix or its folder of
    packages; nothing of it is run. A namespace package may lie in several folders. Raises
    `DataError` if there is none.
    """
    paths = _search_path(environment)
    for top, *rest in [name.split("."), *([module] for module in _modules_of(name, paths))]:
        spec = _find(top, paths)
        found = tuple(_places(spec, rest)) if spec is not None else ()
        if found:
            return found
    where = f" in {environment}" if environment else ""
    raise DataError(f"there is no installed Python package called {name}{where}; check its name")


def _search_path(environment: Path | None) -> list[str] | None:
    """Where to look; None for everything this Python would import from."""
    if environment is None:
        if not getattr(sys, "frozen", False):
            return None
        python = shutil.which("python3") or shutil.which("python")  # the packages are not in here
        if python is None:
            raise DataError("there is no Python here; say which with package:NAME@PATH or --python")
        environment = Path(python).resolve() if sys.platform == "win32" else Path(python)
    if not environment.exists():
        raise DataError(f"there is no {environment}; name a Python executable or environment")
    if environment.is_dir() and environment.name in {"site-packages", "dist-packages"}:
        return [str(environment)]
    prefixes = [environment] if environment.is_dir() else list(environment.parents)[:2]
    found = [str(p) for prefix in prefixes for site in _SITE for p in sorted(prefix.glob(site))]
    if not found:
        raise DataError(f"{environment} is no Python environment: it has no site-packages")
    return found


def _find(top: str, paths: list[str] | None) -> ModuleSpec | None:
    """The spec of a top-level module: finding a dotted one would import its parent."""
    if not top.isidentifier():
        return None
    try:
        if paths is not None:
            return PathFinder.find_spec(top, paths)
        return importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None


def _places(spec: ModuleSpec, rest: list[str]) -> Iterator[Path]:
    """The folders or the file of a module, or of the part of it that `rest` names."""
    for location in spec.submodule_search_locations or ():
        part = Path(location).joinpath(*rest)
        for place in (part, part.with_suffix(".py")) if rest else (part,):
            if place.exists():
                yield place.resolve()
                break
    if spec.submodule_search_locations is None and spec.has_location and spec.origin and not rest:
        yield Path(spec.origin).resolve()


def _modules_of(name: str, paths: list[str] | None) -> list[str]:
    """The top-level modules of a distribution, its own name first; none if there is none such."""
    found = importlib.metadata.distributions(
        **({"name": name} if paths is None else {"name": name, "path": paths})
    )
    distribution = next(iter(found), None)
    if distribution is None:
        return []
    said = (distribution.read_text("top_level.txt") or "").split()
    tops = {file.parts[0] for file in distribution.files or () if len(file.parts) > 1}
    tops |= {f.stem for f in distribution.files or () if len(f.parts) == 1 and f.suffix == ".py"}
    own = re.sub(r"\W", "_", name).casefold()
    modules = [top for top in {*said, *tops} if top.isidentifier() and top != "__pycache__"]
    return sorted(modules, key=lambda top: (top.casefold() != own, top.startswith("_"), top))
