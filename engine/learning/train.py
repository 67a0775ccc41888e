"""Trains one model as a recipe says: `counterpart train RECIPE --run DIR --groups FILE …`.

The run folder keeps the recipe, what the run depended on, the loss curve, the last checkpoint and
the model. The same command goes on where an interrupted run stopped.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from contextlib import ExitStack

import torch
from transformers.utils import logging as transformers_logging

from engine.commands.train_arguments import add_arguments, check
from engine.errors import DataError, UserError
from engine.learning.backbones import longest
from engine.learning.development import set_name
from engine.learning.export import tokenizer_of
from engine.learning.fingerprints import describe
from engine.learning.groups import read_groups
from engine.learning.kinds import make_run
from engine.learning.loop import Outcome, Schedule, evenly, run_training
from engine.learning.material import Material
from engine.learning.pair_rows import GRADED
from engine.learning.recipe import WITHOUT_START, Recipe, read_recipe, recipe_path, start_folder
from engine.learning.recipe_checks import RATED, unknown_settings
from engine.learning.run_folder import MODEL, disk_errors, held, make_folder
from engine.learning.trackers import check_tracker, make_tracker


def main(arguments: list[str] | None = None) -> int:
    """Train as the recipe says. Returns 0 when finished, 130 when interrupted, 1 for a mistake."""
    options = _parser().parse_args(arguments)
    check(options)
    try:
        return 0 if train(options).finished else 130
    except UserError as error:
        _say(" ".join(str(error).split()))
        return 1
    except KeyboardInterrupt:  # before the first step
        _say("interrupted; run the same command to go on")
        return 130


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
    names = [set_name(folder) for folder in options.dev]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise DataError(f"--dev has two folders named {twice}; the curve could not tell them apart")
    if options.track:
        check_tracker(options.track)
    _prepare_torch(options.threads, int(recipe.run["seed"]))
    is_new = make_folder(options.run)
    with disk_errors(options.run), held(options.run, is_new):
        outcome = _train(options, _material(recipe, options))
    _say(f"{outcome.step} steps in {outcome.seconds / 60:.1f} min; model in {options.run / MODEL}")
    return outcome


def _material(recipe: Recipe, options: argparse.Namespace) -> Material:
    """What the run is made from, the start looked over before anything else is done."""
    start = options.run
    if recipe.kind not in WITHOUT_START:
        start = start_folder(recipe.start, options.start)
    if not (groups := list(read_groups(options.groups))):
        raise DataError(f"{options.groups} holds no groups; `counterpart pairs recipe` makes it")
    material = Material(
        recipe,
        start,
        groups,
        options.data,
        options.dev,
        options.run,
        _say,
        options.graded,
        start_folder({}, options.teacher) if options.teacher else None,
        start_folder({}, options.miner) if options.miner else None,
    )
    if recipe.kind not in WITHOUT_START:
        _tell_cuts(material)
        tokenizer_of(material.start)  # what cannot be exported is not worth training
    return material


def _train(options: argparse.Namespace, material: Material) -> Outcome:
    recipe = material.recipe
    described = describe(material, options.groups)
    kind = make_run(material)
    with ExitStack() as stack:
        tracker = None
        if options.track:
            about = {**tomllib.loads(recipe.text), **described.record}
            tracker = make_tracker(options.track, options.run, about, goes_on=True)
            stack.callback(tracker.close)
        return run_training(
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
            begun=described.keep,
        )


def _idle_options(recipe: Recipe, options: argparse.Namespace) -> list[str]:
    """Files that were given, but that this recipe does not read."""
    pairs = recipe.kind in ("cross-encoder", "shared")
    used = {
        "miner": pairs or (recipe.kind == "encoder" and bool(recipe.run.get("hard"))),
        "teacher": "distil" in recipe.run and recipe.kind in ("encoder", "shared"),
        "graded": pairs and GRADED in recipe.weights,
        "data": pairs and bool(RATED & recipe.weights.keys()),
    }
    return [f"--{name}" for name, reads in used.items() if getattr(options, name) and not reads]


def _tell_cuts(material: Material) -> None:
    """Say which numbers of tokens are more than the model that reads them has positions for."""
    run, slow = material.recipe.run, material.recipe.slow
    asked = [("max_tokens", run, material.start, "the start")]
    if material.recipe.kind != "encoder" and slow["max_tokens"] != run["max_tokens"]:
        asked.append(("[slow] max_tokens", slow, material.start, "the start"))
    miner = (material.miner, "the miner") if material.miner else (material.start, "the start")
    asked.append(("mining_tokens", run, *miner))
    if material.teacher:
        asked.append(("distil_tokens", run, material.teacher, "the teacher"))
    for name, table, folder, reader in asked:
        wanted = int(table.get(name.rpartition(" ")[2], 0))
        if wanted > (most := longest(folder)):
            _say(f"{name} is {wanted}, but {reader} reads {most}: texts are cut to that")


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
