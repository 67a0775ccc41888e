"""The experiment of the NLPyTorch paper: a fine-tuned classifier against an embedding baseline.

    python -m engine.learning.baselines --prepared PREPARED --run DIR --start MODEL

Trains CODEnn and the classifier on the training split that `counterpart pairs recipe` made, each as
its shipped recipe (or yours) says, and prints how often each finds the right code of the test split
among distractors. MODEL is any Hugging Face encoder in safetensors: a folder, or an id that is on
this machine. BM25 and MODEL as it comes, its tokens averaged, stand beside them. The command goes
on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.code.tokens import tokenize
from engine.commands.numbers import positive
from engine.commands.train_arguments import minutes, threads
from engine.errors import UserError
from engine.learning.codenn_training import described, load_codenn, vectors
from engine.learning.groups import read_groups
from engine.learning.negatives import encode_sorted
from engine.learning.pair_scorer import PairScorer
from engine.learning.recipe import Recipe, read_recipe, recipe_path, start_folder
from engine.learning.text_encoder import TextEncoder
from engine.learning.train import train
from engine.learning.trials import DEPTHS, Success, Trials, gather, make_trials, success

_BATCH = 128


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    model: str
    success: Success
    training: str
    queries_per_second: float


def main(arguments: list[str] | None = None) -> int:
    """The command line. 0 when finished, 130 when interrupted, 1 for a mistake."""
    options = _parser().parse_args(arguments)
    try:
        rows = compare(options)
    except UserError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; run the same command to go on\n")
        return 130
    if options.json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    else:
        sys.stdout.write(as_table(rows))
    return 0


def compare(options: argparse.Namespace) -> list[Row]:
    """Train both, then ask them all the same. Raises `UserError`, and `KeyboardInterrupt`."""
    recipe = read_recipe(recipe_path(options.classifier))
    groups = described(list(read_groups(options.prepared / "groups.test.jsonl")), recipe.weights)
    trials = make_trials(groups, options.queries, options.distractors)
    steps = {
        name: _trained(options, name, getattr(options, name)) for name in ("codenn", "classifier")
    }
    start = start_folder(recipe.start, options.start)
    rankers: dict[str, tuple[str, Callable[[Trials], Tensor]]] = {
        "BM25": ("none", bm25_scores),
        f"{start.name}, as it comes": ("none", lambda asked: encoder_scores(asked, start)),
        "CODEnn": (
            f"{steps['codenn']} steps",
            lambda asked: codenn_scores(asked, options.run / "codenn/model"),
        ),
        f"classifier from {start.name}": (
            f"{steps['classifier']} steps",
            lambda asked: classifier_scores(asked, options.run / "classifier/model", recipe),
        ),
    }
    rows = []
    for name, (training, scores) in rankers.items():
        begun = time.monotonic()
        found = success(scores(trials))
        rate = len(trials.candidates) / (time.monotonic() - begun)
        rows.append(Row(name, found, training, rate))
        sys.stderr.write(f"measured {name}, {rows[-1].queries_per_second:.1f} queries/s\n")
    return rows


def _trained(options: argparse.Namespace, name: str, recipe: Path) -> int:
    """Train one of the two; the number of its steps."""
    needed = argparse.Namespace(
        recipe=recipe,
        run=options.run / name,
        groups=options.prepared / "groups.jsonl",
        start=options.start,
        minutes=options.minutes,
        threads=options.threads,
        data=None,
        dev=[],
        graded=[],
        teacher=None,
        miner=None,
        track=None,
    )
    outcome = train(needed)
    if not outcome.finished:
        raise KeyboardInterrupt
    return outcome.step


def bm25_scores(trials: Trials) -> Tensor:
    """Lucene's BM25 over all the codes, on code-aware tokens."""
    import bm25s

    index = bm25s.BM25()
    index.index([tokenize(code) for code in trials.codes], show_progress=False)
    rows = []
    for candidates in trials.candidates:
        scores = index.get_scores(tokenize(trials.descriptions[candidates[0]]))
        rows.append(torch.from_numpy(scores[candidates]))
    return torch.stack(rows)


def encoder_scores(trials: Trials, folder: Path) -> Tensor:
    """The cosine of an encoder's mean-pooled vectors."""
    encoder = TextEncoder(folder, 256)
    asked = [trials.descriptions[row] for row in _rows(trials, first=True)]
    words = _spread(encode_sorted(asked, encoder.encode), _rows(trials, first=True), trials)
    rows = _rows(trials)
    codes = encode_sorted([trials.codes[row] for row in rows], encoder.encode)
    return gather(trials, words, _spread(codes, rows, trials))


def codenn_scores(trials: Trials, folder: Path) -> Tensor:
    """The cosine of CODEnn's two ends."""
    network = load_codenn(folder)
    asked, rows = _rows(trials, first=True), _rows(trials)
    words = vectors(network, [trials.descriptions[row] for row in asked], of_code=False)
    codes = vectors(network, [trials.codes[row] for row in rows], of_code=True)
    return gather(trials, _spread(words, asked, trials), _spread(codes, rows, trials))


def classifier_scores(trials: Trials, folder: Path, recipe: Recipe) -> Tensor:
    """The classifier's score of every description with every candidate."""
    scorer = PairScorer(folder, int(recipe.run["max_tokens"]), new_head=False)
    scorer.model.eval()
    rows = []
    for candidates in trials.candidates:
        query = trials.descriptions[candidates[0]]
        codes = [trials.codes[row] for row in candidates]
        parts = [
            scorer.logits([query] * len(part), part)
            for part in (codes[at : at + _BATCH] for at in range(0, len(codes), _BATCH))
        ]
        rows.append(torch.cat(parts))
    return torch.stack(rows)


def as_table(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown."""
    depths = " | ".join(f"success@{depth}" for depth in DEPTHS)
    lines = [
        f"| | training | {depths} | MRR | queries/s |",
        "|---|---|" + "---:|" * (len(DEPTHS) + 2),
    ]
    for row in rows:
        figures = " | ".join(f"{value:.3f}" for value in (*row.success.at, row.success.mrr))
        lines.append(f"| {row.model} | {row.training} | {figures} | {row.queries_per_second:.1f} |")
    return "\n".join(lines) + "\n"


def _rows(trials: Trials, *, first: bool = False) -> list[int]:
    """The rows that are candidates of any trial, or the trials' own alone."""
    lists = [candidates[:1] if first else candidates for candidates in trials.candidates]
    return sorted({row for candidates in lists for row in candidates})


def _spread(found: Tensor, rows: Sequence[int], trials: Trials) -> Tensor:
    """Vectors of some rows at their places among all."""
    everything = torch.zeros(len(trials.codes), found.shape[1])
    everything[list(rows)] = found
    return everything


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine.learning.baselines",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--prepared", type=Path, required=True, help="what `pairs recipe` wrote")
    parser.add_argument("--run", type=Path, required=True, help="both runs' folder")
    parser.add_argument("--start", type=Path, required=True, help="the classifier's start")
    parser.add_argument("--codenn", type=Path, default=Path("codenn"), help="another recipe")
    parser.add_argument("--classifier", type=Path, default=Path("classifier"), help="another one")
    parser.add_argument(
        "--minutes", type=minutes, default=math.inf, help="end each after this long"
    )
    parser.add_argument("--queries", type=positive, default=200, help="descriptions asked (200)")
    parser.add_argument(
        "--distractors", type=positive, default=99, help="others beside each code (99)"
    )
    parser.add_argument("--threads", type=threads, default=0, help="of torch; 0 leaves its choice")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
