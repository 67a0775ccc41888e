"""`counterpart compare`."""

from __future__ import annotations

import argparse

from engine.commands.output import note, print_json
from engine.commands.session import open_engine
from engine.evaluation.report import columns_of, lines_of, markdown, tab_separated


def run(arguments: argparse.Namespace) -> int:
    """Compare stored runs with the first of them."""
    with open_engine(arguments) as engine:
        comparison = engine.compare_runs(arguments.names, arguments.metric)
        if arguments.html:
            path = engine.save_comparison(arguments.names, arguments.metric, arguments.html)
            note(f"written to {path}")
    if arguments.json:
        print_json(comparison)
    elif arguments.table == "markdown":
        print(markdown(comparison.runs, columns_of(comparison)))
    elif arguments.table == "tsv":
        print(tab_separated(comparison.runs, columns_of(comparison)))
    else:
        for line in lines_of(comparison):
            print(line)
    return 0
