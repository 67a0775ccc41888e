"""Splitting pairs into train, valid and test by repository, thread or notebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from engine.errors import DataError, DiskError
from engine.job import Job
from engine.learning.pairs.record import PairWriter, check_apart, read_pairs
from engine.learning.pairs.sampled_negatives import sample_negatives
from engine.types import Progress

SHARES = {"train": 0.8, "valid": 0.1, "test": 0.1}
"""The share of the groups that each split has; of the pairs, as groups differ in size, about."""


@dataclass(frozen=True, slots=True)
class SplitReport:
    """Pairs, groups and sampled negatives of each split; files of former negatives removed."""

    pairs: Mapping[str, int]
    groups: Mapping[str, int]
    negatives: Mapping[str, int]
    removed: tuple[str, ...] = ()


def split_of(group: str) -> str:
    """The split of a group: decided by a hash of its name, so that no other pair matters."""
    digest = blake2b(group.encode("utf-8", "replace"), digest_size=8, person=b"pair split").digest()
    place = int.from_bytes(digest, "big") / 2**64
    for name, share in SHARES.items():
        if place < share:
            return name
        place -= share
    return "test"


def split(pairs: Path, out: Path, *, negatives: bool = False) -> Job[SplitReport]:
    """Write `train.jsonl`, `valid.jsonl` and `test.jsonl` to the folder `out`.

    With `negatives` also `train.negatives.jsonl` and so on, see `sample_negatives`; those of former
    splits go. A file appears once it is complete. Raises `DataError` for a line that is no pair, a
    file without any, or one whose place would be taken.
    """
    for name in SHARES:
        check_apart(pairs, out / f"{name}.jsonl")
        check_apart(pairs, _negatives(out, name))
    counts: Counter[str] = Counter()
    groups: dict[str, set[str]] = {name: set() for name in SHARES}
    with ExitStack() as stack:
        writers = {name: stack.enter_context(PairWriter(out / f"{name}.jsonl")) for name in SHARES}
        for number, pair in enumerate(read_pairs(pairs), 1):
            name = split_of(pair.group)
            writers[name].write(pair)
            counts[name] += 1
            groups[name].add(pair.group)
            if number % 500 == 0:
                yield Progress("splitting pairs", number, None)
        if not counts:
            raise DataError(f"{pairs} holds no pairs; mine some first")
        removed = _remove_negatives(out)  # before there are pairs beside them that are not theirs
    sampled: dict[str, int] = {}
    if negatives:
        for name in SHARES:
            path = out / f"{name}.jsonl"
            sampled[name] = yield from sample_negatives(path, _negatives(out, name))
    return SplitReport(
        pairs={name: counts[name] for name in SHARES},
        groups={name: len(members) for name, members in groups.items()},
        negatives=sampled,
        removed=removed,
    )


def _negatives(out: Path, name: str) -> Path:
    return out / f"{name}.negatives.jsonl"


def _remove_negatives(out: Path) -> tuple[str, ...]:
    """Delete the negatives of former splits. The names of their files; raises `DiskError`."""
    there = [path for name in SHARES if (path := _negatives(out, name)).is_file()]
    for path in there:
        try:
            path.unlink()
        except OSError as error:
            raise DiskError(f"cannot delete {path}: {error.strerror or error}") from error
    return tuple(path.name for path in there)
