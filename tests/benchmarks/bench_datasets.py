"""What importing a data set costs: seconds, and the longest the window's engine is held.

    python -m tests.benchmarks.bench_datasets [DOCUMENTS] [QUERIES]

The set is made here: small Python functions, each query judged on one of them.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from engine.engine import Engine
from engine.paths import Paths
from engine.types_corpora import DatasetRequest

WORDS = (  # noqa: SIM905 - easier to read
    "read write open close file path json csv row column matrix vector sum mean sort merge split "
    "join parse token tree graph node edge query index score rank batch layer tensor shape dtype"
).split()


def write_set(folder: Path, documents: int, queries: int) -> None:
    chance = random.Random(0)
    (folder / "qrels").mkdir(parents=True)
    with (folder / "corpus.jsonl").open("w") as file:
        for number in range(documents):
            a, b, c, d = chance.choices(WORDS, k=4)
            body = "\n".join(
                f"    {x} = {y}({z}, {n})"
                for n, (x, y, z) in enumerate(zip(*[chance.choices(WORDS, k=8)] * 3, strict=True))
            )
            text = (
                f'def {a}_{b}_{number}({c}, {d}):\n    """{a} the {b}."""\n{body}\n    return {c}\n'
            )
            file.write(json.dumps({"_id": f"d{number}", "title": "", "text": text}) + "\n")
    with (folder / "queries.jsonl").open("w") as file:
        for number in range(queries):
            text = " ".join(chance.choices(WORDS, k=6)) + f" {number}"
            file.write(json.dumps({"_id": f"q{number}", "text": text}) + "\n")
    with (folder / "qrels" / "test.tsv").open("w") as file:
        file.writelines(
            f"q{number}\td{chance.randrange(documents)}\t1\n" for number in range(queries)
        )


def main() -> None:
    documents, queries = (int(text) for text in [*sys.argv[1:], "50000", "20000"][:2])
    with tempfile.TemporaryDirectory() as place:
        write_set(Path(place, "set"), documents, queries)
        engine = Engine(Paths(Path(place, "home")))
        job = engine.import_dataset(DatasetRequest(str(Path(place, "set")), "set"))
        stages: dict[str, list[float]] = {}
        began = time.perf_counter()
        stage = "opening"
        while True:
            start = time.perf_counter()
            progress = next(job, None)
            stages.setdefault(stage, []).append(time.perf_counter() - start)
            if progress is None:
                break
            stage = progress.stage
        print(
            f"{documents:,} documents, {queries:,} judgements: {time.perf_counter() - began:.1f} s"
        )
        print(f"{'after':28} seconds   longest step")
        for name, steps in stages.items():
            print(f"{name:28} {sum(steps):7.2f}   {max(steps) * 1000:6.0f} ms")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"most memory held: {peak:,.0f} MB")
        start = time.perf_counter()
        engine.remove_dataset("set")
        print(f"removing it: {time.perf_counter() - start:.1f} s")
        engine.close()


if __name__ == "__main__":
    main()
