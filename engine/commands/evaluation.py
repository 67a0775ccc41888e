"""`counterpart eval`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.commands.output import note, print_json
from engine.commands.session import finish, open_engine
from engine.errors import DataError
from engine.evaluation import words
from engine.evaluation.report import protocol_lines, published_lines
from engine.learning.trackers import check_tracker
from engine.types_evaluation import EvaluationRequest, Published


def run(arguments: argparse.Namespace) -> int:
    """Measure the pipelines asked for, and print the table."""
    if arguments.predictions:
        return _score(arguments)
    request = EvaluationRequest(
        source=arguments.source,
        pipelines=tuple(arguments.pipeline or ("all",)),
        save=arguments.save or "",
        preset=arguments.preset,
        task=arguments.task,
        limit=arguments.limit,
        rerank=arguments.rerank,
        use_target=arguments.use_target,
        drop_identical=arguments.drop_identical,
        threshold=arguments.threshold,
    )
    if arguments.track:
        check_tracker(arguments.track)
    with open_engine(arguments) as engine:
        report = finish(engine.evaluate(request))
        if arguments.track:
            engine.track_evaluation(report, arguments.track)
    if arguments.json:
        print_json(report)
    elif "tasks" in report:
        _print_protocol(report)
    else:
        _print(report)
    return 0


def _score(arguments: argparse.Namespace) -> int:
    if arguments.preset != "challenge":
        raise DataError("--predictions goes with --preset challenge")
    if not Path(arguments.predictions).is_file():
        raise DataError(f"there is no file {arguments.predictions}; check its spelling")
    with open_engine(arguments) as engine:
        scores = engine.score_predictions(arguments.source, arguments.predictions)
    if arguments.json:
        print_json({"challenge": scores})
        return 0
    print(f"{'':12} nDCG within     all   annotated functions found (positive ones)")
    for row in scores:
        print(
            f"{row['language']:12} {row['within']:11.4f} {row['all']:7.4f}   "
            f"{row['coverage']:.1%} ({row['coverage_positive']:.1%}) over {row['queries']} queries"
        )
    for row in scores:
        if row["repeated"]:
            note(
                f"{row['language']}: {row['repeated']:,} predictions name a function again; the "
                "challenge's program counts them twice, so nDCG may pass 1; leave them out"
            )
    return 0


def _print(report: dict[str, Any]) -> None:
    marks = [mark for mark in ("use_target", "drop_identical") if report[mark]]
    said = "".join(f" --{mark.replace('_', '-')}" for mark in marks)
    if report["threshold"] != 1:
        said += f" --threshold {report['threshold']}"
    sizes = f"{words.queries(report['queries'])}, {words.documents(report['docs'])}"
    print(f"{report['dataset']}: {sizes}{said}")
    width = max(8, *map(len, report["pipelines"]))
    head = "nDCG@10  95 % interval      MRR   hit@10  recall@100  index s  query ms p50 / p95"
    print(f"{'':{width}} {head}")
    for name, row in report["pipelines"].items():
        times, (low, high) = row["query_ms"], row["ci95"]["ndcg@10"]
        print(
            f"{name:{width}} {row['ndcg@10']:7.4f}  {low:.4f}–{high:.4f} {row['mrr']:8.4f} "
            f"{row['hit@10']:7.4f} {row['recall@100']:10.4f} {row['index_s']:8.1f}  "
            f"{times['p50']:8.1f} / {times['p95']:.1f}"
        )
    _print_beside(report)
    if "runs" in report:
        note(f"kept as {', '.join(report['runs'])}; counterpart compare shows what changed")


def _print_beside(report: Mapping[str, Any]) -> None:
    """What stands beside the table: published figures, verdicts, ceilings, notes."""
    for line in published_lines(Published(**figure) for figure in report.get("published", ())):
        print(line)
    for line in protocol_lines(report):
        print(line)
    for found in report.get("differences", ()):
        print(found["verdict"])
    if "ceiling" in report:
        print(f"note: {report['ceiling']['words']}")
    for line in report["notes"]:
        print(f"note: {line}")


def _print_protocol(report: Mapping[str, Any]) -> None:
    for task in report["tasks"]:
        print(f"— {task['task']}")
        _print(task)
        print()
    metrics = report["tasks"][0]["metrics"]
    print(f"mean over {len(report['tasks'])} tasks")
    for name, row in report["mean"].items():
        print(f"{name:24} " + "  ".join(f"{metric} {row[metric]:.4f}" for metric in metrics))
    for line in published_lines(Published(**figure) for figure in report["published"]):
        print(f"over all tasks, {line}")
