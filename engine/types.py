"""The frozen dataclasses that everyone passes.

Nothing here does work; nothing here imports more than the standard library, so that the window
and the command line can import it for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from pathlib import Path


class QueryKind(StrEnum):
    """How a query's text is to be read."""

    AUTO = "auto"
    WORDS = "words"
    CODE = "code"


class Framework(StrEnum):
    """The array and deep-learning frameworks that are told apart."""

    PYTORCH = "PyTorch"
    TENSORFLOW = "TensorFlow"
    KERAS = "Keras"
    MXNET = "MXNet"
    PADDLE = "Paddle"
    JAX = "JAX"
    MINDSPORE = "MindSpore"
    NUMPY = "NumPy"


class Grade(IntEnum):
    """Graded relevance as in CodeSearchNet (Husain et al., 2019)."""

    IRRELEVANT = 0
    WEAK = 1
    STRONG = 2
    EXACT = 3


class Mark(StrEnum):
    """What a judge may say instead of a grade."""

    SKIPPED = "skipped"
    UNSURE = "cannot tell"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file: what is indexed, found and judged.

    `path` is relative to `root` and uses `/`; lines count from 1 and include both ends (within the
    cell for a notebook, where `cell` counts from 0). `name` is qualified (`Trainer.step`), empty
    for a block without one. `description` is the docstring, or the markdown above a notebook cell.
    """

    id: str
    path: str
    root: str
    start_line: int
    end_line: int
    kind: str  # function, method, class, block, cell, window or document
    name: str
    language: str
    frameworks: tuple[Framework, ...]
    text: str
    description: str = ""
    cell: int | None = None

    @property
    def file(self) -> Path:
        """The file on disk."""
        return Path(self.root) / self.path


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a query turned out to be. `language` is None for words."""

    kind: QueryKind
    language: str | None = None
    frameworks: tuple[Framework, ...] = ()

    @property
    def framework(self) -> Framework | None:
        """The framework that the snippet uses most, if any."""
        return self.frameworks[0] if self.frameworks else None


@dataclass(frozen=True, slots=True)
class Query:
    """One question. The filters are applied before top-k, in every stage.

    `rerank` is how many candidates the cross-encoder sees; None means the device's default, 0
    leaves it out. `use_dense` False keeps to BM25 (as while the models still load).
    """

    text: str
    corpus: str
    kind: QueryKind = QueryKind.AUTO
    framework: Framework | None = None
    language: str | None = None
    path: str | None = None
    k: int = 10
    rerank: int | None = None
    use_dense: bool = True


@dataclass(frozen=True, slots=True)
class StageScores:
    """A hit's score in each stage; None where the stage did not see it."""

    bm25: float | None = None
    dense: float | None = None
    fused: float | None = None
    rerank: float | None = None


