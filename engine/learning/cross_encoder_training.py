"""Trains the cross-encoder: binary cross-entropy over counterparts and hard negatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.learning.augment import Chances
from engine.learning.export import export_cross_encoder
from engine.learning.graded import GradedPair
from engine.learning.negatives import RankedExample
from engine.learning.pair_rows import PairRows
from engine.learning.pair_scorer import PairScorer, score
from engine.learning.replicas import Share


class CrossEncoderTraining:
    """The cross-encoder's side of a run.

    `options` is the recipe's `[run]` table: `batch` (queries a step), the negatives of each (see
    `NegativeMix`), `max_tokens` (of query and code together). `rated` has the pairs of the tasks
    that carry targets of their own, `labelled` and `graded`.
    """

    def __init__(
        self,
        start: Path,
        examples: Iterable[RankedExample],
        rated: Mapping[str, Sequence[GradedPair]],
        weights: Mapping[str, float],
        chances: Chances,
        options: Mapping[str, Any],
    ) -> None:
        self._start = start
        self._rows = PairRows(examples, weights, chances, options, rated)
        self._scorer = PairScorer(
            start, int(options["max_tokens"]), str(options.get("precision", "auto"))
        )
        self.model: nn.Module = self._scorer.model
        self.logits = self._scorer.logits
        self._replicas = self._scorer.replicas

    def backward(self, step: int) -> tuple[float, dict[str, Any]]:
        """Gradients of the mean binary cross-entropy of the rows of `step`.

        `accuracy` is the share of queries whose counterpart scores highest (of pairs with targets
        of their own: the share on the right side).
        """
        rows = self._rows.draw(step)
        target = torch.tensor(rows.targets, device=self._replicas.device)
        parameters = list(self.model.parameters())
        logits = torch.zeros(len(rows.targets))

        def work(model: nn.Module, shares: list[Share]) -> tuple[float, list[Tensor]]:
            total, gradients = 0.0, [torch.zeros_like(weight) for weight in parameters]
            own = list(model.parameters())
            for share in shares:
                scores = score(model, share)
                loss = functional.binary_cross_entropy_with_logits(
                    scores, target[share.rows], reduction="sum"
                ) / len(rows.targets)
                logits[share.rows.cpu()] = scores.detach().cpu()
                total += loss.item()
                found = torch.autograd.grad(loss * self._replicas.scale, own)
                for gradient, added in zip(gradients, found, strict=True):
                    gradient += added  # half precision into float32
            return total, gradients

        self._replicas.refresh()
        done = self._replicas.run(work, self._scorer.shares(rows.queries, rows.texts))
        self._replicas.add_gradients([gradients for _, gradients in done])
        if rows.of_each:
            right = logits.view(-1, rows.of_each).argmax(1) == 0
        else:
            right = (logits > 0) == (target.cpu() > 0.5)
        figures = {"task": rows.task, "accuracy": round(right.float().mean().item(), 4)}
        return sum(total for total, _ in done), figures

    def export(self, folder: Path) -> None:
        """Write the model as fp16 safetensors with its tokenizer."""
        export_cross_encoder(self.model, self._start, folder)
