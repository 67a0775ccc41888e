"""How well and how fast snippets are aligned.

    python -m tests.benchmarks.bench_alignment

Prints precision, recall and F1 on the labelled pairs that nothing was fitted on, with the bundled
encoder and without, beside three baselines; then the best time for two snippets of 80 lines, in
milliseconds of the process and of the clock, and for two files of 5,000 lines.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.align.aligner import Aligner
from engine.job import JobContext
from engine.models.catalogue import BUNDLED, ModelChoice, load_encoder
from engine.models.device import choose_device
from engine.types_alignment import Alignment, AlignmentRequest
from tests.align.labelled import labelled_pairs
from tests.align.scores import BASELINES, Score, score

LINES = 80
ROUNDS = 15


def quality(encoder: object | None) -> Score:
    """Over all pairs kept apart."""
    aligner, total = Aligner(), Score()
    for pair in labelled_pairs():
        if pair.for_tuning:
            continue
        left, right = pair.left, pair.right
        request = AlignmentRequest(left.text, left.language, right.text, right.language)
        found = aligner.align(request, encoder, JobContext())
        links = {(found.left[k.left].first, found.right[k.right].first) for k in found.links}
        total += score(links, pair.links())
    return total


def snippets(lines: int) -> AlignmentRequest:
    """Two texts of that many lines from the Python pairs, one after the other."""
    pairs = [p for p in labelled_pairs() if p.left.language == p.right.language == "Python"]
    repeated = pairs * (lines // 200 + 1)
    left, right = ("\n\n".join(getattr(p, s).text for p in repeated) for s in ("left", "right"))
    cut = ["\n".join(text.split("\n")[:lines]) for text in (left, right)]
    return AlignmentRequest(cut[0], "Python", cut[1], "Python")


def timed(work: Callable[[], Alignment], rounds: int = ROUNDS) -> str:
    """The least of the process's and of the clock's times: what other work has added is no news."""
    cpu, wall = [], []
    for _ in range(rounds):
        start = time.process_time(), time.perf_counter()
        work()
        cpu.append(1000 * (time.process_time() - start[0]))
        wall.append(1000 * (time.perf_counter() - start[1]))
    return f"{min(cpu):7.0f} ms process {min(wall):7.0f} ms clock"


def main() -> None:
    import torch  # after the engine has said how its threads shall wait

    encoder = load_encoder(ModelChoice("encoder", BUNDLED, False), choose_device())
    print(f"{'with the encoder':22} {quality(encoder)}")
    print(f"{'without':22} {quality(None)}")
    apart = [pair for pair in labelled_pairs() if not pair.for_tuning]
    for name, baseline in BASELINES.items():
        total = sum((score(baseline(pair), pair.links()) for pair in apart), Score())
        print(f"{name:22} {total}")
    print(f"two snippets of {LINES} lines, {torch.get_num_threads()} threads")
    request = snippets(LINES)

    def fresh(model: object | None) -> Alignment:
        return Aligner().align(request, model, JobContext())

    kept = Aligner()
    other = AlignmentRequest(request.left, "Python", "", "Python")
    kept.align(other, encoder, JobContext())  # the query's vectors are known by then

    def next_result() -> Alignment:
        for key in [key for key in kept._vectors if key[0] == request.right]:
            del kept._vectors[key]
        return kept.align(request, encoder, JobContext())

    print(f"{'without the encoder':22} {timed(lambda: fresh(None))}")
    print(f"{'with it, another result':22} {timed(next_result)}")
    print(f"{'with it, both sides new':22} {timed(lambda: fresh(encoder))}")
    large = snippets(5000)
    print(f"{'5,000 lines each':22} {timed(lambda: Aligner().align(large, None, JobContext()), 1)}")


if __name__ == "__main__":
    main()
