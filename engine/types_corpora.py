"""The frozen dataclasses of corpora: where code comes from, what indexing did, data sets.

Apart from `engine.types` for its length only; as cheap to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

EMBEDDING = "dense vectors"
"""The stage of `Progress` that counts chunks which get their vectors."""


@dataclass(frozen=True, slots=True)
class CorpusSpec:
    """What a corpus is made of: a name, its sources and which of their files count.

    A source is the `text` of a `Source`. `watch` is whether its folders are followed while a
    window is open.
    """

    name: str
    sources: tuple[str, ...]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    lexical_only: bool = False
    watch: bool = True


class SourceKind(StrEnum):
    """What a corpus can be made from."""

    FOLDER = "folder"
    FILE = "file"
    ARCHIVE = "archive"
    PACKAGE = "package"
    GIT = "git"


@dataclass(frozen=True, slots=True)
class Source:
    """One source of a corpus.

    `text` is what is kept and shown: an absolute path, `package:NAME` or a git URL. `remote` says
    that reading it for the first time needs the network.
    """

    text: str
    kind: SourceKind
    name: str  # a corpus name to suggest
    remote: bool = False


@dataclass(frozen=True, slots=True)
class Fetching:
    """What may be fetched for a corpus: clones that are missing, news for those there are."""

    clone: bool = False
    refresh: bool = False


class ChangeKind(StrEnum):
    """What happened to a file."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A change of one file that an index has taken in; `before` is the old path of a renamed one.

    Paths are relative to their source, as in `Chunk.path`.
    """

    kind: ChangeKind
    path: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was left out, and why, in words."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an indexing run did."""

    name: str
    files: int
    chunks: int
    files_changed: int
    files_removed: int
    skipped: tuple[SkippedFile, ...]
    seconds: float
    vectors: int = 0
    changes: tuple[FileChange, ...] = ()  # none for a first indexing


@dataclass(frozen=True, slots=True)
class CorpusInfo:
    """A corpus as lists show it."""

    name: str
    sources: tuple[str, ...]
    files: int
    chunks: int
    vectors: int  # chunks that have a vector of the current encoder
    languages: Mapping[str, int]
    frameworks: Mapping[str, int]
    skipped: int
    updated: datetime | None
    builtin: bool = False
    lexical_only: bool = False
    problem: str = ""  # empty when healthy, else one line that says what to do
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    watch: bool = True  # the setting
    watchable: bool = False  # has a folder or file that can be watched
    watching: bool = False  # a watcher is at work in this process
    watch_problem: str = ""  # why there is none, or what it does not see, in one line
    dataset: str = ""  # what it was imported as and from, if it is a data set

    @property
    def spec(self) -> CorpusSpec:
        """What it is made of."""
        return CorpusSpec(
            self.name, self.sources, self.include, self.exclude, self.lexical_only, self.watch
        )


@dataclass(frozen=True, slots=True)
class WatchNews:
    """What watching has found: corpora whose files have changed and come to rest; new trouble."""

    changed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetRequest:
    """What to read of a data set from elsewhere, and how. What is empty is found out."""

    source: str  # a file, a folder, or the id of a data set on the Hugging Face hub
    name: str = ""
    format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)  # of a table: role → column
    split: str = ""
    revision: str = ""
    limit: int | None = None  # the first documents only, and the judgements on them
    allow_download: bool = False
    normalise_names: bool = False  # as AdvTest hides them
    drop_missing: bool = False  # leave out judgements of what is not there
    unescape: bool = False  # of a table: make line ends of \n
    lexical_only: bool = False


@dataclass(frozen=True, slots=True)
class DatasetPreview:
    """What a data set from elsewhere would give. The rows shown are its first ones."""

    format: str = ""
    split: str = ""
    splits: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    documents: int = 0
    queries: int = 0
    judgements: int = 0
    first_documents: tuple[tuple[str, str], ...] = ()  # id, text
    first_queries: tuple[tuple[str, str], ...] = ()
    grades: Mapping[int, int] = field(default_factory=dict)  # grade → judgements
    candidates: Mapping[str, int] = field(default_factory=dict)  # ranker → queries
    notes: tuple[str, ...] = ()
    problem: str = ""  # why it cannot be imported so, in one line
    download: str = ""  # the id to be downloaded, if that has to be agreed to first


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """A data set as it was imported."""

    name: str
    format: str
    source: str
    split: str
    revision: str
    documents: int
    queries: int
    judgements: int
    candidates: Mapping[str, int]
    notes: tuple[str, ...]
    imported: datetime | None
    folder: str
    problem: str = ""
