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
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.errors import DataError, DiskError, ModelError, UserError
from engine.learning.recipe import read_recipe, recipe_path, start_folder
from engine.learning.run_folder import MODEL

_WEIGHTS = "model.safetensors"


def interpolate(start: Path, trained: Sequence[Path], out: Path, share: float) -> None:
    """Write share · mean of `trained` + (1 − share) · start to `out`, in fp16.

    The other files are those of the last of `trained`. Raises `ModelError` if the models are not of
    one shape or cannot be read, `DataError` if `out` is in the way, `DiskError`.
    """
    if not 0 <= share <= 1:
        raise ModelError(f"the share of the trained models is between 0 and 1, not {share}")
    _check_out(out, (start, *trained))
    last = trained[-1]
    mixed = {name: torch.zeros(weight.shape) for name, weight in _weights(last).items()}
    parts = [(start, 1 - share), *((folder, share / len(trained)) for folder in trained)]
    for folder, part in parts:
        weights = _weights(folder)
        for name, sum_of_all in mixed.items():
            if name not in weights or weights[name].shape != sum_of_all.shape:
                raise ModelError(f"{folder} and {last} differ in {name}: not one architecture")
            sum_of_all += part * weights[name].float()
    halves = {name: weight.to(torch.float16) for name, weight in mixed.items()}
    try:
        _write(halves, last, out)
    except (OSError, SafetensorError) as error:
        raise DiskError(f"cannot write to {out} ({_why(error)}); give another folder") from error


def _write(halves: dict[str, Tensor], last: Path, out: Path) -> None:
    """The weights first, and whole before they take the place of what is there."""
    out.mkdir(parents=True, exist_ok=True)
    partial = out / f"{_WEIGHTS}.partial"
    save_file(halves, partial, metadata={"format": "pt"})
    partial.chmod(0o644)
    partial.replace(out / _WEIGHTS)
    shutil.copytree(last, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns(f"{_WEIGHTS}*"))


def _why(error: Exception) -> str:
    """In a few words: an error of `copytree` lists every file."""
    while isinstance(error, shutil.Error) and error.args and error.args[0]:
        error = OSError(error.args[0][0][2])
    return getattr(error, "strerror", None) or " ".join(str(error).split())


def mix_in_place(model: nn.Module, start: nn.Module, share: float) -> None:
    """Make the weights of `model` share · its own + (1 − share) · those of `start`, its like."""
    with torch.no_grad():
        for weight, before in zip(model.parameters(), start.parameters(), strict=True):
            weight.lerp_(before, 1 - share)


def _check_out(out: Path, models: Sequence[Path]) -> None:
    """Raise `DataError` if `out` is a file, or a model that is mixed, or lies within one."""
    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is a file; give a folder for the mixed model")
    place = out.resolve()
    for model in models:
        if model.resolve() in (place, *place.parents):
            raise DataError(f"{out} lies in a model that is mixed, {model}; give another folder")


def _weights(folder: Path) -> dict[str, Tensor]:
    """The weights of the model in a folder. Raises `ModelError`."""
    path = folder / _WEIGHTS
    if not path.is_file():
        remedy = "give a folder that a training wrote, RUN/model"
        if (folder / MODEL / _WEIGHTS).is_file():
            remedy = f"it is a run's folder: give {folder / MODEL}"
        raise ModelError(f"{folder} holds no {_WEIGHTS}; {remedy}")
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path} cannot be read ({error}); train the model again") from error


def main(arguments: list[str] | None = None) -> int:
    """The command line. The share comes from the recipe's `[run] share`."""
    parser = argparse.ArgumentParser(prog="python -m engine.learning.interpolate")
    parser.add_argument("recipe", type=Path, help="a TOML file, or the name of a shipped one")
    parser.add_argument("out", type=Path, help="the folder of the mixed model")
    parser.add_argument("trained", type=Path, nargs="+", help="what trainings wrote, RUN/model")
    parser.add_argument(
        "--start", type=Path, help="what the runs started from, if not the recipe's"
    )
    options = parser.parse_args(arguments)
    try:
        recipe = read_recipe(recipe_path(options.recipe))
        share = float(recipe.run.get("share", 1.0))
        start = start_folder(recipe.start, options.start)
        interpolate(start, options.trained, options.out, share)
    except UserError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; run the same command again\n")
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
