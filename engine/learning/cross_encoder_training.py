"""Trains the cross-encoder: counterparts against hard negatives, in pairs and in lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import DataError
from engine.learning.augment import Chances
from engine.learning.export import export_cross_encoder
from engine.learning.graded import GradedPair
from engine.learning.negatives import RankedExample
from engine.learning.pair_rows import PairRows, Rows
from engine.learning.pair_scorer import PairScorer, score
from engine.learning.replicas import Share

LOSSES = ("pointwise", "listwise", "both")


class CrossEncoderTraining:
    """The cross-encoder's side of a run.

    `options` is the recipe's `[run]` table: `batch` (queries a step), the negatives of each (see
    `NegativeMix`), `max_tokens` (of query and code together), `loss` (see `pair_loss`). `rated`
    has the pairs of the tasks that carry targets of their own, `labelled` and `graded`.

    Raises `DataError` for a loss that is not known.
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
        self._loss = str(options.get("loss", "pointwise"))
        if self._loss not in LOSSES:
            raise DataError(f"loss is {', '.join(LOSSES)}, not {self._loss}")
        self._start = start
        self._rows = PairRows(examples, weights, chances, options, rated)
        self._scorer = PairScorer(
            start, int(options["max_tokens"]), str(options.get("precision", "auto"))
        )
        self.model: nn.Module = self._scorer.model
        self.logits = self._scorer.logits
        self._replicas = self._scorer.replicas

    def backward(self, step: int) -> tuple[float, dict[str, Any]]:
        """Gradients of the loss of the rows of `step`, see `pair_loss`.

        `accuracy` is the share of queries whose counterpart scores highest (of pairs with targets
        of their own: the share on the right side).
        """
        rows = self._rows.draw(step)
        logits = torch.zeros(len(rows.targets))

        def forward(model: nn.Module, shares: list[Share]) -> list[tuple[Share, Tensor]]:
            scored = [(share, score(model, share)) for share in shares]
            for share, scores in scored:
                logits[share.rows.cpu()] = scores.detach().cpu()
            return scored

        def backward(model: nn.Module, scored: list[tuple[Share, Tensor]]) -> list[Tensor]:
            own = list(model.parameters())
            gradients = [torch.zeros_like(weight) for weight in parameters]
            for share, scores in scored:
                slope = (slopes[share.rows.cpu()] * self._replicas.scale).to(scores)
                found = torch.autograd.grad(scores, own, slope)
                for gradient, added in zip(gradients, found, strict=True):
                    gradient += added  # half precision into float32
            return gradients

        self._replicas.refresh()
        shares = self._scorer.shares(rows.queries, rows.texts)
        # The rows of a query lie in several shares, so the loss waits for the scores of all.
        scored = self._replicas.run(forward, shares)
        loss, slopes = _slopes(logits, rows, self._loss)
        parameters = list(self.model.parameters())
        self._replicas.add_gradients(self._replicas.run(backward, scored))
        if rows.of_each:
            right = logits.view(-1, rows.of_each).argmax(1) == 0
        else:
            right = (logits > 0) == (torch.tensor(rows.targets) > 0.5)
        figures = {"task": rows.task, "accuracy": round(right.float().mean().item(), 4)}
        return loss, figures

    def export(self, folder: Path) -> None:
        """Write the model as fp16 safetensors with its tokenizer."""
        export_cross_encoder(self.model, self._start, folder)


def pair_loss(logits: Tensor, rows: Rows, kind: str) -> Tensor:
    """How far the scores (n,) of `rows` are from their targets.

    `pointwise` is the mean binary cross-entropy of the pairs (CasCode, Gotmare et al., 2021).
    `listwise` is the cross-entropy of each query's counterpart among its own rows (localised
    contrastive estimation, Gao et al., 2021): it asks for an order, whatever the level of the
    scores. `both` is their sum. Pairs with targets of their own have the first alone.
    """
    targets = torch.tensor(rows.targets, device=logits.device)
    pointwise = functional.binary_cross_entropy_with_logits(logits, targets)
    if kind == "pointwise" or not rows.of_each:
        return pointwise
    lists = logits.view(-1, rows.of_each)
    first = torch.zeros(len(lists), dtype=torch.long, device=logits.device)
    listwise = functional.cross_entropy(lists, first)
    return listwise if kind == "listwise" else pointwise + listwise


def _slopes(logits: Tensor, rows: Rows, kind: str) -> tuple[float, Tensor]:
    """The loss and its derivative by each score."""
    variable = logits.clone().requires_grad_()
    loss = pair_loss(variable, rows, kind)
    (slopes,) = torch.autograd.grad(loss, variable)
    return loss.item(), slopes
