"""What an encoder loses by another scale of similarity, and what measuring the scale gives back.

    python -m tests.benchmarks.bench_closeness SET … [--limit N] [--floor F | --encoder MODEL]

The bundled encoder with one number more in each vector, the same in all: every cosine c becomes
F + (1 - F) c, as with encoders to which all texts are alike. The order of the vectors alone is the
same, so what a mix loses, it loses by how close it takes things to be. Or another encoder: on the
scale that it has, and on the one that is measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import closeness
from engine.commands.output import ProgressPrinter
from engine.evaluation.progress import run_under
from engine.evaluation.run import evaluate
from engine.job import JobContext
from engine.models.catalogue import ModelChoice, load_encoder
from engine.models.encoder import Encoder, Role
from engine.models.own_closeness import AS_IT_IS, Closeness
from engine.paths import Paths


class ElsewhereEncoder:
    """An encoder whose cosines lie between `floor` and 1."""

    def __init__(self, encoder: Encoder, floor: float) -> None:
        self._encoder, self._floor = encoder, floor
        self.name = f"{encoder.name}, from {floor:g}"
        self.fingerprint = f"{encoder.fingerprint}-from-{floor:g}"
        self.dimension = encoder.dimension + 1
        self.device = encoder.device
        self.closeness: Closeness | None = AS_IT_IS

    def encode(
        self, texts: Sequence[str], *, role: Role, ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        vectors = self._encoder.encode(texts, role=role, ctx=ctx)
        same = np.full((len(vectors), 1), self._floor**0.5, dtype=np.float32)
        return np.hstack([vectors * np.float32((1.0 - self._floor) ** 0.5), same])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, help="queries of each set")
    parser.add_argument("--floor", type=float, default=0.7)
    parser.add_argument("--encoder", help="a folder or an id")
    parser.add_argument(
        "--near", type=float, default=closeness.NEAR, help="0: put it on a line however near it is"
    )
    parser.add_argument("--basedir", help="where vectors are kept")
    options = parser.parse_args()
    cache = Paths.default(options.basedir).cache
    ctx = JobContext(on_progress=ProgressPrinter())
    bundled = load_encoder(ModelChoice("encoder"))
    elsewhere: Encoder = ElsewhereEncoder(bundled, options.floor)
    if options.encoder:
        elsewhere = load_encoder(ModelChoice("encoder", options.encoder))
    closeness.NEAR = options.near
    measured = run_under(closeness.measure(elsewhere, cache), ctx)

    def figure(folder: Path, encoder: Encoder) -> float:
        report = evaluate(
            folder,
            ["hybrid"],
            use_target=folder.name.endswith("_target"),
            limit=options.limit,
            encoder=encoder,
            cross_encoder=None,
            cache=cache,
            ctx=ctx,
        )
        return float(report["pipelines"]["hybrid"]["ndcg@10"])

    print("| set | bundled | on its own scale | the scale measured |\n|---|---:|---:|---:|")
    for folder in options.sets:
        found = [figure(folder, bundled)]
        for elsewhere.closeness in (AS_IT_IS, measured):
            found.append(figure(folder, elsewhere))
        print(f"| {folder.name} | {' | '.join(f'{value:.3f}' for value in found)} |", flush=True)


if __name__ == "__main__":
    main()
