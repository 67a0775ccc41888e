"""Where the models run, and how precisely.

Everything here that needs torch imports it when asked: importing this module costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class Precision(StrEnum):
    """The number format of a model's weights and activations."""

    FP32 = "fp32"
    FP16 = "fp16"
    BF16 = "bf16"
    INT8 = "int8"


class Library(StrEnum):
    """What computes a model."""

    TORCH = "torch"
    ONNX = "onnx"


@dataclass(frozen=True, slots=True)
class Device:
    """A torch device (`cuda`, `mps` or `cpu`) with the precision and library that suit it.

    `cache` is the folder for models in another library's form and for what is known about runtimes.
    With `chosen` False, such knowledge may replace precision and library.
    """

    name: str
    precision: Precision
    library: Library = Library.TORCH
    cache: Path | None = None
    chosen: bool = True

    @property
    def is_gpu(self) -> bool:
        """Whether this is a graphics processor."""
        return self.name != "cpu"

    @property
    def torch_dtype(self) -> torch.dtype:
        """How torch holds activations. With int8 they are float32 between the products."""
        import torch

        return {
            Precision.FP32: torch.float32,
            Precision.FP16: torch.float16,
            Precision.BF16: torch.bfloat16,
            Precision.INT8: torch.float32,
        }[self.precision]

    @property
    def batch_tokens(self) -> int:
        """How many tokens, padding included, go through a model at once.

        On a CPU a batch is also how long a cancelled search goes on, so it stays near 0.1 s.
        """
        return 32_768 if self.is_gpu else 2_048

    def unquantised(self) -> Device:
        """The same device for a model that only runs in torch, in a floating-point format."""
        if self.precision is not Precision.INT8 and self.library is Library.TORCH:
            return self
        fallback = Precision.BF16 if computes_bf16() else Precision.FP32
        return replace(self, precision=fallback, library=Library.TORCH)


def choose_device() -> Device:
    """CUDA, then MPS, then CPU; half precision wherever the hardware computes in it."""
    import torch

    if torch.cuda.is_available():
        fast_bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
        return Device("cuda", Precision.BF16 if fast_bf16 else Precision.FP16)
    if torch.backends.mps.is_available():
        return Device("mps", Precision.FP16)
    return Device("cpu", Precision.BF16 if computes_bf16() else Precision.FP32)


def computes_bf16() -> bool:
    """Whether this CPU multiplies bfloat16; elsewhere it is emulated, and slower than fp32."""
    import torch

    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("amx_bf16", "avx512_bf16"))


def default_rerank_depth(device: Device) -> int:
    """How many candidates the cross-encoder sees unless the query says otherwise.

    About what fits into half a second: 100 on a GPU, 30 on a CPU with bf16 units, else 10.
    """
    if device.is_gpu:
        return 100
    return 30 if device.precision is Precision.BF16 else 10
