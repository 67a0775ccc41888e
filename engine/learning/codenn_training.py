"""Trains CODEnn, and keeps it: weights in safetensors, the vocabularies as JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.errors import DataError, ModelError
from engine.learning.augment import Chances
from engine.learning.codenn import (
    MARGIN,
    CodeNN,
    Limits,
    hinge,
    make_vocabulary,
    parts_of,
    words_of,
)
from engine.learning.contrastive import not_negatives
from engine.learning.groups import Group
from engine.learning.replicas import training_device
from engine.learning.sampling import Sampler

_NEVER = Chances(0, 0, 0, 0, 0, 0, 0)  # the paper trains on texts as they are
_WEIGHTS, _CONFIG = "model.safetensors", "codenn.json"


class CodeNNTraining:
    """Its side of a run.

    `options` is the recipe's `[run]` table: `batch`, `seed`, `vocabulary` (words of each tower),
    `width` (of word vectors), `hidden` (of each direction of the LSTMs) and `margin`. Raises
    `DataError` if a weighted task has no descriptions.
    """

    def __init__(
        self, groups: Sequence[Group], weights: Mapping[str, float], options: Mapping[str, Any]
    ) -> None:
        pairs = described(groups, weights)
        self._sampler = Sampler(pairs, weights, int(options["seed"]), _NEVER)
        self._seed, self._batch = int(options["seed"]), int(options["batch"])
        self._margin = float(options.get("margin", MARGIN))
        if self._batch < 2:
            raise DataError("CODEnn needs a batch of 2 or more: others are its negatives")
        limits, size = Limits(), int(options.get("vocabulary", 10_000))
        parts = [parts_of(group.texts[1].content, limits) for group in pairs]
        words = (words_of(group.texts[0].content, limits) for group in pairs)
        vocabularies = {
            "name": make_vocabulary((part.name for part in parts), size),
            "calls": make_vocabulary((part.calls for part in parts), size),
            "tokens": make_vocabulary((part.tokens for part in parts), size),
            "words": make_vocabulary(words, size),
        }
        width, hidden = int(options.get("width", 100)), int(options.get("hidden", 200))
        self.network = CodeNN(vocabularies, width, hidden, limits).to(training_device())
        self.model: nn.Module = self.network

    def backward(self, step: int) -> tuple[float, dict[str, Any]]:
        """Gradients of the hinge loss of `step`; `accuracy` is the share of descriptions whose
        code is the nearest of the batch."""
        batch = self._sampler.batch(step, self._batch)
        words = self.network.descriptions(batch.lefts)
        codes = self.network.codes(batch.rights)
        copies = not_negatives(batch.left_originals, batch.right_originals).to(codes.device)
        shift = random.Random(f"shift:{self._seed}:{step}").randrange(1, self._batch)
        loss = hinge(words, codes, copies, shift, self._margin)
        loss.backward()  # type: ignore[no-untyped-call]
        best = (words @ codes.T).argmax(1) == torch.arange(len(codes), device=codes.device)
        return loss.item(), {"task": batch.task, "accuracy": round(best.float().mean().item(), 4)}

    def export(self, folder: Path) -> None:
        """Write the model. `load_codenn` reads it."""
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{_WEIGHTS}.partial"
        state = {name: value.contiguous() for name, value in self.network.state_dict().items()}
        save_file(state, partial)
        partial.replace(folder / _WEIGHTS)
        config = {
            "width": self.network.width,
            "hidden": self.network.hidden,
            "limits": asdict(self.network.limits),
            "vocabularies": self.network.vocabularies,
        }
        (folder / _CONFIG).write_text(json.dumps(config) + "\n", encoding="utf-8")


def described(groups: Sequence[Group], weights: Mapping[str, float]) -> list[Group]:
    """The groups of the weighted tasks that are a description with a code.

    Raises `DataError` if a task has none.
    """
    found = [
        group
        for group in groups
        if group.task in weights and group.teaches and not group.texts[0].is_code
    ]
    known = {group.task for group in groups if group.teaches and not group.texts[0].is_code}
    if missing := sorted(set(weights) - {group.task for group in found}):
        raise DataError(
            f"no descriptions of code for {', '.join(missing)}; the groups have them for "
            f"{', '.join(sorted(known)) or 'no task'}"
        )
    return found


def load_codenn(folder: Path) -> CodeNN:
    """Read what `export` wrote. Raises `ModelError`."""
    try:
        config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        limits = Limits(**config["limits"])
        network = CodeNN(config["vocabularies"], config["width"], config["hidden"], limits)
        network.load_state_dict(load_file(folder / _WEIGHTS))
    except Exception as error:  # safetensors raises its own class for a truncated file
        raise ModelError(f"{folder} holds no CODEnn that can be read ({error})") from error
    return network.to(training_device()).eval()


@torch.no_grad()
def vectors(network: CodeNN, texts: Sequence[str], *, of_code: bool, batch: int = 128) -> Tensor:
    """Vectors (n, d) of codes or of descriptions, on the CPU."""
    encode = network.codes if of_code else network.descriptions
    parts = [encode(texts[start : start + batch]) for start in range(0, len(texts), batch)]
    return torch.cat(parts).cpu()
