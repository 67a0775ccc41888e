"""Trying the CPU runtimes on a model, once per machine: which is fastest and still faithful.

A trial takes some seconds, so it is a job of its own, never a part of loading; what it finds is
kept in the cache and used from the next start on.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.job import Job
from engine.models.device import computes_bf16
from engine.models.folder import fingerprint, read_bert_config, read_tokenizer
from engine.models.keep import keep_file
from engine.models.runtime import Runtime, installed
from engine.paths import RESOURCES
from engine.types import Progress

if TYPE_CHECKING:
    from engine.models.batches import Batch
    from engine.models.bert import Bert

FILE = "runtimes.json"
ROWS, TOKENS, ROUNDS = 8, 128, 3
"""The trial: rows of so many tokens, several times, the runtimes taking turns."""

FAITHFUL, FAITHFUL_SCORES = 0.995, 0.9999
"""Least correlation with full precision: of the centred vectors, of a cross-encoder's scores.

Stricter than what int8 reached with the bundled models: at a mean cosine of 0.993 one of its two
forms lost 0.012 nDCG, and the scores, at 0.9995 and 0.9998, lost 0.008 and 0.014, where 0.003 is
allowed (docs/runtimes.md).
"""

MARGIN = 1.1
"""A runtime must be so many times faster than another that is more precise."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one runtime did: tokens a second, and how close it is to full precision (at most 1)."""

    runtime: Runtime
    tokens_per_second: float
    fidelity: float
    of_scores: bool = False


def candidates() -> list[Runtime]:
    """The runtimes worth trying here, the most precise first."""
    every = [Runtime.TORCH_FP32, Runtime.TORCH_BF16, Runtime.TORCH_INT8, Runtime.ONNX_INT8]
    emulated = set() if computes_bf16() else {Runtime.TORCH_BF16}
    return [runtime for runtime in every if runtime not in emulated and installed(runtime)]


def calibrate(folder: Path, cache: Path) -> Job[list[Trial]]:
    """Try the runtimes on the BERT in `folder` and keep the best one's name in `cache`.

    Raises `ModelError` if the folder cannot be read, `DiskError` if the cache cannot be written.
    """
    import torch

    from engine.models.runtime import load_network

    tried = candidates()
    steps = len(tried) + ROUNDS + 1
    networks: dict[Runtime, Bert] = {}
    batch = _sample(folder)
    for step, runtime in enumerate(tried):
        yield Progress("measuring runtimes", step, steps, f"loading {runtime}")
        networks[runtime] = load_network(folder, runtime.device)
    times: dict[Runtime, list[float]] = {runtime: [] for runtime in tried}
    outputs: dict[Runtime, Any] = {}
    for turn in range(ROUNDS):
        yield Progress("measuring runtimes", len(tried) + turn, steps, "running them in turn")
        for runtime, network in networks.items():
            with torch.inference_mode():
                start = time.perf_counter()
                outputs[runtime] = _output(network, batch)
                times[runtime].append(time.perf_counter() - start)
    trials = [
        Trial(
            runtime,
            len(batch.ids) / min(times[runtime]),
            fidelity(outputs[Runtime.TORCH_FP32], outputs[runtime]),
            networks[runtime].has_head,
        )
        for runtime in tried
    ]
    _keep(cache, folder, trials)
    return trials


def best(trials: Sequence[Trial]) -> Runtime:
    """The fastest faithful runtime; `trials` come in order of precision."""
    chosen = trials[0]
    for trial in trials[1:]:
        faster = trial.tokens_per_second > MARGIN * chosen.tokens_per_second
        if faster and trial.fidelity >= (FAITHFUL_SCORES if trial.of_scores else FAITHFUL):
            chosen = trial
    return chosen.runtime


def fidelity(exact: np.ndarray[Any, Any], found: np.ndarray[Any, Any]) -> float:
    """Correlation of two results after taking off the mean of the rows, (n,) or (n, d)."""
    a, b = (values.astype(np.float64) - values.mean(0) for values in (exact, found))
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / norm if norm else float(np.allclose(exact, found))


def recorded(cache: Path, folder: Path) -> Runtime | None:
    """What an earlier trial on this machine found best for the model, if it can still be run."""
    try:
        found = Runtime(_read(cache)[_machine()][fingerprint(folder)]["best"])
    except (KeyError, TypeError, ValueError):
        return None
    return found if found in candidates() else None


def _sample(folder: Path) -> Batch:
    """Code of the sample corpus; for a cross-encoder the first row's text is everyone's query."""
    from engine.models.batches import make_batch

    config = read_bert_config(folder)
    tokenizer = read_tokenizer(folder, config, min(TOKENS, config.max_position_embeddings))
    files = sorted((RESOURCES / "sample" / "code").rglob("*.py"))[::4][:ROWS]
    texts = [file.read_text(encoding="utf-8") for file in files]
    encodings = tokenizer.encode_batch([(texts[0][:200], text) for text in texts])
    return make_batch(Runtime.TORCH_FP32.device, encodings, list(range(len(encodings))))


def _output(network: Bert, batch: Batch) -> np.ndarray[Any, Any]:
    result = network.logits(batch) if network.has_head else network.mean_pooled(batch)
    return np.asarray(result.numpy())


def _machine() -> str:
    import torch

    name = torch.cpu.get_capabilities().get("cpu_name") or platform.processor()
    return f"{name}, {torch.get_num_threads()} threads, torch {torch.__version__}"


def _read(cache: Path) -> dict[str, Any]:
    try:
        kept = json.loads((cache / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # there is none yet, or it is damaged: it can be made again
        return {}
    return kept if isinstance(kept, dict) else {}


def _keep(cache: Path, folder: Path, trials: Sequence[Trial]) -> None:
    kept = _read(cache)
    here = kept.setdefault(_machine(), {})
    here[fingerprint(folder)] = {"best": best(trials), "trials": [asdict(t) for t in trials]}
    keep_file(cache / FILE, json.dumps(kept, indent=2, sort_keys=True).encode() + b"\n")
