"""The training loop of both models: optimiser, schedule, checkpoints, resuming, the curve.

Nothing is drawn from a generator that lives across steps: a batch depends on the seed and its
step, and torch is seeded anew at each step, so that a resumed run continues to the same state.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

from engine.errors import DataError
from engine.learning.checkpoint import load_checkpoint, save_checkpoint
from engine.learning.curve import Curve
from engine.learning.interrupts import Interrupts
from engine.learning.trackers import Track

_MAX_NORM = 1.0
MOST_SKIPPED = 20
"""So many steps in a row without finite gradients end a run."""

LOWER_RATE = "lower learning_rate, and the same command goes on from the last checkpoint"
"""What to do about a run that diverged."""

_SAY_EVERY = 10.0  # seconds between two lines of progress


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


def evenly(count: int) -> tuple[float, ...]:
    """Where a run is evaluated: before the first step, and `count` times evenly after it."""
    return tuple(part / max(1, count) for part in range(max(0, count) + 1))


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
    evaluate_at: tuple[float, ...] = evenly(2),
    say: Callable[[str], None] = print,
    track: Track | None = None,
    begun: Callable[[], None] = lambda: None,
    remedy: str = LOWER_RATE,
) -> Outcome:
    """Train to the schedule's end, from the last checkpoint in `run` if there is one.

    Every step goes to `curve.jsonl` in `run`, and to `track`; `begun` is called once it is sure
    that the run goes on. Interrupting (Ctrl-C, SIGTERM) keeps a checkpoint of whole steps and an
    exported model, and returns. Raises `DataError` when it diverges, which says the `remedy`; the
    last checkpoint before stays.
    """
    optimiser = make_optimiser(training.model, schedule.learning_rate, weight_decay)
    step, before = load_checkpoint(run, training.model, optimiser)
    started = time.monotonic() - before
    progress = _ProgressLines(schedule, step, before, say)
    seconds = before
    skipped = 0  # steps in a row
    interrupted = False
    with Interrupts() as interrupts:
        try:
            with Curve(run, step, track) as curve:
                begun()
                waiting = _waiting(evaluate_at, curve.evaluated, schedule, step, before)
                while schedule.progress(step, seconds) < 1.0:
                    if evaluate and _fell_due(waiting, schedule.progress(step, seconds)):
                        started += _record_evaluation(training.model, evaluate, curve, step, say)
                    with interrupts.held():  # a thread pool that is interrupted may be left broken
                        record = find_gradients(training, optimiser, schedule, step, seconds, seed)
                    with interrupts.held():  # else a checkpoint could hold half of a step
                        if math.isfinite(record["norm"]):
                            optimiser.step()
                            skipped = 0
                        else:
                            skipped += 1
                        step += 1
                        seconds = time.monotonic() - started
                        record |= {"step": step, "seconds": round(seconds, 3)}
                        curve.add(step, record)
                    progress.show(record, step, seconds)
                    if skipped >= MOST_SKIPPED:
                        _refuse_divergence(skipped, step, remedy)
                    if step % checkpoint_every == 0 and not skipped:  # a good one is not replaced
                        save_checkpoint(run, training.model, optimiser, step, seconds)
                if evaluate and waiting:
                    _record_evaluation(training.model, evaluate, curve, step, say)
        except KeyboardInterrupt:
            interrupted = True
        with suppress(KeyboardInterrupt), interrupts.held():  # it ends soon anyway
            if interrupted:  # said in here, so that a second Ctrl-C does not take the checkpoint
                say(f"interrupted at step {step}; run the same command to go on")
            _refuse_divergence(skipped, step, remedy)
            save_checkpoint(run, training.model, optimiser, step, seconds)
            training.export(run / "model")
    return Outcome(step, seconds, schedule.progress(step, seconds) >= 1.0)


def _fell_due(waiting: list[float], progress: float) -> bool:
    """Take the evaluations that are due from `waiting`; several at one step are one."""
    due = [share for share in waiting if share <= progress]
    del waiting[: len(due)]
    return bool(due)


def _refuse_divergence(skipped: int, step: int, remedy: str) -> None:
    """A step without finite gradients is left out, as fp16 does now and then; many are the end."""
    if skipped >= min(MOST_SKIPPED, step // 2 + 1):
        raise DataError(
            f"the training diverged: the last {skipped} of {step} steps had no finite gradients; "
            + remedy
        )


def make_optimiser(model: nn.Module, rate: float, decay: float) -> torch.optim.AdamW:
    """AdamW; biases and layer norms do not decay."""
    decayed = [weight for weight in model.parameters() if weight.ndim > 1]
    plain = [weight for weight in model.parameters() if weight.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate)


def find_gradients(
    training: Training,
    optimiser: torch.optim.Optimizer,
    schedule: Schedule,
    step: int,
    seconds: float,
    seed: int,
) -> dict[str, Any]:
    """Set the gradients of `step`, their norm cut to 1, and its learning rate; its record."""
    torch.manual_seed(seed * 1_000_003 + step)
    training.model.train()
    rate = schedule.rate(step, seconds)
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad(set_to_none=True)
    loss, figures = training.backward(step)
    norm = clip_grad_norm_(training.model.parameters(), _MAX_NORM)
    return {"loss": round(loss, 5), "rate": rate, "norm": round(float(norm), 3), **figures}


def _waiting(
    evaluate_at: tuple[float, ...],
    evaluated: list[int],
    schedule: Schedule,
    step: int,
    seconds: float,
) -> list[float]:
    """The evaluations still to come at `step`; the last one due is, if it was interrupted."""
    progress = schedule.progress(step, seconds)
    due = [share for share in evaluate_at if share <= progress]
    to_come = [share for share in evaluate_at if share > progress]
    if len(evaluated) >= len(due):
        return to_come
    # Without the seconds of that step: of a run that ends by time one may be done once more.
    if evaluated and (evaluated[-1] == step or schedule.progress(evaluated[-1], 0) >= due[-1]):
        return to_come
    return [due[-1], *to_come]


def _record_evaluation(
    model: nn.Module,
    evaluate: Callable[[], Mapping[str, float]],
    curve: Curve,
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


class _ProgressLines:
    """Says how far the run is, how fast it goes and what is left, every ten seconds."""

    def __init__(
        self, schedule: Schedule, step: int, seconds: float, say: Callable[[str], None]
    ) -> None:
        self._schedule, self._say = schedule, say
        self._from = (step, seconds)  # of this process: an earlier one may have been slower
        self._said = -math.inf

    def show(self, record: Mapping[str, Any], step: int, seconds: float) -> None:
        """A line for the step that was just done, if it is time for one."""
        is_last = self._schedule.progress(step, seconds) >= 1.0
        if seconds - self._said < _SAY_EVERY and not is_last:
            return
        self._said = seconds
        rate = (step - self._from[0]) / max(seconds - self._from[1], 1e-9)
        left = (self._schedule.steps - step) / rate
        left = max(0.0, min(left, self._schedule.minutes * 60 - seconds))
        task = f" {record['task']}" if "task" in record else ""
        self._say(
            f"step {step} of {self._schedule.steps}, loss {record['loss']:.4f}{task}, "
            f"{rate:.2f} steps/s, {_duration(left)} left"
        )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
