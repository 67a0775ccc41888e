"""The list of packages that training text is mined from: exact versions, licences, what they serve.

The file is `resources/training/packages.toml`; `engine.learning.wheels` downloads what it lists
and reads it as text, `engine.learning.licences` holds it to the licence the package itself states.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import DataError
from engine.learning.leakage.banned import is_banned_package
from engine.learning.licences import PERMISSIVE, spdx_ids

USES = frozenset({"pairs", "twins"})


@dataclass(frozen=True, slots=True)
class Release:
    """One file of a package: its version, and the SHA-256 of the wheel.

    `platform` and `python` choose among the wheels of a version that is not pure Python; the text
    in them is the same, so the smallest will do.
    """

    name: str
    version: str
    sha256: str = ""
    platform: str = ""
    python: str = "3.11"

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def stem(self) -> str:
        """The beginning of its files' names: `name-version-`, normalised (PEP 503, 427)."""
        return f"{re.sub(r'[-_.]+', '_', self.name).lower()}-{self.version}"


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned package and how it is read.

    `use` names what it serves: `pairs` of text and code, `twins`. `skip` are path prefixes that
    are left out. `before` is the first release after June 2019 of a package that is older: what
    stood in it already may be in CodeSearchNet's test split, and is left out.
    """

    release: Release
    licence: str
    use: frozenset[str]
    skip: tuple[str, ...] = ()
    before: Release | None = None

    @property
    def name(self) -> str:
        """The package's name."""
        return self.release.name


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One Python file of a package; the path is relative to the wheel."""

    path: str
    text: str
    package: str = ""


def read_list(path: Path) -> list[Package]:
    """Read `packages.toml`. Raises `DataError` for a banned, doubled or incomplete entry."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        packages = [_package(entry) for entry in table["package"]]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{path} is not a list of packages ({error}); see resources/training"
        ) from error
    banned = sorted(package.name for package in packages if is_banned_package(package.name))
    if banned:
        raise DataError(f"{path} names {', '.join(banned)}: the source of an evaluation set")
    names = [package.release.stem.partition("-")[0] for package in packages]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise DataError(f"{path} names {', '.join(doubled)} twice; keep one entry")
    return packages


def _package(entry: Mapping[str, Any]) -> Package:
    use = frozenset(entry["use"])
    if not use or use - USES:
        raise ValueError(f"{entry['name']}: use is one or more of {', '.join(sorted(USES))}")
    licence = str(entry["licence"])
    if not spdx_ids(licence) <= PERMISSIVE:
        raise ValueError(f"{entry['name']}: {licence} is not a permissive licence")
    before = entry.get("before")
    return Package(
        _release(entry["name"], entry),
        licence,
        use,
        tuple(entry.get("skip", ())),
        None if before is None else _release(entry["name"], before),
    )


def _release(name: str, entry: Mapping[str, Any]) -> Release:
    return Release(
        str(name),
        str(entry["version"]),
        str(entry.get("sha256", "")),
        str(entry.get("platform", "")),
        str(entry.get("python", "3.11")),
    )
