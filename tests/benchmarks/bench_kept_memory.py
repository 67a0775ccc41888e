"""A training step with memory that stays with the process, against one without, in one run.

    python -m tests.benchmarks.bench_kept_memory [--steps N] [--rounds N] [--tokens N]

The steps are those of fine-tuning the bundled cross-encoder: forward and backward through 48 pairs
of functions of the standard library, in bfloat16, with one thread. Processes of both kinds take
turns. Times are processor time, the first step of each not counted.
"""

from __future__ import annotations

import argparse
import inspect
import json
import subprocess
import sys
import time
from statistics import median
from types import FunctionType

PAIRS = 48
MODULES = ("argparse", "ast", "dataclasses", "difflib", "inspect", "shutil", "tarfile", "zipfile")


def functions() -> list[str]:
    """Source of functions that are long enough to fill the tokens."""
    found = []
    for name in MODULES:
        module = __import__(name)
        owners = [module, *(cls for cls in vars(module).values() if isinstance(cls, type))]
        found += [
            inspect.getsource(function)
            for owner in owners
            for function in vars(owner).values()
            if isinstance(function, FunctionType) and function.__module__ == name
        ]
    return sorted(dict.fromkeys(found), key=len)[-2 * PAIRS :]


def child(kept: bool, steps: int, tokens: int) -> None:
    """Print the seconds of each step."""
    import torch

    from engine.learning.kept_memory import keep_memory
    from engine.learning.pair_scorer import PairScorer, score
    from engine.models.catalogue import BUNDLED_FOLDER

    if kept and not keep_memory():
        raise SystemExit("only glibc's malloc can be asked to keep memory")
    torch.set_num_threads(1)
    scorer = PairScorer(BUNDLED_FOLDER / "cross-encoder", tokens)
    texts = functions()
    shares = scorer.shares(texts[:PAIRS], texts[PAIRS : 2 * PAIRS])

    def step(model: torch.nn.Module, dealt: list) -> None:
        scores = [score(model, share) for share in dealt]
        for one in scores:
            torch.autograd.grad(one.sum(), list(model.parameters()))

    seconds = []
    for _ in range(steps + 1):
        begun = time.process_time()
        scorer.replicas.refresh()
        scorer.replicas.run(step, shares)
        seconds.append(time.process_time() - begun)
    print(json.dumps(seconds[1:]))


def measured(how: str, chosen: argparse.Namespace) -> list[float]:
    command = [sys.executable, "-m", "tests.benchmarks.bench_kept_memory", "--child", how]
    command += ["--steps", str(chosen.steps), "--tokens", str(chosen.tokens)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [float(value) for value in json.loads(out.splitlines()[-1])]


def main() -> None:
    """Print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--child", choices=("kept", "plain"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        child(chosen.child == "kept", chosen.steps, chosen.tokens)
        return
    seconds: dict[str, list[float]] = {"kept": [], "plain": []}
    for _ in range(chosen.rounds):
        for how, found in seconds.items():
            found += measured(how, chosen)
    kept, plain = (median(seconds[how]) for how in ("kept", "plain"))
    print(f"a step: {plain:.2f} s, with kept memory {kept:.2f} s; {plain / kept:.2f} times as fast")


if __name__ == "__main__":
    main()
