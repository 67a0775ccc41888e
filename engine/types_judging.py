"""The frozen dataclasses of judging: queues, their candidates, agreement between judges.

Apart from `engine.types` for its length only; as cheap to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.types import Chunk, Grade, Mark, Query


class Order(StrEnum):
    """In which order the candidates of one query come. Neither tells a rank.

    `RANDOM` shuffles them. `INTERLEAVED` takes turns among the runs that found them, each run's
    candidates shuffled, so that whoever stops early has looked into every run.
    """

    RANDOM = "random"
    INTERLEAVED = "interleaved"


RUNS = ("bm25", "dense", "hybrid", "rerank")
"""The runs that a pool may be made of."""


@dataclass(frozen=True, slots=True)
class QuerySource:
    """Where a queue's queries come from; exactly one is given.

    `history` is how many of the queries asked last, `dataset` the name of an imported data set,
    `file` a file (see `engine.judgements.query_files`), `texts` the queries themselves.
    """

    history: int = 0
    dataset: str = ""
    file: str = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """What a queue is made of. `repeats` is the share of items that come back unannounced."""

    name: str
    corpus: str
    source: QuerySource
    depth: int = 10
    runs: tuple[str, ...] = RUNS
    order: Order = Order.RANDOM
    repeats: float = 0.1
    limit: int | None = None  # the first queries only


@dataclass(frozen=True, slots=True)
class QueueInfo:
    """A queue as lists show it."""

    name: str
    corpus: str
    queries: int
    candidates: int
    depth: int
    runs: tuple[str, ...]
    order: Order
    repeats: float
    created: datetime
    done: Mapping[str, int]  # judge → candidates graded or marked
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing to judge, without anything that would tell how it ranked.

    `slot` is its place in the queue, which is another for another judge; `item` says what it is,
    whatever queue is open. `grade`, `mark` and `note` are the judge's own, given earlier.
    """

    slot: int
    query: Query
    query_language: str | None  # None for words
    chunk: Chunk
    grade: Grade | None = None
    mark: Mark | None = None
    note: str = ""
    item: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a judge is with a queue. `seconds_each` is the pace of this sitting, if known."""

    done: int
    total: int
    query: int  # the place of the query at hand, from 1
    queries: int
    skipped: int = 0  # of what is left: they come when all else is done
    seconds_each: float | None = None

    @property
    def left(self) -> int:
        """How many are still to be judged."""
        return self.total - self.done

    @property
    def seconds_left(self) -> float | None:
        """How long that takes at this pace."""
        return None if self.seconds_each is None else self.seconds_each * self.left


@dataclass(frozen=True, slots=True)
class QueueView:
    """An open queue: how far it is, and the next candidates, the first to be shown now."""

    queue: str
    judge: str
    standing: Standing
    upcoming: tuple[Candidate, ...]
    guidelines: str
    said: str = ""  # what an undo did, in words
    shown: Candidate | None = None  # to be shown instead of the first upcoming: after an undo


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge said of a candidate: a grade or a mark, and perhaps a note."""

    slot: int
    grade: Grade | None = None
    mark: Mark | None = None
    note: str = ""
    item: int | None = None  # what the judge saw, if the queue is to see to it that it lies there


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coefficient with its bootstrap interval; None where it is not defined."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two judges on what both graded."""

    judges: tuple[str, str]
    items: int
    queries: int
    equal: float  # the share of equal grades
    kappa: Estimate  # weighted


@dataclass(frozen=True, slots=True)
class SelfAgreement:
    """A judge's grades of what came back, against their first ones."""

    judge: str
    items: int
    equal: float
    kappa: Estimate


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something that judges graded differently, and the grade it was settled with, if it was."""

    id: int  # of one of the judgements, for `settle`
    corpus: str
    query_text: str
    query_language: str | None  # None for words
    chunk: Chunk
    grades: Mapping[str, Grade]
    notes: Mapping[str, str]
    settled: Grade | None = None

    @property
    def spread(self) -> int:
        """How far apart the grades are."""
        return max(self.grades.values()) - min(self.grades.values())


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """How well judges agree: with each other, and with themselves."""

    judges: Mapping[str, int]  # judge → grades
    items: int  # graded by more than one
    alpha: Estimate
    level: str  # of measurement, for alpha
    weights: str  # of kappa
    pairs: tuple[PairAgreement, ...]
    selves: tuple[SelfAgreement, ...]
    disagreements: int
    settled: int


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    path: str
    format: str
    judgements: int
    queries: int
    documents: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """What an import did with the judgements of a file."""

    added: int = 0
    updated: int = 0  # the file's were newer
    unchanged: int = 0
    changes: int = 0  # entries of the history that were new
    repeats: int = 0
    queues: int = 0
    notes: tuple[str, ...] = ()
