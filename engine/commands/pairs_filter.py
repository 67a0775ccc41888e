"""`counterpart pairs filter`."""

from __future__ import annotations

import argparse

from engine.commands.output import note, print_json
from engine.commands.session import finish
from engine.learning.leakage.report import Example, FilterReport
from engine.learning.leakage.rows import filter_file


def run(arguments: argparse.Namespace) -> int:
    """Filter, and say what went and why."""
    report: FilterReport = finish(filter_file(arguments.pairs, arguments.against, arguments.out))
    if arguments.json:
        print_json(report.as_json())
        return 0
    _print(report)
    if arguments.out is not None:
        note(f"wrote {report.rows - report.removed_rows:,} rows to {arguments.out}")
    return 0


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
