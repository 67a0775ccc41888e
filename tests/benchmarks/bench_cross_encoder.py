"""Our cross-encoder against sentence-transformers' `CrossEncoder.predict`, in one run.

    python -m tests.benchmarks.bench_cross_encoder SET [--model FOLDER] [--pairs N] [--threads N]

The same model, pairs, limit and device: CUDA where there is one, else the CPU. The other side runs
in full precision, and in the precision that ours has. They take turns. On CUDA times are wall time;
on a CPU they are processor time, so run it with one thread (the default), and other work on the
machine disturbs the ratio little. The peak is that of a large product of matrices in the same
precision, measured between the rounds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import CrossEncoder

from engine.models.catalogue import BUNDLED_FOLDER
from engine.models.cross_encoder import BertCrossEncoder
from engine.models.device import Device
from engine.models.folder import MAX_TOKENS, BertConfig, read_bert_config, read_tokenizer
from engine.models.runtime import device_for
from tests.benchmarks.cut_sets import cut_set

ROUNDS = 3


def clock(device: Device) -> float:
    if device.name == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


def operations(config: BertConfig, lengths: np.ndarray) -> float:
    """Multiplications and additions in the products of all layers, padding not counted."""
    hidden, inner = config.hidden_size, config.intermediate_size
    by_token = 2 * (4 * hidden * hidden + 2 * hidden * inner)
    attention = 4 * hidden * lengths.astype(float)
    return float(config.num_hidden_layers * (lengths * (by_token + attention)).sum())


def peak(device: Device) -> float:
    """Operations a second of a large product, the best of some."""
    size = 8192 if device.is_gpu else 1024
    a, b = (torch.randn(size, size, device=device.name, dtype=device.torch_dtype) for _ in "ab")
    times = []
    for _ in range(6):
        start = clock(device)
        a @ b
        times.append(clock(device) - start)
    return 2 * size**3 / min(times)


def theirs(folder: Path, device: Device, dtype: torch.dtype) -> CrossEncoder:
    return CrossEncoder(
        str(folder),
        device=device.name,
        max_length=MAX_TOKENS,
        model_kwargs={"use_safetensors": True, "dtype": dtype},
        local_files_only=True,
    )


def agreement(exact: np.ndarray, found: np.ndarray, by_query: int) -> str:
    """Rank correlation over all pairs, and queries whose first text is the same one."""
    ranks = [values.argsort().argsort().astype(float) for values in (exact, found)]
    tables = [values.reshape(-1, by_query) for values in (exact, found)]
    orders = [np.argsort(-table, axis=1, kind="stable") for table in tables]
    first = np.mean(orders[0][:, 0] == orders[1][:, 0])
    gaps = np.take_along_axis(tables[0], orders[0], 1) - np.take_along_axis(tables[0], orders[1], 1)
    return (
        f"rank correlation {np.corrcoef(ranks)[0, 1]:.5f}, same first text {first:.1%}, largest "
        f"difference of exact scores where the order differs {np.abs(gaps).max():.4f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_cross_encoder")
    parser.add_argument("set", type=Path)
    parser.add_argument("--model", type=Path, default=BUNDLED_FOLDER / "cross-encoder")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--texts", type=int, default=100, help="texts for each query")
    parser.add_argument("--batch", type=int, default=0, help="theirs; 0: 256 on CUDA, else 32")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cut = cut_set(options.set, options.queries, options.texts)
    texts = cut.documents[: options.texts]
    pairs = [(query, text) for query in cut.queries for text in texts]
    device = device_for("auto")
    batch = options.batch or (256 if device.is_gpu else 32)
    config = read_bert_config(options.model)
    tokenizer = read_tokenizer(options.model, config, MAX_TOKENS)
    lengths = np.array([len(encoding.ids) for encoding in tokenizer.encode_batch(pairs)])
    print(f"{len(pairs):,} pairs, {lengths.sum():,} tokens, {device.name}, batches of {batch}")

    ours = BertCrossEncoder.load(options.model, device)
    ways: dict[str, Callable[[], np.ndarray]] = {}
    for dtype in dict.fromkeys((torch.float32, device.torch_dtype)):
        other = theirs(options.model, device, dtype)
        ways[f"sentence-transformers {str(dtype).removeprefix('torch.')}"] = lambda other=other: (
            np.asarray(other.predict(pairs, batch_size=batch, show_progress_bar=False))
        )
    ways[f"ours {ours.device.precision}"] = lambda: ours.score_pairs(pairs)

    times: dict[str, list[float]] = {name: [] for name in ways}
    scores: dict[str, np.ndarray] = {}
    best_product = 0.0
    for turn in range(ROUNDS + device.is_gpu):  # a graphics processor warms up first
        best_product = max(best_product, peak(device))
        for name, way in ways.items():
            start = clock(device)
            scores[name] = way()
            if turn or not device.is_gpu:
                times[name].append(clock(device) - start)
    exact, work = next(iter(scores.values())), operations(config, lengths)
    print(f"peak {best_product / 1e12:.2f} TFLOP/s, measured with a product of matrices")
    for name, values in times.items():
        seconds = float(np.median(values))
        print(
            f"{name:32}{len(pairs) / seconds:10,.0f} pairs/s{lengths.sum() / seconds:14,.0f} "
            f"tokens/s{work / seconds / best_product:8.1%} of peak   ours is "
            f"{seconds / float(np.median(list(times.values())[-1])):.2f} times as fast"
        )
        print(f"{'':32}{agreement(exact, scores[name], len(texts))}")


if __name__ == "__main__":
    main()
