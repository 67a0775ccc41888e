"""Which corpora are watched, and what has changed in each since it was taken in."""

from __future__ import annotations

import time
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from engine.corpus.rewalk import MAX_PATHS
from engine.corpus.rows import is_rows
from engine.corpus.sources.naming import kind_of
from engine.corpus.watcher import Watcher, WatchError
from engine.types_corpora import CorpusSpec, SourceKind, WatchNews

QUIET_SECONDS = 0.12
"""How long a corpus's files must have been at rest before they are read."""

LONGEST_SECONDS = 1.0
"""How long files that do not come to rest are waited for."""

AGAIN_SECONDS = 2.0
"""How long to wait after another process was found indexing."""

RETRY_SECONDS = 10.0
"""How long to wait before trying again to watch what could not be watched."""


def watchable(sources: Sequence[str]) -> list[str]:
    """Those of a corpus's sources that the user's editor may write to."""
    return [
        source
        for source in sources
        if kind_of(source) in (SourceKind.FOLDER, SourceKind.FILE) and not is_rows(Path(source))
    ]


@dataclass(slots=True)
class _Followed:
    """A corpus that is to be followed. Without a watcher, `problem` says why not."""

    sources: list[str]
    watcher: Watcher | None = None
    problem: str = ""
    paths: set[str] = field(default_factory=set)
    everything: bool = False
    first: float = 0.0
    last: float = 0.0
    retry: float = 0.0

    def open(self) -> None:
        """Begin to watch, or say in `problem` why not."""
        files = [Path(source) for source in self.sources if Path(source).is_file()]
        folders = [Path(source) for source in self.sources if Path(source) not in files]
        try:
            self.watcher = Watcher(folders, files)
            self.problem = self.watcher.note
        except WatchError as error:
            self.fail(error)

    def fail(self, error: WatchError) -> None:
        """There is no watching for now."""
        self.watcher, self.problem = None, str(error)
        self.retry = time.monotonic() + RETRY_SECONDS

    def note(self, paths: Set[str], now: float, *, everything: bool = False) -> None:
        """Something has changed."""
        if not (self.paths or self.everything):
            self.first = now
        self.last = now
        self.paths |= paths
        self.everything = self.everything or everything or len(self.paths) > MAX_PATHS
        if self.everything:
            self.paths.clear()

    def at_rest(self, now: float) -> bool:
        """Whether there is something to take in, and now is the time."""
        if not (self.paths or self.everything):
            return False
        return now - self.last >= QUIET_SECONDS or now - self.first >= LONGEST_SECONDS


class Following:
    """The corpora that are followed. For one thread at a time; nothing here waits."""

    def __init__(self) -> None:
        self._followed: dict[str, _Followed] = {}

    def start(self, spec: CorpusSpec, *, catch_up: bool = True) -> None:
        """Watch a corpus's folders from now on, if it has any.

        With `catch_up`, what may have changed before counts as changed. Watching one that is
        watched already, with the same sources, changes nothing.
        """
        sources = watchable(spec.sources)
        known = self._followed.get(spec.name)
        if known is not None and known.sources == sources and known.watcher is not None:
            return
        self.stop(spec.name)
        if not sources:
            return
        followed = self._followed[spec.name] = _Followed(sources)
        followed.open()
        if catch_up:
            followed.note(set(), time.monotonic() - QUIET_SECONDS, everything=True)

    def stop(self, name: str) -> None:
        """Follow a corpus no longer."""
        followed = self._followed.pop(name, None)
        if followed is not None and followed.watcher is not None:
            followed.watcher.close()

    def close(self) -> None:
        """Follow none any longer."""
        for name in list(self._followed):
            self.stop(name)

    def poll(self) -> WatchNews:
        """What has changed and come to rest, and which watchers have just failed."""
        now = time.monotonic()
        problems = []
        for name, followed in self._followed.items():
            if followed.watcher is None:
                if now >= followed.retry:
                    followed.open()
                    if followed.watcher is not None:
                        followed.note(set(), now, everything=True)
                continue
            try:
                paths = followed.watcher.poll()
            except WatchError as error:
                followed.fail(error)
                problems.append(f"{name}: {error}")
                continue
            if paths:
                followed.note(paths, now)
        changed = tuple(n for n, followed in self._followed.items() if followed.at_rest(now))
        return WatchNews(changed, tuple(problems))

    def take(self, name: str) -> set[str] | None:
        """The paths to look at now; None for everything. They count as looked at."""
        followed = self._followed.get(name)
        if followed is None or followed.everything:
            paths = None
        else:
            paths = set(followed.paths)
        if followed is not None:
            followed.paths.clear()
            followed.everything = False
        return paths

    def give_back(self, name: str, paths: Set[str] | None) -> None:
        """What was taken could not be looked at: it is to be tried again, a little later."""
        followed = self._followed.get(name)
        if followed is not None:
            followed.note(
                paths or set(), time.monotonic() + AGAIN_SECONDS, everything=paths is None
            )

    def is_watching(self, name: str) -> bool:
        """Whether a watcher is at work for a corpus."""
        followed = self._followed.get(name)
        return followed is not None and followed.watcher is not None

    def problem(self, name: str) -> str:
        """Why a corpus that should be followed is not, or what is not noticed; else empty."""
        followed = self._followed.get(name)
        return followed.problem if followed is not None else ""
