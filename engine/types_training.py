"""The frozen dataclasses of hard negatives, fine-tuning and model versions.

Apart from `engine.types` for its length only; as cheap to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.types import Chunk, Query


class Origin(StrEnum):
    """Where a negative comes from. The first two are verified: somebody looked at them."""

    JUDGED = "judged irrelevant"
    WEAK = "judged weak"
    FRAMEWORK = "wrong framework"  # right task, but another framework was asked for
    MINED = "mined"
    RANDOM = "random"


VERIFIED = (Origin.JUDGED, Origin.WEAK, Origin.FRAMEWORK)

WEIGHTS: Mapping[Origin, float] = {
    Origin.JUDGED: 1.0,
    Origin.WEAK: 0.5,  # a weak result is no counterpart, yet nearer than an irrelevant one
    Origin.FRAMEWORK: 0.5,
    Origin.MINED: 1.0,
    Origin.RANDOM: 1.0,
}
"""How much a negative of each origin counts in training."""

FORMATS = ("triplet", "n-tuple", "labeled-pair", "labeled-list")


@dataclass(frozen=True, slots=True)
class MiningOptions:
    """Which negatives are wanted. Names and meaning follow `mine_hard_negatives`.

    Ranks count from 0 in the current pipeline's list; scores are the cross-encoder's, in [0, 1].
    With `absolute_margin` a a candidate is kept if its score is at most the positive's minus a,
    with `relative_margin` r if it is at most (1 - r) times the positive's, the lowest of several
    positives counting. `num_negatives` are taken for each query: verified ones first, then mined
    ones, then random ones. `origins` are those that may be taken.
    """

    corpus: str = ""  # empty: every corpus that has judgements
    judges: tuple[str, ...] = ()  # empty: all people; data sets count where they are named
    range_min: int = 0
    range_max: int = 30
    max_score: float | None = None
    min_score: float | None = None
    absolute_margin: float | None = None
    relative_margin: float | None = 0.05
    num_negatives: int = 5
    sampling_strategy: str = "top"  # or random
    output_format: str = "triplet"
    output_scores: bool = False
    origins: tuple[Origin, ...] = tuple(Origin)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Negative:
    """A negative of a query: its origin, and rank and score where it was mined."""

    chunk: Chunk
    origin: Origin
    rank: int | None = None
    score: float | None = None

    @property
    def weight(self) -> float:
        """How much it counts in training."""
        return WEIGHTS[self.origin]


@dataclass(frozen=True, slots=True)
class Positive:
    """A judged counterpart; `score` is the cross-encoder's, if it was asked."""

    chunk: Chunk
    grade: int
    score: float | None = None


@dataclass(frozen=True, slots=True)
class MinedQuery:
    """A judged query with its positives (best first) and the negatives found for it."""

    query: Query
    language: str | None  # of the query; None for words
    positives: tuple[Positive, ...]
    negatives: tuple[Negative, ...]


@dataclass(frozen=True, slots=True)
class MiningReport:
    """What mining found. `skipped` counts candidates by the reason why they were left out."""

    queries: int
    without_positive: int
    positives: int
    counts: Mapping[Origin, int]
    skipped: Mapping[str, int]
    short: int  # queries with fewer negatives than asked for
    samples: tuple[MinedQuery, ...]  # one positive and one negative each, for a person to look at
    path: str = ""
    rows: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingSpec:
    """What is to be trained, and how.

    `minutes` ends it early; `steps` 0 follows from the data, `learning_rate` 0 from the stage.
    """

    name: str = ""  # of the version; empty: from the date
    stages: tuple[str, ...] = ("cross-encoder",)
    corpus: str = ""
    judges: tuple[str, ...] = ()  # whose grades count, as in `MiningOptions`
    held_out: float = 0.3
    steps: int = 0
    minutes: float = 0.0
    batch: int = 4
    learning_rate: float = 0.0
    max_tokens: int = 256
    seed: int = 0
    mining: MiningOptions = field(default_factory=MiningOptions)
    sample: bool = True  # measure on the sample corpus too


@dataclass(frozen=True, slots=True)
class TrainingOutlook:
    """What there is to train on, before anything is trained."""

    judgements: int
    queries: int
    trainable: int  # queries with a counterpart and something that is none
    train: int
    held_out: int
    enough: bool
    advice: str
    device: str
    steps: int = 0  # of all stages; how long one takes shows in the first of them
    tuning: int = 0  # queries that are kept to fit the cross-encoder's share on


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """How long a training would take, in seconds of each part, from a few steps and searches."""

    mining: float
    training: float
    measuring: float  # before and after, and the vectors that a new encoder makes for it
    steps: int

    @property
    def total(self) -> float:
        """All parts, in seconds."""
        return self.mining + self.training + self.measuring


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One step of a training."""

    stage: str
    step: int
    steps: int
    loss: float
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A metric before and after, with the interval and tests of the mean difference."""

    data: str  # held-out or sample
    metric: str
    queries: int
    before: float
    after: float
    low: float
    high: float
    p_randomisation: float
    wins: int
    losses: int
    verdict: str


@dataclass(frozen=True, slots=True)
class QueryChange:
    """A held-out query that got better or worse."""

    query: Query
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Version:
    """A trained pair of models, and what made it."""

    name: str
    created: datetime
    stages: tuple[str, ...]
    folders: Mapping[str, str]  # stage → folder
    parents: Mapping[str, str]  # stage → the model it was trained from
    judgements: int
    queries: int
    comparisons: tuple[Comparison, ...]
    changes: tuple[QueryChange, ...]
    active: tuple[str, ...] = ()  # the stages in use
    warning: str = ""  # why one should hesitate to use it
    settings: Mapping[str, object] = field(default_factory=dict)
    problem: str = ""
