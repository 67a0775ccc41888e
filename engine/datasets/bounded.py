"""Files that nobody vouches for, read within bounds: none can fill the memory or take for ever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from engine.errors import DataError

MAX_LINE = 64 * 1024 * 1024
"""Characters; nothing that is to be searched is longer, so a longer line is another format."""

MAX_ENTRY = 16 * 1024 * 1024
"""Bytes of one entry of a JSON document: the time for a string of it grows with its square."""

MAX_DEPTH = 5_000
"""Brackets of JSON within each other: the memory for them grows with their square."""

_POINTER = b"version https://git-lfs.github.com/"


def bounded_lines(file: IO[str], path: Path) -> Iterator[str]:
    """The lines with their ends. Raises `DataError` for one that is longer than `MAX_LINE`."""
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE:
            raise DataError(f"{path}, line {number}: longer than {MAX_LINE:,} characters")
        yield line


class BoundedJson:
    """The bytes of a JSON document for a parser, as long as its entries stay within bounds.

    Whoever parses says with `passed` that an entry is complete.
    """

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file = file
        self._path = path
        self._size = self._depth = 0

    def passed(self) -> None:
        """Begin to count anew: the parser is through with an entry."""
        self._size = self._depth = 0

    def read(self, size: int) -> bytes:
        """The next bytes. Raises `DataError` where an entry is too long or too deep.

        Brackets within strings count too; entries of code leave far fewer of them open.
        """
        data = self._file.read(size)
        self._size += len(data)
        self._depth += data.count(b"[") + data.count(b"{") - data.count(b"]") - data.count(b"}")
        if self._size > MAX_ENTRY:
            raise DataError(f"{self._path} has an entry of more than {MAX_ENTRY:,} bytes")
        if self._depth > MAX_DEPTH:
            raise DataError(f"{self._path} is nested too deeply; it is no data set")
        return data


def what_is_wrong(error: ValueError | RecursionError) -> str:
    """Why `json.loads` could not read a line, in words."""
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    # Python itself refuses to make an integer out of thousands of digits.
    return "nested too deeply" if isinstance(error, RecursionError) else "a number is too long"


def refuse_what_is_no_data(path: Path) -> None:
    """Raise `DataError` for pipes and devices, and for the pointers that Git LFS leaves."""
    if path.exists() and not path.is_file():
        raise DataError(f"{path} is not a regular file; copy what it gives to one")
    with path.open("rb") as file:
        if file.read(len(_POINTER)) == _POINTER:
            raise DataError(
                f"{path} is only a pointer of Git LFS; run git lfs pull where it was cloned"
            )
