"""`counterpart pairs mine`."""

from __future__ import annotations

import argparse

from engine.commands.output import note, plain, print_json
from engine.commands.session import finish
from engine.learning.pairs.mine import mine
from engine.paths import place_of

_SHOWN = 10


def run(arguments: argparse.Namespace) -> int:
    """Mine the sources and say what they gave."""
    out = place_of(arguments.out)
    report = finish(
        mine(arguments.sources, out, arguments.kind, arguments.importing, arguments.tag)
    )
    if arguments.json:
        print_json({"out": out, **plain(report)})
        return 0
    print(f"{out}: {report.pairs:,} pairs from {report.files:,} files in {report.seconds:.1f} s")
    for kind, count in report.by_kind.items():
        print(f"  {kind:26} {count:9,}")
    for skipped in report.skipped[:_SHOWN]:
        note(f"  left out {skipped.path}: {skipped.reason}")
    if len(report.skipped) > _SHOWN:
        note(f"  … and {len(report.skipped) - _SHOWN:,} more (--json lists all)")
    return 0
