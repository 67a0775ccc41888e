"""The CPU runtimes side by side: tokens a second, and what each costs in nDCG@10.

    python -m tests.benchmarks.bench_runtimes [SET ...] [--encoder FOLDER] [--cross-encoder FOLDER]
        [--only encoder] [--no-speed]

The sets are those of `build_sets.py`, cut. Times are processor time of one thread, the runtimes
taking turns, so that other work on the machine disturbs the ratios little. For the encoder, `mixed`
is queries of that runtime against documents of full precision: whether their vectors may be
compared. The cross-encoder orders the first ten of the encoder in full precision.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from engine.models.batches import Batch, make_batch
from engine.models.bert import Bert
from engine.models.calibration import candidates
from engine.models.catalogue import BUNDLED_FOLDER
from engine.models.cross_encoder import BertCrossEncoder
from engine.models.encoder import BertEncoder
from engine.models.folder import max_tokens, read_bert_config, read_tokenizer
from engine.models.runtime import Runtime, load_network
from tests.benchmarks.cut_sets import CutSet, cut_set

LENGTHS = (64, 128, 256, 512)
BATCH_TOKENS = 1024
ROUNDS = 5
DEPTH = 10


def made_of(source: Path, folder: Path, length: int) -> Batch:
    """Real code as rows of exactly `length` tokens."""
    tokenizer = read_tokenizer(folder, read_bert_config(folder), length)
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(source.rglob("*.py"))[:30])
    first = tokenizer.encode(text)
    rows = BATCH_TOKENS // length
    encodings = [first, *first.overflowing][:rows]
    return make_batch(Runtime.TORCH_FP32.device, encodings, list(range(rows)))


def speeds(folder: Path, networks: Mapping[Runtime, Bert]) -> None:
    runtimes = list(networks)
    print(f"\n{folder.name}: tokens a second of processor time")
    print(f"{'tokens a row':>14}", *(f"{runtime:>20}" for runtime in runtimes))
    for length in LENGTHS:
        batch = made_of(Path("engine"), folder, length)
        times: dict[Runtime, list[float]] = {runtime: [] for runtime in runtimes}
        for _ in range(ROUNDS):
            for runtime, network in networks.items():
                run = network.logits if network.has_head else network.mean_pooled
                with torch.inference_mode():
                    start = time.process_time()
                    run(batch)
                    times[runtime].append(time.process_time() - start)
        per_second = {runtime: len(batch.ids) / np.median(times[runtime]) for runtime in runtimes}
        cells = (
            f"{speed:>12,.0f} {speed / per_second[Runtime.TORCH_FP32]:6.2f}x"
            for speed in per_second.values()
        )
        print(f"{length:>14}", *cells, flush=True)


M = TypeVar("M", BertEncoder, BertCrossEncoder)


def made(form: type[M], folder: Path, network: Bert) -> M:
    """The model around a network that is loaded already."""
    limit = max_tokens(folder, network.config)
    return form(network, read_tokenizer(folder, network.config, limit), str(folder), "")


def dense(cut: CutSet, encoders: dict[Runtime, BertEncoder]) -> np.ndarray:
    """Prints what the encoders reach; gives the scores in full precision."""
    vectors = {
        runtime: (
            encoder.encode(cut.queries, role="query"),
            encoder.encode(cut.documents, role="document"),
        )
        for runtime, encoder in encoders.items()
    }
    exact = vectors[Runtime.TORCH_FP32]
    base = cut.ndcg(exact[0] @ exact[1].T)
    for runtime, (queries, documents) in vectors.items():
        own = cut.ndcg(queries @ documents.T) - base
        mixed = cut.ndcg(queries @ exact[1].T) - base
        cosine = float((documents * exact[1]).sum(1).mean())
        print(
            f"{cut.name:20}{'encoder':15}{runtime:12}{base + own:8.4f}{own:+9.4f}"
            f"   mixed {mixed:+.4f}   cosine {cosine:.4f}",
            flush=True,
        )
    return np.asarray(exact[0] @ exact[1].T)


def reranked(cut: CutSet, scores: np.ndarray, models: dict[Runtime, BertCrossEncoder]) -> None:
    first = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    pairs = [
        (query, cut.documents[document])
        for query, documents in zip(cut.queries, first, strict=True)
        for document in documents
    ]
    base = None
    for runtime, model in models.items():
        found = np.full(scores.shape, -1.0)
        np.put_along_axis(found, first, model.score_pairs(pairs).reshape(first.shape), axis=1)
        value = cut.ndcg(found)
        base = value if base is None else base
        print(
            f"{cut.name:20}{'cross-encoder':15}{runtime:12}{value:8.4f}{value - base:+9.4f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_runtimes")
    parser.add_argument("sets", nargs="*", type=Path)
    parser.add_argument("--encoder", type=Path, default=BUNDLED_FOLDER / "encoder")
    parser.add_argument("--cross-encoder", type=Path, default=BUNDLED_FOLDER / "cross-encoder")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--only", choices=["encoder", "cross-encoder"])
    parser.add_argument("--no-speed", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    folders = {"encoder": options.encoder, "cross-encoder": options.cross_encoder}
    # The cross-encoder needs the encoder in full precision, for its candidates.
    wanted = {role: [*candidates()] for role in folders}
    if options.only == "encoder":
        wanted["cross-encoder"] = []
    elif options.only == "cross-encoder":
        wanted["encoder"] = [Runtime.TORCH_FP32]
    networks = {
        role: {runtime: load_network(folders[role], runtime.device) for runtime in runtimes}
        for role, runtimes in wanted.items()
    }
    if not options.no_speed:
        for role, folder in folders.items():
            if len(networks[role]) > 1:
                speeds(folder, networks[role])
    print("\nnDCG@10, and its difference to full precision")
    encoders, crosses = (
        {runtime: made(form, folders[role], network) for runtime, network in networks[role].items()}
        for role, form in (("encoder", BertEncoder), ("cross-encoder", BertCrossEncoder))
    )
    for folder in options.sets:
        cut = cut_set(folder, options.queries, options.documents)
        reranked(cut, dense(cut, encoders), crosses)


if __name__ == "__main__":
    main()
