"""A pair of text and code, and the JSONL files that hold pairs.

A record keeps no name, path or address of where it came from: only hashes of them, which tell
equal from different and no more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from engine.errors import DataError, DiskError
from engine.judgements.exchange.files import draft

_DIGEST_BYTES = 12


class Kind(StrEnum):
    """The kinds of source that the readers here know; a file may hold others."""

    REPOSITORY_DOCSTRING = "repository-docstring"
    REPOSITORY_BLOCK_COMMENT = "repository-block-comment"
    REPOSITORY_COMMENT = "repository-comment"
    NOTEBOOK_MARKDOWN = "notebook-markdown"
    NOTEBOOK_COMMENT = "notebook-comment"
    STACKOVERFLOW_TITLE = "stackoverflow-title"
    STACKOVERFLOW_COMMENT = "stackoverflow-comment"
    DISCOURSE_TITLE = "discourse-title"


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and the Python code that it describes.

    `kind` names source and pairing rule, as in `Kind`. `reference` is a hash of where the pair came
    from, `group` one of the repository, thread or notebook, by which pairs are split. `parent` is
    the reference of the pair whose code holds this one's. `torch_likeness` is between 0 and 1, see
    `engine.learning.pairs.torch_likeness`.
    """

    text: str
    code: str
    kind: str
    reference: str
    group: str
    parent: str | None = None
    torch_likeness: float = 0.0


_REQUIRED = ("text", "code", "kind", "reference", "group")
_FIELDS = frozenset(field.name for field in fields(Pair))


def anonymous(*place: str | int) -> str:
    """A hash of a place (BLAKE2b, no salt: the same place gives the same hash everywhere)."""
    joined = "\0".join(map(str, place))
    return blake2b(joined.encode("utf-8", "replace"), digest_size=_DIGEST_BYTES).hexdigest()


def read_pairs(path: Path) -> Iterator[Pair]:
    """The pairs of a JSONL file, one at a time. Raises `DataError` naming the line that is none."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _parsed(line, f"{path}, line {number}")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def _parsed(line: bytes, place: str) -> Pair:
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{place}: not JSON; is the file complete? Mine it again") from error
    if not isinstance(record, dict):
        raise DataError(f"{place}: not a pair; give a file that `pairs mine` wrote")
    missing = [name for name in _REQUIRED if not isinstance(record.get(name), str)]
    if missing:
        raise DataError(f"{place}: no {missing[0]}; give a file that `pairs mine` wrote")
    known = {name: value for name, value in record.items() if name in _FIELDS}
    parent, likeness = known.get("parent"), known.get("torch_likeness", 0.0)
    if not isinstance(parent, str | None) or not isinstance(likeness, int | float):
        raise DataError(f"{place}: a damaged pair; mine the source again")
    return Pair(**known)


def check_apart(read: Path, written: Path) -> None:
    """Raise `DataError` if what is to be written would take the place of what is read."""
    if written.resolve() == read.resolve():
        raise DataError(f"--out names {read}, the file that is read; give another one")


class PairWriter:
    """Writes pairs to a JSONL file that appears under its name only once it is complete.

    As a context manager: leaving it by an exception (Ctrl-C too) removes what was written and keeps
    an older file of that name. Raises `DiskError` if the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._stack = ExitStack()
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        try:
            with ExitStack() as stack:
                partial = stack.enter_context(draft(self.path))
                opened = partial.open("w", encoding="utf-8", newline="\n")
                self._file = stack.enter_context(opened)
                self._stack = stack.pop_all()
        except OSError as error:
            raise self._trouble(error) from error
        return self

    def write(self, pair: Pair) -> None:
        """Append one pair."""
        self.write_record(asdict(pair))

    def write_record(self, record: dict[str, Any]) -> None:
        """Append one JSON object; values that are None are left out."""
        assert self._file is not None, "used outside of its with block"
        kept = {name: value for name, value in record.items() if value is not None}
        # Lone surrogates, which a crawled text may hold, are no UTF-8 but are fine when escaped.
        line = json.dumps(kept, ensure_ascii=False)
        if not line.isascii():
            line = line.encode("utf-8", "backslashreplace").decode("utf-8")
        try:
            self._file.write(line + "\n")
        except OSError as error:
            raise self._trouble(error) from error
        self.count += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._stack.__exit__(kind, error, trace)
        except OSError as trouble:
            raise self._trouble(trouble) from trouble

    def _trouble(self, error: OSError) -> DiskError:
        return DiskError(
            f"cannot write {self.path}: {error.strerror or error}; choose another place"
        )
