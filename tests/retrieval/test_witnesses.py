"""What the best candidate of each dialect says of the others, and what comes of it in a search."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.corpus.collection import MemoryCollection
from engine.job import JobContext
from engine.models.encoder import BertEncoder
from engine.retrieval.dense import DenseIndex
from engine.retrieval.dialects import ENOUGH, Dialects
from engine.retrieval.search import Searcher
from engine.retrieval.weights import NOTHING, Share, Weights
from engine.retrieval.witnesses import hear
from engine.types import Chunk, Framework
from tests.retrieval.corpora import ask, chunk, embed

PLAIN = Weights(Share.fixed(0.5, 0.5), NOTHING, level=Share.fixed(0.0, 0.5))
HEARD = Weights(
    Share.fixed(0.5, 0.5), NOTHING, level=Share.fixed(0.0, 0.5), witness=Share.fixed(0.0, 0.4)
)
RIGHT = np.array([1.0, 0.0, 0.0])
ODD = np.array([0.0, 1.0, 0.0])
NONE = np.full(3, np.nan)


def vectors(*rows: np.ndarray) -> np.ndarray:
    return np.stack(rows).astype(np.float32)


def scores(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_a_twin_of_the_best_in_another_dialect_is_supported_and_a_stranger_is_not() -> None:
    found = hear(vectors(RIGHT, ODD, RIGHT), np.array([0, 1, 1]), scores(1.0, 0.6, 0.5))
    assert found is not None
    assert found[1:].tolist() == [0.0, 1.0]


def test_the_best_of_a_dialect_does_not_speak_for_its_own_dialect() -> None:
    half = np.array([0.6, 0.8, 0.0])
    found = hear(
        vectors(RIGHT, RIGHT, ODD, half), np.array([0, 0, 1, 2]), scores(1.0, 0.9, 0.8, 0.1)
    )
    assert found is not None
    assert found[0] == found[1] == pytest.approx(0.1 * 0.6 / (0.6 + 0.8 * 0.8))


def test_the_support_is_the_sum_over_the_witnesses_of_the_other_dialects() -> None:
    half = np.array([0.6, 0.8, 0.0])
    found = hear(vectors(RIGHT, half, ODD), np.array([0, 1, 2]), scores(1.0, 0.5, 0.25))
    raw = np.array([0.5 * 0.6, 0.6 + 0.25 * 0.8, 0.5 * 0.8])
    assert found == pytest.approx(raw / raw.max(), abs=1e-6)


def test_who_has_no_vector_is_no_witness_and_gets_the_mean() -> None:
    dialects = np.array([0, 0, 1, 1])
    found = hear(vectors(NONE, RIGHT, RIGHT, ODD), dialects, scores(1.0, 0.8, 0.6, 0.4))
    assert found is not None
    assert found[0] == pytest.approx(found[1:].mean())
    assert found[2] == 1.0


@pytest.mark.parametrize(
    "rows", [[RIGHT, RIGHT], [RIGHT, ODD], [RIGHT, NONE], [NONE, NONE], [RIGHT, -RIGHT]]
)
def test_where_nobody_can_speak_nothing_is_said(rows: list[np.ndarray]) -> None:
    same = np.array([0, 0]) if np.allclose(rows[0], rows[1]) else np.array([0, 1])
    assert hear(vectors(*rows), same, scores(1.0, 0.5)) is None


def test_vectors_lose_what_their_dialects_have_in_common() -> None:
    common, one, other = np.eye(3, dtype=np.float32)
    go, c = [common + (one if n % 2 else -one) for n in range(40)], [other] * 20
    chunks = [chunk(n, f"text {n}", language="Go" if n < 40 else "C") for n in range(61)]
    dialects, index = Dialects(_table(chunks)), DenseIndex(61, 3)
    present = np.arange(61) < 60
    index.extend(np.concatenate([go, c, [other]]).astype(np.float32), present)
    found = index.without_dialects(np.array([1, 0, 60]), dialects)
    left = common * (1 - 40 / (40 + ENOUGH)) + one
    assert found[0] == pytest.approx(left / np.linalg.norm(left), abs=1e-5)
    assert found[0] @ found[1] < -0.9
    assert np.isnan(found[2]).all()


def _table(chunks: list[Chunk]):  # type: ignore[no-untyped-def]
    return MemoryCollection(chunks).table


WORDS = [f"{letter}_total" for letter in "abcdefghijkl"]


def parallel() -> list[Chunk]:
    """Routines in Python and in Java, twelve of each, one after the other."""
    chunks = []
    for number, word in enumerate(WORDS):
        python = f"def {word}(rows):\n    return [row.{word} + {number} for row in rows]"
        java = f"int {word}(List<Row> rows) {{ return rows.{word}() + {number}; }}"
        chunks.append(chunk(2 * number, python, word, "Python"))
        chunks.append(chunk(2 * number + 1, java, word, "Java"))
    return chunks


@pytest.fixture
def collection(encoder: BertEncoder) -> MemoryCollection:
    found = MemoryCollection(parallel())
    embed(found, encoder)
    return found


def test_witnesses_are_heard_for_code_and_a_receipt_says_so(
    collection: MemoryCollection, encoder: BertEncoder
) -> None:
    searcher = Searcher(collection, encoder, None, HEARD)
    query = ask(parallel()[4].text, k=20)
    hits = searcher.search(query, JobContext()).hits
    plain = Searcher(collection, encoder, None, PLAIN).search(query, JobContext()).hits
    assert {h.chunk.id: h.scores.fused for h in hits} != {h.chunk.id: h.scores.fused for h in plain}
    for hit in hits:
        receipt = searcher.explain(query, hit.chunk.id, JobContext())
        step = receipt.steps[-1]
        assert step.title == "witnesses"
        assert [part.name for part in step.parts][:2] == ["so far", "witnesses"]
        before = receipt.steps[-2].total
        assert step.parts[0].words.endswith(f" × {before:.3f}")  # a product, as every other part
        assert math.fsum(part.value for part in step.parts) == step.total == receipt.score
        assert step.total == hit.scores.fused


@pytest.mark.parametrize(
    "asked",
    [
        {"language": "Java"},
        {"framework": Framework.NUMPY},
        {"text": "add a number to each row of the table"},
    ],
)
def test_nobody_is_heard_where_a_dialect_is_named_or_words_ask(
    collection: MemoryCollection, encoder: BertEncoder, asked: dict[str, object]
) -> None:
    query = ask(**{"text": parallel()[4].text, "k": 20, **asked})  # type: ignore[arg-type]
    heard = Searcher(collection, encoder, None, HEARD).search(query, JobContext()).hits
    plain = Searcher(collection, encoder, None, PLAIN).search(query, JobContext()).hits
    assert [(h.chunk.id, h.scores.fused) for h in heard] == [
        (h.chunk.id, h.scores.fused) for h in plain
    ]


def test_without_all_vectors_witnesses_count_less(encoder: BertEncoder) -> None:
    collection, query = MemoryCollection(parallel()), ask(parallel()[4].text, k=20)
    embed(collection, encoder, range(12))
    searcher = Searcher(collection, encoder, None, HEARD)
    hit = searcher.search(query, JobContext()).hits[0]
    step = searcher.explain(query, hit.chunk.id, JobContext()).steps[-1]
    assert step.title == "witnesses"
    assert step.parts[1].words.startswith("share 0.200")
