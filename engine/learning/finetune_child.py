"""The training itself, in a process of its own: it can be stopped, and the window stays alive.

A folder holds what is to be done (`stage.json`, `examples.jsonl`, `pairs.jsonl`) and gets what came
of it (`run/curve.jsonl`, `run/model`). Begun again it goes on from its last checkpoint.
"""

from __future__ import annotations

import json
import multiprocessing
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NoReturn

from engine.errors import DataError, UserError
from engine.job import Job
from engine.types import Progress

DONE = "done.json"
PROBLEM = "problem.txt"
ANOTHER_NAME = "train under another name, at a lower --learning-rate"
"""What to do about a training that diverged: under its name it goes on as it was begun."""

_WAIT = 0.05  # seconds between two looks at the process
_CHECKPOINT_EVERY = 10
_INTERRUPTED = 130
_LONGEST = 500  # characters of the line that a failure leaves


@dataclass(frozen=True)
class Stage:
    """One model to train: `role` is encoder or cross-encoder, `start` the folder it starts from."""

    role: str
    start: str
    steps: int
    options: Mapping[str, Any]
    minutes: float = 0.0


def write_stage(folder: Path, stage: Stage) -> None:
    """Say in a folder what is to be done in it."""
    record = {**vars(stage), "options": dict(stage.options)}
    (folder / "stage.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def model_in(folder: Path) -> Path:
    """Where the model of a stage is, or will be."""
    return folder / "run" / "model"


def train_apart(folder: Path) -> Job[Path]:
    """Train what `folder` says in another process; the folder of the model.

    Closing the job ends the process, which keeps a checkpoint. Raises `UserError` with the line
    that the process left, if it failed.
    """
    stage = read_stage(folder)
    model = model_in(folder)
    if (folder / DONE).exists():
        return model
    (folder / PROBLEM).unlink(missing_ok=True)
    words = f"training the {stage.role}"
    yield Progress(words, 0, stage.steps, "starting")
    process = _start(folder)
    try:
        while process.is_alive():
            process.join(_WAIT)
            yield _progress(words, folder, stage)
    finally:
        if process.is_alive():
            process.terminate()  # the loop keeps a checkpoint
        process.join()
    if line := _line_of(folder / PROBLEM):
        raise UserError(line)
    if process.exitcode or not (folder / DONE).exists():
        raise UserError(
            f"{words} {_ending(process.exitcode)}; train again under the same name, and it goes on"
        )
    yield Progress(words, stage.steps, stage.steps)
    return model


def curve(folder: Path) -> list[dict[str, Any]]:
    """The steps so far: `step`, `loss`, `seconds`."""
    path = folder / "run" / "curve.jsonl"
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # being written
        if "loss" in record:
            found.append(record)
    return found


def _start(folder: Path) -> BaseProcess:
    process = multiprocessing.get_context("spawn").Process(
        target=run_child, args=(str(folder),), daemon=True
    )
    process.start()
    return process


def _ending(code: int | None) -> str:
    """How a process ended that left no line. Told to stop, it keeps a checkpoint: 0, or 130."""
    if not code or code == _INTERRUPTED:
        return "was stopped from outside"
    if code < 0:
        return f"was ended from outside (signal {-code})"
    return f"ended with exit code {code}"


def run_child(name: str) -> None:
    """What the other process does."""
    from engine.learning.apart import be_apart
    from engine.learning.kept_memory import keep_memory
    from engine.learning.run_folder import disk_errors

    be_apart()
    keep_memory()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the loop then keeps a checkpoint
    folder = Path(name)
    try:
        with disk_errors(folder / "run"):
            finished = _train(folder)
    except KeyboardInterrupt:  # before there was a step to keep
        sys.exit(_INTERRUPTED)
    except UserError as error:
        _fail(folder, str(error))
    except Exception as error:  # a bug, or no memory: the line is all that gets out of here
        _fail(folder, f"the training failed: {type(error).__name__}: {error}")
    if finished:
        (folder / DONE).write_text("{}\n", encoding="utf-8")


def _fail(folder: Path, line: str) -> NoReturn:
    with suppress(OSError):
        (folder / PROBLEM).write_text(line[:_LONGEST], encoding="utf-8", errors="replace")
    sys.exit(1)


def _train(folder: Path) -> bool:
    import math

    import torch
    from transformers.utils import logging as transformers_logging

    from engine.learning.interpolate import mix_in_place
    from engine.learning.loop import Schedule, run_training

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    stage = read_stage(folder)
    seed = int(stage.options["seed"])
    torch.manual_seed(seed)
    (folder / "run").mkdir(exist_ok=True)
    make = _encoder if stage.role == "encoder" else _cross_encoder
    training = make(folder, stage)
    outcome = run_training(
        training,
        Schedule(
            stage.steps,
            float(stage.options["learning_rate"]),
            warmup=max(1, stage.steps // 10),
            minutes=stage.minutes or math.inf,
        ),
        folder / "run",
        seed=seed,
        checkpoint_every=_CHECKPOINT_EVERY,
        say=lambda _line: None,
        remedy=ANOTHER_NAME,
    )
    share = float(stage.options.get("share", 1.0))
    if outcome.finished and share < 1.0:
        mix_in_place(training.model, make(folder, stage).model, share)
        training.export(model_in(folder))
    return outcome.finished


def _cross_encoder(folder: Path, stage: Stage) -> Any:
    from engine.learning.cross_encoder_training import CrossEncoderTraining
    from engine.learning.finetune_data import TASK, read_pairs
    from engine.learning.negatives import read_examples

    examples = list(read_examples(folder / "examples.jsonl"))
    pairs = read_pairs(folder / "pairs.jsonl")
    weights = {TASK: 1.0, **({"graded": 0.5} if len(pairs) >= 8 else {})}
    rated = {"graded": pairs} if "graded" in weights else {}
    start = Path(stage.start)
    return CrossEncoderTraining(start, examples, rated, weights, _as_retrieved(), stage.options)


def _as_retrieved() -> Any:
    """The views that retrieval reads, and little else: the models know the other views already.

    Names are hidden now and then, so that a hundred queries are not learnt by heart.
    """
    from engine.learning.augment import Chances

    return Chances(
        neutral=1.0, no_imports=0.0, hide_name=0.1, no_comments=0.1, crop=0.0, question=0.0
    )


def _encoder(folder: Path, stage: Stage) -> Any:
    from engine.learning.encoder_training import EncoderTraining, HardSampler
    from engine.learning.finetune_data import TASK
    from engine.learning.groups import Group
    from engine.learning.negatives import read_examples
    from engine.learning.sampling import Sampler

    found = list(read_examples(folder / "examples.jsonl"))
    seed, each = int(stage.options["seed"]), int(stage.options["hard"])
    groups = [Group(TASK, "judgements", (one.query, one.positive)) for one in found]
    weights = {TASK: 1.0}
    sampler = Sampler(groups, weights, seed, _as_retrieved())
    rich = [one for one in found if len(one.negatives) >= each]
    hard = HardSampler(found, each, weights, _as_retrieved(), seed) if rich else None
    return EncoderTraining(Path(stage.start), sampler, stage.options, hard)


def read_stage(folder: Path) -> Stage:
    """What is to be done in a folder. Raises `DataError` if that cannot be read."""
    path = folder / "stage.json"
    try:
        return Stage(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"cannot read {path} ({reason}); remove the training, and train again"
        ) from error


def _progress(words: str, folder: Path, stage: Stage) -> Progress:
    steps = curve(folder)
    if not steps:
        return Progress(words, 0, stage.steps, "reading the model")
    last = steps[-1]
    done, seconds = int(last["step"]), float(last["seconds"])
    rate = done / seconds if seconds > 0 else None
    left = (stage.steps - done) / rate if rate else None
    loss = last["loss"]  # JSON has no word for what is no number
    message = "loss not finite" if loss is None else f"loss {loss:.3f}"
    return Progress(words, done, stage.steps, message, rate, left)


def _line_of(path: Path) -> str:
    try:
        return " ".join(path.read_text(encoding="utf-8").split())
    except OSError:
        return ""
