"""The encoder as training runs it: float32 weights, passes in half precision, mean pooling."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.learning import backbones
from engine.learning.contrastive import mean_pool
from engine.learning.replicas import Replicas, Share


class TextEncoder:
    """An encoder with mean pooling, from a Hugging Face folder.

    With `most_rows`, `backward` keeps the graph of no more texts than that at a time (gradient
    caching), so that a batch of hundreds fits in little memory. `backbone` is used instead of the
    folder's weights where another head shares it.
    """

    def __init__(
        self,
        folder: Path,
        max_tokens: int,
        most_rows: int | None = None,
        backbone: nn.Module | None = None,
        precision: str = "auto",
    ) -> None:
        self._max_tokens = min(max_tokens, backbones.longest(folder))
        self._most_rows = most_rows
        self.tokenizer = backbones.tokenizer(folder)
        self.model: nn.Module = backbone or backbones.backbone(folder)
        self._replicas = Replicas(self.model, precision=precision)

    @torch.no_grad()
    def encode(self, texts: list[str]) -> Tensor:
        """Normalised vectors (n, d) of `texts`, in float32, without gradients."""
        self._replicas.refresh()
        parts = self._replicas.run(self._forward, self._shares(texts))
        return self._gather(parts, len(texts)).cpu()

    def backward(self, texts: list[str], loss_of: Callable[[Tensor], Tensor]) -> float:
        """Set the gradients of `loss_of(vectors)`; returns the loss.

        Each worker keeps the graph of its own texts; the loss over all vectors is taken in one
        place, and its gradient with respect to them is handed back to the workers. With `most_rows`
        the graphs are not kept: each share is passed once without, for the loss, and once more
        with its own, for the gradients (Gao et al., 2021, Scaling Deep Contrastive Learning Batch
        Size under Memory Limited Setup). There is no dropout, so both passes agree.
        """
        self._replicas.refresh()
        shares = self._shares(texts)
        cached = self._most_rows is not None
        with torch.enable_grad():
            parts = self._replicas.run(self._forward if cached else self._with_gradient, shares)
            vectors = self._gather(parts, len(texts)).requires_grad_()
            loss = loss_of(vectors)
            loss.backward()  # type: ignore[no-untyped-call]
        assert vectors.grad is not None
        slopes = vectors.grad * self._replicas.scale
        if cached:
            again = partial(self._again, slopes=slopes)
            self._replicas.add_gradients(self._replicas.run(again, shares))
        else:
            back = partial(self._back, slopes=slopes)
            self._replicas.add_gradients(self._replicas.run(back, parts))
        return loss.item()

    @staticmethod
    def _back(
        model: nn.Module, part: list[tuple[Tensor, Tensor]], slopes: Tensor
    ) -> tuple[Tensor, ...]:
        outputs = [pooled for _, pooled in part]
        wanted = [slopes[rows] for rows, _ in part]
        # A backbone that is shared may have parts that the mean over the tokens does not reach.
        return torch.autograd.grad(
            outputs, list(model.parameters()), wanted, allow_unused=True, materialize_grads=True
        )

    @staticmethod
    def _again(model: nn.Module, shares: list[Share], slopes: Tensor) -> list[Tensor]:
        sums = [torch.zeros_like(weight, dtype=torch.float32) for weight in model.parameters()]
        for share in shares:
            part = TextEncoder._with_gradient(model, [share])
            for total, added in zip(sums, TextEncoder._back(model, part, slopes), strict=True):
                total += added  # bfloat16 into float32
        return sums

    def _shares(self, texts: list[str]) -> list[list[Share]]:
        encoded = self.tokenizer(texts, truncation=True, max_length=self._max_tokens)
        return self._replicas.shares(self.tokenizer, encoded, self._most_rows)

    @staticmethod
    def _forward(model: nn.Module, shares: list[Share]) -> list[tuple[Tensor, Tensor]]:
        with torch.no_grad():  # of this thread: the mode does not cross threads
            return TextEncoder._with_gradient(model, shares)

    @staticmethod
    def _with_gradient(model: nn.Module, shares: list[Share]) -> list[tuple[Tensor, Tensor]]:
        parts = []
        for share in shares:
            hidden = model(**share.inputs).last_hidden_state
            parts.append((share.rows, mean_pool(hidden, share.inputs["attention_mask"])))
        return parts

    @staticmethod
    def _gather(parts: list[list[tuple[Tensor, Tensor]]], count: int) -> Tensor:
        flat = [item for part in parts for item in part]
        vectors = torch.zeros(count, flat[0][1].shape[1], device=flat[0][1].device)
        for rows, pooled in flat:
            vectors[rows] = pooled.detach()
        return vectors
