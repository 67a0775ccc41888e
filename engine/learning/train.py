"""Trains one model as a recipe says: `counterpart train RECIPE --run DIR --groups FILE …`.

The run folder keeps the recipe, what the run depended on, the loss curve, the last checkpoint and
the model. The same command goes on where an interrupted run stopped.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

import torch
from transformers.utils import logging as transformers_logging

from engine.commands.train_arguments import add_arguments, check
from engine.errors import DataError, UserError
from engine.learning.backbones import longest
from engine.learning.export import tokenizer_of
from engine.learning.fingerprints import describe
from engine.learning.groups import read_groups
from engine.learning.kinds import make_run
from engine.learning.loop import Outcome, Schedule, evenly, run_training
from engine.learning.material import Material
from engine.learning.pair_rows import GRADED
from engine.learning.recipe import WITHOUT_START, Recipe, read_recipe, recipe_path, start_folder
from engine.learning.recipe_checks import unknown_settings
from engine.learning.trackers import check_tracker, make_tracker


def main(arguments: list[str] | None = None) -> int:
    """Train as the recipe says. Returns 0 when finished, 130 when interrupted, 1 for a mistake."""
    options = _parser().parse_args(arguments)
    check(options)
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
    recipe = read_recipe(recipe_path(options.recipe))
    if unread := unknown_settings(recipe.kind, tomllib.loads(recipe.text)):
        _say(f"nothing reads the recipe's {', '.join(unread)}; docs/training.md has all settings")
    for option in _idle_options(recipe, options):
        _say(f"this recipe has no use for {option}; docs/training.md says which has")
    names = [folder.name for folder in options.dev]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise DataError(f"--dev has two folders named {twice}; the curve could not tell them apart")
    if options.track:
        check_tracker(options.track)
    _prepare_torch(options.threads, int(recipe.run["seed"]))
    _make_folder(options.run)
    material = Material(
        recipe,
        options.run if recipe.kind in WITHOUT_START else start_folder(recipe.start, options.start),
        list(read_groups(options.groups)),
        options.data,
        options.dev,
        options.run,
        _say,
        options.graded,
        start_folder({}, options.teacher) if options.teacher else None,
        start_folder({}, options.miner) if options.miner else None,
    )
    if recipe.kind not in WITHOUT_START:
        _tell_cut(int(recipe.run["max_tokens"]), longest(material.start))
        tokenizer_of(material.start)  # what cannot be exported is not worth training
    describe(material, options.groups)
    kind = make_run(material)
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
        evaluate_at=evenly(int(recipe.run.get("evaluations", 2))),
        say=_say,
        track=tracker,
    )
    if tracker is not None:
        tracker.close()
    _say(
        f"{outcome.step} steps in {outcome.seconds / 60:.1f} min; model in {options.run / 'model'}"
    )
    return outcome


def _idle_options(recipe: Recipe, options: argparse.Namespace) -> list[str]:
    """Files that were given, but that this recipe does not read."""
    pairs = recipe.kind in ("cross-encoder", "shared")
    used = {
        "miner": pairs or (recipe.kind == "encoder" and bool(recipe.run.get("hard"))),
        "teacher": "distil" in recipe.run and recipe.kind in ("encoder", "shared"),
        "graded": pairs and GRADED in recipe.weights,
    }
    return [f"--{name}" for name, reads in used.items() if getattr(options, name) and not reads]


def _tell_cut(wanted: int, most: int) -> None:
    if wanted > most:
        _say(f"max_tokens is {wanted}, but the start reads {most}: texts are cut to that")


def _make_folder(run: Path) -> None:
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"cannot make the folder {run} ({error.strerror}); give another --run"
        ) from error


def _prepare_torch(threads: int, seed: int) -> None:
    transformers_logging.set_verbosity_error()  # that the pooler is new or gone is intended
    transformers_logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(seed)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
