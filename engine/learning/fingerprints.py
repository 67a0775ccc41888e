"""What a run depends on, written beside it: recipe, revision, data, start, versions."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from engine.errors import DataError
from engine.learning.checkpoint import NAME as CHECKPOINT
from engine.learning.groups import count_by_source
from engine.learning.material import EXAMPLES, Material
from engine.learning.replicas import training_device

_RECORD = "run.json"
_FILES = ("model.safetensors", "corpus.jsonl", "queries.jsonl", "qrels/test.tsv")


def describe(material: Material, groups_file: Path) -> None:
    """Write `recipe.toml` and `run.json` into the run's folder.

    A run that goes on keeps its first record and adds the new one to `resumed`; it says which
    fingerprints differ, since the curve is then not of one recipe on one data set.
    """
    record = _record(material, groups_file)
    path = material.run / _RECORD
    before = _read(path)
    if before and any((material.run / name).exists() for name in _BEGUN):
        changed = sorted(
            name for name in (*_COMPARED, "recipe_sha256") if before.get(name, "") != record[name]
        )
        if changed:
            names = ", ".join(name.removesuffix("_sha256") for name in changed)
            material.say(f"this run began with another {names}; it goes on with both")
        record = {**before, "resumed": [*before.get("resumed", ()), record]}
    (material.run / "recipe.toml").write_text(material.recipe.text, encoding="utf-8")
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


_BEGUN = (CHECKPOINT, EXAMPLES)
_COMPARED = ("groups_sha256", "start_sha256", "graded_sha256", "teacher_sha256", "miner_sha256")


def _record(material: Material, groups_file: Path) -> dict[str, Any]:
    device = training_device()
    counts: Mapping[str, int] = count_by_source(material.groups)
    return {
        "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "revision": _revision(),
        "recipe_sha256": hashlib.sha256(material.recipe.text.encode()).hexdigest(),
        "groups_sha256": _sha256([groups_file]),
        "start_sha256": _sha256(_of_folder(material.start)),
        "teacher_sha256": _sha256(_of_folder(material.teacher)) if material.teacher else "",
        "miner_sha256": _sha256(_of_folder(material.miner)) if material.miner else "",
        "graded_sha256": _sha256(material.graded),
        "development_sha256": {folder.name: _sha256(_of_folder(folder)) for folder in material.dev},
        "groups": counts,
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else device.type,
        "threads": torch.get_num_threads(),
        "python": sys.version.split()[0],
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _of_folder(folder: Path) -> list[Path]:
    return [folder / name for name in _FILES if (folder / name).exists()]


def _sha256(files: Sequence[Path]) -> str:
    """Of the files' contents one after another; empty without files. Raises `DataError`."""
    if not files:
        return ""
    digest = hashlib.sha256()
    for path in files:
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise DataError(f"cannot read {path} ({error.strerror or error})") from error
    return digest.hexdigest()


def _revision() -> str:
    """The repository's commit, with a `+` where files differ from it; empty outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
