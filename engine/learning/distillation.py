"""Distillation: the encoder learns the cross-encoder's scores of a query's hard negatives.

Two losses, both over the list of a query's counterpart and its own mined negatives:
`margin-mse` (Hofstätter et al., 2020, Improving Efficient Neural Ranking Models with Cross-
Architecture Knowledge Distillation) compares the distances from the counterpart's score to the
negatives', `kl` the distributions that a softmax makes of the lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from engine.errors import DataError
from engine.learning.pair_scorer import PairScorer
from engine.learning.sampling import Batch

MARGIN_MSE, KL = "margin-mse", "kl"


@dataclass(frozen=True)
class Lesson:
    """The teacher's scores of one step (n, 1 + k): a query's counterpart, then its negatives."""

    scores: Tensor
    kind: str
    weight: float
    temperature: float

    def loss(self, left: Tensor, right: Tensor, temperature: float) -> Tensor:
        """The weighted loss of vectors as `info_nce` takes them: counterparts, then negatives.

        `temperature` is the encoder's: it puts its cosines on the scale of the teacher's scores.
        """
        count, each = len(left), self.scores.shape[1] - 1
        own = (left * right[:count]).sum(1, keepdim=True)
        negatives = right[count:].view(count, each, -1)
        student = (left.unsqueeze(1) * negatives).sum(2)
        scores = torch.cat([own, student], dim=1) / temperature
        taught = self.scores.to(scores.device) / self.temperature
        made = (
            margin_mse(scores, taught) if self.kind == MARGIN_MSE else listwise_kl(scores, taught)
        )
        return self.weight * made


class Teacher:
    """A cross-encoder's folder, read as a recipe's `[run]` says.

    `distil` is the loss, `distil_weight` its weight beside InfoNCE's 1 (default 1),
    `distil_temperature` divides the teacher's log-odds (default 1), `distil_tokens` are of query
    and text together (default 256). Raises `DataError` for another loss, `ModelError` for a folder
    without a head: a random one teaches nothing.
    """

    def __init__(self, folder: Path, options: Mapping[str, Any]) -> None:
        self._kind = str(options["distil"])
        if self._kind not in (MARGIN_MSE, KL):
            raise DataError(f"distil is {MARGIN_MSE} or {KL}, not {self._kind}")
        self._weight = float(options.get("distil_weight", 1.0))
        self._temperature = float(options.get("distil_temperature", 1.0))
        self._scorer = PairScorer(
            folder,
            int(options.get("distil_tokens", 256)),
            str(options.get("precision", "auto")),
            new_head=False,
        )
        self._scorer.model.eval()

    def read(self, batch: Batch, negatives: Sequence[str]) -> Lesson | None:
        """What it says of a batch with its negatives, the views that the encoder reads too.

        None for a batch without hard negatives: of a batch's other counterparts InfoNCE knows.
        """
        if not negatives:
            return None
        each = len(negatives) // len(batch.lefts)
        queries, texts = [], []
        for row, (left, right) in enumerate(zip(batch.lefts, batch.rights, strict=True)):
            queries += [left] * (1 + each)
            texts += [right, *negatives[row * each : (row + 1) * each]]
        scores = self._scorer.logits(queries, texts).view(len(batch.lefts), 1 + each)
        return Lesson(scores, self._kind, self._weight, self._temperature)


def margin_mse(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared difference of the margins of column 0 over the others; both are (n, 1 + k)."""
    return functional.mse_loss(student[:, :1] - student[:, 1:], teacher[:, :1] - teacher[:, 1:])


def listwise_kl(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean KL divergence of the student's softmax over each row from the teacher's."""
    return functional.kl_div(
        student.log_softmax(1), teacher.log_softmax(1), log_target=True, reduction="batchmean"
    )
