"""What has changed below some folders, as the operating system tells it.

watchfiles collects changes on a thread of its own, written in Rust, which ends with the watcher.
Asking for them takes about a millisecond and waits for nothing, so that no Python thread is needed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from engine.corpus.network_drive import network_drive
from engine.corpus.walk import VENDORED
from engine.errors import CorpusError

if TYPE_CHECKING:
    from watchfiles import Change

    Changes = Generator[set[tuple[Change, str]], None, None]

_LIMIT = (
    "the system's limit of watched folders is reached, so changes are not noticed; "
    "re-index by hand, or raise fs.inotify.max_user_watches"
)


class WatchError(CorpusError):
    """Folders cannot be watched. The corpus goes on without."""


class Watcher:
    """Watches folders with everything in them, and single files.

    `note` is one line about what it will not notice, or empty. Raises `WatchError` with the reason
    if there is something that it cannot watch.
    """

    def __init__(self, folders: Sequence[Path], files: Sequence[Path] = ()) -> None:
        self.note = ""
        self._sources = [*folders, *files]
        self._files = frozenset(map(str, files))
        self._names = [
            (f"{real}{os.sep}", f"{place}{os.sep}")
            for place in (*folders, *(file.parent for file in files))
            if (real := place.resolve()) != place
        ]
        self._streams: list[Changes] = []
        try:
            for place in self._sources:
                self._look_at(place)
            if folders:
                self._streams.append(_open(folders, recursive=True))
            if files:  # by their folders: editors put a new file in the place of the old one
                parents = dict.fromkeys(file.parent for file in files)
                self._streams.append(_open(list(parents), recursive=False))
        except BaseException:
            self.close()
            raise

    def _look_at(self, place: Path) -> None:
        if not place.exists():
            raise WatchError(f"{place} is not there, so changes are not noticed; put it back")
        drive = network_drive(place)
        if drive:
            self.note = f"{place} is on a network drive ({drive}): some changes may be missed"

    def poll(self) -> set[str]:
        """The absolute paths that have changed since the last time, but for those nobody wants.

        Raises `WatchError` if watching has come to an end; the watcher is closed then.
        """
        changed: set[str] = set()
        try:
            for number, stream in enumerate(self._streams):
                paths = {self._named(path) for path in _next(stream)}
                is_recursive = number == 0 and len(self._files) < len(self._sources)
                changed |= _wanted(paths, self._sources) if is_recursive else paths & self._files
            for source in changed.intersection(map(str, self._sources)):
                if not Path(source).exists():
                    raise WatchError(f"{source} is gone, so changes are not noticed; put it back")
        except WatchError:
            self.close()
            raise
        return changed

    def _named(self, path: str) -> str:
        """A path as the user's source begins; some systems follow the links in it."""
        for real, place in self._names:
            if path.startswith(real) and not path.startswith(place):
                return place + path.removeprefix(real)
        return path

    def close(self) -> None:
        """Stop watching."""
        for stream in self._streams:
            stream.close()
        self._streams.clear()


def _wanted(paths: Iterable[str], sources: Sequence[Path]) -> set[str]:
    """Without what lies in folders that no walk enters, as `.git` and `node_modules`."""
    prefixes = [f"{source}{os.sep}" for source in sources]
    kept: set[str] = set()
    for path in paths:
        inside = next((path.removeprefix(p) for p in prefixes if path.startswith(p)), path)
        folders = PurePath(inside).parts[:-1]
        if not any(folder.startswith(".") or folder in VENDORED for folder in folders):
            kept.add(path)
    return kept


def _open(places: Sequence[Path], *, recursive: bool) -> Changes:
    """A stream that answers at once; watching has begun when this returns."""
    for permissive in (False, True):
        stream = _watch(places, recursive, permissive)
        try:
            next(stream)
        except PermissionError:
            # Only then: being permissive, watchfiles keeps silent about the system's limits too.
            continue
        except Exception as error:
            raise WatchError(_in_words(error, places)) from error
        return stream
    raise WatchError(f"{places[0]} may not be read, so changes are not noticed; re-index by hand")


def _watch(places: Sequence[Path], recursive: bool, permissive: bool) -> Changes:
    from watchfiles import watch

    return watch(
        *places,
        watch_filter=None,
        debounce=1,
        step=1,
        rust_timeout=1,
        yield_on_timeout=True,
        recursive=recursive,
        ignore_permission_denied=permissive,
    )


def _next(stream: Changes) -> set[str]:
    """The paths that have changed; of folders only those that came or went."""
    from watchfiles import Change

    try:
        return {
            path
            for change, path in next(stream)
            if change is not Change.modified or not Path(path).is_dir()
        }
    except StopIteration:
        raise WatchError("watching has ended; re-index by hand") from None
    except Exception as error:
        raise WatchError(_in_words(error, ())) from error


def _in_words(error: Exception, places: Sequence[Path]) -> str:
    said = str(error)
    if "limit reached" in said or "Too many open files" in said or "No space left" in said:
        return _LIMIT
    if isinstance(error, FileNotFoundError) and places:
        return f"{places[0]} is not there, so changes are not noticed; put it back"
    with contextlib.suppress(IndexError):
        said = said.splitlines()[0]
    return f"changes are not noticed ({said or type(error).__name__}); re-index by hand"
