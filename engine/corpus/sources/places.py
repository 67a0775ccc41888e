"""From a corpus's sources to the folders and files that are walked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from engine.corpus.sources.archive_format import archive_stem
from engine.corpus.sources.archives import unpack
from engine.corpus.sources.git import clone
from engine.corpus.sources.kept import CONTENT, KeptFolder, key_of
from engine.corpus.sources.naming import PACKAGE, kind_of
from engine.corpus.sources.packages import find_package, split_package
from engine.errors import CorpusError, DataError
from engine.job import Job
from engine.types import Progress
from engine.types_corpora import Fetching, SkippedFile, SourceKind

_BLOCK = 8_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source's files are: a folder, or a single file.

    `salt` tells its chunks from those of another place with the same paths; it stays when what is
    in the cache is made anew. `skipped` is what was left out on the way there.
    """

    path: str
    salt: str
    skipped: tuple[SkippedFile, ...] = ()


def local_places(sources: Sequence[str]) -> list[Place]:
    """The places of sources that are folders and files."""
    return [Place(source, source) for source in sources]


def find_places(sources: Sequence[str], cache: Path, fetching: Fetching) -> Job[list[Place]]:
    """Where the files of some sources are; archives are unpacked, repositories cloned as allowed.

    Raises `CorpusError` if one cannot be had, `ConsentError` if it would have to be downloaded.
    """
    places: list[Place] = []
    for source in dict.fromkeys(sources):
        kind = kind_of(source)
        if kind is SourceKind.GIT:
            folder = yield from clone(cache, source, fetching)
            places.append(Place(str(folder), source))
        elif kind is SourceKind.ARCHIVE and Path(source).exists():
            places.append((yield from _unpacked(Path(source), cache)))
        elif kind is SourceKind.PACKAGE:
            places += _package_places(source)
        else:
            places.append(Place(source, source))
    return places


def _package_places(source: str) -> list[Place]:
    try:
        found = find_package(*split_package(source.removeprefix(PACKAGE)))
    except DataError as error:
        raise CorpusError(f"{error}; install it again or remove the corpus") from error
    return [Place(str(path), str(path)) for path in found]


def _unpacked(archive: Path, cache: Path) -> Job[Place]:
    """The folder of an archive's files, unpacked once for each content."""
    try:
        digest = yield from _digest(archive)
        kept = KeptFolder(cache, key_of(archive_stem(archive), "archive", str(archive), digest))
        with kept.hold(str(archive)):
            if kept.manifest() is None:
                with kept.making() as folder:
                    (folder / CONTENT).mkdir()
                    skipped = yield from unpack(archive, folder / CONTENT)
                    told = [[item.path, item.reason] for item in skipped]
                    kept.keep(folder, {"source": str(archive), "skipped": told})
    except FileNotFoundError as error:
        raise CorpusError(f"cannot read {archive}: it is not there any more") from error
    manifest = kept.manifest() or {}
    skipped = tuple(SkippedFile(path, reason) for path, reason in manifest.get("skipped", ()))
    return Place(str(_top(kept.content)), str(archive), skipped)


def _top(folder: Path) -> Path:
    """The folder, or the only one in it: most archives of a project hold just `project-1.0/`."""
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _digest(archive: Path) -> Job[str]:
    digest, done = blake2b(digest_size=16), 0
    try:
        size = archive.stat().st_size
        with archive.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                done += len(block)
                yield Progress("reading", done, size, archive.name)
    except OSError as error:
        raise CorpusError(f"cannot read {archive}: {error.strerror or error}") from error
    return digest.hexdigest()
