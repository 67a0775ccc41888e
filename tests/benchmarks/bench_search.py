"""How fast a pasted 32-line snippet is answered, against the marks of the project.

    python -m tests.benchmarks.bench_search [--source FOLDER] [--keep FOLDER] [--encoder FOLDER]
        [--cross-encoder FOLDER]

The corpus is Python's standard library (or FOLDER), chunked and tokenised by the product itself.
The vectors of its chunks are random: encoding them all takes an hour on two cores and does not
change how long a search takes. Everything on the query's side is real: understanding, encoding,
both legs, fusion, reading the chunks, the cross-encoder. `--keep` names a folder where the index
is left for the next run.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.corpus.snapshot import StoredCollection
from engine.corpus.store import CorpusStore
from engine.errors import UserError
from engine.job import JobContext, run_to_end
from engine.models.catalogue import BUNDLED, ModelChoice, load_cross_encoder, load_encoder
from engine.models.cross_encoder import CPU_BATCH
from engine.models.encoder import Encoder
from engine.retrieval.bm25 import LexicalIndex, score_arrays
from engine.retrieval.search import SIDECAR, Searcher
from engine.retrieval.weights import Share, Weights
from engine.types import Framework, Query, SearchResult, SearchStage
from engine.types_corpora import CorpusSpec

SNIPPET_LINES = 32
SNIPPETS = 25
WARM_UP = 3

HALF = Share.fixed(0.5, 0.5)
EVEN = Weights(HALF, HALF, shape=HALF, hubs=0.25)
"""Shares do not change how long a search takes, but 0 would leave the cross-encoder out."""


@dataclass(frozen=True)
class Row:
    """One line of the table. `mark` is in the row's unit; None where there is none."""

    name: str
    median: float
    p95: float
    unit: str
    mark: float | None = None


