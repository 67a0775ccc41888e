"""Trains one model as a recipe says: `counterpart train RECIPE --run DIR --groups FILE …`.

The run folder keeps the recipe, what the run depended on, the loss curve, the last checkpoint and
the model. The same command goes on where an interrupted run stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging as transformers_logging

from engine.commands.train_arguments import add_arguments
from engine.errors import UserError
from engine.learning.groups import Group, count_by_source, read_groups
from engine.learning.kinds import Material, make_run
from engine.learning.loop import Outcome, Schedule, run_training
from engine.learning.recipe import Recipe, read_recipe, recipe_path, start_folder
from engine.learning.trackers import make_tracker


def main(arguments: list[str] | None = None) -> int:
    """Train as the recipe says. Returns 0 when finished, 130 when interrupted, 1 for a mistake."""
    options = _parser().parse_args(arguments)
    try:
        return 0 if train(options).finished else 130
    except UserError as error:
        _say(str(error))
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine.learning.train", description=__doc__)
    add_arguments(parser)
    return parser


def train(options: argparse.Namespace) -> Outcome:
    """Train as the recipe says, from where the run stopped. Raises `UserError`."""
    transformers_logging.set_verbosity_error()  # that the pooler is new or gone is intended
    transformers_logging.disable_progress_bar()
    recipe = read_recipe(recipe_path(options.recipe))
    if options.threads:
        torch.set_num_threads(options.threads)
    options.run.mkdir(parents=True, exist_ok=True)
    start = start_folder(recipe.start, options.start)
    groups = list(read_groups(options.groups))
    torch.manual_seed(int(recipe.run["seed"]))
    _describe(recipe, options, groups)
    kind = make_run(
        Material(
            recipe, start, groups, options.data, options.dev, options.run, _say, options.graded
        )
    )
    tracker = make_tracker(options.track, options.run) if options.track else None
    outcome = run_training(
        kind.training,
        Schedule(
            int(recipe.run["steps"]),
            float(recipe.run["learning_rate"]),
            int(recipe.run["warmup"]),
            options.minutes,
        ),
        options.run,
        seed=int(recipe.run["seed"]),
        checkpoint_every=int(recipe.run.get("checkpoint_every", 100)),
        weight_decay=float(recipe.run.get("weight_decay", 0.01)),
        evaluate=kind.evaluate if options.dev else None,
        say=_say,
        track=tracker,
    )
    if tracker is not None:
        tracker.close()
    _say(
        f"{outcome.step} steps in {outcome.seconds / 60:.1f} min; model in {options.run / 'model'}"
    )
    return outcome


def _describe(recipe: Recipe, options: argparse.Namespace, groups: list[Group]) -> None:
    """Write down what the run depends on: recipe, revision, data fingerprint, versions."""
    (options.run / "recipe.toml").write_text(recipe.text, encoding="utf-8")
    counts: Mapping[str, int] = count_by_source(groups)
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
