"""Mixes a trained model with its start, as the recipe says.

`python -m engine.learning.interpolate RECIPE RUN/model OUT`

A short training on narrow data gains on its tasks and loses elsewhere; a weighted mean of the two
models' weights keeps most of both (Wortsman et al., 2022, Robust fine-tuning of zero-shot models).
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from engine.errors import ModelError, UserError
from engine.learning.recipe import read_recipe, start_folder

_WEIGHTS = "model.safetensors"


def interpolate(start: Path, trained: Path, out: Path, share: float) -> None:
    """Write `trained` to `out` with weights `share` · trained + (1 − `share`) · start, in fp16.

    Raises `ModelError` if the two are not of one shape.
    """
    if not 0 <= share <= 1:
        raise ModelError(f"the share of the trained model is between 0 and 1, not {share}")
    first, second = load_file(start / _WEIGHTS), load_file(trained / _WEIGHTS)
    mixed = {}
    for name, weight in second.items():
        if name not in first or first[name].shape != weight.shape:
            raise ModelError(f"{start} and {trained} differ in {name}: not one architecture")
        mean = share * weight.float() + (1 - share) * first[name].float()
        mixed[name] = mean.to(torch.float16)
    shutil.copytree(trained, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_WEIGHTS))
    save_file(mixed, out / _WEIGHTS, metadata={"format": "pt"})
    (out / _WEIGHTS).chmod(0o644)


def main(arguments: list[str] | None = None) -> int:
    """The command line. The share comes from the recipe's `[run] share`."""
    parser = argparse.ArgumentParser(prog="python -m engine.learning.interpolate")
    parser.add_argument("recipe", type=Path)
    parser.add_argument("trained", type=Path)
    parser.add_argument("out", type=Path)
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
