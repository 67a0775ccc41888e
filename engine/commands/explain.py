"""`counterpart explain`."""

from __future__ import annotations

import argparse

from engine.commands.output import print_json
from engine.commands.search import query_of
from engine.commands.session import make_ready, open_engine
from engine.job import JobContext
from engine.types_alignment import Receipt


def run(arguments: argparse.Namespace) -> int:
    """Search, and print the receipt of one chunk."""
    query = query_of(arguments)
    with open_engine(arguments) as engine:
        make_ready(engine, query.corpus)
        receipt = engine.explain(query, arguments.chunk, JobContext())
    if arguments.json:
        print_json(receipt)
    else:
        _print(receipt)
    return 0


def _print(receipt: Receipt) -> None:
    if receipt.rank is not None:
        print(f"rank {receipt.rank}, score {receipt.score:.6f}  {receipt.chunk_id}")
    else:
        print(f"not in the list  {receipt.chunk_id}")
        print(f"  {receipt.verdict}")
        print(f"  {receipt.remedy}")
    for name in receipt.filters:
        print(f"  filter {name}")
    if receipt.folded:
        print(f"  stands for {len(receipt.folded)} more with the same text")
    for step in receipt.steps:
        print(f"{step.title:14} {step.total:10.6f}  {step.words}")
        for part in step.parts:
            print(f"  {part.name:28} {part.value:12.8f}  {part.words}")
