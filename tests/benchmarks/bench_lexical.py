"""Lexical legs compared on evaluation sets: quality by kind of query, size, and time.

    python -m tests.benchmarks.bench_lexical SETS [--basedir DIR]

Each leg alone: BM25 as the product has it (every token of a snippet once), BM25 with logarithmic
query frequencies, tf-idf cosine on the same tokens, tf-idf cosine on character 3- to 5-grams of the
neutral view. Then what the product's mix of BM25 and vectors gains by the n-grams as a third
score, and by the shapes of snippets (`engine.retrieval.shape`). Size and times are ratios to BM25,
summed over the sets, in processor time.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfVectorizer

from engine.code.neutral import neutral_tokens
from engine.code.understand import understand
from engine.evaluation.fit import named
from engine.evaluation.fitted_set import FittedSet, collect_set
from engine.evaluation.legs import QueryLegs, order_of
from engine.evaluation.metrics import mean, ndcg
from engine.evaluation.prepared import Question
from engine.job import JobContext
from engine.models.catalogue import ModelChoice, load_encoder
from engine.paths import Paths
from engine.retrieval.bm25 import LexicalIndex
from engine.retrieval.candidates import Scores
from engine.retrieval.filters import allowed_rows
from engine.retrieval.fuse import normalised_bm25
from engine.retrieval.views import chunk_view, query_tokens, query_view
from engine.retrieval.weights import load_weights
from engine.types import QueryKind, Understanding

SHARE = 0.2
"""Of a third score, in the last columns."""

Search = Callable[[Question], NDArray[np.float32]]


@dataclass
class Cost:
    """Of one leg, over all sets."""

    size: int = 0  # bytes: four for each score, four for its place
    build_s: float = 0.0
    search_s: float = 0.0


@dataclass
class Bench:
    """Costs by leg."""

    costs: dict[str, Cost] = field(default_factory=lambda: defaultdict(Cost))

    def legs(self, found: FittedSet) -> dict[str, Search]:
        """The four legs, built; each gives scores for all rows."""
        table = found.prepared.collection.table
        chunks = found.prepared.collection.chunks(range(len(table)))
        views = [_one_line(chunk_view(chunk)) for chunk in chunks]
        tokens = [
            [table.vocab[token] for token in table.token_ids[start:end]]
            for start, end in zip(table.indptr[:-1], table.indptr[1:], strict=True)
        ]
        start = time.process_time()
        bm25 = LexicalIndex.open(table)
        seconds = time.process_time() - start
        for name in ("BM25", "BM25 log"):
            self.costs[name].build_s += seconds
            self.costs[name].size += 8 * sum(map(len, map(set, tokens)))

        def once(question: Question) -> NDArray[np.float32]:
            return bm25.scores(query_tokens(*_understood(question)))

        def logarithmic(question: Question) -> NDArray[np.float32]:
            text, understanding = _understood(question)
            if understanding.kind is QueryKind.WORDS:
                return once(question)
            return bm25.scores(neutral_tokens(text, understanding.language))

        cosine = self._cosine("tf-idf", tokens, analyzer=list)
        grams = self._cosine("3-5-grams", views, analyzer="char", ngram_range=(3, 5))
        return {
            "BM25": once,
            "BM25 log": logarithmic,
            "tf-idf": lambda question: cosine(neutral_tokens(question.query.text)),
            "3-5-grams": lambda question: grams(_one_line(query_view(*_understood(question)))),
        }

    def _cosine(self, name: str, texts: Sequence[object], **how: object) -> Callable[..., Scores]:
        start = time.process_time()
        vectorizer = TfidfVectorizer(
            sublinear_tf=True, lowercase=how["analyzer"] == "char", dtype=np.float32, **how
        )
        columns = csr_array(vectorizer.fit_transform(texts)).T.tocsr()
        self.costs[name].build_s += time.process_time() - start
        self.costs[name].size += 8 * columns.nnz

        def scores(query: object) -> Scores:
            found: Scores = (vectorizer.transform([query]) @ columns).toarray()[0]
            return found

        return scores

    def row(self, found: FittedSet) -> dict[str, float]:
        """nDCG@10 of every column for one set."""
        row = {}
        by_grams: list[Scores] = []
        for name, search in self.legs(found).items():
            values = []
            for question in found.prepared.questions:
                start = time.process_time()
                scores = search(question)
                self.costs[name].search_s += time.process_time() - start
                values.append(_ndcg(found, question, scores))
                if name == "3-5-grams":
                    by_grams.append(scores)
            row[name] = mean(values)
        row["dense"] = mean(legs.dense_ndcg for legs in found.legs)
        weights = load_weights()
        found.compare_shapes(weights, JobContext())
        shares = [weights.dense.of(legs.kind, legs.features) for legs in found.legs]
        grams = [
            normalised_bm25(scores[legs.candidates.rows])
            for legs, scores in zip(found.legs, by_grams, strict=True)
        ]
        for name, third in (("mix", None), ("+ grams", grams), ("+ shape", found.alike)):
            row[name] = mean(
                _mixed(legs, share, third[query] if third is not None else None)
                for query, (legs, share) in enumerate(zip(found.legs, shares, strict=True))
            )
        return row


def _understood(question: Question) -> tuple[str, Understanding]:
    return question.query.text, understand(question.query.text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _ndcg(found: FittedSet, question: Question, scores: Scores) -> float:
    table = found.prepared.collection.table
    allowed = allowed_rows(table, question.query, question.excluded)
    rows = np.flatnonzero(scores > 0 if allowed is None else (scores > 0) & allowed)
    best = np.zeros(len(found.prepared.ids), dtype=np.float32)
    np.maximum.at(best, table.documents[rows], scores[rows])
    order = np.argsort(-best, kind="stable")[:10]
    ranking = [found.prepared.ids[number] for number in order if best[number] > 0]
    return ndcg(ranking, question.qrels, 10)


def _mixed(legs: QueryLegs, share: float, third: Scores | None) -> float:
    return legs.ndcg(order_of(legs.fused(share, third, SHARE if third is not None else 0.0)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "sets", nargs="+", type=Path, help="sets in BEIR layout, or folders of sets"
    )
    parser.add_argument("--limit", type=int, default=250, help="queries of each set (default 250)")
    parser.add_argument("--basedir", help="where cached vectors are kept")
    options = parser.parse_args()
    encoder = load_encoder(ModelChoice("encoder"))
    cache = Paths.default(options.basedir).cache
    bench = Bench()
    header = ""
    for name, folder in named(options.sets):
        found = collect_set(folder, name, encoder, options.limit, cache, JobContext())
        row = bench.row(found)
        if not header:
            header = f"{'nDCG@10':24}" + "".join(f"{column:>10}" for column in row)
            print(header)
        print(f"{name:24}" + "".join(f"{value:10.4f}" for value in row.values()), flush=True)
    first = bench.costs["BM25"]
    for name, cost in bench.costs.items():
        print(
            f"{name:12} size x{cost.size / first.size:.1f}  build x"
            f"{cost.build_s / first.build_s:.1f}  search x{cost.search_s / first.search_s:.1f}"
        )


if __name__ == "__main__":
    main()
