"""Affine maps, in the form that each device computes fastest.

`Linear` is the plain one and works everywhere. `FusedLinear` lets oneDNN add the residual and apply
GELU while the product is still in the registers; `Int8Linear` multiplies 8-bit integers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor

from engine.models.device import Device, Precision


def gelu_tanh(x: Tensor) -> Tensor:
    """GELU by its approximation with tanh."""
    return F.gelu(x, approximate="tanh")


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu_new": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "relu": F.relu,
    "silu": F.silu,
}


class Linear:
    """An affine map: `weight` (out, in) and `bias` (out)."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._weight = weight
        self._bias = bias

    def __call__(self, x: Tensor) -> Tensor:
        """Apply it to (tokens, in)."""
        return F.linear(x, self._weight, self._bias)

    def activated(self, x: Tensor, activation: str) -> Tensor:
        """The map, then the activation of that name in `ACTIVATIONS`."""
        return ACTIVATIONS[activation](self(x))

    def added(self, x: Tensor, residual: Tensor) -> Tensor:
        """The map plus `residual` (tokens, out)."""
        return self(x).add_(residual)


class FusedLinear(Linear):
    """The same through oneDNN with its post-operations, on weights in its own layout (CPU).

    These are the operators that torch.compile itself emits for a CPU. They carry an underscore, so
    `make_linear` uses them only where a trial gives what the plain map gives.
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._ops = torch.ops.mkldnn
        packed = self._ops._reorder_linear_weight(weight, _TYPICAL_TOKENS)
        super().__init__(packed, bias)

    def __call__(self, x: Tensor) -> Tensor:
        """Apply it to (tokens, in)."""
        return self._pointwise(x, "none", "")

    def activated(self, x: Tensor, activation: str) -> Tensor:
        """See `Linear.activated`."""
        kind = _GELU_KINDS.get(activation)
        if kind is None:
            return ACTIVATIONS[activation](self(x))
        return self._pointwise(x, "gelu", kind)

    def added(self, x: Tensor, residual: Tensor) -> Tensor:
        """See `Linear.added`."""
        found = self._ops._linear_pointwise.binary(x, residual, self._weight, self._bias, "add")
        assert isinstance(found, Tensor)
        return found

    def _pointwise(self, x: Tensor, attribute: str, algorithm: str) -> Tensor:
        found = self._ops._linear_pointwise(x, self._weight, self._bias, attribute, [], algorithm)
        assert isinstance(found, Tensor)
        return found


_GELU_KINDS = {"gelu": "none", "gelu_new": "tanh", "gelu_pytorch_tanh": "tanh"}
_TYPICAL_TOKENS = 2048


class Int8Linear(Linear):
    """Weights as int8 with a scale for each output; activations as uint8, scaled as they come.

    PyTorch calls quantised tensors deprecated, though what is to replace them has no kernel for
    CPUs that is as fast without compiling. The version of PyTorch is pinned, so they are here.
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        scales = (weight.float().abs().amax(1) / 127).clamp(min=1e-12)
        zeros = torch.zeros(len(scales), dtype=torch.int64)
        with warnings.catch_warnings(), _quantised_engine():
            warnings.simplefilter("ignore")
            whole = torch.quantize_per_channel(weight.float(), scales, zeros, 0, torch.qint8)
            self._packed = torch.ops.quantized.linear_prepack(whole, bias.float())
        self._seven_bits = products_saturate()

    def __call__(self, x: Tensor) -> Tensor:
        """Apply it to (tokens, in), float32."""
        found = torch.ops.quantized.linear_dynamic(x, self._packed, self._seven_bits)
        assert isinstance(found, Tensor)
        return found


def products_saturate() -> bool:
    """Whether sums of two int8 products overflow 16 bits here, so that one side gets 7 bits.

    So it is on x86 processors without the VNNI instructions.
    """
    capabilities = torch.cpu.get_capabilities()
    wide = ("avx512_vnni", "avx_vnni", "amx_int8")
    return capabilities.get("architecture") == "x86_64" and not any(
        capabilities.get(name, False) for name in wide
    )


@contextmanager
def _quantised_engine() -> Iterator[None]:
    # Weights are packed for the engine that is set; oneDNN's needs VNNI to be the faster one.
    engines = torch.backends.quantized
    before = engines.engine
    if "onednn" in engines.supported_engines and not products_saturate():
        engines.engine = "onednn"
    try:
        yield
    finally:
        engines.engine = before


def linear_class(device: Device) -> type[Linear]:
    """The fastest kind of map on `device` in its precision."""
    if device.precision is Precision.INT8:
        return Int8Linear
    if device.name == "cpu" and device.precision is Precision.BF16 and _fusing_works():
        return FusedLinear
    return Linear


def _fusing_works() -> bool:
    source = torch.Generator().manual_seed(0)
    x, weight, bias, residual = (
        torch.randn(*shape, generator=source).bfloat16() for shape in ((5, 8), (8, 8), (8,), (5, 8))
    )
    plain = Linear(weight, bias)
    try:
        fused = FusedLinear(weight, bias)
        pairs = (
            (fused(x), plain(x)),
            (fused.activated(x, "gelu"), plain.activated(x, "gelu")),
            (fused.added(x, residual), plain.added(x, residual)),
        )
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return all(torch.allclose(found, plain, atol=0.1, rtol=0.02) for found, plain in pairs)
