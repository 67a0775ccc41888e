"""Measure the product's own search on an evaluation set.

Each document is one result, however it is chunked inside. What is measured is the product's own
search, with the same stages, filters, weights and depths as in the window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.evaluation import metrics, words
from engine.evaluation.beir import load_beir
from engine.evaluation.measuring import Measured, Models, Options, check_sources, measuring
from engine.evaluation.pipelines import PipelineSpec, parse_pipelines
from engine.evaluation.prepared import Prepared, Question, prepare
from engine.evaluation.progress import run_under
from engine.evaluation.rankers import DEPTH
from engine.evaluation.runs import Run
from engine.evaluation.runs_summary import values_of
from engine.evaluation.significance import bootstrap_interval
from engine.job import JobContext
from engine.models.cross_encoder import CrossEncoder
from engine.models.encoder import Encoder
from engine.retrieval.weights import Weights

__all__ = ["DEPTH", "Prepared", "Question", "evaluate", "prepare", "report_of"]

HEADLINE = ("ndcg@10", "mrr", "hit@10", "recall@100")
"""The metrics that `counterpart eval` prints first."""


def evaluate(
    folder: Path,
    pipelines: Sequence[str],
    *,
    rerank: int | None = None,
    use_target: bool = False,
    drop_identical: bool = False,
    limit: int | None = None,
    threshold: int = 1,
    encoder: Encoder | None,
    cross_encoder: CrossEncoder | None,
    cache: Path,
    ctx: JobContext,
    weights: Weights | None = None,
) -> dict[str, Any]:
    """Measure `pipelines` on the set in `folder`; the result is ready to be printed as JSON.

    See `engine.types_evaluation.EvaluationRequest` for the options. `index_s` is the time really
    spent on making the documents searchable, with the vectors that `cache` already held counted
    under `vectors.cached`.

    Raises `DataError` for a wrong set, `ModelError` for a missing model, `Cancelled`.
    """
    specs = parse_pipelines(pipelines)
    models = Models(encoder, cross_encoder)
    check_models(specs, models, rerank)
    data = load_beir(folder)
    check_sources(specs, data)
    options = Options(rerank, use_target, drop_identical, limit, threshold)
    job = measuring(data, specs, models, options, cache=cache, weights=weights)
    return report_of(run_under(job, ctx), options)


def check_models(specs: Sequence[PipelineSpec], models: Models, rerank: int | None) -> None:
    """Say which model is missing before any work is done. Raises `ModelError`."""
    for spec in specs:
        if not spec.encoder:
            models.encoder(spec)
        if not spec.cross_encoder:
            models.cross_encoder(spec, rerank)


def report_of(measured: Measured, options: Options) -> dict[str, Any]:
    """What was measured, as JSON: means, intervals and times by pipeline."""
    first = measured.runs[0]
    report: dict[str, Any] = {
        "dataset": first.manifest.dataset,
        "queries": first.manifest.total,
        "docs": first.manifest.documents,
        "pipelines": {
            spec.name: _row(run, measured.index_s[spec.name])
            for spec, run in zip(measured.specs, measured.runs, strict=True)
        },
        "gain": "linear",
        "threshold": options.threshold,
        "use_target": options.use_target,
        "drop_identical": options.drop_identical,
        "rerank": options.rerank,
        "notes": notes_of(measured.runs),
        "machine": first.manifest.machine,
    }
    if first.manifest.ceiling:
        report["ceiling"] = first.manifest.ceiling
    if measured.vectors is not None:
        found = measured.vectors
        report["vectors"] = {"encoded": found.encoded, "cached": found.cached}
    models: dict[str, Mapping[str, str]] = {}
    for run in measured.runs:
        for role, model in run.manifest.models.items():
            models.setdefault(role, model)
    report["models"] = models
    return report


def notes_of(runs: Sequence[Run]) -> list[str]:
    """What the reader should know of the set, and what the search said while answering."""
    notes = list(runs[0].manifest.notes)
    for run in runs:
        said: dict[str, int] = {}
        for row in run.rows.values():
            for note in row.answer.notes:
                said[note] = said.get(note, 0) + 1
        notes += [
            f"{run.manifest.pipeline}: {note} ({words.queries(count)})"
            for note, count in said.items()
        ]
    return notes


def _row(run: Run, index_s: float) -> dict[str, Any]:
    values = {
        name: values_of(run, metrics.parse_metric(name, run.manifest.threshold))
        for name in metrics.STANDARD
    }
    times = [row.answer.ms.get("total", 0.0) for row in run.rows.values()]
    row: dict[str, Any] = {name: round(metrics.mean(found), 6) for name, found in values.items()}
    row["ci95"] = {
        name: [round(end, 6) for end in bootstrap_interval(values[name])] for name in HEADLINE
    }
    row["index_s"] = round(index_s, 3)
    row["query_ms"] = {
        "p50": round(metrics.percentile(times, 0.50), 3),
        "p95": round(metrics.percentile(times, 0.95), 3),
    }
    failures: dict[str, int] = {}
    for found in run.rows.values():
        if found.failure:
            failures[found.failure] = failures.get(found.failure, 0) + 1
    row["failures"] = failures
    return row
