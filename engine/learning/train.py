"""`python -m engine.learning.train RECIPE.toml --run DIR --groups FILE`: trains one model."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from engine.errors import UserError
from engine.learning.augment import Chances
from engine.learning.development import dense_ndcg, read_development_set
from engine.learning.encoder_training import EncoderTraining
from engine.learning.groups import count_by_source, read_groups
from engine.learning.loop import Schedule, run_training
from engine.learning.recipe import Recipe, read_recipe, start_folder
from engine.learning.sampling import Sampler


def main(arguments: list[str] | None = None) -> int:
    """Train as the recipe says. Returns 0 when finished, 130 when interrupted, 1 for a mistake."""
    options = _parser().parse_args(arguments)
    try:
        return _train(read_recipe(options.recipe), options)
    except UserError as error:
        _say(str(error))
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine.learning.train", description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument(
        "--run", type=Path, required=True, help="the run's folder; resumed if begun"
    )
    parser.add_argument("--groups", type=Path, required=True, help="groups.jsonl, made by prepare")
    parser.add_argument("--start", type=Path, help="start from this folder, not the recipe's")
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after this long")
    parser.add_argument("--dev", type=Path, nargs="*", default=[], help="BEIR folders to watch")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0 leaves its choice")
    return parser


def _train(recipe: Recipe, options: argparse.Namespace) -> int:
    if options.threads:
        torch.set_num_threads(options.threads)
    options.run.mkdir(parents=True, exist_ok=True)
    start = start_folder(recipe.start, options.start)
    groups = list(read_groups(options.groups))
    seed = int(recipe.run["seed"])
    sampler = Sampler(groups, recipe.weights, seed, _chances(recipe.chances))
    torch.manual_seed(seed)
    training = EncoderTraining(start, sampler, recipe.run)
    _describe(recipe, options, count_by_source(groups))
    schedule = Schedule(
        int(recipe.run["steps"]),
        float(recipe.run["learning_rate"]),
        int(recipe.run["warmup"]),
        options.minutes,
    )
    outcome = run_training(
        training,
        schedule,
        options.run,
        seed=seed,
        checkpoint_every=int(recipe.run.get("checkpoint_every", 100)),
        weight_decay=float(recipe.run.get("weight_decay", 0.01)),
        evaluate=_evaluation(training, options.dev),
        say=_say,
    )
    _say(
        f"{outcome.step} steps in {outcome.seconds / 60:.1f} min; model in {options.run / 'model'}"
    )
    return 0 if outcome.finished else 130


def _chances(table: Mapping[str, float]) -> Chances:
    known = {field.name for field in fields(Chances)}
    return Chances(**{name: float(value) for name, value in table.items() if name in known})


def _evaluation(
    training: EncoderTraining, folders: list[Path]
) -> Callable[[], Mapping[str, float]] | None:
    if not folders:
        return None
    sets = [read_development_set(folder) for folder in folders]
    return lambda: {data.name: dense_ndcg(data, training.encode) for data in sets}


def _describe(recipe: Recipe, options: argparse.Namespace, counts: Mapping[str, int]) -> None:
    """Write down what the run depends on: recipe, revision, data fingerprint, versions."""
    (options.run / "recipe.toml").write_text(recipe.text, encoding="utf-8")
    record: dict[str, Any] = {
        "revision": _revision(),
        "groups_sha256": hashlib.sha256(options.groups.read_bytes()).hexdigest(),
        "groups": counts,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "python": sys.version.split()[0],
    }
    (options.run / "run.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _revision() -> str:
    """The repository's commit, with a `+` where files differ from it; empty outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