def snippets(folder: Path) -> list[str]:
    """32 lines in a row from the middle of files that are spread over the folder."""
    files = sorted(folder.glob("*.py")) + sorted(folder.glob("*/*.py"))
    found = []
    for path in files:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if len(lines) >= 4 * SNIPPET_LINES:
            middle = len(lines) // 2
            found.append("\n".join(lines[middle : middle + SNIPPET_LINES]))
    step = max(len(found) // (SNIPPETS + WARM_UP), 1)
    return found[::step][: SNIPPETS + WARM_UP]


def build(source: Path, corpora: Path) -> CorpusStore:
    spec = CorpusSpec("bench", (str(source),), exclude=("site-packages",), lexical_only=True)
    store = CorpusStore.create(corpora, spec)
    run_to_end(store.update(spec))
    return store


def fill(collection: StoredCollection, encoder: Encoder) -> None:
    """Random unit vectors for the chunks that have none."""
    random = np.random.default_rng(0)
    missing = collection.missing_vectors(encoder.fingerprint)
    for start in range(0, len(missing), 5_000):
        rows = missing[start : start + 5_000]
        vectors = random.normal(size=(len(rows), encoder.dimension)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        collection.put_vectors(encoder.fingerprint, rows.tolist(), vectors)


def timed(
    name: str, work: Callable[[str], float], texts: Sequence[str], mark: float | None = None
) -> Row:
    """The milliseconds that `work` returns for each text, the first few not counted."""
    times = [work(text) for text in texts][WARM_UP:]
    return Row(name, statistics.median(times), float(np.percentile(times, 95)), "ms", mark)


def once(name: str, work: Callable[[], object], mark: float | None = None) -> Row:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    return Row(name, seconds, seconds, "s", mark)


def whole(searcher: Searcher, **options: object) -> Callable[[str], float]:
    """How long a whole search takes."""

    def work(text: str) -> float:
        query = Query(text, "bench", **options)  # type: ignore[arg-type]
        start = time.perf_counter()
        searcher.search(query, JobContext())
        return (time.perf_counter() - start) * 1000

    return work


def until(searcher: Searcher, stage: SearchStage, **options: object) -> Callable[[str], float]:
    """How long it takes until the first list of a stage is handed over."""

    def work(text: str) -> float:
        seen: list[float] = []

        def note(result: SearchResult) -> None:
            if result.stage is stage:
                seen.append(time.perf_counter())

        query = Query(text, "bench", **options)  # type: ignore[arg-type]
        start = time.perf_counter()
        searcher.search(query, JobContext(on_partial=note))
        return ((seen[0] if seen else time.perf_counter()) - start) * 1000

    return work


def measure(source: Path, corpora: Path, choices: tuple[ModelChoice, ModelChoice]) -> Iterator[Row]:
    store = build(source, corpora)
    try:
        collection = store.collection()
        table = collection.table
        print(f"corpus: {len(table):,} chunks, {len(table.token_ids):,} tokens")
        texts = snippets(source)
        lexical = Searcher(collection, weights=EVEN)
        yield once("BM25 arrays from the table", lambda: score_arrays(table), 2.0)
        lexical.prepare()
        yield once("BM25 index from its file", lambda: LexicalIndex.open(table, _sidecar(store)))
        yield timed("lexical search", whole(lexical, use_dense=False, rerank=0), texts, 60)
        start = time.perf_counter()
        encoder, cross_encoder = load_encoder(choices[0]), load_cross_encoder(choices[1])
        seconds = time.perf_counter() - start
        yield Row("loading torch and both models", seconds, seconds, "s", 2.0)
        fill(collection, encoder)
        searcher = Searcher(collection, encoder, cross_encoder, EVEN)
        searcher.prepare()
        yield from with_models(searcher, encoder, texts)
    finally:
        store.close()


def with_models(searcher: Searcher, encoder: Encoder, texts: Sequence[str]) -> Iterator[Row]:
    numpy_only: dict[str, object] = {"framework": Framework.NUMPY}
    few = texts[: WARM_UP + 8]
    yield timed("query encoding", _encoding(encoder), texts)
    yield timed("hybrid: first list", until(searcher, SearchStage.LEXICAL, rerank=0), texts, 60)
    yield timed("hybrid search", whole(searcher, rerank=0), texts, 100)
    yield timed("hybrid, one framework", whole(searcher, rerank=0, **numpy_only), texts, 100)
    # Two batches, so that the list after the first one is not yet the last.
    reordering = until(searcher, SearchStage.RERANKING, rerank=2 * CPU_BATCH)
    yield timed("first reordering", reordering, few, 400)
    yield timed("all of the top 30 reranked", whole(searcher, rerank=30), few)


def _sidecar(store: CorpusStore) -> Path:
    folder = store.collection().sidecars
    assert folder is not None
    return folder / SIDECAR


def _encoding(encoder: Encoder) -> Callable[[str], float]:
    def work(text: str) -> float:
        start = time.perf_counter()
        encoder.encode([text], role="query")
        return (time.perf_counter() - start) * 1000

    return work


def show(rows: Iterable[Row]) -> None:
    print(f"{'':32}{'median':>12}{'p95':>12}{'mark':>12}{'of mark':>9}")
    for row in rows:
        digits = 2 if row.unit == "s" else 1
        median, p95 = (f"{value:,.{digits}f} {row.unit}" for value in (row.median, row.p95))
        mark = ratio = ""
        if row.mark is not None:
            mark, ratio = f"{row.mark:g} {row.unit}", f"{row.median / row.mark:.2f}"
        print(f"{row.name:32}{median:>12}{p95:>12}{mark:>12}{ratio:>9}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_search")
    parser.add_argument("--source", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("--keep", type=Path, help="leave the index here for the next run")
    parser.add_argument("--encoder", default=BUNDLED)
    parser.add_argument("--cross-encoder", default=BUNDLED)
    options = parser.parse_args(arguments)
    choices = (
        ModelChoice("encoder", options.encoder),
        ModelChoice("cross-encoder", options.cross_encoder),
    )
    print(f"Python {platform.python_version()}, {platform.machine()}; corpus vectors are random")
    try:
        if options.keep is not None:
            show(measure(options.source, options.keep, choices))
        else:
            with tempfile.TemporaryDirectory() as folder:
                show(measure(options.source, Path(folder), choices))
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
