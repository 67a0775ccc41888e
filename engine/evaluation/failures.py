"""Why a query failed: what stands where its relevant document should.

A query succeeds if a relevant document is on rank 1. Every other one belongs to the first group
that fits, in the order of `GROUPS`, so that the counts add up and say what to work on next.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from engine.evaluation.ceilings import Equivalents, has_one_label_each
from engine.evaluation.prepared import Prepared, Question
from engine.evaluation.rankers import Answer

SUCCESS = ""
MISSING = "missing"
RERANKED_DOWN = "reranked-down"
WRONG_FRAMEWORK = "wrong-framework"
NEAR_DUPLICATE = "near-duplicate"
UNJUDGED = "unjudged"
WRONG = "wrong"
UNANSWERABLE = "unanswerable"

GROUPS: Mapping[str, str] = {
    MISSING: "the right code is not among the candidates",
    RERANKED_DOWN: "the right code stood higher before reranking",
    WRONG_FRAMEWORK: "the right task in another framework is above",
    NEAR_DUPLICATE: "a near-duplicate of the right code is above",
    UNJUDGED: "what is above was never judged",
    WRONG: "something judged irrelevant is above",
    UNANSWERABLE: "no document is relevant",
}
NEXT: Mapping[str, str] = {
    MISSING: "widen the first stage: a better encoder, deeper lists",
    RERANKED_DOWN: "lower the cross-encoder's share, or train it on such queries",
    WRONG_FRAMEWORK: "ask for the framework wanted (--use-target), or judge these as relevant",
    NEAR_DUPLICATE: "judge the duplicates, or leave them out of the corpus",
    UNJUDGED: "judge what is above before trusting the difference",
    WRONG: "hard negatives for the next training",
    UNANSWERABLE: "judge more, or leave these queries out",
}

SAME_TASK = 0.5
DUPLICATE = 0.8
"""Shares of common framework-neutral tokens (Jaccard) from which two documents count as such."""


class FailureAnalysis:
    """Says of each answer to a question of a set why it failed."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._number = {document: number for number, document in enumerate(prepared.ids)}
        table = prepared.collection.table
        self._order = np.argsort(table.documents, kind="stable")
        self._sorted = table.documents[self._order]
        self._classes = Equivalents(prepared.data) if has_one_label_each(prepared.data) else None

    def group(self, question: Question, answer: Answer, threshold: int = 1) -> str:
        """The group, one of `GROUPS`, or empty for a success."""
        relevant = {d for d, grade in question.qrels.items() if grade >= threshold}
        if not relevant:
            return UNANSWERABLE
        ranking = [self._prepared.ids[number] for number in answer.documents]
        place = next((rank for rank, found in enumerate(ranking) if found in relevant), None)
        if place == 0:
            return SUCCESS
        if place is None:
            return MISSING
        if _stood_higher(answer, ranking, relevant, place + 1):
            return RERANKED_DOWN
        return self._by_what_is_above(question, ranking[:place], ranking[place])

    def _by_what_is_above(self, question: Question, above: Sequence[str], right: str) -> str:
        shares = {document: self._common(document, right) for document in above}
        for document, share in shares.items():
            same_class = self._classes is not None and document in self._classes.of(right)
            if (same_class or share >= SAME_TASK) and self._other_framework(document, right):
                return WRONG_FRAMEWORK
        if any(share >= DUPLICATE for share in shares.values()):
            return NEAR_DUPLICATE
        return UNJUDGED if any(d not in question.qrels for d in above) else WRONG

    def _rows(self, document: str) -> list[int]:
        number = self._number[document]
        first, last = np.searchsorted(self._sorted, [number, number + 1])
        rows: list[int] = self._order[first:last].tolist()
        return rows

    def _tokens(self, document: str) -> set[int]:
        table = self._prepared.collection.table
        found: set[int] = set()
        for row in self._rows(document):
            found.update(table.token_ids[table.indptr[row] : table.indptr[row + 1]].tolist())
        return found

    def _common(self, one: str, other: str) -> float:
        a, b = self._tokens(one), self._tokens(other)
        return len(a & b) / len(a | b) if a and b else 0.0

    def _other_framework(self, one: str, other: str) -> bool:
        table = self._prepared.collection.table
        masks = [
            int(np.bitwise_or.reduce(table.frameworks[self._rows(document)], initial=0))
            for document in (one, other)
        ]
        return all(masks) and not masks[0] & masks[1]


def _stood_higher(
    answer: Answer, ranking: Sequence[str], relevant: Collection[str], rank: int
) -> bool:
    """Whether a relevant document had a better rank than `rank` before it was reranked."""
    before = answer.ranks.get("fused", answer.ranks.get("published", ()))
    if "rerank" not in answer.ranks or not before:
        return False
    first = [r for document, r in zip(ranking, before, strict=True) if document in relevant and r]
    return bool(first) and min(first) < rank
