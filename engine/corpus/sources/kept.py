"""Folders of the cache that are made whole or not at all: what was unpacked or cloned.

cache/sources/<key>/source.json   what it was made from
cache/sources/<key>/content/      the files
cache/sources/<key>.making-…/     one that is being made; left over if the process was killed, and
                                  swept the next time the same source is wanted
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.errors import BusyError, DiskError

CONTENT = "content"
_MANIFEST = "source.json"


class KeptFolder:
    """The folder of one key. Nothing needs to be there yet."""

    def __init__(self, cache: Path, key: str) -> None:
        self._parent = cache / "sources"
        self._folder = self._parent / key
        self._key = key

    @property
    def content(self) -> Path:
        """Where the files are."""
        return self._folder / CONTENT

    def manifest(self) -> dict[str, Any] | None:
        """What it was made from; None if it is not there."""
        try:
            values = json.loads((self._folder / _MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return values if isinstance(values, dict) and self.content.is_dir() else None

    @contextlib.contextmanager
    def hold(self, what: str) -> Iterator[None]:
        """Keep other processes from making or changing it. Raises `BusyError`, `DiskError`."""
        lock = FileLock(self._parent / f"{self._key}.lock")
        try:
            self._parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout:
            raise BusyError(
                f"another Counterpart is reading {what}; wait until it is done"
            ) from None
        except OSError as error:
            raise DiskError(
                f"cannot write to {self._parent}: {error.strerror or error}; check the disk"
            ) from error
        try:
            yield
        finally:
            lock.release()
            if not self._folder.exists():
                with contextlib.suppress(OSError):  # another process may hold it by now
                    Path(lock.lock_file).unlink(missing_ok=True)

    @contextlib.contextmanager
    def making(self) -> Iterator[Path]:
        """A new folder to fill; to be used inside `hold`. Gone at the end unless it was `kept`."""
        for left_over in self._parent.glob(f"{self._key}.making-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        folder = self._parent / f"{self._key}.making-{uuid.uuid4().hex[:8]}"
        try:
            folder.mkdir()
            yield folder
        except OSError as error:
            raise DiskError(
                f"cannot write to {folder}: {error.strerror or error}; check the disk"
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, made: Path, manifest: Mapping[str, Any]) -> None:
        """Put what was made in its place, all at once."""
        (made / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        if self._folder.exists():
            shutil.rmtree(self._folder)
        made.rename(self._folder)


def key_of(name: str, *parts: str) -> str:
    """A key that is readable and differs where any of the parts does."""
    readable = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40] or "source"
    digest = blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{readable}-{digest}"


def forget(cache: Path, root: str) -> None:
    """Delete the kept folder that a corpus's root lies in, if it lies in one.

    What another process is reading stays.
    """
    parent = cache / "sources"
    try:
        key = Path(root).relative_to(parent).parts[0]
    except (ValueError, IndexError):
        return
    lock = FileLock(parent / f"{key}.lock")
    with contextlib.suppress(Timeout, OSError), lock.acquire(timeout=0):
        shutil.rmtree(parent / key, ignore_errors=True)
    with contextlib.suppress(OSError):
        (parent / f"{key}.lock").unlink(missing_ok=True)
