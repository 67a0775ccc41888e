"""Negative sampling as in the NLPyTorch paper: a wrong partner for every record.

For half of the records of a kind the text keeps and another code of the kind replaces its own, for
the other half another text does. The harder negatives of `engine.learning.negatives` take an
encoder; these take nothing.
"""

from __future__ import annotations

import json
import random
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.job import Job
from engine.learning.pairs.record import Pair, PairWriter
from engine.types import Progress

_TRIES = 20


def sample_negatives(pairs: Path, out: Path, seed: int = 0) -> Job[int]:
    """Write a negative for each pair of a file that `PairWriter` wrote; returns how many.

    A record has `text`, `code`, `kind`, `label` 0, `replaced` (`code` or `text`), and the
    references of the pairs that text and code come from. A partner never has the same text or code,
    or code that holds the other's; a pair without such a partner gets no negative.
    """
    rng = random.Random(seed)
    with pairs.open("rb") as file, PairWriter(out) as writer:
        kinds = _offsets(file)
        yield Progress("sampling negatives", 0, None)
        for offsets in kinds.values():
            for index, offset in enumerate(offsets):
                own = _at(file, offset)
                other = _partner(own, offsets, file, rng)
                if other is not None:
                    writer.write_record(_negative(own, other, swap_code=index % 2 == 0))
                if index % 200 == 0:
                    yield Progress("sampling negatives", writer.count, None)
    return writer.count


def _negative(own: Pair, other: Pair, *, swap_code: bool) -> dict[str, str | int]:
    texts, codes = (own, other) if swap_code else (other, own)
    return {
        "text": texts.text,
        "code": codes.code,
        "kind": own.kind,
        "label": 0,
        "replaced": "code" if swap_code else "text",
        "text_reference": texts.reference,
        "code_reference": codes.reference,
    }


def _partner(own: Pair, offsets: array[int], file: BinaryIO, rng: random.Random) -> Pair | None:
    for _ in range(_TRIES):
        other = _at(file, rng.choice(offsets))
        if other.text.lower() == own.text.lower():
            continue
        if other.code not in own.code and own.code not in other.code:
            return other
    return None


def _offsets(file: BinaryIO) -> dict[str, array[int]]:
    """Where in the file the pairs of each kind begin: numbers, so that any file fits."""
    found: dict[str, array[int]] = {}
    for offset, line in _lines(file):
        found.setdefault(json.loads(line)["kind"], array("q")).append(offset)
    return dict(sorted(found.items()))


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    offset = 0
    for line in file:
        yield offset, line
        offset += len(line)


def _at(file: BinaryIO, offset: int) -> Pair:
    file.seek(offset)
    return Pair(**json.loads(file.readline()))
