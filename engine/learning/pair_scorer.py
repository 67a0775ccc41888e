"""A cross-encoder as training runs it: reads a query and a text together, gives one score."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.learning.backbones import classifier, longest, tokenizer
from engine.learning.replicas import Replicas, Share


class PairScorer:
    """A sequence classifier of one output from a Hugging Face folder.

    A head that the folder does not have is new, unless `new_head` forbids it. `max_tokens` are of
    query and text together; the longer of the two is cut first.
    """

    def __init__(
        self, folder: Path, max_tokens: int, precision: str = "auto", *, new_head: bool = True
    ) -> None:
        self._max_tokens = min(max_tokens, longest(folder))
        self.tokenizer = tokenizer(folder)
        self.model: nn.Module = classifier(folder, new_head)
        self.replicas = Replicas(self.model, precision=precision)

    def logits(self, queries: Sequence[str], texts: Sequence[str]) -> Tensor:
        """Scores (n,) of pairs, without gradients."""
        scores = torch.zeros(len(texts))

        def work(model: nn.Module, shares: list[Share]) -> None:
            with torch.no_grad():
                for share in shares:
                    scores[share.rows.cpu()] = score(model, share).cpu()

        self.replicas.refresh()
        self.replicas.run(work, self.shares(queries, texts))
        return scores

    def shares(self, queries: Sequence[str], texts: Sequence[str]) -> list[list[Share]]:
        """The pairs, tokenised and dealt to the workers."""
        encoded = self.tokenizer(
            list(queries), list(texts), truncation="longest_first", max_length=self._max_tokens
        )
        return self.replicas.shares(self.tokenizer, encoded)


def score(model: nn.Module, share: Share) -> Tensor:
    """The model's output for each row, in float32."""
    logits: Tensor = model(**share.inputs).logits
    return logits[:, 0].float()
