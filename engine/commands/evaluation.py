"""`counterpart eval`."""

from __future__ import annotations

import argparse
from typing import Any

from engine.commands.output import ProgressPrinter, print_json
from engine.commands.session import open_engine
from engine.job import JobContext
from engine.retrieval.search import Pipeline

PIPELINES: tuple[Pipeline, ...] = ("bm25", "dense", "hybrid", "rerank")


def run(arguments: argparse.Namespace) -> int:
    """Measure the pipelines asked for, and print the table."""
    chosen = arguments.pipeline
    pipelines = [pipeline for pipeline in PIPELINES if chosen in ("all", pipeline)]
    printer = ProgressPrinter()
    with open_engine(arguments) as engine:
        try:
            report = engine.evaluate(
                arguments.folder,
                pipelines,
                rerank=arguments.rerank,
                use_target=arguments.use_target,
                limit=arguments.limit,
                ctx=JobContext(on_progress=printer),
            )
        finally:
            printer.finish()
    if arguments.json:
        print_json(report)
    else:
        _print(report)
    return 0


def _print(report: dict[str, Any]) -> None:
    print(f"{report['dataset']}: {report['queries']:,} queries, {report['docs']:,} documents")
    print(f"{'':8} nDCG@10    MRR   hit@10  recall@100  index s  query ms p50 / p95")
    for name, row in report["pipelines"].items():
        times = row["query_ms"]
        print(
            f"{name:8} {row['ndcg@10']:7.4f} {row['mrr']:7.4f} {row['hit@10']:7.4f} "
            f"{row['recall@100']:10.4f} {row['index_s']:8.1f}  "
            f"{times['p50']:8.1f} / {times['p95']:.1f}"
        )
