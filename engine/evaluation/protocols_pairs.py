"""WebQueryTest as CodeXGLUE measures it: does a function answer a query, yes or no.

The cross-encoder reads every labelled pair. Accuracy, precision, recall and F1 hold at a threshold
on its score (0.5 unless said otherwise, which no label was looked at for); the area under the ROC
curve needs none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.code.understand import understand
from engine.evaluation.beir import BeirSet
from engine.evaluation.documents import document_chunks
from engine.evaluation.progress import Pace
from engine.job import Job
from engine.models.cross_encoder import CrossEncoder
from engine.retrieval.views import chunk_view, query_view

THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class PairScores:
    """How well a cross-encoder tells the pairs apart."""

    pairs: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    auc: float
    threshold: float


def judging_pairs(data: BeirSet, cross_encoder: CrossEncoder) -> Job[PairScores]:
    """Read every labelled pair of a set."""
    views = {
        document.id: chunk_view(chunks[0]) if (chunks := document_chunks(document)) else ""
        for document in data.documents
    }
    pace = Pace("reading the pairs", sum(len(data.qrels[query.id]) for query in data.queries))
    labels: list[bool] = []
    scores: list[float] = []
    for query in data.queries:
        grades = data.qrels[query.id]
        view = query_view(query.text, understand(query.text))
        scores += cross_encoder.score(view, [views[found] for found in grades]).tolist()
        labels += [grade > 0 for grade in grades.values()]
        yield pace.advance(len(grades))
    return classify(scores, labels)


def classify(
    scores: Sequence[float], labels: Sequence[bool], threshold: float = THRESHOLD
) -> PairScores:
    """The figures of scores in [0, 1] against labels."""
    said = [score > threshold for score in scores]
    right = sum(a == b for a, b in zip(said, labels, strict=True))
    hits = sum(a and b for a, b in zip(said, labels, strict=True))
    precision = hits / sum(said) if any(said) else 0.0
    recall = hits / sum(labels) if any(labels) else 0.0
    return PairScores(
        pairs=len(labels),
        accuracy=right / len(labels) if labels else 0.0,
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / (precision + recall) if hits else 0.0,
        auc=_auc(scores, labels),
        threshold=threshold,
    )


def _auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """The share of (positive, negative) pairs in the right order; ties count half."""
    positive = sorted(s for s, label in zip(scores, labels, strict=True) if label)
    negative = sorted(s for s, label in zip(scores, labels, strict=True) if not label)
    if not positive or not negative:
        return 0.0
    below = equal = low = high = 0
    for score in positive:
        while low < len(negative) and negative[low] < score:
            low += 1
        while high < len(negative) and negative[high] <= score:
            high += 1
        below += low
        equal += high - low
    return (below + equal / 2) / (len(positive) * len(negative))
