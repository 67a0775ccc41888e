"""What every reader of a source has in common: it goes on in steps, and says what it left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.corpus.read import decode
from engine.errors import DataError
from engine.learning.pairs.record import Pair
from engine.types_corpora import SkippedFile


@dataclass(frozen=True, slots=True)
class Step:
    """A small piece of a source: the pairs it gave, its size in bytes, and what was left out."""

    pairs: tuple[Pair, ...] = ()
    size: int = 0
    skipped: SkippedFile | None = None


def read_text(path: Path, limit: int) -> str:
    """The text of a file. Raises `DataError` if it is unreadable, binary or over `limit` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}") from error
    if len(data) > limit:
        raise DataError(f"larger than {limit // 1_000_000} MB")
    return decode(data, path.name)


def imports_any(code: str, packages: Sequence[str]) -> bool:
    """Whether the code imports one of the packages, or a part of it; true if none are named."""
    return not packages or _import_of(tuple(packages)).search(code) is not None


def _import_of(packages: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(map(re.escape, packages))
    return re.compile(
        rf"^[ \t]*(?:from[ \t]+(?:{names})(?=[.\s])"
        rf"|import[ \t]+(?:[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*,[ \t]*)*(?:{names})(?![\w]))",
        re.MULTILINE,
    )
