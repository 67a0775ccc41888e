"""Mining: from repositories, notebooks, dumps and forums to one file of pairs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from engine.corpus.walk import FoundFile, walk
from engine.errors import DataError
from engine.job import Job
from engine.learning.pairs import discourse, notebooks, repositories, stackoverflow
from engine.learning.pairs.reading import Step
from engine.learning.pairs.record import PairWriter
from engine.paths import place_of
from engine.types import Progress
from engine.types_corpora import SkippedFile

SourceType = Literal["auto", "repository", "notebooks", "stackoverflow", "discourse"]

_BY_SUFFIX: Mapping[str, SourceType] = {
    ".py": "repository",
    ".ipynb": "notebooks",
    ".xml": "stackoverflow",
    ".7z": "stackoverflow",
    ".json": "discourse",
    ".jsonl": "discourse",
}
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class MineReport:
    """What a run of mining found: pairs by kind, and the files that were left out."""

    pairs: int
    by_kind: Mapping[str, int]
    files: int
    skipped: tuple[SkippedFile, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Work:
    """A file to read, and how. `size` counts what is read, so twice for a file read twice."""

    size: int
    read: Callable[[], Iterator[Step]]


def mine(
    sources: Sequence[str],
    out: Path,
    kind: SourceType = "auto",
    importing: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> Job[MineReport]:
    """Write the pairs of all sources to `out`, which appears once it is complete.

    `importing` limits Python files and notebooks to those that import one of these packages, `tags`
    limits questions and topics to those that have one of these tags. Raises `DataError` if a source
    cannot be read or nothing is found, `DiskError` if `out` cannot be written.
    """
    started = time.monotonic()
    skipped: list[SkippedFile] = []
    work: list[_Work] = []
    for source in dict.fromkeys(sources):
        for found in _plan(_existing(source), kind, importing, tags):
            if isinstance(found, SkippedFile):
                skipped.append(found)
            elif found is not None:
                work.append(found)
            yield Progress("looking for files", len(work), None)
    if not work:
        raise DataError(
            f"{', '.join(sources)}: no Python file, notebook, Posts.xml or topic; see --kind"
        )
    counts: Counter[str] = Counter()
    pace = _Pace(sum(item.size for item in work), started)
    with PairWriter(out) as writer:
        for item in work:
            for step in item.read():
                for pair in step.pairs:
                    writer.write(pair)
                    counts[pair.kind] += 1
                if step.skipped is not None:
                    skipped.append(step.skipped)
                yield pace.advance(step.size, writer.count)
        if not writer.count:
            why = f" ({skipped[0].path}: {skipped[0].reason})" if skipped else ""
            raise DataError(
                f"{', '.join(sources)}: no pair in {len(work):,} files{why}; give other sources"
            )
    return MineReport(
        pairs=counts.total(),
        by_kind=dict(sorted(counts.items())),
        files=len(work),
        skipped=tuple(dict.fromkeys(skipped)),
        seconds=time.monotonic() - started,
    )


def _existing(source: str) -> Path:
    path = place_of(source)
    if not path.exists():
        raise DataError(f"{source} does not exist; give a folder or a file")
    return path.resolve()


def _plan(
    source: Path, kind: SourceType, importing: Sequence[str], tags: Sequence[str]
) -> Iterator[_Work | SkippedFile | None]:
    """What there is to read in a source; None now and then while nothing is found."""
    if kind == "auto" and source.is_file():
        if source.suffix.lower() not in _BY_SUFFIX:
            raise DataError(f"{source}: cannot tell what this is; say so with --kind")
        kind = _BY_SUFFIX[source.suffix.lower()]
    if kind == "auto" and stackoverflow.find_dumps(source):
        kind = "stackoverflow"
    if kind == "stackoverflow":
        yield from _plan_dumps(source, tags)
        return
    found = False
    for chosen, pattern, read in (
        ("repository", "*.py", repositories.read_file),
        ("notebooks", "*.ipynb", notebooks.read_notebook),
    ):
        if kind in ("auto", chosen):
            for item in walk([str(source)], include=[pattern]):
                if isinstance(item, FoundFile):
                    found = True
                    yield _Work(item.size, partial(_one, partial(read, item, importing)))
                else:
                    yield item
    if kind == "discourse" or (kind == "auto" and not found):
        yield from _plan_topics(source, tags)


def _plan_dumps(source: Path, tags: Sequence[str]) -> Iterator[_Work]:
    dumps = stackoverflow.find_dumps(source)
    if not dumps:
        raise DataError(f"{source} holds no Posts.xml; give the folder that the dump was put in")
    for dump in dumps:
        yield _Work(2 * dump.stat().st_size, partial(stackoverflow.read_dump, dump, tags))


def _plan_topics(source: Path, tags: Sequence[str]) -> Iterator[_Work | None]:
    files = [source] if source.is_file() else source.rglob("*.json*")
    for path in sorted(path for path in files if path.suffix in (".json", ".jsonl")):
        status = path.stat()
        file = FoundFile(str(path.parent), path.name, status.st_size, status.st_mtime_ns)
        yield _Work(file.size, partial(_one, partial(discourse.read_topics, file, tags)))


def _one(read: Callable[[], Step]) -> Iterator[Step]:
    yield read()


class _Pace:
    """How far reading is, in MB, and how many pairs it gives a second."""

    def __init__(self, size: int, started: float) -> None:
        self._size = size
        self._started = started
        self._done = 0

    def advance(self, size: int, pairs: int) -> Progress:
        """Where the work stands after `size` more bytes."""
        self._done += size
        seconds = max(time.monotonic() - self._started, 1e-3)
        left = seconds * (self._size - self._done) / self._done if self._done else None
        return Progress(
            "reading MB",
            self._done // _MB,
            self._size // _MB,
            message=f"{pairs:,} pairs, {pairs / seconds:,.0f} a second",
            rate=self._done / _MB / seconds,
            seconds_left=left if seconds > 0.5 else None,
        )
