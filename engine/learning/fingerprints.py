"""What a run depends on, written beside it: recipe, revision, data, start, versions."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.errors import DataError
from engine.learning.checkpoint import NAME as CHECKPOINT
from engine.learning.development import set_name
from engine.learning.groups import count_by_source
from engine.learning.material import EXAMPLES, Material
from engine.learning.pair_rows import LABELLED
from engine.learning.public_sets import WEBQUERY
from engine.learning.replicas import training_device
from engine.learning.run_folder import RECIPE, RECORD

_TOP = Path(__file__).resolve().parents[2]
_FILES = ("model.safetensors", "corpus.jsonl", "queries.jsonl", "qrels/test.tsv")


@dataclass(frozen=True)
class Description:
    """What this start of the run depends on; `keep` writes it beside the run."""

    record: Mapping[str, Any]
    keep: Callable[[], None]


def describe(material: Material, groups_file: Path) -> Description:
    """What goes into `recipe.toml` and `run.json` in the run's folder.

    Of a new run it is written at once. A run that goes on keeps its first record and adds the new
    one to `resumed`, once its checkpoint is loaded (`keep`): before that it may yet be refused. It
    says which fingerprints differ, since the curve is then not of one recipe on one data set.
    Raises `DataError` if the folder holds a run of another kind, or a damaged record.
    """
    begun = any((material.run / name).exists() for name in _BEGUN)
    if begun:
        _check_kind(material)
    before = _read(material.run / RECORD) if begun else {}
    record = _record(material, groups_file)
    if not begun:
        _write(material, record)
        return Description(record, lambda: None)
    if not before:  # somebody deleted it
        return Description(record, lambda: _write(material, record))
    if changed := _changed(before, record):
        material.say(f"this run began with another {', '.join(changed)}; it goes on with both")
    both = {**before, "resumed": [*before.get("resumed", ()), record]}
    return Description(record, lambda: _write(material, both))


def _changed(before: Mapping[str, Any], record: Mapping[str, Any]) -> list[str]:
    """What differs, in words: files, sets measured by one name, and what the sums depend on."""
    names = [name.removesuffix("_sha256") for name in _COMPARED if _differ(name, before, record)]
    sets = before.get("development_sha256", {})
    names += [
        f"development set {name}"
        for name, digest in record["development_sha256"].items()
        if isinstance(sets, dict) and sets.get(name, digest) != digest
    ]
    return sorted(names) + [name for name in _COMPUTED_BY if _differ(name, before, record)]


def _differ(name: str, before: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    default = record[name] if name in _NOT_ALWAYS_KEPT else ""
    return bool(before.get(name, default) != record[name])


def _check_kind(material: Material) -> None:
    """Raise `DataError` if a checkpoint in the folder is known to be of another kind."""
    try:
        text = (material.run / RECIPE).read_text(encoding="utf-8")
        kind = tomllib.loads(text).get("kind")
    except (OSError, ValueError, RecursionError):
        return  # then loading the checkpoint tells
    if kind not in (None, material.recipe.kind) and (material.run / CHECKPOINT).exists():
        raise DataError(
            f"{material.run} is a run of kind {kind}, the recipe is of kind "
            f"{material.recipe.kind}; use a new --run folder"
        )


def _write(material: Material, record: Mapping[str, Any]) -> None:
    for name, text in (
        (RECIPE, material.recipe.text),
        (RECORD, json.dumps(record, indent=1) + "\n"),
    ):
        partial = material.run / f"{name}.partial"
        partial.write_text(text, encoding="utf-8")
        partial.replace(material.run / name)


_BEGUN = (CHECKPOINT, EXAMPLES)
_COMPARED = (
    "recipe_sha256",
    "groups_sha256",
    "start_sha256",
    "graded_sha256",
    "labelled_sha256",
    "teacher_sha256",
    "miner_sha256",
)
_COMPUTED_BY = ("torch", "device", "threads")
_NOT_ALWAYS_KEPT = frozenset({"labelled_sha256", *_COMPUTED_BY})  # older records lack them


def _record(material: Material, groups_file: Path) -> dict[str, Any]:
    device = training_device()
    counts: Mapping[str, int] = count_by_source(material.groups)
    return {
        "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "revision": revision(),
        "recipe_sha256": hashlib.sha256(material.recipe.text.encode()).hexdigest(),
        "groups_sha256": _sha256([groups_file]),
        "start_sha256": _sha256(_of_folder(material.start)),
        "teacher_sha256": _sha256(_of_folder(material.teacher)) if material.teacher else "",
        "miner_sha256": _sha256(_of_folder(material.miner)) if material.miner else "",
        "graded_sha256": _sha256(material.graded),
        "labelled_sha256": _sha256(_labelled(material)),
        "development_sha256": {
            set_name(folder): _sha256(_of_folder(folder)) for folder in material.dev
        },
        "groups": counts,
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else device.type,
        "threads": torch.get_num_threads(),
        "python": sys.version.split()[0],
    }


def _read(path: Path) -> dict[str, Any]:
    """The record of a run that began; empty if there is none. Raises `DataError`."""
    if not path.exists():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict) or not isinstance(record.get("resumed", []), list):
            raise ValueError("not the record of a run")
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is damaged ({error}); delete it, or use a new --run") from error
    return record


def _of_folder(folder: Path) -> list[Path]:
    return [folder / name for name in _FILES if (folder / name).exists()]


def _labelled(material: Material) -> list[Path]:
    """The file of labelled pairs, where the recipe reads it."""
    if material.data is None or LABELLED not in material.recipe.weights:
        return []
    return [material.data / WEBQUERY]


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
            raise DataError(
                f"cannot read {path} ({error.strerror or error}); check its name and permissions"
            ) from error
    return digest.hexdigest()


def revision(top: Path = _TOP) -> str:
    """The repository's commit, with a `+` where files differ from it; empty outside a checkout.

    Installed into an environment within somebody else's repository is outside of one, too.
    """
    try:
        if Path(_git(top, "rev-parse", "--show-toplevel")).resolve() != top:
            return ""
        return _git(top, "describe", "--always", "--dirty=+")
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(folder: Path, *command: str) -> str:
    whole = ["git", "-C", str(folder), *command]
    return subprocess.run(whole, capture_output=True, text=True, check=True).stdout.strip()
