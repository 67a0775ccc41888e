"""Training recipes: TOML files that say everything a run depends on."""

from __future__ import annotations

import hashlib
import importlib.util
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import DataError, ModelError
from engine.learning.recipe_checks import RATED, check_numbers, check_settings
from engine.models.catalogue import ModelChoice
from engine.paths import RESOURCES

KINDS = ("encoder", "cross-encoder", "shared", "classifier", "codenn")
WITHOUT_START = frozenset({"codenn"})
"""Kinds that begin from random weights: they read no `[start]` and no tokens of a tokenizer."""

_IN_BATCH = frozenset({"encoder", "shared"})
"""Kinds whose negatives come from the batch."""
_TABLES = ("run", "start", "weights", "chances", "mining", "slow", "grades")
_NEEDED = ("seed", "steps", "batch", "learning_rate", "warmup")


@dataclass(frozen=True, slots=True)
class Recipe:
    """`kind` is one of `KINDS`; the tables stay as the file has them.

    A shared recipe has the fast stage's options in `run` and the slow stage's in `slow`.
    """

    kind: str
    text: str
    run: Mapping[str, Any]
    start: Mapping[str, Any]
    weights: Mapping[str, float]
    chances: Mapping[str, float]
    mining: Mapping[str, int]  # queries of each task to mine hard negatives for
    slow: Mapping[str, Any]
    grades: Mapping[str, Any] = field(default_factory=dict)  # the target of each grade


def recipe_path(name: Path) -> Path:
    """The file that is meant: `encoder` is the shipped recipe of that name, unless there is a file.

    Raises `DataError` if there is neither.
    """
    shipped = RESOURCES / "training" / f"{name}.toml"
    if name.is_file():
        return name
    if name.parent == Path() and shipped.exists():
        return shipped
    shelf = RESOURCES / "training"
    known = sorted(file.stem for file in shelf.glob("*.toml") if _is_recipe(file))
    raise DataError(f"there is no recipe {name}; give a file, or one of {', '.join(known)}")


def _is_recipe(path: Path) -> bool:
    return "kind" in tomllib.loads(path.read_text(encoding="utf-8"))


def read_recipe(path: Path) -> Recipe:
    """Read a recipe. Raises `DataError` with one line if something is missing."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors put a mark before it
        table = tomllib.loads(text)
        kind = table.get("kind", "missing")
        if kind not in KINDS:
            raise DataError(f"{path}: kind is {', '.join(KINDS)}, not {kind}")
        _check_tables(path, table)
        run = table["run"]
        for key in _NEEDED if kind in WITHOUT_START else (*_NEEDED, "max_tokens"):
            if key not in run:
                raise DataError(f"{path}: [run] needs {key}")
        _check(table)
        if kind in _IN_BATCH and not any(w for t, w in table["weights"].items() if t not in RATED):
            raise DataError("[weights] weighs only rated pairs, which no encoder reads; add a task")
        if kind in _IN_BATCH and run["batch"] < 2:
            raise DataError("[run] batch is from 2: its other texts are the negatives")
        return Recipe(
            kind,
            text,
            run,
            table.get("start", {}),
            {task: weight for task, weight in table["weights"].items() if weight},
            table.get("chances", {}),
            {task: count for task, count in table.get("mining", {}).items() if count},
            _slow_options(path, kind, run, table.get("slow", {})),
            table.get("grades", {}),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"{path} is not a training recipe ({error})") from error


def _check_tables(path: Path, table: Mapping[str, Any]) -> None:
    for name in _TABLES:
        if not isinstance(table.get(name, {}), dict):
            raise TypeError(f"[{name}] is a table, not {table[name]!r}")
    needed = ("run", "weights") if table["kind"] in WITHOUT_START else ("run", "start", "weights")
    if missing := [f"[{name}]" for name in needed if name not in table]:
        raise DataError(f"{path} needs {', '.join(missing)}; docs/training.md says what is in it")


def _check(table: Mapping[str, Any]) -> None:
    check_settings("run", table["run"])
    check_settings("slow", table.get("slow", {}))
    check_numbers("weights", table["weights"])
    check_numbers("mining", table.get("mining", {}))
    check_numbers("chances", table.get("chances", {}), most=1.0)
    if not any(table["weights"].values()):
        raise DataError("[weights] weighs no task above 0")


def _slow_options(
    path: Path, kind: str, run: Mapping[str, Any], slow: Mapping[str, Any]
) -> Mapping[str, Any]:
    if kind == "shared" and (missing := {"batch", "negatives", "max_tokens"} - slow.keys()):
        raise DataError(f"{path}: [slow] needs {', '.join(sorted(missing))}")
    if kind == "cross-encoder" and "negatives" not in (run.keys() | slow.keys()):
        raise DataError(f"{path}: [run] needs negatives")
    return {**run, **slow}


def start_folder(start: Mapping[str, Any], override: Path | None = None) -> Path:
    """The folder of the model that training starts from, its weights verified.

    The recipe names an installed package that carries the weights, and their SHA-256. `override`
    is used instead where given, unverified: a folder (a run's own result for the cross-encoder),
    or the id of a model on the Hugging Face hub that is on this machine. Raises `DataError`,
    `ModelError`.
    """
    if override is not None:
        folder = override if override.is_dir() else ModelChoice("encoder", str(override)).folder()
        if not (folder / "model.safetensors").exists():
            raise ModelError(f"{folder} holds no model.safetensors; give a Hugging Face folder")
        return folder
    if "package" not in start:
        raise ModelError("this recipe starts from a trained encoder; give its folder with --start")
    package = str(start["package"])
    if not (module := package.replace("-", "_")).isidentifier():
        raise DataError(f"[start] package names an installed package, not {package!r}")
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise ModelError(f"the start of the training is missing; run: pip install {package}")
    folder = Path(found.submodule_search_locations[0]) / str(start.get("folder", "model"))
    if "sha256" not in start:
        raise DataError("[start] needs sha256, by which the weights are known to be the right ones")
    try:
        digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(
            f"cannot read {folder / 'model.safetensors'} ({error.strerror or error}); "
            "check [start] folder"
        ) from error
    if digest != start["sha256"]:
        raise ModelError(
            f"{package}: the SHA-256 of model.safetensors is {digest}, not the recipe's; install "
            "the version that the recipe was written for, or give another start with --start"
        )
    return folder
