"""What a perfect ranker can be expected to score where the labels are incomplete.

In a set such as CodeTransOcean-DL each query has one labelled document, but the corpus holds the
same section in other frameworks too, just as right and not labelled, and often the query's own
text. Nothing tells a ranker which of the equivalents is the labelled one, so a perfect ranker puts
the query's own text first, then the equivalents in any order. With the labelled one equally likely
on each of the ranks s + 1 … s + n (s copies of the query, n equivalents),

    E[nDCG@k] = 1/n · Σ 1 / log2(s + i + 1),   E[MRR] = 1/n · Σ 1 / (s + i),   i = 1 … n, s + i ≤ k

For four frameworks: 0.52 with the query's own text in the corpus, 0.71 without.

Equivalents are found in the labels themselves: a query stands for the documents with its text, and
is equivalent to its labelled document; so are documents with the same text, and those that
`equivalents.tsv` puts into one class. A set that lists fewer links has a lower true ceiling than
the one computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.code.normal import text_key
from engine.evaluation.beir import BeirQuery, BeirSet


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The expectation of a perfect ranker over `queries`.

    `ambiguous` of them have unlabelled equivalents or their own text in the corpus.
    """

    ndcg: float  # at 10
    mrr: float
    queries: int
    ambiguous: int
    own_text: int

    def __str__(self) -> str:
        own = f", the query's own text in the corpus for {self.own_text:,}" if self.own_text else ""
        return (
            f"a perfect ranker can be expected to reach nDCG@10 {self.ndcg:.4f} and MRR "
            f"{self.mrr:.4f}: one document is labelled among unlabelled equivalents for "
            f"{self.ambiguous:,} of {self.queries:,} queries{own}"
        )


class Equivalents:
    """The classes of documents that answer the same queries as far as the set itself says so."""

    def __init__(self, data: BeirSet) -> None:
        self._parent: dict[object, object] = {}
        self._node = {document.id: text_key(document.text) for document in data.documents}
        texts = {query.id: text_key(query.text) for query in data.queries}
        for query, grades in data.qrels.items():
            for document, grade in grades.items():
                if grade > 0 and query in texts:
                    self._join(texts[query], self._node[document])
        for document, name in data.equivalents.items():
            self._join(self._node[document], ("class", name))
        self._members: dict[object, list[str]] = {}
        for document, node in self._node.items():
            self._members.setdefault(self._root(node), []).append(document)

    def of(self, document: str) -> Sequence[str]:
        """The documents of its class, itself among them."""
        return self._members[self._root(self._node[document])]

    def same_text(self, document: str, text: int) -> bool:
        """Whether a document's text is the one of that key."""
        return self._node[document] == text

    def _root(self, node: object) -> object:
        parent = self._parent.setdefault(node, node)
        while parent != self._parent[parent]:
            self._parent[parent] = self._parent[self._parent[parent]]
            parent = self._parent[parent]
        self._parent[node] = parent
        return parent

    def _join(self, one: object, other: object) -> None:
        self._parent[self._root(one)] = self._root(other)


def has_one_label_each(data: BeirSet) -> bool:
    """Whether every query has exactly one relevant document: only then are classes meant."""
    return all(
        sum(grade > 0 for grade in data.qrels[query.id].values()) == 1 for query in data.queries
    )


def ceiling(data: BeirSet, *, drop_identical: bool = False, k: int = 10) -> Ceiling | None:
    """The ceiling of a set; None where the labels leave a perfect ranker no doubt."""
    if not data.queries or not has_one_label_each(data):
        return None
    equivalents = Equivalents(data)
    found = [_places(data, query, equivalents, drop_identical) for query in data.queries]
    ambiguous = sum(places != (0, 1) for places in found)
    if not ambiguous:
        return None
    return Ceiling(
        ndcg=math.fsum(expected_ndcg(own, others, k) for own, others in found) / len(found),
        mrr=math.fsum(expected_mrr(own, others) for own, others in found) / len(found),
        queries=len(found),
        ambiguous=ambiguous,
        own_text=sum(own > 0 for own, _ in found),
    )


def expected_ndcg(own: int, equivalents: int, k: int = 10) -> float:
    """E[nDCG@k] with `own` documents above `equivalents`, one of which is labelled."""
    ranks = range(own + 1, min(own + equivalents, k) + 1)
    return math.fsum(1.0 / math.log2(rank + 1) for rank in ranks) / equivalents


def expected_mrr(own: int, equivalents: int) -> float:
    """E[1/rank] of the labelled document, likewise."""
    ranks = range(own + 1, own + equivalents + 1)
    return math.fsum(1.0 / rank for rank in ranks) / equivalents


def _places(
    data: BeirSet, query: BeirQuery, equivalents: Equivalents, drop_identical: bool
) -> tuple[int, int]:
    """How many copies of the query come first, and how many documents are as right as the label."""
    (labelled,) = (document for document, grade in data.qrels[query.id].items() if grade > 0)
    key = text_key(query.text)
    excluded = data.excluded.get(query.id, frozenset())
    there = [found for found in equivalents.of(labelled) if found not in excluded]
    own = [found for found in there if equivalents.same_text(found, key)]
    if labelled in own:  # the label is a copy of the query: any copy may come first
        return 0, max(len(own), 1)
    others = max(len(there) - len(own), 1)
    return (0 if drop_identical else len(own)), others
