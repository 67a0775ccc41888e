"""The ranked examples of a run: mined once with the encoder, and kept in the run's folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from engine.learning.material import EXAMPLES, Material
from engine.learning.negatives import (
    Encode,
    RankedExample,
    choose_groups,
    mine_negatives,
    read_examples,
    write_examples,
)
from engine.learning.text_encoder import TextEncoder

_SAY_EVERY = 10.0  # seconds


def ranked_examples(
    material: Material, encoder: Callable[[], TextEncoder]
) -> Iterator[RankedExample]:
    """The examples; `encoder` is asked for only if they are not there yet."""
    path = material.run / EXAMPLES
    if not path.exists():
        _mine(material, encoder(), path)
    return read_examples(path)


def mining_encoder(material: Material) -> TextEncoder:
    """The encoder that mines: that of `--miner`, else the start of the run."""
    return TextEncoder(
        material.miner or material.start, int(material.recipe.run.get("mining_tokens", 128))
    )


def _mine(material: Material, encoder: TextEncoder, path: Path) -> None:
    seed = int(material.recipe.run["seed"])
    chosen = choose_groups(material.groups, material.recipe.mining, seed)
    total = 2 * sum(map(len, chosen.values()))
    encode = _counted(encoder.encode, total, material.say)
    encoder.model.eval()
    partial = path.with_suffix(".partial")
    with torch.no_grad():
        examples = (
            example
            for task, members in chosen.items()
            for example in mine_negatives(task, members, encode, seed)
        )
        count = write_examples(partial, examples)
    partial.replace(path)
    material.say(f"mined hard negatives for {count} of {total // 2} queries")


def _counted(encode: Encode, total: int, say: Callable[[str], None]) -> Encode:
    """`encode` that says how far mining is: of its time, all but a little goes there."""
    begun = said = time.monotonic()
    done = 0

    def counting(texts: list[str]) -> Tensor:
        nonlocal done, said
        vectors = encode(texts)
        done += len(texts)
        now = time.monotonic()
        if now - said >= _SAY_EVERY:
            said = now
            rate = done / (now - begun)
            say(
                f"mining hard negatives: {done} of {total} texts, {rate:.0f}/s, "
                f"{(total - done) / rate / 60:.0f} min left"
            )
        return vectors

    return counting
