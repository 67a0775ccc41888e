"""Filters: which rows of a table a query may find. Applied before any top-k."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.types import Framework, Query

if TYPE_CHECKING:
    from engine.corpus.table import ChunkTable

Mask = NDArray[np.bool_]

_FRAMEWORKS = list(Framework)
_WILDCARDS = frozenset("*?[]!/")


def allowed_rows(
    table: ChunkTable, query: Query, exclude_documents: Set[int] = frozenset()
) -> Mask | None:
    """Rows (n,) that pass the query's filters; None when every row does."""
    masks = [
        _language(table, query.language) if query.language else None,
        _framework(table, query.framework) if query.framework else None,
        _path(table, query.path) if query.path else None,
        _documents(table, exclude_documents) if exclude_documents else None,
    ]
    given = [mask for mask in masks if mask is not None]
    return np.asarray(np.logical_and.reduce(given), dtype=np.bool_) if given else None


def _language(table: ChunkTable, language: str) -> Mask:
    wanted = language.casefold()
    by_language = np.array([name.casefold() == wanted for name in table.languages], dtype=np.bool_)
    return _pick(by_language, table.language_ids)


def _framework(table: ChunkTable, framework: Framework) -> Mask:
    bit = np.uint16(1 << _FRAMEWORKS.index(framework))
    return np.asarray(table.frameworks & bit, dtype=np.bool_)


def _path(table: ChunkTable, pattern: str) -> Mask:
    matches = path_matcher(pattern)
    by_path = np.array([matches(path) for path in table.paths], dtype=np.bool_)
    return _pick(by_path, table.path_ids)


def _documents(table: ChunkTable, excluded: Set[int]) -> Mask:
    return ~np.isin(table.documents, np.fromiter(excluded, dtype=np.int64))


def _pick(values: Mask, ids: NDArray[np.integer]) -> Mask:
    # An empty table has neither names nor rows.
    return values[ids] if len(ids) else np.zeros(0, dtype=np.bool_)


class path_matcher:  # noqa: N801 - used as a function
    """Whether a path fits a pattern.

    With a wildcard or a slash the pattern reads as in `.gitignore` (`src/**/attention*.py`,
    `tests/`); a plain word finds every path that contains it, whatever its case.
    """

    def __init__(self, pattern: str) -> None:
        pattern = pattern.strip().replace("\\", "/")
        self._word = "" if _WILDCARDS & set(pattern) else pattern.casefold()
        self._spec = None
        if not self._word:
            from pathspec import GitIgnoreSpec

            try:
                self._spec = GitIgnoreSpec.from_lines([pattern])
            except ValueError as error:
                reason = " ".join(str(error).split())
                raise DataError(f"the path {pattern} is no pattern ({reason})") from None

    def __call__(self, path: str) -> bool:
        """Whether `path` fits."""
        if self._spec is None:
            return self._word in path.casefold()
        return bool(self._spec.match_file(path))
