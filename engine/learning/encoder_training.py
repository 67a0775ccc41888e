"""Trains the encoder: InfoNCE over batches of one kind of pair."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.learning.contrastive import info_nce, near_copies
from engine.learning.export import export_encoder
from engine.learning.sampling import Sampler
from engine.learning.text_encoder import TextEncoder


class EncoderTraining:
    """The encoder's side of a run: the gradients of each step, and what to keep at the end.

    `options` is the recipe's `[run]` table: `batch`, `max_tokens`, `temperature`.
    """

    def __init__(self, start: Path, sampler: Sampler, options: Mapping[str, Any]) -> None:
        self._start = start
        self._sampler = sampler
        self._batch = int(options["batch"])
        self._temperature = float(options.get("temperature", 0.05))
        self._encoder = TextEncoder(start, int(options["max_tokens"]))
        self.encode = self._encoder.encode
        self.model: nn.Module = self._encoder.model

    def backward(self, step: int) -> tuple[float, dict[str, Any]]:
        """Set the gradients of the batch of `step`; `accuracy` is the share of left texts whose
        counterpart is the nearest right text."""
        batch = self._sampler.batch(step, self._batch)
        count = len(batch.lefts)
        copies = near_copies(batch.originals)
        figures: dict[str, Any] = {"task": batch.task}

        def loss_of(vectors: Tensor) -> Tensor:
            left, right = vectors[:count], vectors[count:]
            with torch.no_grad():
                best = (left @ right.T).masked_fill(copies, -1.0).argmax(1)
                accuracy = (best == torch.arange(count)).float().mean().item()
                figures["accuracy"] = round(accuracy, 4)
            return info_nce(left, right, copies, self._temperature)

        return self._encoder.backward(batch.lefts + batch.rights, loss_of), figures

    def export(self, folder: Path) -> None:
        """Write the model as fp16 safetensors with its tokenizer and pooling."""
        export_encoder(self.model, self._start, folder)
