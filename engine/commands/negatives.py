"""`counterpart negatives mine`."""

from __future__ import annotations

import argparse

from engine.commands.mining_arguments import options_of
from engine.commands.output import note, print_json
from engine.commands.session import finish, open_engine
from engine.types_training import MiningReport


def run(arguments: argparse.Namespace) -> int:
    """Mine, write, report."""
    with open_engine(arguments) as engine:
        report = finish(engine.mine_negatives(options_of(arguments), arguments.out or ""))
    for line in report.notes:
        note(f"counterpart: {line}")
    if arguments.json:
        print_json(report)
    else:
        _show(report, arguments.show)
    return 0


def _show(report: MiningReport, samples: int) -> None:
    print(
        f"{report.queries} queries with {report.positives} counterparts"
        f" ({report.without_positive} judged queries have none)"
    )
    for origin, count in report.counts.items():
        print(f"{count:6}  {origin.value}")
    if report.short:
        print(f"{report.short:6}  queries have fewer than asked for")
    for reason, count in report.skipped.items():
        print(f"{count:6}  left out: {reason}")
    for sample in report.samples[:samples]:
        negative, positive = sample.negatives[0], sample.positives[0]
        score = "" if negative.score is None else f" {negative.score:.3f}"
        print(f"\n── {negative.origin.value}{score} · {sample.query.text.strip()[:80]}")
        print(f"   right: {positive.chunk.path}:{positive.chunk.start_line} {positive.chunk.name}")
        print(f"   wrong: {negative.chunk.path}:{negative.chunk.start_line} {negative.chunk.name}")
    if report.path:
        print(f"{report.path}: {report.rows} rows")
