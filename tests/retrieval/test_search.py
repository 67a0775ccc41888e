"""Whole searches over real tables and real (tiny) models."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.code.normal import text_key
from engine.corpus.collection import MemoryCollection
from engine.errors import Cancelled
from engine.job import JobContext
from engine.models.cross_encoder import BertCrossEncoder
from engine.models.encoder import BertEncoder
from engine.retrieval.rerank import combine
from engine.retrieval.search import Searcher
from engine.retrieval.weights import NOTHING, Share, Weights
from engine.types import Framework, QueryKind, SearchResult, SearchStage
from tests.models.tiny import make_encoder_folder
from tests.retrieval.conftest import CPU
from tests.retrieval.corpora import FUNCTIONS, ask, chunk, embed, functions

EVEN = Share.fixed(0.5, 0.5)
HALF = Weights(EVEN, EVEN)


@pytest.fixture
def collection() -> MemoryCollection:
    return MemoryCollection(functions())


def names(result: SearchResult) -> list[str]:
    return [hit.chunk.name for hit in result.hits]


def search(searcher: Searcher, text: str, **options: object) -> SearchResult:
    return searcher.search(ask(text, **options), JobContext())


def test_words_alone_are_enough(collection: MemoryCollection) -> None:
    result = search(Searcher(collection), "read a csv file")
    assert names(result)[0] == "read_csv"
    assert result.stage is SearchStage.DONE
    assert result.understanding.kind is QueryKind.WORDS
    assert result.hits[0].scores.bm25
    assert result.hits[0].scores.dense is None
    assert result.hits[0].ranks.bm25 == 1
    assert "the encoder is not loaded: ranked by BM25 alone" in result.notes
    assert result.timings_ms["total"] >= result.timings_ms["bm25"] > 0


def test_every_stage_leaves_its_trace(
    collection: MemoryCollection, encoder: BertEncoder, cross_encoder: BertCrossEncoder
) -> None:
    embed(collection, encoder)
    partial: list[SearchResult] = []
    ctx = JobContext(on_partial=partial.append)
    searcher = Searcher(collection, encoder, cross_encoder, HALF)
    query = ask("def softmax(values):\n    return exp(values) / exp(values).sum()", k=8, rerank=8)
    result = searcher.search(query, ctx)
    assert [one.stage for one in partial] == [SearchStage.LEXICAL, SearchStage.FUSED]
    assert result.stage is SearchStage.DONE
    assert len(result.hits) == 8
    assert [hit.rank for hit in result.hits] == list(range(1, 9))
    for hit in result.hits:
        assert hit.scores.dense is not None and hit.scores.rerank is not None
        assert hit.ranks.fused and hit.ranks.rerank == hit.rank and hit.ranks.dense
    assert {"understand", "bm25", "encode", "dense", "fuse", "rerank", "total"} <= set(
        result.timings_ms
    )
    assert not result.notes


def test_reranking_hands_over_better_and_better_lists(
    encoder: BertEncoder, cross_encoder: BertCrossEncoder
) -> None:
    collection = MemoryCollection(
        [chunk(n, f"def sort_{n}(rows):\n    return sorted(rows)[{n}:]") for n in range(40)]
    )
    embed(collection, encoder)
    partial: list[SearchResult] = []
    ctx = JobContext(on_partial=partial.append)
    searcher = Searcher(collection, encoder, cross_encoder, HALF)
    result = searcher.search(ask("sort rows", k=40, rerank=20), ctx)
    stages = [one.stage for one in partial]
    assert stages == [
        SearchStage.LEXICAL,
        SearchStage.FUSED,
        SearchStage.RERANKING,
        SearchStage.RERANKING,
    ]
    judged = [sum(hit.scores.rerank is not None for hit in one.hits) for one in partial]
    assert judged == [0, 0, 8, 16]
    fused = [hit.chunk.id for hit in partial[1].hits]
    assert sorted(hit.chunk.id for hit in partial[2].hits[:8]) == sorted(fused[:8])
    assert [hit.chunk.id for hit in result.hits[20:]] == fused[20:]
    head = result.hits[:20]
    scores = [[hit.scores.fused or 0, hit.scores.rerank or 0] for hit in head]
    combined = combine(*np.array(scores, dtype=np.float32).T, 0.5)
    assert (np.diff(combined) <= 1e-6).all()


class CancelsAt(JobContext):
    """The user stops as soon as a list of this stage is shown."""

    def __init__(self, stage: SearchStage) -> None:
        super().__init__(on_partial=self._seen)
        self.lists: list[SearchResult] = []
        self._stage = stage

    def _seen(self, result: SearchResult) -> None:
        self.lists.append(result)
        if result.stage is self._stage:
            self.cancel()


@pytest.mark.parametrize("stage", [SearchStage.LEXICAL, SearchStage.FUSED, SearchStage.RERANKING])
def test_a_search_stops_where_it_is_told_to(
    stage: SearchStage, encoder: BertEncoder, cross_encoder: BertCrossEncoder
) -> None:
    collection = MemoryCollection([chunk(n, f"sort rows {n}") for n in range(40)])
    embed(collection, encoder)
    ctx = CancelsAt(stage)
    with pytest.raises(Cancelled):
        Searcher(collection, encoder, cross_encoder, HALF).search(ask("sort rows", rerank=40), ctx)
    assert ctx.lists[-1].stage is stage
    assert sum(one.stage is stage for one in ctx.lists) == 1


def crowd() -> list[object]:
    """6,000 chunks about sorting in PyTorch, and one that mentions it, in Go and JAX."""
    chunks = [
        chunk(n, f"sort rows of table {n}", frameworks=(Framework.PYTORCH,)) for n in range(6_000)
    ]
    text = "this reads files, and then in the end it may even sort them " + "and more words " * 30
    odd = chunk(6_000, text, language="Go", frameworks=(Framework.JAX,), path="cmd/odd.go")
    return [*chunks, odd]


@pytest.mark.parametrize(
    "filters", [{"language": "Go"}, {"framework": Framework.JAX}, {"path": "cmd/"}]
)
def test_filters_come_before_top_k(filters: dict[str, object], encoder: BertEncoder) -> None:
    collection = MemoryCollection(crowd())  # type: ignore[arg-type]
    random = np.random.default_rng(0).normal(size=(6_001, encoder.dimension)).astype(np.float32)
    collection.put_vectors(encoder.fingerprint, range(6_001), random)
    searcher = Searcher(collection, encoder, None, HALF)
    everything = search(searcher, "how to sort rows of a table", k=5_000)
    assert "c6000" not in [hit.chunk.id for hit in everything.hits]
    for pipeline in ("bm25", "dense", "hybrid", "rerank"):
        found = searcher.search(
            ask("how to sort rows of a table", **filters), JobContext(), pipeline
        )
        assert [hit.chunk.id for hit in found.hits] == ["c6000"]


def test_copies_are_folded_and_do_not_fill_the_list(encoder: BertEncoder) -> None:
    text = FUNCTIONS["sort_rows"]
    copies = [chunk(100 + n, text.replace("    ", "\t"), "sort_rows") for n in range(500)]
    collection = MemoryCollection([*functions(), *copies])
    embed(collection, encoder)
    result = search(Searcher(collection, encoder), "sort rows by key", k=5, rerank=0)
    assert len(result.hits) == 5
    folded = next(hit for hit in result.hits if hit.chunk.name == "sort_rows")
    assert len(folded.identical) == 500
    assert folded.chunk.id not in folded.identical
    assert len({text_key(hit.chunk.text) for hit in result.hits}) == 5


def test_folded_copies_obey_the_filters() -> None:
    text = FUNCTIONS["sort_rows"]
    chunks = [chunk(n, text, path=f"{folder}/x.py") for n, folder in enumerate(["a", "b", "a/c"])]
    result = search(Searcher(MemoryCollection(chunks)), text, path="a/")
    assert [hit.chunk.id for hit in result.hits] == ["c0"]
    assert result.hits[0].identical == ("c2",)


def test_the_pasted_snippet_is_kept_and_marked(collection: MemoryCollection) -> None:
    pasted = "\n" + FUNCTIONS["fibonacci"].replace("\n", "   \n\n") + "\n"
    result = search(Searcher(collection), pasted)
    assert names(result)[0] == "fibonacci"
    assert [hit.is_query for hit in result.hits].count(True) == 1
    assert result.hits[0].is_query


def test_missing_vectors_are_said_and_do_not_hide_a_chunk(
    collection: MemoryCollection, encoder: BertEncoder
) -> None:
    embed(collection, encoder, rows=[2, 3, 4])
    result = search(Searcher(collection, encoder), "read a csv file", rerank=0)
    assert names(result)[0] == "read_csv"
    assert result.hits[0].scores.dense is None
    assert "dense vectors cover 37 % of this corpus so far" in result.notes


def test_no_vectors_yet(collection: MemoryCollection, encoder: BertEncoder) -> None:
    searcher = Searcher(collection, encoder)
    result = search(searcher, "read a csv file", rerank=0)
    assert names(result)[0] == "read_csv"
    assert result.notes == ("this corpus has no dense vectors yet: ranked by BM25 alone",)
    embed(collection, encoder)
    searcher.use(collection, encoder, None)
    assert search(searcher, "read a csv file", rerank=0).hits[0].scores.dense is not None


def test_another_encoder_has_other_vectors(
    collection: MemoryCollection, encoder: BertEncoder, tmp_path: Path
) -> None:
    other = BertEncoder.load(make_encoder_folder(tmp_path / "other", seed=9), CPU)
    embed(collection, encoder)
    searcher = Searcher(collection, encoder)
    assert search(searcher, "csv", rerank=0).hits[0].scores.dense is not None
    searcher.use(collection, other, None)
    assert search(searcher, "csv", rerank=0).hits[0].scores.dense is None


def test_another_corpus_is_searched_after_use(collection: MemoryCollection) -> None:
    searcher = Searcher(collection)
    assert search(searcher, "zebra").hits == ()
    searcher.use(MemoryCollection([chunk(0, "zebra stripes")]), None, None)
    assert [hit.chunk.id for hit in search(searcher, "zebra").hits] == ["c0"]


@pytest.mark.parametrize(
    ("text", "filters", "note"),
    [
        ("   ", {}, "the query is empty"),
        ("zebra", {}, "no word of the query occurs in what was searched"),
        ("csv", {"language": "Cobol"}, "nothing in this corpus passes the filters"),
    ],
)
def test_an_empty_list_says_why(
    text: str, filters: dict[str, object], note: str, collection: MemoryCollection
) -> None:
    result = search(Searcher(collection), text, **filters)
    assert result.hits == ()
    assert note in result.notes
    assert result.stage is SearchStage.DONE


def test_an_empty_corpus(encoder: BertEncoder) -> None:
    result = search(Searcher(MemoryCollection([]), encoder), "anything")
    assert result.hits == ()
    assert "this corpus is empty" in result.notes


def test_the_first_vectors_do_not_push_the_others_down(encoder: BertEncoder) -> None:
    chunks = [chunk(n, f"parse the csv rows of a table {n}") for n in range(40)]
    chunks += [chunk(n, f"the table of other things {n} {'x ' * (n % 7)}") for n in range(40, 400)]
    rare = ["dictionaries", "readers", "dialects", "quoting", "delimiters"]
    chunks += [chunk(400 + n, f"{word} alone") for n, word in enumerate(rare)]
    collection = MemoryCollection(chunks)
    few = list(range(60, 72))  # 3 %
    question = f"parse csv rows of a table into {' '.join(rare)}"
    (vector,) = encoder.encode([question], role="query")
    vectors = np.stack([vector, vector, vector, *[-vector] * (len(few) - 3)])
    collection.put_vectors(encoder.fingerprint, few, vectors)
    result = search(Searcher(collection, encoder), question, rerank=0, k=10)
    assert not {hit.chunk.id for hit in result.hits} & {chunks[row].id for row in few}


def test_dense_is_left_out_when_asked(collection: MemoryCollection, encoder: BertEncoder) -> None:
    embed(collection, encoder)
    result = search(Searcher(collection, encoder), "read a csv file", use_dense=False, rerank=0)
    assert result.hits[0].scores.dense is None
    assert not result.notes


def test_a_share_of_nothing_leaves_the_cross_encoder_out(
    collection: MemoryCollection, cross_encoder: BertCrossEncoder
) -> None:
    none = Weights(EVEN, Share(words=None, code=EVEN.code))
    searcher = Searcher(collection, None, cross_encoder, none)
    result = search(searcher, "read a csv file", rerank=10)
    assert result.hits[0].scores.rerank is None
    assert "not reranked: it does not help queries of this kind" in result.notes
    assert search(searcher, "x = sorted(rows)", rerank=10).hits[0].scores.rerank is not None


def test_a_cross_encoder_that_no_share_was_fitted_for_is_heard(
    collection: MemoryCollection, cross_encoder: BertCrossEncoder
) -> None:
    weights = Weights(EVEN, NOTHING, cross_encoder="another")
    searcher = Searcher(collection, None, cross_encoder, weights)
    assert search(searcher, "read a csv file", rerank=10).hits[0].scores.rerank is not None


def test_documents_score_as_their_best_chunk(
    encoder: BertEncoder, cross_encoder: BertCrossEncoder
) -> None:
    collection = MemoryCollection(functions(), documents=[0, 0, 1, 1, 2, 2, 3, 3])
    embed(collection, encoder)
    searcher = Searcher(collection, encoder, cross_encoder, HALF)
    for pipeline in ("bm25", "dense", "hybrid", "rerank"):
        ranked = searcher.rank(ask("read a csv file", rerank=3), JobContext(), pipeline)
        documents = [document for document, _ in ranked]
        scores = [score for _, score in ranked]
        assert len(documents) == len(set(documents))
        assert scores == sorted(scores, reverse=True)
        if pipeline != "bm25":
            assert sorted(documents) == [0, 1, 2, 3]
    assert searcher.rank(ask("read a csv file"), JobContext(), "bm25")[0][0] == 0


def test_excluded_documents_are_skipped(collection: MemoryCollection) -> None:
    searcher = Searcher(collection)
    first = searcher.rank(ask("sorted rows"), JobContext(), "bm25")[0][0]
    rest = searcher.rank(
        ask("sorted rows"), JobContext(), "bm25", exclude_documents=frozenset({first})
    )
    assert first not in [document for document, _ in rest]


def test_a_document_of_many_chunks_leaves_room_for_others(encoder: BertEncoder) -> None:
    chunks = [chunk(n, f"sort rows quickly {n}") for n in range(900)]
    chunks += [chunk(n, f"some other text {n}") for n in range(900, 910)]
    owners = [0] * 900 + list(range(1, 11))
    collection = MemoryCollection(chunks, owners)
    embed(collection, encoder)
    ranked = Searcher(collection, encoder).rank(ask("sort rows"), JobContext(), "dense")
    assert len(ranked) == 11


def test_importing_search_loads_nothing_heavy() -> None:
    program = (
        "import sys, engine.retrieval.search\n"
        "heavy = {'torch', 'faiss', 'transformers', 'numba', 'bm25s', 'sentence_transformers'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_lexical_search_needs_no_model_library() -> None:
    program = (
        "import sys\n"
        "from engine.corpus.collection import MemoryCollection\n"
        "from engine.job import JobContext\n"
        "from engine.retrieval.search import Searcher\n"
        "from tests.retrieval.corpora import ask, functions\n"
        "found = Searcher(MemoryCollection(functions())).search(ask('read csv'), JobContext())\n"
        "assert found.hits[0].chunk.name == 'read_csv'\n"
        "heavy = {'torch', 'faiss', 'transformers', 'numba', 'sentence_transformers'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "[]"
