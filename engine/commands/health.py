"""`counterpart doctor` and `counterpart --self-test`."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from engine.commands.output import print_json
from engine.commands.session import finish, open_engine
from engine.engine import Engine
from engine.errors import CounterpartError
from engine.job import JobContext
from engine.paths import Paths
from engine.types import Grade, JudgementDraft, Query
from engine.types_models import DoctorReport, ModelState


def run(arguments: argparse.Namespace) -> int:
    """Run one of the two commands."""
    if arguments.command == "self-test":
        return _self_test(arguments.json)
    with open_engine(arguments) as engine:
        report = engine.doctor()
    if arguments.json:
        print_json(report)
    else:
        _print(report)
    return 1 if report.problems else 0


def _print(report: DoctorReport) -> None:
    for name, version in report.versions.items():
        print(f"{name:22} {version}")
    print(f"{'device':22} {report.device}")
    for model in report.models:
        where = " · ".join(part for part in (model.name, model.device, model.precision) if part)
        print(f"{model.role:22} {where} · {model.state}")
    for name, path in report.paths.items():
        print(f"{name:22} {path}")
    print(f"{'store':22} {report.store}")
    for info in report.corpora:
        print(f"{'corpus':22} {info.name}: {info.chunks:,} chunks, {info.vectors:,} vectors")
    for problem in report.problems:
        print(f"problem: {problem}")


SNIPPET = (
    "import numpy as np\n\ndef softmax(x):\n    e = np.exp(x - x.max())\n    return e / e.sum()"
)


def _self_test(as_json: bool) -> int:
    """Do one of everything in a throw-away folder, and say how each went."""
    outcome: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="counterpart-") as folder:
        engine = Engine(Paths(Path(folder)))
        steps: tuple[tuple[str, Callable[[Engine], str]], ...] = (
            ("models", _check_models),
            ("search", _check_search),
            ("store", _check_store),
        )
        try:
            for name, step in steps:
                try:
                    outcome[name] = step(engine)
                except CounterpartError as error:
                    outcome[name] = f"failed: {error}"
        finally:
            engine.close()
    passed = not any(line.startswith("failed") for line in outcome.values())
    if as_json:
        print_json({"passed": passed, **outcome})
    else:
        for name, line in outcome.items():
            print(f"{name:8} {line}")
        print("self-test passed" if passed else "self-test failed")
    return 0 if passed else 1


def _check_models(engine: Engine) -> str:
    models = finish(engine.load_models())
    for model in models:
        if model.state is not ModelState.READY:
            return f"failed: {model.role}: {model.problem or 'not loaded'}"
    return "ok: " + ", ".join(f"{model.role} on {model.device}" for model in models)


def _check_search(engine: Engine) -> str:
    finish(engine.prepare("sample"))
    result = engine.search(Query(SNIPPET, "sample"), JobContext())
    if not result.hits:
        return "failed: the sample corpus gave no result"
    return f"ok: first of {len(result.hits)} is {result.hits[0].chunk.path}"


def _check_store(engine: Engine) -> str:
    query = Query(SNIPPET, "sample")
    hit = engine.search(query, JobContext()).hits[0]
    engine.judge(JudgementDraft(query, hit.chunk, Grade.STRONG))
    if [judgement.grade for judgement in engine.judgements("sample")] != [Grade.STRONG]:
        return "failed: a grade was written and not read back"
    return "ok: a grade was written and read back"
