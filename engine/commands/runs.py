"""`counterpart runs`: list, tabulate, show, export, import and remove stored runs."""

from __future__ import annotations

import argparse

from engine.commands.output import note, print_json
from engine.commands.session import finish, open_engine
from engine.errors import DataError
from engine.evaluation import words
from engine.evaluation.report import overview
from engine.types_evaluation import EvaluationRequest, RunInfo


def run(arguments: argparse.Namespace) -> int:
    """Run one of the commands; without one, list."""
    command = arguments.runs_command or "list"
    commands = {
        "list": _list,
        "table": _table,
        "show": _show,
        "export": _export,
        "import": _import,
        "remove": _remove,
    }
    return commands[command](arguments)


def _list(arguments: argparse.Namespace) -> int:
    with open_engine(arguments) as engine:
        found = engine.runs()
    if arguments.json:
        print_json({"runs": found})
        return 0
    if not found:
        note("no runs are kept yet; counterpart eval SET --save NAME keeps some")
        return 0
    width = max(len(info.name) for info in found)
    for info in found:
        print(f"{info.name:{width}}  {_line(info)}")
    return 0


def _table(arguments: argparse.Namespace) -> int:
    with open_engine(arguments) as engine:
        there = engine.runs()
    wanted = arguments.names or [info.name for info in there]
    found = []
    for name in wanted:
        meant = [info for info in there if name in (info.name, info.name.rpartition("/")[0])]
        if not meant:
            raise DataError(f"there is no run named {name}; counterpart runs lists them")
        found += [info for info in meant if info not in found and not info.problem]
    if arguments.json:
        print_json({"runs": found})
    elif found:
        print(overview(found, arguments.metric))
    else:
        note("no runs are kept yet; counterpart eval SET --save NAME keeps some")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    with open_engine(arguments) as engine:
        found = [
            info
            for info in engine.runs()
            if arguments.name in (info.name, info.name.rpartition("/")[0])
        ]
    if not found:
        raise DataError(f"there is no run named {arguments.name}; counterpart runs lists them")
    if arguments.json:
        print_json({"runs": found})
        return 0
    for info in found:
        _print(info)
    return 0


def _export(arguments: argparse.Namespace) -> int:
    with open_engine(arguments) as engine:
        path = engine.export_run(
            arguments.name, arguments.out, arguments.format, arguments.language
        )
    if arguments.json:
        print_json({"written": path})
    else:
        note(f"written to {path}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    request = EvaluationRequest(
        source=arguments.set,
        save=arguments.save,
        preset=arguments.preset,
        task=arguments.task,
        threshold=arguments.threshold,
    )
    with open_engine(arguments) as engine:
        name = finish(engine.import_run(arguments.name, request))
        (info,) = [info for info in engine.runs() if info.name == name]
    if arguments.json:
        print_json({"run": info})
    else:
        _print(info)
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    with open_engine(arguments) as engine:
        gone = engine.remove_run(arguments.name)
    if arguments.json:
        print_json({"removed": gone})
    else:
        note(f"removed {', '.join(gone)}")
    return 0


def _line(info: RunInfo) -> str:
    if info.problem:
        return info.problem
    ndcg = info.metrics["ndcg@10"]
    parts = [
        info.dataset,
        f"nDCG@10 {ndcg.mean:.4f} [{ndcg.low:.3f}, {ndcg.high:.3f}]",
        words.queries(info.done) if info.complete else f"{info.done:,} of {info.total:,} queries",
        *info.options,
    ]
    return " · ".join(parts)


def _print(info: RunInfo) -> None:
    print(f"{info.name}: {_line(info)}")
    if info.problem:
        return
    when = info.created.isoformat(sep=" ", timespec="minutes") if info.created else ""
    print(f"  {info.pipeline} on {info.source} ({info.documents:,} documents), {when}")
    for role, model in info.models.items():
        print(f"  {role}: {model['name']} ({model['fingerprint'][:12]})")
    if info.machine:
        print(f"  {info.machine}")
    for name, found in info.metrics.items():
        print(f"  {name:14} {found.mean:.4f}  [{found.low:.4f}, {found.high:.4f}]")
    stages = ", ".join(f"{stage} {ms:.1f}" for stage, ms in info.stage_ms.items())
    means = f"; mean of {stages}" if stages else ""
    if info.timed:
        print(f"  ms: median {info.query_ms[0]:.1f}, p95 {info.query_ms[1]:.1f}{means}")
    for line in info.protocol:
        print(f"  {line}")
    for line in (*filter(None, [info.ceiling]), *info.notes):
        print(f"  note: {line}")
