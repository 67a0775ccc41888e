"""A stored run in figures: what lists and tables show of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.errors import DataError
from engine.evaluation import metrics, words
from engine.evaluation.runs import CONTENT, Manifest, Run, RunStore
from engine.evaluation.significance import bootstrap_intervals
from engine.types_evaluation import Interval, RunInfo

SUMMARY = "summary.json"
_PARTLY = "only a part of it was imported; import its file again, which brings the rest"


def values_of(
    run: Run, metric: metrics.Metric, queries: Sequence[str] | None = None
) -> list[float]:
    """The metric's value for each query, those of the run in the set's order unless said."""
    asked = run.rows if queries is None else queries
    return [metric(run.ranking(query), run.set.qrels[query]) for query in asked]


def intervals(run: Run, names: Sequence[str]) -> dict[str, Interval]:
    """The means of metrics with their bootstrap intervals."""
    rankings = {query: run.ranking(query) for query in run.rows}
    columns = []
    for name in names:
        metric = metrics.parse_metric(name, run.manifest.threshold)
        columns.append([metric(found, run.set.qrels[q]) for q, found in rankings.items()])
    return {
        name: Interval(metrics.mean(values), low, high)
        for name, values, (low, high) in zip(
            names, columns, bootstrap_intervals(columns), strict=True
        )
    }


def summarise(run: Run, names: Sequence[str] = metrics.STANDARD) -> RunInfo:
    """The run's figures over the queries it has answered."""
    manifest = run.manifest
    rows = list(run.rows.values())
    times = [row.answer.ms.get("total", 0.0) for row in rows]
    stages = dict.fromkeys(stage for row in rows for stage in row.answer.ms)
    notes = Counter(note for row in rows for note in row.answer.notes)
    return replace(
        _info(run.name, manifest, len(rows)),
        metrics=intervals(run, names),
        query_ms=(metrics.percentile(times, 0.5), metrics.percentile(times, 0.95)),
        stage_ms={
            stage: metrics.mean(row.answer.ms.get(stage, 0.0) for row in rows)
            for stage in stages
            if stage != "total"
        },
        notes=(
            *manifest.notes,
            *(f"{note} ({words.queries(count)})" for note, count in notes.items()),
        ),
        failures=dict(Counter(row.failure for row in rows if row.failure)),
    )


def info_of(store: RunStore, folder: Path, name: str) -> RunInfo:
    """A run's figures, kept beside it once they have been computed. Never raises `DataError`."""
    try:
        manifest = store.manifest(name)
        done = min(store.count(name), manifest.total)
        if done < manifest.total and CONTENT in manifest.options:
            return replace(_info(name, manifest, done), problem=_PARTLY)
        kept = _kept(folder / name / SUMMARY)
        if kept is not None and kept.done == done and kept.total == manifest.total:
            # What the manifest says may have changed since; the figures follow from the answers.
            return replace(
                _info(name, manifest, done),
                metrics=kept.metrics,
                query_ms=kept.query_ms,
                stage_ms=kept.stage_ms,
                notes=kept.notes,
                failures=kept.failures,
            )
        info = summarise(store.read(name))
    except DataError as error:
        return RunInfo(name, "", name.partition("/")[2], 0, 0, 0, None, problem=str(error))
    with suppress(OSError):
        values = {**asdict(info), "created": info.created and info.created.isoformat()}
        (folder / name / SUMMARY).write_text(json.dumps(values), encoding="utf-8")
    return info


def _info(name: str, manifest: Manifest, done: int) -> RunInfo:
    about = manifest.machine
    return RunInfo(
        name=name,
        dataset=manifest.dataset,
        pipeline=manifest.pipeline,
        done=done,
        total=manifest.total,
        documents=manifest.documents,
        created=datetime.fromisoformat(manifest.created),
        source=manifest.source,
        preset=manifest.preset,
        parameters=manifest.parameters,
        models=manifest.models,
        threshold=manifest.threshold,
        protocol=manifest.protocol,
        options=written_options(manifest.options, manifest.threshold),
        machine=f"{about.get('processor', '')}, {about.get('cores', '?')} cores, "
        f"{about.get('device', '')}"
        if about
        else "",
        ceiling=str(manifest.ceiling.get("words", "")),
    )


def written_options(options: Mapping[str, Any], threshold: int = 1) -> tuple[str, ...]:
    """The options that change what is measured, as they are written on the command line."""
    said = [f"--{name.replace('_', '-')}" for name, on in options.items() if on is True]
    if options.get("rerank") is not None:
        said.append(f"--rerank {options['rerank']}")
    if threshold != 1:
        said.append(f"--threshold {threshold}")
    return tuple(said)


def _kept(path: Path) -> RunInfo | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        values["metrics"] = {k: Interval(**v) for k, v in values["metrics"].items()}
        values["created"] = datetime.fromisoformat(values["created"])
        for key in ("query_ms", "options", "notes", "protocol"):
            values[key] = tuple(values[key])
        return RunInfo(**values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
