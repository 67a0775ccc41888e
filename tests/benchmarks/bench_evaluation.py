"""How truthful the time left of a measurement is, and what keeping every answer costs.

    python -m tests.benchmarks.bench_evaluation SET [--limit 500] [--pipeline rerank:top=100]

Prints, for some moments of the measurement, the time that was said to be left beside the time that
was really left, as a ratio, and the share of the time that storing took.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from engine.evaluation.beir import load_beir
from engine.evaluation.measuring import Models, Options, measuring
from engine.evaluation.pipelines import parse_pipelines
from engine.evaluation.runs import RunStore, RunWriter
from engine.models.catalogue import ModelChoice, load_cross_encoder, load_encoder
from engine.paths import Paths

MOMENTS = (0.05, 0.1, 0.25, 0.5, 0.75)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path)
    parser.add_argument("--limit", type=int, default=500)
    parser.add_argument("--pipeline", default="rerank:top=100,share=1")
    parser.add_argument("--basedir", type=Path)
    arguments = parser.parse_args()
    data = load_beir(arguments.set)
    models = Models(
        load_encoder(ModelChoice("encoder")), load_cross_encoder(ModelChoice("cross-encoder"))
    )
    spent = 0.0
    add = RunWriter.add

    def timed(self: RunWriter, row: object) -> None:
        nonlocal spent
        start = time.perf_counter()
        add(self, row)  # type: ignore[arg-type]
        spent += time.perf_counter() - start

    RunWriter.add = timed  # type: ignore[method-assign,assignment]
    said: list[tuple[float, float, float]] = []  # share done, when, seconds left as said
    longest, last = 0.0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        job = measuring(
            data,
            parse_pipelines([arguments.pipeline]),
            models,
            Options(limit=arguments.limit),
            cache=Paths.default(arguments.basedir).cache,
            store=RunStore(Path(folder)),
            save="bench",
        )
        for progress in job:
            now = time.perf_counter()
            if "searching" in progress.stage and progress.total:
                longest = max(longest, now - last)
                if progress.seconds_left is not None:
                    said.append((progress.done / progress.total, now, progress.seconds_left))
            last = now
    start, end = said[0][1], said[-1][1]
    print(f"{arguments.pipeline} on {data.name}: {len(data.queries[: arguments.limit])} queries")
    print(f"{'done':>6} {'said left':>10} {'was left':>10} {'ratio':>6}")
    for moment in MOMENTS:
        share, when, left = next(found for found in said if found[0] >= moment)
        print(f"{share:6.0%} {left:9.1f}s {end - when:9.1f}s {left / max(end - when, 1e-9):6.2f}")
    print(f"storing: {spent / max(end - start, 1e-9):.2%} of {end - start:.1f} s")
    print(f"longest step: {longest:.2f} s")


if __name__ == "__main__":
    main()
