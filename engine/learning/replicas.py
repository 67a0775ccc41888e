"""Copies of a model in half precision, one for each worker; the weights stay in float32.

Torch's own threads meet at the end of every operation, and on a shared machine each waits for the
one that is not running. Workers with one torch thread each meet once a step: several times the
throughput when the cores are busy, and no less when they are not. Casting the whole model, rather
than autocast, keeps the residual stream in bfloat16 too, which saves a fifth of the time. A GPU
has one worker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from engine.errors import DataError

T = TypeVar("T")
S = TypeVar("S")

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
_FP16_SCALE = 1024.0


@dataclass(frozen=True)
class Share:
    """Texts of similar length: their rows in the batch, and the model's inputs."""

    rows: Tensor
    inputs: dict[str, Tensor]


def training_device() -> torch.device:
    """CUDA where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def working_dtype(precision: str, device: torch.device) -> torch.dtype:
    """The number format of the copies, for a recipe's `precision`.

    `auto` is bf16, and fp16 on a GPU that does not compute in bf16. Raises `DataError`.
    """
    if precision == "auto":
        poor = device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False)
        precision = "fp16" if poor else "bf16"
    if precision not in _DTYPES:
        raise DataError(f"precision is auto, {', '.join(_DTYPES)}, not {precision}")
    return _DTYPES[precision]


class Replicas:
    """Runs work on copies of `model`, as many at a time as torch had threads at the start.

    On a CUDA device, to which `model` is moved, there is one copy and no further thread. `scale` is
    what the loss must be multiplied by before its gradients are taken: in fp16 small ones would be
    lost. `add_gradients` divides by it; where one overflows all the same, the step is skipped.
    """

    def __init__(
        self, model: nn.Module, device: torch.device | None = None, precision: str = "auto"
    ) -> None:
        self.device = device or training_device()
        dtype = working_dtype(precision, self.device)
        self.scale = _FP16_SCALE if dtype is torch.float16 else 1.0
        self._model = model.to(self.device)
        self.workers = max(1, torch.get_num_threads()) if self.device.type == "cpu" else 1
        self._copies = [deepcopy(model).to(dtype) for _ in range(self.workers)]

    def refresh(self) -> None:
        """Take over the model's weights. Call it after each step of the optimiser."""
        with torch.no_grad():
            for replica in self._copies:
                for own, weight in zip(replica.parameters(), self._model.parameters(), strict=True):
                    own.copy_(weight)

    def run(self, work: Callable[[nn.Module, S], T], shares: Sequence[S]) -> list[T]:
        """`work(replica, share)` for each worker's share, at the same time, in order."""
        if self.device.type != "cpu":
            return [work(self._copies[0], share) for share in shares]
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with ThreadPoolExecutor(
                self.workers, initializer=torch.set_num_threads, initargs=(1,)
            ) as pool:
                return list(pool.map(work, self._copies, shares))
        finally:
            torch.set_num_threads(before)

    def add_gradients(self, parts: Sequence[Sequence[Tensor]]) -> None:
        """Set the model's gradients to the sum of what the workers found."""
        for parameter, *gradients in zip(self._model.parameters(), *parts, strict=True):
            parameter.grad = torch.stack(gradients).float().sum(0) / self.scale

    def shares(
        self, tokenizer: Any, encoded: Any, most_rows: int | None = None
    ) -> list[list[Share]]:
        """Split tokenised rows for the workers, in batches of similar length: little is padding.

        The shortest batch goes with the longest, so that the workers end together. No batch has
        more than `most_rows`.
        """
        lengths = [len(ids) for ids in encoded["input_ids"]]
        order = sorted(range(len(lengths)), key=lengths.__getitem__)
        size = -(-len(order) // (2 * self.workers))
        size = min(size, most_rows) if most_rows else size
        batches = []
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            chosen = {name: [values[row] for row in rows] for name, values in encoded.items()}
            padded = tokenizer.pad(chosen, return_tensors="pt")
            inputs = {name: values.to(self.device) for name, values in padded.items()}
            batches.append(Share(torch.tensor(rows, device=self.device), inputs))
        half = (len(batches) + 1) // 2
        pairs = zip_longest(batches[:half], reversed(batches[half:]))
        dealt: list[list[Share]] = [[] for _ in range(self.workers)]
        for turn, pair in enumerate(pairs):
            dealt[turn % self.workers] += [share for share in pair if share is not None]
        return [shares for shares in dealt if shares]
