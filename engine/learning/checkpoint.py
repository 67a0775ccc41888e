"""Checkpoints without pickle: tensors in one safetensors file, replaced atomically."""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from engine.errors import DataError

NAME = "checkpoint.safetensors"
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


def save_checkpoint(
    run: Path, model: nn.Module, optimiser: torch.optim.Optimizer, step: int, seconds: float
) -> None:
    """Write weights, optimiser moments and position; the previous checkpoint stays until then."""
    tensors: dict[str, Tensor] = {}
    for name, parameter in model.named_parameters():
        tensors[f"model.{name}"] = parameter.detach().clone()
        for moment, value in optimiser.state.get(parameter, {}).items():
            tensors[f"{moment}.{name}"] = value.detach().clone()
    position = {"position": json.dumps({"step": step, "seconds": seconds})}
    for left in run.glob(".tmp*"):  # safetensors' own, of a process that was killed while writing
        left.unlink()
    partial = run / f"{NAME}.partial"
    save_file(tensors, partial, metadata=position)
    partial.replace(run / NAME)


def load_checkpoint(
    run: Path, model: nn.Module, optimiser: torch.optim.Optimizer
) -> tuple[int, float]:
    """Restore the last checkpoint into `model` and `optimiser`; returns (step, seconds trained).

    Returns (0, 0.0) and changes nothing if there is none. Raises `DataError` if it does not fit.
    """
    path = run / NAME
    if not path.exists():
        return 0, 0.0
    try:
        with safe_open(path, framework="pt") as file:
            names = set(file.keys())
            position = _position(file.metadata()["position"])
            with torch.no_grad():
                for name, parameter in model.named_parameters():
                    parameter.copy_(_like(parameter, file.get_tensor(f"model.{name}"), name))
                    there = [moment for moment in _MOMENTS if f"{moment}.{name}" in names]
                    if there and len(there) < len(_MOMENTS):
                        raise ValueError(f"of {name} it has only {', '.join(there)}")
                    if there:
                        optimiser.state[parameter] = {
                            moment: _placed(moment, file.get_tensor(f"{moment}.{name}"), parameter)
                            for moment in _MOMENTS
                        }
    except Exception as error:  # safetensors raises its own class for a truncated file
        raise DataError(
            f"{path} is damaged or does not fit this recipe ({' '.join(str(error).split())}); "
            "use a new --run folder"
        ) from error
    return position


def _position(text: str) -> tuple[int, float]:
    """The step and the seconds. Raises ValueError, KeyError or TypeError if it is no position."""
    found = json.loads(text)
    step, seconds = int(found["step"]), float(found["seconds"])
    if step < 0 or not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(f"step {step} after {seconds} seconds")
    return step, seconds


def _like(parameter: nn.Parameter, value: Tensor, name: str) -> Tensor:
    if value.shape != parameter.shape:  # a single number would otherwise be spread over all
        raise ValueError(f"{name} is {tuple(value.shape)}, not {tuple(parameter.shape)}")
    return value


def _placed(moment: str, value: Tensor, parameter: nn.Parameter) -> Tensor:
    # The optimiser keeps its count of steps on the CPU.
    if moment == "step":
        return value.reshape(())
    return _like(parameter, value, moment).to(parameter.device)
