"""Is it better, by how much, is that real, and which queries changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.errors import DataError
from engine.evaluation import metrics, published
from engine.evaluation.failures import GROUPS, NEXT
from engine.evaluation.runs import CONTENT, DEFAULT_DEPTH, Run
from engine.evaluation.runs_summary import summarise, values_of
from engine.evaluation.significance import compare, holm, verdict
from engine.types_evaluation import Comparison, Difference, FailureGroup, QueryValues

KS = (1, 2, 3, 5, 10, 20, 30, 50, 100)
"""Where the curves are drawn."""

EXAMPLES = 5


def compare_runs(runs: Sequence[Run], metric_name: str = "ndcg@10") -> Comparison:
    """Compare runs over the same set with the first of them.

    Only queries that every run has answered count. Raises `DataError` if the runs are of different
    sets, or have no query in common.
    """
    _check_same_set(runs)
    threshold = runs[0].manifest.threshold
    metric = metrics.parse_metric(metric_name, threshold)
    queries = [query for query in runs[0].rows if all(query in run.rows for run in runs)]
    if not queries:
        raise DataError("these runs have no query in common yet; let one of them go further")
    runs = [replace(run, rows={query: run.rows[query] for query in queries}) for run in runs]
    names = tuple(dict.fromkeys((metric.name, *metrics.STANDARD)))
    manifest = runs[0].manifest
    return Comparison(
        dataset=manifest.dataset,
        metric=metric.name,
        queries=len(queries),
        runs=tuple(summarise(run, names) for run in runs),
        differences=tuple(differences(runs, metric)),
        per_query=tuple(_per_query(runs, metric, queries)),
        recall=tuple(_curve(run, "recall", threshold) for run in runs),
        by_k=tuple(_curve(run, metric.kind, threshold) for run in runs),
        failures=tuple(_failures(runs)),
        published=published.of_task(
            manifest.dataset,
            preset=manifest.preset,
            queries=manifest.total,
            documents=manifest.documents,
        ),
        notes=tuple(_notes(runs, queries)),
    )


def differences(runs: Sequence[Run], metric: metrics.Metric) -> Iterator[Difference]:
    """Each run against the first, with p-values corrected for their number (Holm)."""
    baseline = values_of(runs[0], metric)
    tests = [compare(baseline, values_of(run, metric)) for run in runs[1:]]
    corrected = holm([test.p_randomisation for test in tests])
    for run, test, p in zip(runs[1:], tests, corrected, strict=True):
        yield Difference(
            baseline=runs[0].name,
            run=run.name,
            metric=metric.name,
            mean=test.difference,
            low=test.low,
            high=test.high,
            p=p,
            p_randomisation=test.p_randomisation,
            p_t=test.p_t,
            wins=test.wins,
            losses=test.losses,
            ties=test.ties,
            verdict=verdict(test, runs[0].name, run.name, metric.label, p),
        )


def _check_same_set(runs: Sequence[Run]) -> None:
    if not runs:
        raise DataError("there is nothing to compare; name two runs")
    first = runs[0]
    for run in runs[1:]:
        if run.manifest.digest != first.manifest.digest:
            raise DataError(
                f"{first.name} was measured on {first.manifest.dataset} and {run.name} on "
                f"{run.manifest.dataset}, whose documents, queries or grades differ; measure both "
                "on the same set"
            )
        if run.manifest.threshold != first.manifest.threshold:
            raise DataError(
                f"{first.name} counts grades from {first.manifest.threshold} as relevant and "
                f"{run.name} from {run.manifest.threshold}; measure both with the same --threshold"
            )


def _per_query(
    runs: Sequence[Run], metric: metrics.Metric, queries: Sequence[str]
) -> Iterator[QueryValues]:
    """Each query's values; those that changed most, from the first run to the last, come first."""
    values = [values_of(run, metric, queries) for run in runs]
    rows = [
        QueryValues(
            query=query,
            text=runs[0].set.queries[query],
            values=tuple(column[place] for column in values),
            failures=tuple(run.rows[query].failure for run in runs),
        )
        for place, query in enumerate(queries)
    ]
    return iter(sorted(rows, key=lambda row: row.values[0] - row.values[-1]))


def _curve(run: Run, kind: str, threshold: int) -> tuple[tuple[int, float], ...]:
    rankings = [(run.ranking(query), run.set.qrels[query]) for query in run.rows]
    points = []
    for k in KS:
        metric = metrics.parse_metric(f"{kind}@{k}", threshold)
        points.append((k, metrics.mean(metric(found, qrels) for found, qrels in rankings)))
    return tuple(points)


def _failures(runs: Sequence[Run]) -> Iterator[FailureGroup]:
    for name, words in GROUPS.items():
        found = [[q for q, row in run.rows.items() if row.failure == name] for run in runs]
        if any(found):
            examples = next(queries for queries in reversed(found) if queries)
            yield FailureGroup(
                name=name,
                words=words,
                advice=NEXT[name],
                counts=tuple(map(len, found)),
                examples=tuple(examples[:EXAMPLES]),
            )


def _options_differ(options: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an option has two values; a pipeline without it (BM25 reranks none) says nothing."""
    names = {name for one in options for name in one if name not in (DEFAULT_DEPTH, CONTENT)}
    return any(len({str(one[name]) for one in options if name in one}) > 1 for name in names)


def _notes(runs: Sequence[Run], queries: Sequence[str]) -> Iterator[str]:
    total = runs[0].manifest.total
    if len(queries) < total:
        which = "that every run has answered" if len(runs) > 1 else "answered so far"
        yield f"measured over the {len(queries):,} of {total:,} queries {which}"
    if _options_differ([run.manifest.options for run in runs]):
        yield "the runs were measured with different options; see their marks"
    options = [run.manifest.options for run in runs]
    depths = sorted({int(one[DEFAULT_DEPTH]) for one in options if DEFAULT_DEPTH in one})
    if len(depths) > 1:
        yield (
            f"the cross-encoder read {' or '.join(map(str, depths))} candidates, as the "
            "device has it; to compare, measure with the same --rerank"
        )
    parts = ("processor", "cores", "system")
    timed = [run.manifest.machine for run in runs if run.manifest.machine]
    machines = {tuple(machine.get(part) for part in parts) for machine in timed}
    if len(machines) > 1:
        yield "the runs come from different machines: their times cannot be compared"
    # BM25 runs no model: what it says of the device tells nothing.
    devices = [str(r.manifest.machine.get("device")) for r in runs if r.manifest.models]
    if len(set(devices)) > 1:
        yield (
            f"the models ran on different devices ({', '.join(dict.fromkeys(devices))}): their "
            "times cannot be compared, and scores may differ a little"
        )
    if runs[0].manifest.ceiling:
        yield str(runs[0].manifest.ceiling["words"])
    if runs[0].manifest.threshold != 1:
        yield (
            f"a document counts as relevant from grade {runs[0].manifest.threshold} up, but for "
            "nDCG, where its grade is its gain"
        )
    yield from dict.fromkeys(line for run in runs for line in run.manifest.protocol)
