"""`counterpart pairs clean`."""

from __future__ import annotations

import argparse

from engine.commands.output import print_json
from engine.commands.session import finish
from engine.learning.pairs.cleaning import clean
from engine.learning.pairs.table import table_lines
from engine.paths import place_of


def run(arguments: argparse.Namespace) -> int:
    """Clean a file of pairs; the tables before and after, and the losses between them."""
    out = place_of(arguments.out)
    report = finish(clean(place_of(arguments.pairs), out))
    if arguments.json:
        print_json(report)
        return 0
    print("Before")
    print("\n".join(table_lines(report.before)))
    print("\nLost")
    for kind, losses in report.lost.items():
        for reason, count in losses.items():
            print(f"{kind:26} {count:9,} {reason}")
    print("\nAfter")
    print("\n".join(table_lines(report.after, histograms=True)))
    print(f"\n{out}: {report.rules}. Personal data was in {report.changed:,} pairs.")
    return 0
