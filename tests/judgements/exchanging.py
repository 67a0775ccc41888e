"""Stores that exchange what they hold."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.job import run_to_end
from engine.judgements.exchange import doors
from engine.judgements.store import JudgementStore
from engine.types_judging import Merged


@contextmanager
def stores(count: int = 2) -> Iterator[list[tuple[JudgementStore, Path]]]:
    with tempfile.TemporaryDirectory() as folder:
        opened = []
        for number in range(count):
            place = Path(folder) / str(number)
            place.mkdir()
            opened.append((JudgementStore(place / "judgements.sqlite"), place))
        try:
            yield opened
        finally:
            for store, _ in opened:
                store.close()


def pass_on(from_: JudgementStore, to: JudgementStore, path: Path, **how: str) -> Merged:
    run_to_end(doors.export(from_, path, how.pop("format", "")))
    return run_to_end(doors.merge(to, path, **how))  # type: ignore[arg-type]


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The lines of an export."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def write_lines(path: Path, lines: list[dict[str, Any]]) -> None:
    """Write an export, changed."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
