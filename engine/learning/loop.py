"""The training loop of both models: optimiser, schedule, checkpoints, resuming, the curve.

Nothing is drawn from a generator that lives across steps: a batch depends on the seed and its
step, and torch is seeded anew at each step, so that a resumed run continues to the same state.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

from engine.learning.checkpoint import load_checkpoint, save_checkpoint
from engine.learning.trackers import Track

_MAX_NORM = 1.0


class Training(Protocol):
    """What the loop needs to know about a model in training."""

    model: nn.Module

    def backward(self, step: int) -> tuple[float, dict[str, Any]]:
        """Add the gradients of one step to the parameters; its loss, and figures for the curve."""
        ...

    def export(self, folder: Path) -> None:
        """Write the model for use."""
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """Warm-up and cosine decay over `steps`, or over `minutes` if those run out first."""

    steps: int
    learning_rate: float
    warmup: int
    minutes: float = math.inf

    def progress(self, step: int, seconds: float) -> float:
        """How far the run is, 0 to 1."""
        return min(1.0, max(step / self.steps, seconds / 60 / self.minutes))

    def rate(self, step: int, seconds: float) -> float:
        """The learning rate of `step`, `seconds` into the run."""
        warm = min(1.0, (step + 1) / max(1, self.warmup))
        return (
            self.learning_rate
            * warm
            * (0.02 + 0.49 * (1 + math.cos(math.pi * self.progress(step, seconds))))
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    step: int
    seconds: float
    finished: bool


def run_training(
    training: Training,
    schedule: Schedule,
    run: Path,
    *,
    seed: int,
    checkpoint_every: int = 100,
    weight_decay: float = 0.01,
    evaluate: Callable[[], Mapping[str, float]] | None = None,
    evaluate_at: tuple[float, ...] = (0.0, 0.5, 1.0),
    say: Callable[[str], None] = print,
    track: Track | None = None,
) -> Outcome:
    """Train to the schedule's end, from the last checkpoint in `run` if there is one.

    Every step goes to `curve.jsonl` in `run`, and to `track`.
    Interrupting (Ctrl-C) keeps a checkpoint and an exported model, and returns.
    """
    optimiser = make_optimiser(training.model, schedule.learning_rate, weight_decay)
    step, before = load_checkpoint(run, training.model, optimiser)
    started = time.monotonic() - before
    note = _Curve(run / "curve.jsonl", track)
    waiting = [
        share for share in evaluate_at if share > schedule.progress(step, before) or not step
    ]
    seconds = before
    try:
        with note as curve:
            while schedule.progress(step, seconds) < 1.0:
                while evaluate and waiting and schedule.progress(step, seconds) >= waiting[0]:
                    waiting.pop(0)
                    started += _record_evaluation(training.model, evaluate, curve, step, say)
                record = _step(training, optimiser, schedule, step, seconds, seed)
                step += 1
                seconds = time.monotonic() - started
                record |= {"step": step, "seconds": round(seconds, 1)}
                curve.add(step, record)
                if step % 10 == 0:
                    say(_line(record, schedule, step, seconds, step / max(seconds, 1e-9)))
                if step % checkpoint_every == 0:
                    save_checkpoint(run, training.model, optimiser, step, seconds)
            if evaluate and waiting:
                _record_evaluation(training.model, evaluate, curve, step, say)
    except KeyboardInterrupt:
        say(f"interrupted at step {step}; run the same command to go on")
    save_checkpoint(run, training.model, optimiser, step, seconds)
    training.export(run / "model")
    return Outcome(step, seconds, schedule.progress(step, seconds) >= 1.0)


class _Curve:
    """Appends records to a file, each on disk before the next step, and hands them on."""

    def __init__(self, path: Path, track: Track | None) -> None:
        self._path, self._track = path, track

    def __enter__(self) -> _Curve:
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, step: int, record: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()
        if self._track is not None:
            self._track(step, record.get("evaluation", record))


def make_optimiser(model: nn.Module, rate: float, decay: float) -> torch.optim.AdamW:
    """AdamW; biases and layer norms do not decay."""
    decayed = [weight for weight in model.parameters() if weight.ndim > 1]
    plain = [weight for weight in model.parameters() if weight.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate)


def _step(
    training: Training,
    optimiser: torch.optim.Optimizer,
    schedule: Schedule,
    step: int,
    seconds: float,
    seed: int,
) -> dict[str, Any]:
    torch.manual_seed(seed * 1_000_003 + step)
    training.model.train()
    rate = schedule.rate(step, seconds)
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad(set_to_none=True)
    loss, figures = training.backward(step)
    norm = clip_grad_norm_(training.model.parameters(), _MAX_NORM)
    if bool(torch.isfinite(norm)):
        optimiser.step()
    return {"loss": round(loss, 5), "rate": rate, "norm": round(float(norm), 3), **figures}


def _record_evaluation(
    model: nn.Module,
    evaluate: Callable[[], Mapping[str, float]],
    curve: _Curve,
    step: int,
    say: Callable[[str], None],
) -> float:
    """Evaluate, write it to the curve, and return the seconds it took (they are not training)."""
    begun = time.monotonic()
    model.eval()
    with torch.no_grad():
        figures = dict(evaluate())
    curve.add(step, {"step": step, "evaluation": figures})
    say(
        f"step {step} evaluation "
        + " ".join(f"{name} {value:.3f}" for name, value in figures.items())
    )
    return time.monotonic() - begun


def _line(
    record: Mapping[str, Any], schedule: Schedule, step: int, seconds: float, per_second: float
) -> str:
    share = schedule.progress(step, seconds)
    left = seconds * (1 - share) / share if share else math.inf
    return (
        f"step {step} loss {record['loss']:.4f} {record.get('task', '')} "
        f"{per_second:.2f} steps/s, {left / 60:.0f} min left"
    )
