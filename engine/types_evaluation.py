"""The frozen dataclasses of measuring: what to measure, stored runs, their comparison.

Apart from `engine.types` for its length only; as cheap to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.types import StageRanks, StageScores


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What to measure, on what.

    `source` is a folder in BEIR layout, the name of an imported data set, or `judgements:CORPUS`
    for one's own grades. With a `preset` it is whatever that preset reads, and `task` one of its
    tasks (empty: all). `save` is the name under which the runs are stored; one that is there and
    not complete is gone on with.
    """

    source: str
    pipelines: tuple[str, ...] = ("all",)
    save: str = ""
    preset: str = ""
    task: str = ""
    limit: int | None = None  # the first queries only
    rerank: int | None = None  # how many candidates `rerank` reranks; None: the device's default
    use_target: bool = False
    drop_identical: bool = False
    threshold: int = 1  # the grade from which the binary metrics count a document as relevant


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over queries with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A stored run as lists show it. `done` of `total` queries are answered."""

    name: str  # of the evaluation and the pipeline: `before/rerank`
    dataset: str
    pipeline: str
    done: int
    total: int
    documents: int
    created: datetime | None
    source: str = ""
    preset: str = ""
    metrics: Mapping[str, Interval] = field(default_factory=dict)
    query_ms: tuple[float, float] = (0.0, 0.0)  # median and 95th percentile
    stage_ms: Mapping[str, float] = field(default_factory=dict)  # means
    parameters: int | None = None  # of its models together
    models: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # role → name, fingerprint
    threshold: int = 1  # the grade from which the binary metrics count a document as relevant
    protocol: tuple[str, ...] = ()  # what only its protocol reports, in sentences
    options: tuple[str, ...] = ()  # those that change what is measured, as they are written
    machine: str = ""
    notes: tuple[str, ...] = ()
    failures: Mapping[str, int] = field(default_factory=dict)  # group → queries
    ceiling: str = ""  # what a perfect ranker can be expected to reach, where that is below 1
    problem: str = ""

    @property
    def complete(self) -> bool:
        """Whether every query is answered."""
        return self.done >= self.total and not self.problem

    @property
    def timed(self) -> bool:
        """Whether it is known what its queries took: not of a run that was imported."""
        return self.query_ms[1] > 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """A run against the first one, in one metric; `p` is corrected for the number of runs."""

    baseline: str
    run: str
    metric: str
    mean: float
    low: float
    high: float
    p: float
    p_randomisation: float
    p_t: float
    wins: int
    losses: int
    ties: int
    verdict: str


@dataclass(frozen=True, slots=True)
class QueryValues:
    """One query's values, one for each run."""

    query: str
    text: str
    values: tuple[float, ...]
    failures: tuple[str, ...] = ()  # the group of each run, empty for a success


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Queries that failed in the same way, per run."""

    name: str
    words: str
    advice: str
    counts: tuple[int, ...]
    examples: tuple[str, ...]  # ids of queries, of the last run


@dataclass(frozen=True, slots=True)
class Published:
    """A figure that somebody published. `differs` says how the set measured here is another."""

    task: str
    system: str
    metric: str
    value: float
    source: str
    differs: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs over the same queries, the first one being what the others are compared with.

    `recall` and `by_k` hold (K, value) for each run: recall@K, and the metric's kind against K.
    """

    dataset: str
    metric: str
    queries: int
    runs: tuple[RunInfo, ...]
    differences: tuple[Difference, ...] = ()
    per_query: tuple[QueryValues, ...] = ()
    recall: tuple[tuple[tuple[int, float], ...], ...] = ()
    by_k: tuple[tuple[tuple[int, float], ...], ...] = ()
    failures: tuple[FailureGroup, ...] = ()
    published: tuple[Published, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RankedDocument:
    """One place of a ranking. `grade` is None where nobody has judged it."""

    rank: int
    document: str
    grade: int | None
    text: str  # empty if the data set is not at hand any more
    language: str
    scores: StageScores
    ranks: StageRanks


@dataclass(frozen=True, slots=True)
class QueryRanking:
    """What one run has for one query. `relevant` says where the relevant documents went."""

    run: str
    documents: tuple[RankedDocument, ...]
    relevant: tuple[tuple[str, int | None], ...]  # document, rank or None
    depth: int  # ranks that were kept
    failure: str = ""  # in words
    ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueryView:
    """One query and what each run has for it."""

    query: str
    text: str
    rankings: tuple[QueryRanking, ...]
    relevant: tuple[RankedDocument, ...] = ()  # the relevant documents themselves, rank 0


@dataclass(frozen=True, slots=True)
class EvaluationSource:
    """Something that can be measured on, for a list to choose from."""

    source: str
    label: str
    rankers: tuple[str, ...] = ()  # of published rankings
    has_targets: bool = False
