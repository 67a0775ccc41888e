"""A run's curve: one JSON object a line for every step, and for every evaluation."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import DataError
from engine.learning.trackers import Track

NAME = "curve.jsonl"


class Curve:
    """Appends records, each on disk before the next step, and hands them on to `track`.

    `step` is where the run goes on: what an ended process wrote of later steps is dropped, since
    those are done again. `evaluated` has the steps of the evaluations that stay.
    """

    def __init__(self, run: Path, step: int, track: Track | None = None) -> None:
        self._path, self._step, self._track = run / NAME, step, track
        self.evaluated: list[int] = []

    def __enter__(self) -> Curve:
        if self._path.exists():
            kept = [record for record in read_curve(self._path) if record["step"] <= self._step]
            self.evaluated = [int(record["step"]) for record in kept if "evaluation" in record]
            partial = self._path.with_suffix(".partial")
            partial.write_text("".join(map(_line, kept)), encoding="utf-8")
            partial.replace(self._path)
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, step: int, record: Mapping[str, Any]) -> None:
        """Write one record."""
        self._file.write(_line(record))
        self._file.flush()
        if self._track is not None:
            self._track(step, record.get("evaluation", record))


def read_curve(path: Path) -> list[dict[str, Any]]:
    """The records of a curve; a last line that a killed process left half-written is skipped.

    Raises `DataError` naming a line that is no record of a step.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except ValueError as error:
        raise DataError(f"{path} is not UTF-8; delete it, or use a new --run folder") from error
    records = []
    for number, line in enumerate(lines, 1):
        record = _parsed(line)
        if isinstance(record, dict) and isinstance(record.get("step"), int):
            records.append(record)
        elif number < len(lines) or record is not None:
            raise DataError(
                f"{path}, line {number}: no record of a step; delete the file, or use a new --run "
                "folder"
            )
    return records


def _parsed(line: str) -> Any:
    """What the line says, or None if it is no JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _line(record: Mapping[str, Any]) -> str:
    """JSON has no word for what is no number."""
    told = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in record.items()
    }
    return json.dumps(told) + "\n"
