"""Mixes trained models with their start, as the recipe says.

`python -m engine.learning.interpolate RECIPE OUT RUN/model [RUN/model …]`

A short training on narrow data gains on its tasks and loses elsewhere; a weighted mean of the two
models' weights keeps most of both (Wortsman et al., 2022, Robust fine-tuning of zero-shot models).
The mean of several runs from one start is better than each of them (Wortsman et al., 2022, Model
soups).
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from engine.errors import ModelError, UserError
from engine.learning.recipe import read_recipe, start_folder

_WEIGHTS = "model.safetensors"


def interpolate(start: Path, trained: Sequence[Path], out: Path, share: float) -> None:
    """Write share · mean of `trained` + (1 − share) · start to `out`, in fp16.

    The other files are those of the last of `trained`. Raises `ModelError` if the models are not of
    one shape.
    """
    if not 0 <= share <= 1:
        raise ModelError(f"the share of the trained models is between 0 and 1, not {share}")
    last = trained[-1]
    mixed = {name: torch.zeros(size) for name, size in _shapes(last).items()}
    parts = [(start, 1 - share), *((folder, share / len(trained)) for folder in trained)]
    for folder, part in parts:
        weights = load_file(folder / _WEIGHTS)
        for name, sum_of_all in mixed.items():
            if name not in weights or weights[name].shape != sum_of_all.shape:
                raise ModelError(f"{folder} and {last} differ in {name}: not one architecture")
            sum_of_all += part * weights[name].float()
    shutil.copytree(last, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_WEIGHTS))
    halves = {name: weight.to(torch.float16) for name, weight in mixed.items()}
    save_file(halves, out / _WEIGHTS, metadata={"format": "pt"})
    (out / _WEIGHTS).chmod(0o644)


def mix_in_place(model: nn.Module, start: nn.Module, share: float) -> None:
    """Make the weights of `model` share · its own + (1 − share) · those of `start`, its like."""
    with torch.no_grad():
        for weight, before in zip(model.parameters(), start.parameters(), strict=True):
            weight.lerp_(before, 1 - share)


def _shapes(folder: Path) -> dict[str, torch.Size]:
    return {name: weight.shape for name, weight in load_file(folder / _WEIGHTS).items()}


def main(arguments: list[str] | None = None) -> int:
    """The command line. The share comes from the recipe's `[run] share`."""
    parser = argparse.ArgumentParser(prog="python -m engine.learning.interpolate")
    parser.add_argument("recipe", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("trained", type=Path, nargs="+")
    options = parser.parse_args(arguments)
    try:
        recipe = read_recipe(options.recipe)
        share = float(recipe.run.get("share", 1.0))
        interpolate(start_folder(recipe.start), options.trained, options.out, share)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
