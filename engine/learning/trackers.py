"""Sends a run's curve to TensorBoard or Weights & Biases as well, where they are installed.

The run folder has everything without them (`curve.jsonl`); both are optional.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from engine.errors import DataError

Track = Callable[[int, Mapping[str, Any]], None]
"""Takes a step and its figures; what is not a number is left out."""

NAMES = ("tensorboard", "wandb")
WANDB_ID = "wandb_id.txt"
"""In a run's folder: the run in Weights & Biases that it goes on with."""


class Tracker:
    """One run in one of the two. Close it at the end."""

    def __init__(self, track: Track, close: Callable[[], None]) -> None:
        self._track = track
        self.close = close

    def __call__(self, step: int, figures: Mapping[str, Any]) -> None:
        """Record the figures of a step."""
        numbers = {k: v for k, v in figures.items() if isinstance(v, (int, float))}
        if numbers:
            self._track(step, numbers)


def check_tracker(name: str) -> None:
    """Raise `DataError` if the tracker's package is not installed, before any work is done."""
    _need(name)


def make_tracker(
    name: str, run: Path, about: Mapping[str, Any] | None = None, *, goes_on: bool = False
) -> Tracker:
    """The tracker of that name, writing into the run's folder; `about` is what the run is.

    Weights & Biases stays offline (`wandb sync` sends the run later) unless `WANDB_MODE` says
    otherwise. With `goes_on` its id is kept in the folder, and the next time goes on with that run.
    Raises `DataError` if the package is not installed.
    """
    if name == "tensorboard":
        return _tensorboard(run)
    if name == "wandb":
        return _wandb(run, about or {}, goes_on)
    raise DataError(f"there is no tracker {name}; known are {', '.join(NAMES)}")


def _tensorboard(run: Path) -> Tracker:
    _need("tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(run / "tensorboard"))

    def track(step: int, figures: Mapping[str, Any]) -> None:
        for key, value in figures.items():
            writer.add_scalar(key, value, step)

    return Tracker(track, writer.close)


def _wandb(run: Path, about: Mapping[str, Any], goes_on: bool) -> Tracker:
    wandb = _need("wandb")
    session = wandb.init(
        project="counterpart",
        name=run.name,
        dir=str(run),
        config=dict(about),
        **({"id": _kept_id(run / WANDB_ID), "resume": "allow"} if goes_on else {}),
        mode=os.environ.get("WANDB_MODE", "offline"),
    )
    return Tracker(lambda step, figures: session.log(dict(figures), step=step), session.finish)


def _kept_id(path: Path) -> str:
    """The id in the file, which is made if there is none."""
    found = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    if not found:
        found = secrets.token_hex(4)
        path.write_text(found + "\n", encoding="utf-8")
    return found


def _need(package: str) -> Any:
    try:
        return import_module(package)
    except ImportError:
        raise DataError(f"{package} is not installed; run: pip install {package}") from None
