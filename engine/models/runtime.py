"""Which runtime computes a model on this machine, and loading it there.

On a graphics processor the answer is `choose_device`'s. On a CPU there are four runtimes. Where it
multiplies bfloat16, PyTorch in bf16 is both faster than int8 and closer to full precision
(docs/runtimes.md). Elsewhere int8 may win: by how much depends on the CPU, and what it costs on the
model, so it is used where `engine.models.calibration` has found it faster and faithful, or where
the user asks for it.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import ModelError
from engine.models.device import Device, Library, Precision, choose_device, computes_bf16

if TYPE_CHECKING:
    from engine.models.bert import Bert
    from engine.settings import Settings

RUNTIME = "runtime"
"""The setting that names a runtime."""


class Runtime(StrEnum):
    """A way to compute a model on a CPU; `AUTO` leaves the choice to the program."""

    AUTO = "auto"
    TORCH_FP32 = "torch-fp32"
    TORCH_BF16 = "torch-bf16"
    TORCH_INT8 = "torch-int8"
    ONNX_INT8 = "onnx-int8"

    @property
    def device(self) -> Device:
        """The CPU with this runtime. `AUTO` has none (ValueError)."""
        library, _, precision = self.value.partition("-")
        return Device("cpu", Precision(precision), Library(library))


def parse_runtime(name: object) -> Runtime:
    """The runtime of that name. Raises `ModelError` for any other value."""
    try:
        return Runtime(str(name))
    except ValueError:
        known = ", ".join(Runtime)
        raise ModelError(f"there is no runtime {name!r}; choose one of {known}") from None


def installed(runtime: Runtime) -> bool:
    """Whether the packages that a runtime needs are there."""
    if runtime is not Runtime.ONNX_INT8:
        return True
    from engine.models.runtime_onnx import onnx_is_there

    return onnx_is_there()


def device_for(name: object = Runtime.AUTO, cache: Path | None = None) -> Device:
    """The device for a runtime's name, as the settings have it. Naming one means the CPU.

    `cache` is the folder for what is kept about runtimes. Raises `ModelError` for an unknown name.
    """
    runtime = parse_runtime(name)
    if runtime is Runtime.AUTO:
        return replace(choose_device(), cache=cache, chosen=False)
    return replace(runtime.device, cache=cache)


def device_of(settings: Settings, cache: Path | None = None) -> Device:
    """The device for the runtime in the settings; one that is not known counts as `auto`."""
    try:
        return device_for(settings.get(RUNTIME, Runtime.AUTO), cache)
    except ModelError:
        return device_for(Runtime.AUTO, cache)


def missing_packages(name: object) -> str:
    """One line when the packages of the runtime asked for are not there, else empty."""
    runtime = parse_runtime(name)
    if installed(runtime):
        return ""
    return (
        f"the packages for {runtime} are not installed (pip install 'counterpart[onnx]'); "
        f"{_torch_default()} is used"
    )


def load_network(folder: Path, device: Device) -> Bert:
    """Read a model folder into the runtime that suits it on `device`. Raises `ModelError`.

    A runtime whose packages are missing, or that has no operator for the model, gives way to torch:
    `Bert.device` tells what it became.
    """
    from engine.models.bert import load_bert

    device = _settled(folder, device)
    if device.library is not Library.ONNX:
        return load_bert(folder, device)
    from engine.models.folder import read_bert_config
    from engine.models.runtime_graph import can_write
    from engine.models.runtime_onnx import load_onnx_bert, onnx_is_there

    if onnx_is_there() and can_write(read_bert_config(folder)):
        return load_onnx_bert(folder, device)
    return load_bert(folder, device.unquantised())


def _settled(folder: Path, device: Device) -> Device:
    if device.chosen or device.is_gpu or device.cache is None:
        return device
    from engine.models.calibration import recorded

    found = recorded(device.cache, folder)
    return device if found is None else replace(found.device, cache=device.cache)


def _torch_default() -> Runtime:
    return Runtime.TORCH_BF16 if computes_bf16() else Runtime.TORCH_FP32
