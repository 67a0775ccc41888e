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

    @property
    def is_outline(self) -> bool:
        """Whether `text` leaves out lines, as of a class that is too long to be kept whole."""
        return self.kind == "class" and self.text.count("\n") < self.end_line - self.start_line


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
