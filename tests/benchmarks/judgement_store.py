"""How the store of judgements fares with 10,000 judgements, against the same store with 100.

    python -m tests.benchmarks.judgement_store

Prints the median time of each operation at both sizes and their ratio.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.judgements.store import JudgementStore
from engine.types import Grade
from tests.judgements.drafts import draft

SIZES = (100, 10_000)
PER_QUERY = 10
REPEATS = 50


def fill(store: JudgementStore, size: int) -> None:
    body = "    total = total + weight * value  # some code\n" * 20
    for number in range(size):
        text = f"def function_{number}(value):\n{body}"
        given = draft(
            Grade(number % 4), query=f"query {number // PER_QUERY}", chunk_id=str(number), text=text
        )
        store.judge(given, "ada")


def median_ms(operation: Callable[[int], object]) -> float:
    times = []
    for number in range(REPEATS):
        start = time.perf_counter()
        operation(number)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def measure(path: Path, size: int) -> dict[str, float]:
    with JudgementStore(path) as store:
        fill(store, size)
        measured = {
            "judge": median_ms(lambda n: store.judge(draft(query=f"new {n}"), "ada")),
            "change": median_ms(lambda n: store.judge(draft(Grade.EXACT, query=f"new {n}"), "ada")),
            "grades of a query": median_ms(lambda n: store.grades("sample", f"query {n % 10}")),
            "undo": median_ms(lambda n: store.undo("ada")),
            "list of a corpus": median_ms(lambda n: store.judgements("nothing here")),
        }
    measured["open"] = median_ms(lambda n: JudgementStore(path).close())
    return measured


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        few, many = (measure(Path(folder) / f"{size}.sqlite", size) for size in SIZES)
    print(f"{'median ms':20} {SIZES[0]:>10,} {SIZES[1]:>10,}   ratio")
    for name, value in few.items():
        print(f"{name:20} {value:10.2f} {many[name]:10.2f} {many[name] / value:7.1f}")


if __name__ == "__main__":
    main()
