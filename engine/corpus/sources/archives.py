"""Unpacking zip and tar files that nobody vouches for.

Only regular files are written, under names that stay inside the folder; nothing is executable.
Every limit is on bytes that were really unpacked, never on what the archive says of itself.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import stat
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from engine.errors import CorpusError
from engine.job import Job
from engine.types import Progress
from engine.types_corpora import SkippedFile

MAX_BYTES = 2_000_000_000
"""Of all files together. The sources of PyTorch, unpacked, are a fifth of it."""

MAX_FILES = 200_000

MAX_FILE_BYTES = 20_000_000
"""Larger files are left out: no corpus takes them in."""

MAX_RATIO = 200
"""Unpacked to packed; code packs to a tenth at best, a bomb to a thousandth."""

RATIO_COUNTS_FROM = 50_000_000

_PIECE = 1 << 18
_STEP_SECONDS = 0.03
_NAME_ERRORS = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)
_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, gzip.BadGzipFile),
    *(EOFError, UnicodeDecodeError, NotImplementedError, ValueError),
)


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of an archive that is no folder; with a `reason` it is left out.

    A stream has to be read to its end in any case: a tar file is not skipped through.
    """

    name: str
    stream: IO[bytes] | None
    reason: str = ""


class _Limits:
    """Counts what comes out of an archive. Raises `CorpusError` when it is too much."""

    def __init__(self, archive: Path) -> None:
        self._name = archive.name
        self._packed = archive.stat().st_size
        self._bytes = 0
        self.files = 0

    def count(self, size: int) -> None:
        """Some bytes more."""
        self._bytes += size
        bomb = self._bytes > RATIO_COUNTS_FROM and self._bytes > MAX_RATIO * self._packed
        if bomb or self._bytes > MAX_BYTES:
            limit = f"{MAX_RATIO} times its size" if bomb else f"{MAX_BYTES // 10**9} GB"
            raise CorpusError(
                f"{self._name} unpacks to more than {limit}; unpack what you need and add that"
            )

    def count_file(self) -> None:
        """One member more."""
        self.files += 1
        if self.files > MAX_FILES:
            raise CorpusError(
                f"{self._name} holds more than {MAX_FILES:,} files; unpack what you need of it"
            )


class _Counted(io.RawIOBase):
    """A stream that counts what is read from it, headers too."""

    def __init__(self, stream: IO[bytes], limits: _Limits) -> None:
        self._stream = stream
        self._limits = limits

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._limits.count(len(data))
        return data

    def close(self) -> None:
        self._stream.close()
        super().close()


def unpack(archive: Path, folder: Path) -> Job[tuple[SkippedFile, ...]]:
    """Unpack an archive into an empty folder; return what was left out for a reason worth telling.

    Left out silently: hidden folders, which no corpus takes in. Raises `CorpusError` if the
    archive is damaged, encrypted or too large, or if a name in it leads out of the folder.
    """
    limits, told = _Limits(archive), time.monotonic()
    skipped: list[SkippedFile] = []
    with _errors(archive):
        for member in _members(archive, limits):
            limits.count_file()
            parts = _parts(member.name, archive)
            place = f"{archive}/{'/'.join(parts)}"
            target: IO[bytes] | str | None = member.reason or None
            if not (member.reason or _is_hidden(parts)):
                target = _open(folder.joinpath(*parts))
            if isinstance(target, str):
                skipped.append(SkippedFile(place, target))
                target = None
            for _ in _copy(member, target):
                yield Progress("unpacking", limits.files, None, place)
                told = time.monotonic()
            if time.monotonic() - told > _STEP_SECONDS:
                yield Progress("unpacking", limits.files, None, place)
                told = time.monotonic()
    return tuple(skipped)


@contextmanager
def _errors(archive: Path) -> Iterator[None]:
    """Say in words what can be wrong with an archive."""
    try:
        yield
    except _DAMAGE as error:
        raise CorpusError(
            f"{archive.name} is damaged or incomplete ({error}); get it again"
        ) from error
    except RuntimeError as error:  # what zipfile raises for a password
        raise CorpusError(f"{archive.name} needs a password; unpack it yourself") from error
    except OSError as error:
        if error.errno is None:  # how bz2 tells of damage
            raise CorpusError(f"{archive.name} is damaged or incomplete; get it again") from error
        raise


def _parts(name: str, archive: Path) -> list[str]:
    """The parts of a member's name. Raises `CorpusError` if it leads out of the folder."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    drive = ":" in parts[0] if parts else False
    if name.startswith(("/", "\\")) or drive or ".." in parts or not parts or "\0" in name:
        raise CorpusError(
            f"{archive.name} was not unpacked: {name!r} in it leads out of its folder"
        )
    return parts


def _is_hidden(parts: list[str]) -> bool:
    return any(part.startswith(".") for part in parts[:-1])


def _open(target: Path) -> IO[bytes] | str:
    """A new file; or why there cannot be one."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("xb")
    except (FileExistsError, NotADirectoryError):
        return "a name that is there twice"
    except OSError as error:
        if error.errno in _NAME_ERRORS:
            return "a name that cannot be written here"
        raise


def _copy(member: _Member, target: IO[bytes] | None) -> Iterator[None]:
    """Read a member to its end, into a file if there is one; stop for breath now and then."""
    if member.stream is None:
        return
    told = time.monotonic()
    try:
        while data := member.stream.read(_PIECE):
            if target is not None:
                target.write(data)
            if time.monotonic() - told > _STEP_SECONDS:
                yield
                told = time.monotonic()
    finally:
        if target is not None:
            target.close()
        member.stream.close()


def _members(archive: Path, limits: _Limits) -> Iterator[_Member]:
    """The members of an archive in their order, whatever it is called."""
    with archive.open("rb") as file:
        magic = file.read(8)
        file.seek(0)
        if magic.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            yield from _zip_members(file, limits)
            return
        unpacked: IO[bytes] = file
        if magic.startswith(b"\x1f\x8b"):
            unpacked = cast(IO[bytes], gzip.GzipFile(fileobj=file))
        elif magic.startswith(b"BZh"):
            unpacked = cast(IO[bytes], bz2.BZ2File(file))
        elif magic.startswith(b"\xfd7zXZ\x00"):
            unpacked = cast(IO[bytes], lzma.LZMAFile(file))  # noqa: SIM115 - as long as `file`
        # Read as a stream: a tar file's index could send a reader back and forth for ever.
        with tarfile.open(fileobj=_Counted(unpacked, limits), mode="r|") as tar:
            yield from _tar_members(tar)


def _zip_members(file: IO[bytes], limits: _Limits) -> Iterator[_Member]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            mode = info.external_attr >> 16
            if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                yield _Member(info.filename, None, _LINK)
            elif info.file_size > MAX_FILE_BYTES:
                yield _Member(info.filename, None, _LARGE)
            else:
                stream = _Counted(archive.open(info), limits)
                yield _Member(info.filename, cast(IO[bytes], stream))


def _tar_members(tar: tarfile.TarFile) -> Iterator[_Member]:
    for info in tar:
        if info.isdir():
            continue
        if not info.isreg() or info.issparse():
            yield _Member(info.name, None, _LINK)
        else:
            reason = _LARGE if info.size > MAX_FILE_BYTES else ""
            yield _Member(info.name, tar.extractfile(info), reason)


_LINK = "a link or a device; those of an archive are not followed"
_LARGE = f"larger than {MAX_FILE_BYTES // 1_000_000} MB"
