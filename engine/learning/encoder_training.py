"""Trains the encoder: InfoNCE over batches of one kind of pair."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from transformers import AutoModel, AutoTokenizer

from engine.learning.contrastive import info_nce, mean_pool, near_copies
from engine.learning.export import export_encoder
from engine.learning.sampling import Sampler


def call_in_bf16(model: nn.Module, inputs: Mapping[str, Tensor]) -> Any:
    """Run `model` with its weights cast to bfloat16; gradients arrive at the float32 weights.

    Autocast would keep the residual stream in float32 and spend a fifth of the time on copies.
    """
    weights = {name: weight.to(torch.bfloat16) for name, weight in model.named_parameters()}
    return functional_call(model, weights, kwargs=dict(inputs))


class EncoderTraining:
    """The encoder's side of a run: a loss for each step, and what to keep at the end.

    `options` is the recipe's `[run]` table: `batch`, `max_tokens`, `temperature`.
    """

    def __init__(self, start: Path, sampler: Sampler, options: Mapping[str, Any]) -> None:
        self._start = start
        self._sampler = sampler
        self._batch = int(options["batch"])
        self._max_tokens = int(options["max_tokens"])
        self._temperature = float(options.get("temperature", 0.05))
        self.tokenizer = AutoTokenizer.from_pretrained(start)
        # Dropout's random numbers cost a third of a step on a CPU, and the views already vary.
        self.model: nn.Module = AutoModel.from_pretrained(
            start,
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            attn_implementation="eager",
        )

    def loss(self, step: int) -> tuple[Tensor, dict[str, Any]]:
        """The loss of the batch of `step`, and what the curve should say about it."""
        batch = self._sampler.batch(step, self._batch)
        left, right = self.encode(batch.lefts), self.encode(batch.rights)
        copies = near_copies(batch.originals)
        loss = info_nce(left, right, copies, self._temperature)
        with torch.no_grad():
            best = (left @ right.T).masked_fill(copies, -1.0).argmax(1)
            accuracy = (best == torch.arange(len(best))).float().mean().item()
        return loss, {"task": batch.task, "accuracy": round(accuracy, 4)}

    def encode(self, texts: list[str]) -> Tensor:
        """Normalised vectors (n, d) of `texts`."""
        inputs = self.tokenizer(
            texts, padding=True, truncation=True, max_length=self._max_tokens, return_tensors="pt"
        )
        hidden = call_in_bf16(self.model, inputs).last_hidden_state
        return mean_pool(hidden, inputs["attention_mask"])

    def export(self, folder: Path) -> None:
        """Write the model as fp16 safetensors with its tokenizer and pooling."""
        export_encoder(self.model, self._start, folder)
