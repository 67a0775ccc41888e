"""Cut evaluation sets for comparing models with themselves, and their nDCG@10 from scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.evaluation.beir import load_beir
from engine.evaluation.metrics import mean, ndcg


@dataclass(frozen=True)
class CutSet:
    """Texts, and for each query its grades by position of the document, and what is no result."""

    name: str
    queries: list[str]
    documents: list[str]
    grades: list[dict[str, int]]
    excluded: list[list[int]] | None = None

    def per_query(self, scores: np.ndarray) -> list[float]:
        """nDCG@10 of each query, from scores (queries, documents)."""
        if self.excluded is not None:
            scores = scores.copy()
            for row, columns in enumerate(self.excluded):
                scores[row, columns] = -np.inf
        rankings = np.argsort(-scores, axis=1, kind="stable")[:, :10]
        return [
            ndcg([str(document) for document in ranking], grades)
            for ranking, grades in zip(rankings, self.grades, strict=True)
        ]

    def ndcg(self, scores: np.ndarray) -> float:
        """The mean of `per_query`."""
        return mean(self.per_query(scores))


def cut_set(folder: Path, queries: int, documents: int) -> CutSet:
    """The first queries, all that is judged for them, and others up to so many documents."""
    whole = load_beir(folder)
    chosen = whole.queries[:queries]
    judged = {key for query in chosen for key in whole.qrels[query.id]}
    kept = [document for document in whole.documents if document.id in judged]
    others = (document for document in whole.documents if document.id not in judged)
    kept += [next(others) for _ in range(min(documents, len(whole.documents)) - len(kept))]
    place = {document.id: str(number) for number, document in enumerate(kept)}
    return CutSet(
        folder.name,
        [query.text for query in chosen],
        [document.text for document in kept],
        [{place[key]: grade for key, grade in whole.qrels[query.id].items()} for query in chosen],
    )
