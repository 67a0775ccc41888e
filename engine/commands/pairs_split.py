"""`counterpart pairs split`."""

from __future__ import annotations

import argparse

from engine.commands.output import note, print_json
from engine.commands.session import finish
from engine.learning.pairs.split import split
from engine.paths import place_of


def run(arguments: argparse.Namespace) -> int:
    """Split a file of pairs, and say how the pairs fell."""
    out = place_of(arguments.out)
    pairs = place_of(arguments.pairs)
    report = finish(split(pairs, out, negatives=arguments.negatives))
    if report.removed and not arguments.negatives:
        note(f"counterpart: removed {', '.join(report.removed)}, which belonged to former pairs")
    if arguments.json:
        print_json({"out": out, "splits": report})
        return 0
    total = sum(report.pairs.values())
    for name, count in report.pairs.items():
        line = f"{name:6} {count:9,} pairs ({count / total:.1%}) of {report.groups[name]:,} groups"
        if name in report.negatives:
            line += f", {report.negatives[name]:,} negatives"
        print(line)
    if not all(report.pairs.values()):
        note("counterpart: too few repositories, threads and notebooks to fill every split")
    return 0
