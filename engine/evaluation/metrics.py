"""Ranking metrics, as pure functions of one query's ranking and its judgements (qrels).

A ranking is a sequence of document ids, best first. Qrels map a document id to its grade; a
document that is not in the qrels counts as irrelevant. The binary metrics count every grade from
`threshold` up as relevant (1 unless said otherwise). Every metric lies in 0…1 and is 0 for a query
without relevant documents, as in `trec_eval`, and a query without a ranking counts with 0, as in
`trec_eval -c`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.errors import DataError

Gain = Callable[[int], float]
"""What a document of some grade is worth in DCG."""

Qrels = Mapping[str, int]


def linear_gain(grade: int) -> float:
    """The grade itself (Järvelin and Kekäläinen, 2002): what trec_eval and BEIR compute."""
    return float(max(grade, 0))


def exponential_gain(grade: int) -> float:
    """2^grade − 1 (Burges et al., 2005): what the CodeSearchNet challenge computes."""
    return float(2 ** max(grade, 0) - 1)


def ndcg(
    ranking: Sequence[str], qrels: Qrels, k: int | None = 10, gain: Gain = linear_gain
) -> float:
    """Normalised discounted cumulative gain of the first `k`, with the discount log2(rank + 1).

    The ideal ranking is made of everything judged, whether or not it was retrieved.
    """
    best = sorted(qrels.values(), reverse=True)[:k]
    ideal = _dcg((rank, gain(grade)) for rank, grade in enumerate(best, start=1))
    if ideal == 0.0:
        return 0.0
    found = (
        (rank, gain(qrels[document]))
        for rank, document in enumerate(ranking[:k], start=1)
        if document in qrels
    )
    return _dcg(found) / ideal


def reciprocal_rank(
    ranking: Sequence[str], qrels: Qrels, k: int | None = None, threshold: int = 1
) -> float:
    """1 / rank of the first relevant document among the first `k`; 0 if there is none.

    Its mean is the MRR.
    """
    for rank, document in enumerate(ranking[:k], start=1):
        if qrels.get(document, 0) >= threshold:
            return 1.0 / rank
    return 0.0


def average_precision(
    ranking: Sequence[str], qrels: Qrels, k: int | None = None, threshold: int = 1
) -> float:
    """The precision at each relevant document of the first `k`, over all relevant documents.

    Its mean is the MAP.
    """
    relevant = _relevant(qrels, threshold)
    found, total = 0, 0.0
    for rank, document in enumerate(ranking[:k], start=1):
        if document in relevant:
            found += 1
            total += found / rank
    return total / len(relevant) if relevant else 0.0


def hit(ranking: Sequence[str], qrels: Qrels, k: int | None = 10, threshold: int = 1) -> float:
    """1 if any of the first `k` is relevant, else 0 (success@k)."""
    return float(any(qrels.get(document, 0) >= threshold for document in ranking[:k]))


def recall(ranking: Sequence[str], qrels: Qrels, k: int | None = 100, threshold: int = 1) -> float:
    """The share of the relevant documents that are among the first `k`."""
    relevant = _relevant(qrels, threshold)
    if not relevant:
        return 0.0
    return len(relevant.intersection(ranking[:k])) / len(relevant)


def precision(ranking: Sequence[str], qrels: Qrels, k: int = 10, threshold: int = 1) -> float:
    """The share of the first `k` places that hold a relevant document; an empty place does not."""
    return sum(qrels.get(document, 0) >= threshold for document in ranking[:k]) / k


def judged(ranking: Sequence[str], qrels: Qrels, k: int = 10) -> float:
    """The share of the first `k` places that hold a document somebody has judged at all."""
    return sum(document in qrels for document in ranking[:k]) / k


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric by name. `k` is None where it looks at the whole ranking."""

    name: str  # as it is written: ndcg@10
    kind: str  # what stands before the @
    k: int | None
    threshold: int = 1

    @property
    def label(self) -> str:
        """How people write it; both gains of nDCG say which they are."""
        cut = "" if self.k is None else f"@{self.k}"
        return f"{_LABELS[self.kind]}{cut}"

    def __call__(self, ranking: Sequence[str], qrels: Qrels) -> float:
        """The value for one query."""
        match self.kind:
            case "ndcg":
                return ndcg(ranking, qrels, self.k, linear_gain)
            case "ndcg-exp":
                return ndcg(ranking, qrels, self.k, exponential_gain)
            case "judged":
                return judged(ranking, qrels, self.k or 10)
            case "precision":
                return precision(ranking, qrels, self.k or 10, self.threshold)
        return _BINARY[self.kind](ranking, qrels, self.k, self.threshold)


_BINARY: Mapping[str, Callable[[Sequence[str], Qrels, int | None, int], float]] = {
    "mrr": reciprocal_rank,
    "map": average_precision,
    "hit": hit,
    "recall": recall,
}
_LABELS = {
    "ndcg": "nDCG",
    "ndcg-exp": "nDCG(2^rel−1)",
    "mrr": "MRR",
    "map": "MAP",
    "hit": "hit",
    "recall": "recall",
    "precision": "precision",
    "judged": "judged",
}
_NAME = re.compile(r"([a-z-]+)(?:@(\d{1,4}))?")
_NEED_K = frozenset({"hit", "recall", "precision", "judged"})

STANDARD = (
    "ndcg@10",
    "ndcg-exp@10",
    "mrr",
    "mrr@10",
    "map",
    "hit@1",
    "hit@10",
    "recall@10",
    "recall@100",
    "precision@10",
    "judged@10",
)
"""The metrics of every report."""


def parse_metric(name: str, threshold: int = 1) -> Metric:
    """The metric of that name (`ndcg@10`, `mrr`, `recall@100` …). Raises `DataError`."""
    found = _NAME.fullmatch(name.strip().lower())
    kind = found[1] if found else ""
    k = int(found[2]) if found and found[2] else None
    if kind not in _LABELS or k == 0 or (k is None and kind in _NEED_K):
        raise DataError(
            f"there is no metric {name!r}; take one of ndcg@K, ndcg-exp@K, mrr, mrr@K, map, hit@K, "
            "recall@K, precision@K, judged@K"
        )
    return Metric(kind if k is None else f"{kind}@{k}", kind, k, threshold)


def trec_order(scores: Mapping[str, float]) -> list[str]:
    """Documents in the order in which trec_eval reads them: by score, ties by falling id.

    trec_eval keeps scores in single precision, so scores that differ by less are ties.
    """
    import numpy as np

    return sorted(scores, key=lambda document: (float(np.float32(scores[document])), document))[
        ::-1
    ]


def mean(values: Iterable[float]) -> float:
    """The arithmetic mean, 0 for no values."""
    kept = list(values)
    return math.fsum(kept) / len(kept) if kept else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0…1) of the values lie, interpolated; 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _relevant(qrels: Qrels, threshold: int) -> set[str]:
    return {document for document, grade in qrels.items() if grade >= threshold}


def _dcg(gains: Iterable[tuple[int, float]]) -> float:
    """The sum over ranks and their gains; a rank without a gain may be left out."""
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in gains)
