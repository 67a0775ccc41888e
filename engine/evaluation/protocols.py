"""Whole measurements: a set, or every set of a protocol, with what is published beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.evaluation import metrics, published
from engine.evaluation.beir import BeirSet
from engine.evaluation.compare import differences
from engine.evaluation.measuring import Models, Options, check_sources, measuring
from engine.evaluation.pipelines import PipelineSpec, parse_pipelines
from engine.evaluation.presets import Preset, Task, by_language, preset_of
from engine.evaluation.protocols_challenge import (
    MOST_URLS,
    Relevance,
    annotation_file,
    read_relevance,
    score,
)
from engine.evaluation.protocols_pairs import judging_pairs
from engine.evaluation.report import protocol_lines
from engine.evaluation.run import check_models, report_of
from engine.evaluation.runs import Run, RunStore
from engine.job import Job
from engine.paths import place_of
from engine.types_evaluation import EvaluationRequest, Published


def evaluating(
    request: EvaluationRequest,
    tasks: Sequence[Task],
    models: Models,
    store: RunStore,
    cache: Path,
) -> Job[dict[str, Any]]:
    """Measure what a request asks for; the report as JSON.

    One set gives its own report, several (a protocol's tasks) one each, with their means. Raises
    `DataError`, `ModelError`, `DiskError`.
    """
    preset = preset_of(request.preset) if request.preset else None
    relevance = _relevance(request, preset)
    if preset is not None and preset.name == "challenge":
        tasks = [part for task in tasks for part in by_language(task, request.task)]
    reports: list[dict[str, Any]] = []
    for task in tasks:
        save = request.save
        if save and len(tasks) > 1:
            save = f"{request.save}-{task.name}"
        report = yield from _one(request, preset, task, models, store, save, cache, relevance)
        reports.append(report)
    if len(reports) == 1:
        return reports[0]
    return {
        "preset": request.preset,
        "tasks": reports,
        "mean": _means(reports),
        "published": _published_over_all(preset),
    }


def _one(
    request: EvaluationRequest,
    preset: Preset | None,
    task: Task,
    models: Models,
    store: RunStore,
    save: str,
    cache: Path,
    relevance: Relevance | None,
) -> Job[dict[str, Any]]:
    specs = _specs(request, preset, task.data)
    check_models(specs, models, request.rerank)
    check_sources(specs, task.data)
    options = Options(
        rerank=request.rerank,
        use_target=request.use_target,
        drop_identical=request.drop_identical,
        limit=request.limit,
        threshold=request.threshold,
        depth=MOST_URLS if relevance is not None else Options().depth,
    )
    measured = yield from measuring(
        task.data,
        specs,
        models,
        options,
        cache=cache,
        store=store,
        save=save,
        source=request.source,
        preset=request.preset,
    )
    report = report_of(measured, options)
    report["notes"] += [note for note in task.notes if "no relevant document" not in note]
    report["published"] = [asdict(figure) for figure in _published(preset, task, measured.runs)]
    report["differences"] = [
        asdict(found)
        for found in differences(measured.runs, metrics.parse_metric(_main_metric(preset)))
    ]
    if preset is not None:
        report["preset"] = preset.name
        report["task"] = task.name
        report["metrics"] = preset.metrics
    if save:
        report["runs"] = [run.name for run in measured.runs]
    if preset is not None and preset.name == "webquery":
        report["pairs"] = yield from _pairs(task.data, specs, models, request.rerank)
    if relevance is not None:
        report["challenge"] = [_challenge(run, task, relevance) for run in measured.runs]
    if save:
        for run in measured.runs:
            reads_pairs = "cross-encoder" in run.manifest.models
            store.say(run.name, protocol_lines(report, run.manifest.pipeline, reads_pairs))
    return report


def _relevance(request: EvaluationRequest, preset: Preset | None) -> Relevance | None:
    if preset is None or preset.name != "challenge":
        return None
    place = place_of(request.source)
    return read_relevance(annotation_file(place)) if place.exists() else None


def _specs(
    request: EvaluationRequest, preset: Preset | None, data: BeirSet
) -> tuple[PipelineSpec, ...]:
    """The pipelines asked for; `all` means the set's own published rankings too."""
    texts = list(request.pipelines)
    if preset is not None and texts == ["all"]:
        texts = list(preset.pipelines)
    if "all" in texts:
        texts += [f"published:ranker={ranker}" for ranker in data.candidates]
    return parse_pipelines(texts)


def _main_metric(preset: Preset | None) -> str:
    return preset.metrics[0] if preset is not None else "ndcg@10"


def _published(preset: Preset | None, task: Task, runs: Sequence[Run]) -> Sequence[Published]:
    manifest = runs[0].manifest
    return published.of_task(
        task.name,
        preset=preset.name if preset is not None else "",
        queries=manifest.total,
        documents=manifest.documents,
    )


def _published_over_all(preset: Preset | None) -> list[dict[str, Any]]:
    if preset is None:
        return []
    return [asdict(figure) for figure in published.of_task("overall", preset=preset.name)]


def _pairs(
    data: BeirSet, specs: Sequence[PipelineSpec], models: Models, rerank: int | None
) -> Job[dict[str, Any]]:
    """The figures of the cross-encoder that the pipelines use, if any does."""
    model = None
    for spec in specs:
        model = model or models.cross_encoder(spec, rerank)
    if model is None:
        return {}
    found = yield from judging_pairs(data, model)
    return asdict(found)


def _challenge(run: Run, task: Task, relevance: Relevance) -> dict[str, Any]:
    """What the challenge's own formula says of a run in one language.

    Where fewer queries were asked than the task has, these alone count: `asked` and `of` say so.
    """
    language = task.name
    predictions = {run.set.queries[query].lower(): run.ranking(query) for query in run.rows}
    if language not in relevance:
        return {"pipeline": run.manifest.pipeline, "language": language}
    judged, count = relevance[language], len(task.data.queries)
    limited = {"asked": len(run.rows), "of": count} if len(run.rows) < count else {}
    if limited:
        judged = {query: grades for query, grades in judged.items() if query in predictions}
    (found,) = score({language: predictions}, {language: judged})
    return {"pipeline": run.manifest.pipeline, **asdict(found), **limited}


def _means(reports: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Means over the tasks, of the pipelines that every task has."""
    shared = [
        name for name in reports[0]["pipelines"] if all(name in r["pipelines"] for r in reports)
    ]
    return {
        name: {
            metric: round(metrics.mean(r["pipelines"][name][metric] for r in reports), 6)
            for metric in metrics.STANDARD
        }
        for name in shared
    }
