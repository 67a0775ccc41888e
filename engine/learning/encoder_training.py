"""Trains the encoder: InfoNCE over batches of one kind of pair, with mined hard negatives."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import DataError
from engine.learning.augment import Chances, vary
from engine.learning.contrastive import info_nce, not_negatives
from engine.learning.distillation import Teacher
from engine.learning.export import export_encoder
from engine.learning.negatives import RankedExample
from engine.learning.sampling import Batch, Sampler
from engine.learning.text_encoder import TextEncoder

FIRST_RANKS = 10
"""Hard negatives are drawn from so many of the first ranks, or from more if more are asked for."""


@dataclass(frozen=True, slots=True)
class HardBatch:
    """A batch and `each` negatives for every row: those of row i at i * each and after.

    `originals` are the unchanged negatives, and `answered` the queries that each right text, then
    each negative, is known to be right for: by these is recognised which rows it is no negative of.
    """

    batch: Batch
    negatives: list[str]
    originals: list[str]
    answered: list[list[str]]

    def not_negatives(self) -> Tensor:
        """What is no negative of a row, as `info_nce` takes it."""
        lefts, rights = self.batch.left_originals, self.batch.right_originals
        return not_negatives(lefts, rights, self.originals, self.answered)


class HardSampler:
    """Draws rows of one task from ranked examples, as a function of the seed and the step alone.

    `weights` choose the task among those that have examples, as they do for `Sampler`. Raises
    `DataError` if there are no examples.
    """

    def __init__(
        self,
        examples: Iterable[RankedExample],
        each: int,
        weights: Mapping[str, float],
        chances: Chances,
        seed: int,
    ) -> None:
        self._by_task: dict[str, list[RankedExample]] = defaultdict(list)
        self._answered: dict[str, dict[str, None]] = defaultdict(dict)
        for example in examples:
            self._answered[example.positive.content][example.query.content] = None
            if len(example.negatives) >= each and weights.get(example.task):
                self._by_task[example.task].append(example)
        if not self._by_task:
            raise DataError(
                "there are no hard negatives of a weighed task to train on; delete the run's "
                "examples.jsonl and mine them again, more ([mining]) or with another encoder "
                "(--miner)"
            )
        self._each, self._chances, self._seed = each, chances, seed
        self._tasks = sorted(self._by_task)
        self._weights = [weights[task] for task in self._tasks]

    def batch(self, step: int, size: int) -> HardBatch:
        """Up to `size` rows of a task that is drawn by its weight."""
        rng = random.Random(f"hard:{self._seed}:{step}")
        task = rng.choices(self._tasks, self._weights)[0]
        found = self._by_task[task]
        rows = rng.sample(found, min(size, len(found)))
        ranks = max(FIRST_RANKS, self._each)
        drawn = [rng.sample(row.negatives[:ranks], self._each) for row in rows]
        batch = Batch(
            task,
            [vary(row.query, self._chances, rng) for row in rows],
            [vary(row.positive, self._chances, rng) for row in rows],
            [row.query.content for row in rows],
            [row.positive.content for row in rows],
        )
        texts = [text for row in drawn for text in row]
        originals = [text.content for text in texts]
        return HardBatch(
            batch,
            [vary(text, self._chances, rng) for text in texts],
            originals,
            self.answered([*batch.right_originals, *originals]),
        )

    def answered(self, texts: Iterable[str]) -> list[list[str]]:
        """The queries that each text is known to be right for."""
        return [list(self._answered.get(text, ())) for text in texts]


class EncoderTraining:
    """The encoder's side of a run: the gradients of each step, and what to keep at the end.

    `options` is the recipe's `[run]` table: `batch`, `max_tokens`, `temperature`, `symmetric`
    (default true), `most_rows` (how many texts keep their graph at a time; default all),
    `dimensions` (lengths of vectors that must rank as well when cut; default the whole one),
    `precision` (see `working_dtype`), and with `hard` examples `hard_share`, the share of steps
    that are drawn from them. With a `teacher` those steps learn its scores too.
    """

    def __init__(
        self,
        start: Path,
        sampler: Sampler,
        options: Mapping[str, Any],
        hard: HardSampler | None = None,
        backbone: nn.Module | None = None,
        teacher: Teacher | None = None,
    ) -> None:
        self._start = start
        self._sampler = sampler
        self._hard, self._teacher = hard, teacher
        self._hard_share = float(options.get("hard_share", 0.5)) if hard else 0.0
        self._seed = int(options.get("seed", 0))
        self._batch = int(options["batch"])
        self._temperature = float(options.get("temperature", 0.05))
        self._symmetric = bool(options.get("symmetric", True))
        self._dimensions = [int(size) for size in options.get("dimensions", ())]
        most_rows = options.get("most_rows")
        self._encoder = TextEncoder(
            start,
            int(options["max_tokens"]),
            int(most_rows) if most_rows else None,
            backbone,
            str(options.get("precision", "auto")),
        )
        self.encode = self._encoder.encode
        self.model: nn.Module = self._encoder.model
        width = int(getattr(self.model.config, "hidden_size", 0))
        if width and max(self._dimensions, default=0) > width:
            raise DataError(
                f"[run] dimensions holds {max(self._dimensions)}; the start's vectors have {width}"
            )

    def backward(self, step: int) -> tuple[float, dict[str, Any]]:
        """Set the gradients of the batch of `step`; `accuracy` is the share of left texts whose
        counterpart is the nearest of all texts on the right."""
        drawn = self._draw(step)
        batch, count = drawn.batch, len(drawn.batch.lefts)
        copies = drawn.not_negatives()
        figures: dict[str, Any] = {"task": batch.task, "hard": len(drawn.negatives)}
        lesson = self._teacher.read(batch, drawn.negatives) if self._teacher else None

        def loss_of(vectors: Tensor) -> Tensor:
            left, right = vectors[:count], vectors[count:]
            masked = copies.to(vectors.device)
            with torch.no_grad():
                best = (left @ right.T).masked_fill(masked, -1.0).argmax(1)
                right_ones = best == torch.arange(count, device=best.device)
                figures["accuracy"] = round(right_ones.float().mean().item(), 4)
            loss = self._loss(left, right, masked)
            if lesson is not None:
                taught = lesson.loss(left, right, self._temperature)
                figures["distil_loss"] = round(taught.item(), 5)
                loss = loss + taught
            return loss

        texts = batch.lefts + batch.rights + drawn.negatives
        return self._encoder.backward(texts, loss_of), figures

    def _draw(self, step: int) -> HardBatch:
        turn = random.Random(f"turn:{self._seed}:{step}").random()
        if self._hard is not None and turn < self._hard_share:
            return self._hard.batch(step, self._batch)
        batch = self._sampler.batch(step, self._batch)
        answered = self._hard.answered(batch.right_originals) if self._hard is not None else []
        return HardBatch(batch, [], [], answered)

    def _loss(self, left: Tensor, right: Tensor, copies: Tensor) -> Tensor:
        """The mean over the lengths asked for (Kusupati et al., 2022, Matryoshka)."""
        losses = [
            info_nce(cut(left, size), cut(right, size), copies, self._temperature, self._symmetric)
            for size in self._dimensions or [left.shape[1]]
        ]
        return torch.stack(losses).mean()

    def export(self, folder: Path) -> None:
        """Write the model as fp16 safetensors with its tokenizer and pooling."""
        export_encoder(self.model, self._start, folder)


def cut(vectors: Tensor, size: int) -> Tensor:
    """The first `size` numbers of each vector, normalised again."""
    if size == vectors.shape[1]:
        return vectors
    return torch.nn.functional.normalize(vectors[:, :size], dim=-1)