@dataclass(frozen=True, slots=True)
class StageRanks:
    """A hit's rank in each stage, from 1; None where the stage did not see it."""

    bm25: int | None = None
    dense: int | None = None
    fused: int | None = None
    rerank: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. `identical` names the other chunks with the same text, folded into this one."""

    rank: int
    chunk: Chunk
    scores: StageScores
    ranks: StageRanks
    identical: tuple[str, ...] = ()
    is_query: bool = False  # its text is the query itself
    grade: Grade | None = None


class SearchStage(StrEnum):
    """How far a search is when it hands over a list."""

    LEXICAL = "lexical"
    FUSED = "fused"
    RERANKING = "reranking"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A ranked list, complete or on its way. `notes` are sentences for the reader."""

    query: Query
    understanding: Understanding
    hits: tuple[Hit, ...]
    stage: SearchStage
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a snippet: its lines, from 0 and both included, and how deep it is nested."""

    first: int
    last: int
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """Two statements (by number, from 0) that do the same thing, and how sure that is, in [0, 1].

    `moved` says that it crosses others; `by_hand` that the user said so.
    """

    left: int
    right: int
    confidence: float
    moved: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class AlignmentRequest:
    """Two texts to be aligned. `anchors` are lines (from 0) that the user has put together."""

    left: str
    left_language: str | None
    right: str
    right_language: str | None
    anchors: tuple[tuple[int, int], ...] = ()
    left_framework: Framework | None = None  # for hints at what an API is called across
    right_framework: Framework | None = None


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which statements of two texts stand for each other; several links may share a statement.

    `with_model` is whether the encoder was asked too. The hints say, for the API names that a side
    calls (as written there), what the other side's framework has for them.
    """

    request: AlignmentRequest
    left: tuple[Statement, ...]
    right: tuple[Statement, ...]
    links: tuple[Link, ...]
    with_model: bool = False
    left_hints: Mapping[str, str] = field(default_factory=dict)
    right_hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReceiptPart:
    """One summand of a score; `words` say where it comes from."""

    name: str
    value: float
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptStep:
    """What a stage made of what came before. The parts add up to `total` exactly."""

    title: str
    total: float
    parts: tuple[ReceiptPart, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a chunk came by its place in a list, or why it has none.

    `rank` is None for a chunk that the list does not show; then `verdict` says in which stage it
    was lost and `remedy` what would have kept it. `score` is the last step's total, None for what
    never became a candidate. `folded` are the ids of the copies that count as the same result.
    """

    query: Query
    understanding: Understanding
    chunk_id: str
    rank: int | None
    score: float | None
    steps: tuple[ReceiptStep, ...]
    filters: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    verdict: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far long work is. `total` is None while it is not known."""

    stage: str
    done: int
    total: int | None
    message: str = ""
    rate: float | None = None  # per second
    seconds_left: float | None = None
    unit: str = ""  # of done, total and rate: empty for things that are counted, or "B" for bytes


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


@dataclass(frozen=True, slots=True)
class JudgementDraft:
    """A grade about to be given. Grade None takes a grade back."""

    query: Query
    chunk: Chunk
    grade: Grade | None
    note: str = ""
    judge: str = ""  # empty: the name from the settings
    ranks: StageRanks = StageRanks()
    scores: StageScores = StageScores()
    mark: Mark | None = None  # only without a grade


@dataclass(frozen=True, slots=True)
class Judgement:
    """A grade as kept, with everything that gives it meaning when the corpus has changed."""

    id: int
    query_text: str
    query_kind: str
    corpus: str
    chunk_id: str
    chunk_text: str
    path: str
    start_line: int
    end_line: int
    name: str
    language: str
    grade: Grade
    judge: str
    note: str
    created: datetime
    updated: datetime
    ranks: StageRanks
    scores: StageScores


@dataclass(frozen=True, slots=True)
class RecentQuery:
    """A query from the history."""

    text: str
    kind: QueryKind
    corpus: str
    framework: Framework | None
    when: datetime


class ModelState(StrEnum):
    """Where a model stands."""

    WAITING = "waiting"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One of the two models in words: what it is, where it runs, how it fares."""

    role: str  # encoder or cross-encoder
    name: str  # bundled, a Hugging Face id or a folder
    state: ModelState
    device: str = ""
    precision: str = ""
    fingerprint: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RuntimeTrial:
    """What one CPU runtime did with a model, and whether it was the best of them."""

    role: str  # encoder or cross-encoder
    runtime: str
    tokens_per_second: float
    fidelity: float  # correlation with full precision, at most 1
    best: bool


@dataclass(frozen=True, slots=True)
class ModelOffer:
    """A model of the catalogue. What is 0 or empty is not known before the hub is asked."""

    name: str  # bundled, or a Hugging Face id
    role: str  # encoder or cross-encoder
    group: str  # bundled, small or large
    purpose: str
    licence: str
    commercial: bool  # whether the licence allows commercial use
    parameters: int
    dimension: int = 0  # of an encoder's vectors
    most_tokens: int = 0  # what the model itself can read of a text
    size: int = 0  # bytes to download
    revision: str = ""  # empty: the latest


class ModelPlace(StrEnum):
    """How much of a model is on this machine."""

    HERE = "here"
    PARTIAL = "partial"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ModelListing:
    """A model one can choose: of the catalogue, downloaded before, or in use."""

    name: str
    role: str
    group: str  # bundled, small, large or own
    place: ModelPlace
    in_use: bool
    purpose: str = ""
    licence: str = ""
    commercial: bool = True
    parameters: int = 0
    dimension: int = 0
    most_tokens: int = 0
    size: int = 0  # bytes to download, 0 if the hub has to be asked
    here: int = 0  # bytes on this machine
    folder: str = ""
    revision: str = ""
    removable: bool = False  # it was downloaded by Counterpart
    memory: int = 0  # bytes it takes to run here, 0 if not known
    free: int | None = None  # bytes of the device that are free, None if not known

    @property
    def fits(self) -> bool:
        """Whether it fits into what is free, as far as that is known."""
        return self.free is None or self.memory <= self.free


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """What getting and running one model would take; nothing is fetched for knowing it.

    `missing` is how many of its `size` bytes would have to be downloaded.
    """

    name: str
    role: str
    revision: str
    licence: str  # as the hub says; empty if it does not
    commercial: bool
    parameters: int
    size: int
    missing: int
    disk: int  # bytes free where it would go
    memory: int
    free: int | None
    device: str

    @property
    def fits(self) -> bool:
        """Whether it fits into what is free, as far as that is known."""
        return self.free is None or self.memory <= self.free


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What `counterpart doctor` prints."""

    versions: Mapping[str, str]
    device: str
    models: tuple[ModelInfo, ...]
    paths: Mapping[str, str]
    store: str  # "ok" or one line of trouble
    corpora: tuple[CorpusInfo, ...]
    problems: tuple[str, ...] = ()
