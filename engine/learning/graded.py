"""Graded pairs: what people said of a text found for a query, as soft targets.

A file has one JSON object a line with `query`, `text` and `grade` (0 irrelevant, 1 weak, 2 strong,
3 exact), and optionally `query_language` and `language` where a side is code in a known language.
What `counterpart judgements --json` prints is read as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.code.normal import clean
from engine.errors import DataError
from engine.learning.groups import Text

HIGHEST = 3
TARGETS: Mapping[int, float] = {grade: grade / HIGHEST for grade in range(HIGHEST + 1)}
"""The target of a grade: as a share of the highest, 0, 1/3, 2/3 and 1."""


@dataclass(frozen=True, slots=True)
class GradedPair:
    """A query and a text with a target between 0 (irrelevant) and 1 (exact)."""

    query: Text
    text: Text
    target: float


def read_graded(path: Path, targets: Mapping[int, float] = TARGETS) -> list[GradedPair]:
    """The graded pairs of a file. Raises `DataError` naming the line that is none."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path} ({error}); give a file of graded pairs") from error
    pairs = []
    for place, record in _records(path, content):
        try:
            pairs.append(_pair(record, targets))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"{place}: no graded pair ({error}); it needs query, text and a grade of "
                f"{', '.join(map(str, sorted(targets)))}"
            ) from error
    if not pairs:
        raise DataError(f"{path} holds no graded pairs")
    return pairs


def read_targets(table: Mapping[str, Any]) -> Mapping[int, float]:
    """A recipe's `[grades]`, such as `{"0" = 0.0, "1" = 0.1, …}`; the default if it is empty.

    Raises `DataError` for a grade without a target, or a target outside of 0 to 1.
    """
    if not table:
        return TARGETS
    try:
        targets = {int(grade): float(target) for grade, target in table.items()}
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"[grades] maps grades to targets ({error})") from error
    if set(targets) != set(TARGETS) or not all(0 <= value <= 1 for value in targets.values()):
        raise DataError("[grades] needs a target between 0 and 1 for each of 0, 1, 2 and 3")
    return targets


def _records(path: Path, content: str) -> Iterator[tuple[str, Any]]:
    """Each record with the words for its place in the file."""
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError):
        whole = None
    if isinstance(whole, dict) and isinstance(whole.get("judgements"), list):
        yield from _numbered(path, "judgement", whole["judgements"])
        return
    lines = ((number, line) for number, line in enumerate(content.split("\n"), 1) if line.strip())
    for number, line in lines:
        try:
            yield f"{path}, line {number}", json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}, line {number}: not JSON ({error})") from error


def _numbered(path: Path, what: str, records: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for number, record in enumerate(records, 1):
        yield f"{path}, {what} {number}", record


def _pair(record: Any, targets: Mapping[int, float]) -> GradedPair:
    if "query_text" in record:  # a judgement as the store has it
        # The store knows that a query is code, not in which language: the result's will do.
        language = record["language"] or "Python"
        asked = language if record["query_kind"] == "code" else ""
        query, text = Text(record["query_text"], asked), Text(record["chunk_text"], language)
    else:
        query = Text(record["query"], record.get("query_language", ""))
        text = Text(record["text"], record.get("language", "Python"))
    if not all(isinstance(part, str) for side in (query, text) for part in _parts(side)):
        raise TypeError("query and text are strings")
    grade = record["grade"]
    if isinstance(grade, bool) or grade not in targets:
        raise ValueError(f"grade {grade!r}")
    query, text = (replace(side, content=clean(side.content)) for side in (query, text))
    return GradedPair(query, text, targets[grade])


def _parts(side: Text) -> tuple[str, str]:
    return side.content, side.language
