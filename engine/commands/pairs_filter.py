"""`counterpart pairs filter`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from engine.commands.output import note, print_json
from engine.commands.session import finish, open_engine
from engine.errors import DataError
from engine.learning.leakage.report import Example, FilterReport
from engine.learning.leakage.rows import filter_file


def run(arguments: argparse.Namespace) -> int:
    """Filter, and say what went and why."""
    against = _places(arguments)
    report: FilterReport = finish(filter_file(arguments.pairs, against, arguments.out))
    if arguments.json:
        print_json(report.as_json())
        return 0
    _print(report)
    if arguments.out is not None:
        note(f"wrote {report.rows - report.removed_rows:,} rows to {arguments.out}")
    return 0


def _places(arguments: argparse.Namespace) -> Sequence[Path]:
    """Where the data sets are: what is no file or folder is the name of an imported one."""
    if all(path.exists() for path in arguments.against):
        return list(arguments.against)
    with open_engine(arguments) as engine:
        imported = {info.name: Path(info.folder) for info in engine.datasets()}
    found = [path if path.exists() else imported.get(str(path)) for path in arguments.against]
    for path, place in zip(arguments.against, found, strict=True):
        if place is None:
            raise DataError(
                f"{path} does not exist; give a data set's folder or file, or an imported set's "
                f"name: {', '.join(imported) or 'there is none yet'}"
            )
    return [place for place in found if place is not None]


def _print(report: FilterReport) -> None:
    share = 100 * report.removed_rows / report.rows if report.rows else 0.0
    print(
        f"{report.rows:,} rows against {report.evaluation_texts:,} evaluation texts: "
        f"{report.removed_rows:,} removed ({share:.2f} %)"
    )
    for name, count in report.by(1, 2).items():
        print(f"{count:9,}  {name}")
    if report.removed:
        print("by source:")
    for name, count in report.by(0).items():
        print(f"{count:9,}  {name}")
    for example in report.examples:
        _print_example(example)


def _print_example(example: Example) -> None:
    print(
        f"\nrow {example.row}, {example.side}: {example.reason}, {example.set}, "
        f"overlap {example.overlap:.2f}"
    )
    print(_indented(example.text, "  - "))
    if example.resembles:
        print(_indented(example.resembles, "  + "))


def _indented(text: str, mark: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()][:6]
    return "\n".join(f"{mark}{line[:96]}" for line in lines)
