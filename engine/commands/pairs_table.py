"""`counterpart pairs table`."""

from __future__ import annotations

import argparse

from engine.commands.output import print_json
from engine.commands.session import finish
from engine.learning.pairs.table import BUCKETS, table, table_lines
from engine.paths import place_of


def run(arguments: argparse.Namespace) -> int:
    """Print how many pairs and tokens each kind of source has."""
    rows = finish(table(place_of(arguments.pairs)))
    if arguments.json:
        print_json({"buckets": BUCKETS, "rows": rows})
    else:
        print("\n".join(table_lines(rows, histograms=True)))
    return 0
