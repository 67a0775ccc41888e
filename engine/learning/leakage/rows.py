"""Filters files: pairs or groups in JSON lines, read and written one at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.errors import DataError
from engine.job import Job
from engine.learning.evaluation_sets import texts_of
from engine.learning.groups import from_record
from engine.learning.leakage.guard import LeakageFilter
from engine.learning.leakage.report import FilterReport
from engine.learning.pairs.record import PairWriter, check_apart
from engine.types import Progress

_STEP = 200  # rows between two looks at whether to go on


def filter_file(pairs: Path, datasets: Sequence[Path], out: Path | None) -> Job[FilterReport]:
    """Take out of `pairs` what any of `datasets` holds; what is left goes to `out`, if given.

    A row goes as a whole when either side leaks. `out` appears only once it is complete. Raises
    `DataError` naming the file and line of the first thing that is wrong.
    """
    if out is not None:
        check_apart(pairs, out)
    guard = LeakageFilter()
    yield from learn(guard, datasets)
    return (yield from filter_rows(pairs, guard, out))


def filter_rows(pairs: Path, guard: LeakageFilter, out: Path | None) -> Job[FilterReport]:
    """As `filter_file`, with a filter that has learnt what it must."""
    report = FilterReport(evaluation_texts=len(guard))
    if out is None:
        yield from _examine(pairs, guard, report, None)
    else:
        with PairWriter(out) as writer:
            yield from _examine(pairs, guard, report, writer)
    return report


def learn(guard: LeakageFilter, datasets: Sequence[Path]) -> Job[None]:
    """Show the filter every text of the data sets. Raises `DataError` for a set without texts."""
    done = 0
    for dataset in datasets:
        found = False
        for name, text in texts_of(dataset):
            guard.add(name, text)
            found = found or bool(text.strip())
            done += 1
            if done % _STEP == 0:
                yield Progress("reading evaluation sets", done, None)
        if not found:  # the filter would pass everything, and nobody would know
            raise DataError(f"{dataset} holds no texts; give another data set, or get it again")


def sides_of(record: Any) -> tuple[str, list[tuple[str, str]]]:
    """The source of a pair or group, and its sides: their names and texts.

    Raises ValueError, KeyError or TypeError if it is neither.
    """
    if "texts" in record:
        group = from_record(record)
        sides = [(text.language or "words", text.content) for text in group.texts]
        return f"{group.task}: {group.source}", sides
    return str(record["kind"]), [("text", str(record["text"])), ("code", str(record["code"]))]


def _examine(
    pairs: Path, guard: LeakageFilter, report: FilterReport, writer: PairWriter | None
) -> Job[None]:
    for number, record in _records(pairs):
        try:
            source, sides = sides_of(record)
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{pairs}, line {number}: neither a pair nor a group; give what `pairs` wrote"
            ) from error
        report.rows += 1
        found = guard.find_any(text for _, text in sides)
        if found is not None:
            place, leak = found
            report.note(number, source, *sides[place], leak)
        elif writer is not None:
            writer.write_record(record)
        if number % _STEP == 0:
            yield Progress("filtering", number, None, f"{report.removed_rows:,} removed")


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, json.loads(line)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON lines ({error}); is the file complete?") from error
