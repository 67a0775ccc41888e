"""The cascade as Table 4 of the CasCode paper has it: MRR, memory, and time per query.

    python -m tests.benchmarks.bench_cascade SET --shared FOLDER [--encoder FOLDER]
        [--cross-encoder FOLDER] [--queries 40] [--documents 200] [--share 0.3] [--threads 0]
    python -m tests.benchmarks.bench_cascade --shape base

SET is a folder in BEIR layout, cut to its first queries and to so many documents. Separate models
are the bundled ones unless others are named; the shared model is a run of
`counterpart train shared`. Both run as the product runs them, on CUDA where there is one. The slow
stage orders the first K alone, as in the paper ("MRR"), and mixed with the fast stage's scores as
the product does ("MRR, mixed"). Times are the median over queries of encoding the query, ranking
all documents and reading K pairs; the configurations take turns. Each variant's peak memory is that
of a process of its own.

`--shape base` measures time alone, with random weights in the paper's shape (12 layers, 768 wide,
125 M parameters) and texts that fill the model's limit: the paper gives 0.1022 s for K = 10 and
0.2883 s for K = 100 on an A100.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError
from engine.learning.development import DevelopmentSet, read_development_set
from engine.models.catalogue import BUNDLED, ModelChoice, load_cross_encoder, load_encoder
from engine.models.cross_encoder import CrossEncoder
from engine.models.encoder import Encoder
from engine.retrieval.rerank import combine, order_by
from tests.benchmarks.random_bert import PAPER, make_random_bert, random_set

Floats = NDArray[np.float32]
DEPTHS = (10, 100)
TIMED = 8  # queries that the cascades are timed on
SLOW_ONLY = "all"


@dataclass
class Variant:
    """The two stages and what they have cost so far."""

    name: str
    folders: tuple[str, str]
    encoder: Encoder
    cross_encoder: CrossEncoder

    @classmethod
    def load(cls, name: str, encoder: str, cross_encoder: str) -> Variant:
        """Load both; where they are one folder they run on one set of weights."""
        first = load_encoder(ModelChoice("encoder", encoder))
        is_shared = encoder == cross_encoder != BUNDLED
        if is_shared:
            del first._bert  # before the other one is there: what counts is the peak
        second = load_cross_encoder(ModelChoice("cross-encoder", cross_encoder))
        if is_shared:
            first._bert = second._bert  # the product loads them apart: no shared model is bundled
        return cls(name, (encoder, cross_encoder), first, second)

    def weights(self) -> int:
        """Bytes of the files of weights, as stored."""
        roles = zip(("encoder", "cross-encoder"), self.folders, strict=True)
        files = {ModelChoice(role, name).folder() / "model.safetensors" for role, name in roles}
        return sum(path.stat().st_size for path in files)


@dataclass(frozen=True)
class Scores:
    """Of one variant: fast and slow scores (queries, documents), and seconds per query."""

    fast: Floats
    slow: Floats | None
    slow_seconds: float
    documents: Floats


def measure_scores(variant: Variant, data: DevelopmentSet, *, slow: bool) -> Scores:
    """All scores of both stages: every K is a part of them."""
    documents = variant.encoder.encode(data.documents, role="document")
    fast = variant.encoder.encode(data.queries, role="query") @ documents.T
    if not slow:
        return Scores(fast, None, float("nan"), documents)
    begun = time.perf_counter()
    rows = []
    for number, query in enumerate(data.queries):
        rows.append(variant.cross_encoder.score(query, data.documents))
        _say(f"{variant.name}: all pairs of query {number + 1} of {len(data.queries)}")
    seconds = (time.perf_counter() - begun) / len(data.queries)
    return Scores(fast, np.stack(rows), seconds, documents)


def mrr(fast: Floats, slow: Floats, data: DevelopmentSet, depth: int, share: float | None) -> float:
    """Mean reciprocal rank after the slow stage reordered the first `depth`.

    It decides alone, or with `share` mixes with the fast stage as `engine.retrieval.rerank` does.
    """
    total = 0.0
    for row, relevant in enumerate(data.relevant):
        order = np.argsort(-fast[row], kind="stable")
        first = order[:depth]
        if share is None:
            first = first[np.argsort(-slow[row, first], kind="stable")]
        else:
            first_scores = fast[row, first]
            first = first[order_by(first_scores, combine(first_scores, slow[row, first], share))]
        ranked = [*first.tolist(), *order[depth:].tolist()]
        total += 1.0 / (1 + next(at for at, item in enumerate(ranked) if item in relevant))
    return total / len(data.relevant)


def time_queries(
    variants: Sequence[Variant], scores: Sequence[Scores], data: DevelopmentSet
) -> dict[tuple[str, int], float]:
    """Median seconds of a query by variant and K (0: the fast stage alone), taking turns."""
    taken: dict[tuple[str, int], list[float]] = {}
    for number, query in enumerate(data.queries[: TIMED + 1]):
        for variant, known in zip(variants, scores, strict=True):
            for depth in (0, *DEPTHS):
                begun = time.perf_counter()
                vector = variant.encoder.encode([query], role="query")[0]
                first = np.argsort(-(known.documents @ vector))[:depth]
                if depth:
                    variant.cross_encoder.score(query, [data.documents[row] for row in first])
                if number:  # the first warms up
                    seconds = time.perf_counter() - begun
                    taken.setdefault((variant.name, depth), []).append(seconds)
        _say(f"timed {number} of {min(TIMED, len(data.queries) - 1)} queries")
    return {key: statistics.median(values) for key, values in taken.items()}


def peak_memory(encoder: str, cross_encoder: str, *, fast_only: bool) -> float:
    """Peak resident megabytes of a process that loads the stages and answers one query."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_cascade", "--memory-of", encoder]
    command += [] if fast_only else [cross_encoder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout))


