"""`counterpart pairs recipe`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from engine.commands.output import note, print_json
from engine.commands.session import finish
from engine.errors import DiskError
from engine.learning.prepare import Inputs, prepare
from engine.paths import RESOURCES


def run(arguments: argparse.Namespace) -> int:
    """Make the training data, and print what was had and lost."""
    inputs = Inputs(
        data=arguments.data,
        packages=arguments.packages or RESOURCES / "training/packages.toml",
        cache=arguments.cache,
        out=arguments.out,
        sample=RESOURCES / "sample",
        workers=arguments.workers,
    )
    prepared = finish(prepare(inputs))
    report = prepared.as_json()
    _write(arguments.out / "report.json", report)
    if arguments.json:
        print_json(report)
        return 0
    for line in prepared.lines():
        print(line)
    note(f"wrote {arguments.out}/groups.jsonl, the splits beside it, and report.json")
    return 0


def _write(path: Path, report: dict[str, Any]) -> None:
    try:
        text = json.dumps(report, indent=1, ensure_ascii=False)
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise DiskError(f"cannot write {path}: {error.strerror or error}") from error
