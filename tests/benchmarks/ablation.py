"""What each augmentation brings: the same short training with all of them, and without each.

    python -m tests.benchmarks.ablation --groups PREPARED/groups.jsonl --dev SETS/humaneval_x … \
        [--start FOLDER] [--steps 60] [--batch 24] [--tokens 96] [--threads 1] [--only NAME …]

Prints a line for each with nDCG@10 on the development sets. The first two lines differ in nothing
but the seed: what they are apart is what chance does, and a smaller difference says nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from transformers.utils import logging as transformers_logging

from engine.errors import UserError
from engine.learning.augment import Chances
from engine.learning.development import DevelopmentSet, dense_ndcg, read_development_set
from engine.learning.encoder_training import EncoderTraining
from engine.learning.groups import Group, read_groups
from engine.learning.loop import Schedule, find_gradients, make_optimiser
from engine.learning.recipe import read_recipe, recipe_path, start_folder
from engine.learning.sampling import Sampler

EVERYTHING = Chances(
    neutral=0.5,
    no_imports=0.3,
    rename=0.15,
    hide_name=0.3,
    no_comments=0.5,
    crop=0.25,
    question=0.3,
    swap=0.15,
    documented=0.4,
)
WEIGHTS = {"twins": 0.4, "docstrings": 0.3, "questions": 0.15, "languages": 0.15}
AUGMENTATIONS = (
    "neutral",
    "no_imports",
    "swap",
    "rename",
    "no_comments",
    "crop",
    "hide_name",
    "question",
    "documented",
)


def lines(only: Sequence[str]) -> Iterator[tuple[str, Chances, int]]:
    """Name, chances and seed of each training."""
    yield "all", EVERYTHING, 1
    yield "all, another seed", EVERYTHING, 2
    for name in AUGMENTATIONS:
        if not only or name in only:
            yield f"without {name}", replace(EVERYTHING, **{name: 0.0}), 1
    if not only:
        yield "without any", Chances(**dict.fromkeys(AUGMENTATIONS, 0.0)), 1


def train_and_measure(
    options: argparse.Namespace,
    groups: Sequence[Group],
    sets: Sequence[DevelopmentSet],
    chances: Chances,
    seed: int,
) -> list[float]:
    """nDCG@10 on each set after a training of so many steps."""
    torch.manual_seed(seed)
    run: Mapping[str, object] = {
        "batch": options.batch,
        "max_tokens": options.tokens,
        "seed": seed,
        "temperature": 0.05,
    }
    training = EncoderTraining(options.start, Sampler(groups, WEIGHTS, seed, chances), run)
    schedule = Schedule(options.steps, options.rate, warmup=max(1, options.steps // 12))
    optimiser = make_optimiser(training.model, options.rate, decay=0.01)
    for step in range(options.steps):
        record = find_gradients(training, optimiser, schedule, step, 0.0, seed)
        optimiser.step()
        if (step + 1) % 10 == 0:
            print(f"    step {step + 1}, loss {record['loss']:.3f}", file=sys.stderr, flush=True)
    training.model.eval()
    return [dense_ndcg(data, training.encode) for data in sets]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, a line as soon as it is known."""
    options = _parser().parse_args(arguments)
    transformers_logging.set_verbosity_error()  # that the pooler is gone is intended
    transformers_logging.disable_progress_bar()
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        if options.start is None:
            options.start = start_folder(read_recipe(recipe_path(Path("encoder"))).start)
        sets = [
            read_development_set(path, options.queries, options.documents) for path in options.dev
        ]
        groups = [group for group in read_groups(options.groups) if group.task in WEIGHTS]
        _head(options, sets)
        base: list[float] | None = None
        for name, chances, seed in lines(options.only):
            begun = time.monotonic()
            figures = train_and_measure(options, groups, sets, chances, seed)
            base = base or figures
            _row(name, figures, base, time.monotonic() - begun)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _head(options: argparse.Namespace, sets: Sequence[DevelopmentSet]) -> None:
    print(
        f"{options.steps} steps of {options.batch} pairs, {options.tokens} tokens; nDCG@10 over "
        f"{options.queries} queries and {options.documents} documents of each set\n"
    )
    print(
        "| augmentations | "
        + " | ".join(data.name for data in sets)
        + " | mean | against all | s |"
    )
    print("|---|" + "---:|" * (len(sets) + 3), flush=True)


def _row(name: str, figures: Sequence[float], base: Sequence[float], seconds: float) -> None:
    mean, first = sum(figures) / len(figures), sum(base) / len(base)
    columns = " | ".join(f"{value:.3f}" for value in (*figures, mean))
    print(f"| {name} | {columns} | {mean - first:+.3f} | {seconds:.0f} |", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--groups", type=Path, required=True, help="groups.jsonl of `pairs recipe`")
    parser.add_argument("--dev", type=Path, nargs="+", required=True, help="BEIR folders")
    parser.add_argument(
        "--start", type=Path, help="start from this folder, not the encoder's start"
    )
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0 leaves its choice")
    parser.add_argument(
        "--only", nargs="*", default=[], choices=AUGMENTATIONS, help="only these are taken out"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
