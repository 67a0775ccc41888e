"""Figures that others have published, as data with their sources.

`resources/published_figures.json` says for each figure the protocol and task, the system, the
metric, and how many queries and documents it was measured on where the source says so. A report
shows them beside what was measured here, and says where the set differs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.errors import DataError
from engine.paths import RESOURCES
from engine.types_evaluation import Published

FILE = RESOURCES / "published_figures.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One of them. A size is None where the source does not say it."""

    preset: str
    task: str
    system: str
    metric: str
    value: float
    source: str
    queries: int | None = None
    documents: int | None = None


@cache
def figures() -> tuple[Figure, ...]:
    """All figures. Raises `DataError` if the file is damaged."""
    try:
        raw = json.loads(FILE.read_text(encoding="utf-8"))
        return tuple(_figure(row, raw["sources"]) for row in raw["figures"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{FILE} cannot be read ({error}); install Counterpart again") from None


def _figure(row: dict[str, Any], sources: dict[str, dict[str, str]]) -> Figure:
    source = sources[row["source"]]
    return Figure(**{**row, "source": f"{source['what']}, {source['url']}"})


def of_task(
    task: str, *, preset: str = "", queries: int | None = None, documents: int | None = None
) -> tuple[Published, ...]:
    """What is published for a task by that name, and how the set measured here differs.

    `queries` and `documents` are the sizes of the set at hand.
    """
    wanted = _plain(task)
    found = [f for f in figures() if _plain(f.task) == wanted and preset in ("", f.preset)]
    return tuple(
        Published(
            task=figure.task,
            system=figure.system,
            metric=figure.metric,
            value=figure.value,
            source=figure.source,
            differs=_differs(figure, queries, documents),
        )
        for figure in found
    )


def tasks_of(preset: str) -> tuple[str, ...]:
    """The tasks of a protocol that figures are published for, in the file's order."""
    return tuple(dict.fromkeys(f.task for f in figures() if f.preset == preset))


def _differs(figure: Figure, queries: int | None, documents: int | None) -> str:
    said = [
        f"over {theirs:,} {what}, here {ours:,}"
        for what, theirs, ours in (
            ("queries", figure.queries, queries),
            ("documents", figure.documents, documents),
        )
        if theirs is not None and ours is not None and theirs != ours
    ]
    return f"published {'; '.join(said)}" if said else ""


def _plain(task: str) -> str:
    return task.lower().replace("_", "-").rpartition("/")[2]
