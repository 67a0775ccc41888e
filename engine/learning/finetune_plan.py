"""What a training was begun with, kept in its folder: whoever goes on with it goes on with that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.errors import DataError, DiskError
from engine.types_training import MiningOptions, Origin, TrainingSpec

PLAN = "plan.json"
"""It is written last: a folder without one is begun anew."""


def write_plan(folder: Path, plan: Mapping[str, Any]) -> None:
    """Keep a plan; it is there as a whole or not at all. Raises `OSError`."""
    partial = folder / f"{PLAN}.partial"
    partial.write_text(json.dumps(plan) + "\n", encoding="utf-8")
    partial.replace(folder / PLAN)


def read_plan(folder: Path) -> dict[str, Any]:
    """The plan of a training that was begun. Raises `DiskError` if it cannot be read."""
    try:
        found: dict[str, Any] = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DiskError(
            f"cannot read {folder / PLAN} ({error}); remove the folder and train again"
        ) from error
    return found


def record_of(spec: TrainingSpec) -> dict[str, Any]:
    """A specification in terms of JSON."""
    record = asdict(spec)
    record["mining"]["origins"] = [origin.value for origin in spec.mining.origins]
    return record


def spec_of(plan: Mapping[str, Any], name: str) -> TrainingSpec:
    """What a training was begun with; of plans of earlier releases, as much as they say.

    Raises `DataError` for one that says something else, as that of a later release may.
    """
    try:
        return _spec_of(plan, name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"the training {name} was begun by another version of Counterpart, or is damaged "
            f"({reason}); go on with that version, or remove it: counterpart models remove {name!r}"
        ) from error


def _spec_of(plan: Mapping[str, Any], name: str) -> TrainingSpec:
    raw = plan.get("spec")
    if raw is None:
        return TrainingSpec(
            name,
            tuple(plan["stages"]),
            plan.get("corpus", ""),
            tuple(plan.get("judges", ())),
        )
    mining = dict(raw["mining"])
    mining["origins"] = tuple(Origin(value) for value in mining["origins"])
    mining["judges"] = tuple(mining["judges"])
    lists = {key: tuple(raw[key]) for key in ("stages", "judges")}
    return TrainingSpec(**{**raw, **lists, "name": name, "mining": MiningOptions(**mining)})


def check_in_use(plan: Mapping[str, Any], in_use: Mapping[str, str]) -> None:
    """Raise `DataError` if other models are in use than when the training was begun.

    What it is compared with, and what its share is fitted against, would be another ranking.
    """
    before = plan.get("in_use", in_use)
    changed = [stage for stage in before if before[stage] != in_use.get(stage)]
    if changed:
        names = ", ".join(f"{stage}: {_short(before[stage])}" for stage in changed)
        raise DataError(
            f"other models are in use than when this training began; use those again ({names}) "
            "and it goes on, or train under another name"
        )


def _short(model: str) -> str:
    """A version's name, where a model is a version's."""
    path = Path(model)
    return path.parent.name if path.parent.parent.name == "versions" else model
