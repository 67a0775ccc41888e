"""Whether a model fits: what it takes, estimated before it is tried, and what the device has free.

The estimate, in bytes, with b bytes per number (4 in fp32, 2 in half precision):

    1.2 · (parameters · b  +  tokens · width · 24 · b)

The parameters are counted in the safetensors headers. The second term is the activations of one
layer for the largest batch: queries, keys, values, their mix, a gated feed-forward layer of four
times the width with both its halves, and copies made on the way; without gradients no layer's
outlive it, and fused attention keeps no score matrix. `docs/choosing-models.md` compares the
estimate with measurements.
"""

from __future__ import annotations

import json
import struct
import sys
from math import prod
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from engine.models.device import Device, Precision

TIMES_WIDTH = 24
MARGIN = 1.2
USUAL_WIDTH = 1024
"""Taken where a model's configuration does not state its width."""

_HALF = (Precision.FP16, Precision.BF16)
_CGROUP = Path("/sys/fs/cgroup")
_MAX_HEADER = 100_000_000
_WIDTHS = ("hidden_size", "d_model", "dim", "n_embd")


def estimate(parameters: int, width: int, tokens: int, device: Device | None) -> int:
    """Bytes that a model takes while it runs; see above. Without a device: a CPU in fp32."""
    size = 2 if device is not None and device.precision in _HALF else 4
    return int(MARGIN * size * (parameters + tokens * width * TIMES_WIDTH))


def width_of(config: dict[str, Any]) -> int:
    """The width of a layer by a model's `config.json`, or `USUAL_WIDTH`."""
    for part in (config, config.get("text_config")):
        for key in _WIDTHS:
            if isinstance(part, dict) and isinstance(part.get(key), int) and part[key] > 0:
                return int(part[key])
    return USUAL_WIDTH


def count_parameters(folder: Path) -> int:
    """How many numbers the safetensors of a model folder hold, by their headers alone.

    Raises `ModelError` if one is damaged.
    """
    return sum(_count(path) for path in folder.rglob("*.safetensors"))


def _count(path: Path) -> int:
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > _MAX_HEADER:
                raise ValueError("its header is too long")
            header = json.loads(file.read(length))
        return sum(prod(entry["shape"]) for key, entry in header.items() if key != "__metadata__")
    except (OSError, ValueError, TypeError, KeyError, AttributeError, struct.error):
        raise ModelError(f"{path} is damaged or incomplete; get the model again") from None


def free_bytes(device: Device) -> int | None:
    """Bytes that are free on a device; None if the system does not say."""
    if device.name == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    if device.name == "mps":
        import torch

        taken = torch.mps.driver_allocated_memory()
        return min(int(torch.mps.recommended_max_memory()) - int(taken), _free_main_memory())
    return _free_main_memory()


def _free_main_memory() -> int:
    import psutil

    return min(int(psutil.virtual_memory().available), _free_in_cgroup())


def _free_in_cgroup() -> int:
    """What a container may still take; without bounds elsewhere."""
    try:
        limit = int((_CGROUP / "memory.max").read_text())
        used = int((_CGROUP / "memory.current").read_text())
        stat = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # no container, no limit ("max"), or the older cgroup v1
        return sys.maxsize
    return max(0, limit - used + int(stat.get("inactive_file", 0)))


def in_words(size: int) -> str:
    """`95 MB`, `1.19 GB`."""
    if size >= 1_000_000_000:
        return f"{size / 1e9:.2f} GB"
    return f"{max(1, round(size / 1e6))} MB" if size else "0 MB"


def refuse_if_too_large(name: str, needed: int, device: Device) -> None:
    """Raise `ModelError` if a model does not fit into what is free on the device."""
    free = free_bytes(device)
    if free is not None and needed > free:
        kind = "GPU memory" if device.is_gpu else "memory"
        raise ModelError(
            f"the model {name} takes about {in_words(needed)} of {kind}, and {in_words(free)} are "
            "free; close other programs or choose a smaller one"
        )
