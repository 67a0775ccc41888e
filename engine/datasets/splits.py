"""Which part of a data set is meant."""

from __future__ import annotations

from collections.abc import Sequence

from engine.datasets.records import UndecidedError
from engine.errors import DataError


def choose_split(splits: Sequence[str], wanted: str, where: str) -> str:
    """The split that was asked for; else `test`, else the only one.

    Raises `UndecidedError`, naming those there are, if that leaves a choice, and `DataError` if
    there is none, or none of that name.
    """
    known = ", ".join(splits)
    if wanted:
        if wanted not in splits:
            raise DataError(f"{where} has no split {wanted}; choose one of: {known}")
        return wanted
    if not splits:
        raise DataError(f"{where} has no qrels; the data set may be half downloaded")
    if "test" in splits or len(splits) == 1:
        return "test" if "test" in splits else splits[0]
    raise UndecidedError(
        f"{where} has several sets; choose one with --split: {known}", tuple(splits)
    )
