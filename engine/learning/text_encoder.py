"""The encoder as training runs it: float32 weights, bfloat16 passes, mean pooling."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from engine.learning.bf16 import call_in_bf16
from engine.learning.contrastive import mean_pool


class TextEncoder:
    """A BERT with mean pooling, from a Hugging Face folder."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        self._max_tokens = max_tokens
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        # Dropout's random numbers cost a third of a step on a CPU, and the views already vary.
        self.model: nn.Module = AutoModel.from_pretrained(
            folder,
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            attn_implementation="eager",  # faster than SDPA both ways at these lengths on a CPU
        ).float()

    def encode(self, texts: list[str]) -> Tensor:
        """Normalised vectors (n, d) of `texts`, in float32."""
        inputs = self.tokenizer(
            texts, padding=True, truncation=True, max_length=self._max_tokens, return_tensors="pt"
        )
        hidden = call_in_bf16(self.model, inputs).last_hidden_state
        return mean_pool(hidden, inputs["attention_mask"])
