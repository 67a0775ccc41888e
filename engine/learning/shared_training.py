"""Trains both stages on one backbone: the summed loss of CasCode's shared variant.

Gotmare et al., 2021, Cascaded Fast and Slow Models for Efficient Semantic Code Search: the fast
stage embeds a text alone, the slow stage reads a query and a code together, and one set of weights
learns both. The separate variant is two runs, each with its own kind of recipe.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from engine.learning.cross_encoder_training import CrossEncoderTraining
from engine.learning.encoder_training import EncoderTraining
from engine.learning.export import export_shared


class SharedTraining:
    """Both sides of a run. `fast` embeds with the backbone of `slow`, which has the head.

    `fast_share` weighs the encoder's loss in the sum, the cross-encoder's has the rest.
    """

    def __init__(
        self, start: Path, fast: EncoderTraining, slow: CrossEncoderTraining, fast_share: float
    ) -> None:
        self._start = start
        self._fast, self._slow = fast, slow
        self._share = fast_share
        self.encode, self.logits = fast.encode, slow.logits
        self.model: nn.Module = slow.model

    def backward(self, step: int) -> tuple[float, dict[str, Any]]:
        """Set the gradients of the summed loss of `step`; figures carry the stage's name."""
        slow_loss, slow_figures = self._slow.backward(step)
        slow_part = self._take_gradients(1.0 - self._share)
        fast_loss, fast_figures = self._fast.backward(step)
        fast_part = self._take_gradients(self._share)
        for name, parameter in self.model.named_parameters():
            parts = [part[name] for part in (slow_part, fast_part) if name in part]
            parameter.grad = sum(parts[1:], parts[0])
        loss = self._share * fast_loss + (1.0 - self._share) * slow_loss
        figures = {
            "fast_loss": round(fast_loss, 5),
            "slow_loss": round(slow_loss, 5),
            **{f"fast_{name}": value for name, value in fast_figures.items()},
            **{f"slow_{name}": value for name, value in slow_figures.items()},
        }
        return loss, figures

    def export(self, folder: Path) -> None:
        """Write one folder that serves as encoder (mean pooling) and as cross-encoder."""
        export_shared(self.model, self._start, folder)

    def _take_gradients(self, share: float) -> dict[str, Tensor]:
        taken = {}
        for name, parameter in self.model.named_parameters():
            if parameter.grad is not None:
                taken[name] = share * parameter.grad
                parameter.grad = None
        return taken
