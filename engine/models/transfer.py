"""Fetching one file of a model: in ranges, on from where it broke off, with its checksum."""

from __future__ import annotations

import hashlib
import os
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ModelError
from engine.models.background import Stop
from engine.models.hub import TIMEOUT, HubFile, HubModel, hub_errors, is_transport_error
from engine.models.memory import in_words
from engine.types import Progress

if TYPE_CHECKING:
    from hashlib import _Hash

PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each new attempt while nothing comes; after the last the download gives up."""

_WINDOW = 10.0
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class _BrokenOffError(Exception):
    """The connection ended before the file did."""


@dataclass(slots=True)
class Transfer:
    """How far a download is; written by its thread, read by whoever shows it."""

    total: int
    done: int = 0
    stage: str = "downloading"
    file: str = ""
    _fetched: int = 0
    _marks: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=200))

    def add(self, count: int) -> None:
        """So many bytes have come."""
        self.done += count
        self._fetched += count
        now = time.monotonic()
        if not self._marks or now - self._marks[-1][0] > _WINDOW / 100:
            self._marks.append((now, self._fetched))

    def progress(self) -> Progress:
        """How far it is, how fast over the last seconds, and how long it will still take."""
        now, rate, left = time.monotonic(), None, None
        recent = [mark for mark in tuple(self._marks) if now - mark[0] < _WINDOW]
        if recent and now - recent[0][0] > 0.5:
            rate = (self._fetched - recent[0][1]) / (now - recent[0][0])
            left = (self.total - self.done) / rate if rate > 0 else None
        return Progress(self.stage, self.done, self.total, self.file, rate, left, unit="B")


def fetch(model: HubModel, file: HubFile, path: Path, transfer: Transfer, stop: Stop) -> str:
    """Write a file, on from where it broke off; return its checksum, over all of it.

    Raises `ModelError` if the hub says no, or if nothing more has come after all attempts.
    """
    digest = _digest(file)
    count = _read_what_is_there(file, path, digest, transfer, stop)
    attempt = 0
    with path.open("ab") as out:
        while count < file.size:
            before = count
            try:
                for piece in _pieces(model, file, count, stop):
                    out.write(piece)
                    digest.update(piece)
                    count += len(piece)
                    transfer.add(len(piece))
            except _BrokenOffError as error:
                attempt = 0 if count > before else attempt + 1
                if attempt >= len(PAUSES):
                    raise ModelError(
                        f"the download of {model.name} broke off at {in_words(transfer.done)} of "
                        f"{in_words(transfer.total)} ({error}); what came is kept, try again to "
                        "go on"
                    ) from None
                transfer.stage = "connecting again"
                stop.pause(PAUSES[attempt])
                transfer.stage = "downloading"
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def expected_checksum(file: HubFile) -> str:
    """What `fetch` returns if the file is sound: its SHA-256, or for a small one git's id."""
    return file.sha256 or file.git_id


def _digest(file: HubFile) -> _Hash:
    if file.sha256:
        return hashlib.sha256()
    return hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)  # as git names a blob


def _read_what_is_there(
    file: HubFile, path: Path, digest: _Hash, transfer: Transfer, stop: Stop
) -> int:
    if not path.is_file():
        return 0
    size = path.stat().st_size
    if size > file.size:
        path.unlink()
        return 0
    transfer.stage = "checking what is there"
    with path.open("rb") as there:
        while piece := there.read(1 << 20):
            stop.check()
            digest.update(piece)
            transfer.done += len(piece)
    transfer.stage = "downloading"
    return size


def _pieces(model: HubModel, file: HubFile, start: int, stop: Stop) -> Iterator[bytes]:
    """The bytes of a file from `start` on. Raises `_BrokenOffError` if they end too soon."""
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import (  # type: ignore[attr-defined]
        build_hf_headers,
        hf_raise_for_status,
    )

    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    url = hf_hub_url(model.name, file.name, revision=model.revision)
    left = file.size - start
    try:
        with get_session().stream(
            "GET", url, headers=headers, follow_redirects=True, timeout=TIMEOUT
        ) as answer:
            if answer.status_code in _BUSY:
                raise _BrokenOffError(f"the hub says {answer.status_code}")
            with hub_errors(model.name):
                hf_raise_for_status(answer)
            skip = _to_skip(answer, start)
            for piece in answer.iter_bytes():
                stop.check()
                part, skip = piece[skip:], max(0, skip - len(piece))
                left -= len(part)
                if left < 0:
                    raise ModelError(f"the hub sends more of {file.name} than it states; try later")
                if part:
                    yield part
    except Exception as error:
        if not is_transport_error(error):
            raise
        said = " ".join(str(error).split())[:80] or type(error).__name__
        raise _BrokenOffError(said) from None
    if left > 0:
        raise _BrokenOffError("the connection was closed")


def _to_skip(answer: Any, start: int) -> int:
    """Bytes at the head of an answer that are here already: all, if it ignores the range."""
    if answer.status_code != 206:
        return start
    stated = str(answer.headers.get("Content-Range", ""))
    if not stated.startswith(f"bytes {start}-"):
        raise ModelError("the hub answers with another part of the file than asked for; try later")
    return 0