def print_memory(folders: Sequence[str]) -> None:
    """The child's side of `peak_memory`."""
    text = "def add(first, second):\n    return first + second\n" * 20
    if len(folders) == 1:
        load_encoder(ModelChoice("encoder", folders[0])).encode([text], role="query")
    else:
        variant = Variant.load("", folders[0], folders[1])
        variant.encoder.encode([text], role="query")
        variant.cross_encoder.score(text, [text] * 10)
    print(json.dumps(_own_peak()))


def _own_peak() -> float:
    """Peak resident megabytes of this process alone.

    On Linux `ru_maxrss` of a process that was just started is that of its parent.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def table(
    variants: Sequence[Variant],
    scores: Sequence[Scores],
    seconds: dict[tuple[str, int], float],
    data: DevelopmentSet,
    share: float,
) -> str:
    """All rows in Markdown."""
    lines = [
        "| variant | K | MRR | MRR, mixed | weights, MB | peak memory, MB | s/query | queries/s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for variant, known in zip(variants, scores, strict=True):
        whole, fast = (peak_memory(*variant.folders, fast_only=alone) for alone in (False, True))
        for depth in (0, *DEPTHS, SLOW_ONLY):
            of_all = depth == SLOW_ONLY
            if of_all and known.slow is None:
                continue
            took = known.slow_seconds if of_all else seconds[variant.name, int(depth)]
            alone = mixed = "–"
            if data.relevant:
                cut = len(data.documents) if of_all else int(depth)
                slow = known.slow if known.slow is not None else known.fast
                alone = f"{mrr(known.fast, slow, data, cut, None):.3f}"
                mixed = f"{mrr(known.fast, slow, data, cut, share):.3f}" if cut else alone
            name = {0: "fast alone", SLOW_ONLY: "slow alone"}.get(depth, "cascade")
            lines.append(
                f"| {variant.name}, {name} | {depth or '–'} | {alone} | {mixed} "
                f"| {variant.weights() / 1e6:.0f} | {whole if depth else fast:.0f} "
                f"| {took:.4f} | {1 / took:.1f} |"
            )
    return "\n".join(lines)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _setting(variant: Variant, data: DevelopmentSet) -> str:
    import torch

    device = variant.encoder.device
    chip = torch.cuda.get_device_name() if device.name == "cuda" else platform.machine()
    return (
        f"{data.name}: {len(data.queries)} queries, {len(data.documents)} documents; {device.name} "
        f"{chip} {device.precision}, {torch.get_num_threads()} threads\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    options = _parser().parse_args(arguments)
    if options.memory_of:
        print_memory(options.memory_of)
        return 0
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    try:
        with tempfile.TemporaryDirectory() as place:
            folders, data = _material(options, Path(place))
            variants = [Variant.load(name, *pair) for name, pair in folders.items()]
            rated = bool(data.relevant)
            scores = [measure_scores(variant, data, slow=rated) for variant in variants]
            seconds = time_queries(variants, scores, data)
            print(_setting(variants[0], data))
            print(table(variants, scores, seconds, data, options.share))
    except UserError as error:
        _say(str(error))
        return 1
    return 0


def _material(
    options: argparse.Namespace, place: Path
) -> tuple[dict[str, tuple[str, str]], DevelopmentSet]:
    """The folders of each variant, and what is asked of them."""
    if options.shape:
        first, second = (str(make_random_bert(place / name, PAPER)) for name in ("fast", "slow"))
        return {"separate": (first, second), "shared": (second, second)}, random_set()
    folders = {"separate": (str(options.encoder), str(options.cross_encoder))}
    if options.shared:
        folders["shared"] = (str(options.shared), str(options.shared))
    return folders, read_development_set(options.set, options.queries, options.documents)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", type=Path, nargs="?", help="a folder in BEIR layout")
    parser.add_argument("--shared", type=Path, help="a shared model")
    parser.add_argument("--encoder", default=BUNDLED)
    parser.add_argument("--cross-encoder", default=BUNDLED)
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--share", type=float, default=0.3, help="of the slow stage, mixed")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0 leaves its choice")
    parser.add_argument("--shape", choices=["base"], help="random weights in the paper's shape")
    parser.add_argument("--memory-of", nargs="+", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
