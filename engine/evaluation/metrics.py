"""Ranking metrics, as pure functions of one query's ranking and its judgements (qrels).

A ranking is a sequence of document ids, best first. Qrels map a document id to its grade; a
document that is not in the qrels counts as irrelevant. The binary metrics count every grade above
0 as relevant. Every metric lies in 0…1 and is 0 for a query without relevant documents, as in
`trec_eval`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

Gain = Callable[[int], float]
"""What a document of some grade is worth in DCG."""


def linear_gain(grade: int) -> float:
    """The grade itself (Järvelin and Kekäläinen, 2002): what trec_eval and BEIR compute."""
    return float(max(grade, 0))


def exponential_gain(grade: int) -> float:
    """2^grade − 1 (Burges et al., 2005): what the CodeSearchNet challenge computes."""
    return float(2 ** max(grade, 0) - 1)


def ndcg(
    ranking: Sequence[str], qrels: Mapping[str, int], k: int = 10, gain: Gain = linear_gain
) -> float:
    """Normalised discounted cumulative gain of the first `k`, with the discount log2(rank + 1).

    The ideal ranking is made of everything judged, whether or not it was retrieved.
    """
    ideal = _dcg(gain(grade) for grade in sorted(qrels.values(), reverse=True)[:k])
    if ideal == 0.0:
        return 0.0
    return _dcg(gain(qrels.get(document, 0)) for document in ranking[:k]) / ideal


def reciprocal_rank(ranking: Sequence[str], qrels: Mapping[str, int]) -> float:
    """1 / rank of the first relevant document, 0 if there is none. Its mean is the MRR."""
    for rank, document in enumerate(ranking, start=1):
        if qrels.get(document, 0) > 0:
            return 1.0 / rank
    return 0.0


def hit(ranking: Sequence[str], qrels: Mapping[str, int], k: int = 10) -> float:
    """1 if any of the first `k` is relevant, else 0 (success@k)."""
    return float(any(qrels.get(document, 0) > 0 for document in ranking[:k]))


def recall(ranking: Sequence[str], qrels: Mapping[str, int], k: int = 100) -> float:
    """The share of the relevant documents that are among the first `k`."""
    relevant = {document for document, grade in qrels.items() if grade > 0}
    if not relevant:
        return 0.0
    return len(relevant.intersection(ranking[:k])) / len(relevant)


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


def _dcg(gains: Iterable[float]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
