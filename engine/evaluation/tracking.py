"""Sends the figures of a measurement to an experiment tracker, where one is installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import DiskError
from engine.evaluation.measuring import file_name
from engine.learning.trackers import make_tracker


def track(report: Mapping[str, Any], tracker: str, folder: Path) -> int:
    """Record each pipeline of a report as a run of its own; how many there were.

    Weights & Biases stays offline unless `WANDB_MODE` says otherwise. Raises `DataError` if the
    tracker is not installed, `DiskError`.
    """
    reports = report.get("tasks", [report])
    count = 0
    for one in reports:
        for name, row in one["pipelines"].items():
            dataset = one["dataset"].replace("/", "-").replace(":", "-")
            place = folder / f"{dataset}-{file_name(name)}"
            try:
                place.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise DiskError(f"cannot write to {place}: {error.strerror or error}") from error
            figures = {key: value for key, value in row.items() if isinstance(value, int | float)}
            figures |= {f"query_ms_{key}": value for key, value in row["query_ms"].items()}
            session = make_tracker(tracker, place, {"pipeline": name, **_about(one)})
            try:
                session(0, figures)
            finally:
                session.close()
            count += 1
    return count


def _about(report: Mapping[str, Any]) -> dict[str, Any]:
    """What tells one measurement from another: the set, the options, the models, the machine."""
    kept = ("dataset", "queries", "docs", "threshold", "use_target", "drop_identical", "rerank")
    about = {key: report[key] for key in (*kept, "models", "machine")}
    return about | {key: report[key] for key in ("preset", "task") if key in report}
