"""Comparisons as rows of tables."""

from __future__ import annotations

from engine.types_evaluation import Comparison, RunInfo
from gui import texts
from gui.evaluate_table import TableRow

NOTES = 3
"""Notes that there is room for below the list of runs; the report has all of them."""

Rows = tuple[tuple[str, ...], list[TableRow]]
RUN_HEADERS = ("run", "nDCG@10", "95 %", "ms", "queries")
_LABELS = {
    "ndcg": "nDCG",
    "ndcg-exp": "nDCG(2^rel−1)",
    "mrr": "MRR",
    "map": "MAP",
    "f1": "F1",
}


def metric_label(name: str) -> str:
    """A metric as people write it: `nDCG@10` for `ndcg@10`."""
    kind, at, k = name.partition("@")
    return f"{_LABELS.get(kind, kind)}{at}{k}"


def run_rows(runs: tuple[RunInfo, ...]) -> list[TableRow]:
    """The stored runs."""
    return [_run_row(run) for run in runs]


def fresh_runs(runs: tuple[RunInfo, ...], save: str) -> list[str]:
    """What was measured under a name; of a protocol with several tasks, the first task's."""
    groups: dict[str, list[str]] = {}
    for run in runs:
        groups.setdefault(run.name.rpartition("/")[0], []).append(run.name)
    if save in groups:
        return groups[save]
    tasks = [names for group, names in groups.items() if group.startswith(f"{save}-")]
    return tasks[0] if tasks else []


def test_rows(comparison: Comparison) -> Rows:
    """The means of every run, and what the tests say of it against the first."""
    headers = (
        "run",
        metric_label(comparison.metric),
        "95 %",
        "difference",
        "95 % of it",
        "p",
        "p (t-test)",
    )
    headers += ("p (Holm)", "better", "worse")
    found = {difference.run: difference for difference in comparison.differences}
    rows = []
    for run in comparison.runs:
        mean = run.metrics[comparison.metric]
        cells = [_marked(run), f"{mean.mean:.4f}", f"{mean.low:.3f} – {mean.high:.3f}"]
        tip = run.name
        if run.name in found:
            one = found[run.name]
            tip = one.verdict
            cells += [f"{one.mean:+.4f}", f"{one.low:+.3f} – {one.high:+.3f}"]
            cells += [f"{p:.2g}" for p in (one.p_randomisation, one.p_t, one.p)]
            cells += [f"{one.wins:,}", f"{one.losses:,}"]
        else:
            cells += ["baseline", *[""] * 6]
        rows.append(TableRow(run.name, tuple(cells), tip))
    return headers, rows


def change_rows(comparison: Comparison) -> Rows:
    """Every query with its values, those that gained most first."""
    names = tuple(run.name.rpartition("/")[2] for run in comparison.runs)
    change = ("change",) if len(names) > 1 else ()
    rows = []
    for row in comparison.per_query:
        cells = [" ".join(row.text.split())[:200], *(f"{value:.3f}" for value in row.values)]
        if change:
            cells.append(f"{row.values[-1] - row.values[0]:+.3f}")
        rows.append(TableRow(row.query, tuple(cells), f"{row.query}: {row.text[:500]}"))
    return ("query", *names, *change), rows


def failure_rows(comparison: Comparison) -> Rows:
    """How many queries have no relevant document on rank 1, by why."""
    names = tuple(run.name.rpartition("/")[2] for run in comparison.runs)
    rows = [
        TableRow(
            group.name,
            (group.words, *(f"{count:,}" for count in group.counts)),
            f"{group.words}; {group.advice}",
        )
        for group in comparison.failures
    ]
    return ("why no relevant document is first", *names), rows


def failed_rows(comparison: Comparison, failure: str) -> Rows:
    """The queries that fail in one way, in any run, with their values."""
    names = tuple(run.name.rpartition("/")[2] for run in comparison.runs)
    rows = [
        TableRow(
            row.query,
            (
                " ".join(row.text.split())[:200],
                *(
                    f"{value:.3f}" if why == failure else ""
                    for value, why in zip(row.values, row.failures, strict=True)
                ),
            ),
            f"{row.query}: {row.text[:500]}",
        )
        for row in comparison.per_query
        if failure in row.failures
    ]
    return (f"query, and {metric_label(comparison.metric)} where it fails so", *names), rows


def published_rows(comparison: Comparison) -> Rows:
    """What others have published for the set, below what was measured here."""
    metrics = dict.fromkeys(figure.metric for figure in comparison.published)
    rows = [
        TableRow(
            f"{run.name} {metric}",
            (
                _marked(run),
                metric_label(metric),
                f"{run.metrics[metric].mean:.4f}",
                "measured here",
            ),
            run.name,
        )
        for metric in metrics
        for run in comparison.runs
        if metric in run.metrics
    ]
    rows += [
        TableRow(
            f"{figure.system} {figure.metric}",
            (
                figure.system,
                metric_label(figure.metric),
                f"{figure.value:.4f}",
                figure.differs or "published; of the same sizes, as far as known",
            ),
            figure.source,
        )
        for figure in comparison.published
    ]
    return ("system", "metric", "value", "the set"), rows


def summary(comparison: Comparison) -> str:
    """The comparison in a sentence or two."""
    said = [found.verdict for found in comparison.differences[:2]]
    if len(comparison.differences) > 2:
        said.append(f"{len(comparison.differences) - 2} more under Tests")
    said += [f"{note[:1].upper()}{note[1:]}" for note in comparison.notes[:NOTES]]
    return " ".join(f"{line}." for line in said)


def _run_row(run: RunInfo) -> TableRow:
    if run.problem:
        return TableRow(run.name, (run.name, "", "", "", run.problem), run.problem)
    ndcg = run.metrics["ndcg@10"]
    queries = f"{run.done:,}" if run.complete else f"{run.done:,} of {run.total:,}"
    models = ", ".join(f"{role} {model['name']}" for role, model in run.models.items())
    tip = "\n".join(
        filter(
            None,
            (
                f"{run.pipeline} on {run.dataset}, {run.documents:,} documents",
                models,
                f"measured {texts.ago(run.created)} on {run.machine}"
                if run.machine
                else f"imported {texts.ago(run.created)}",
                "ms by stage: " + ", ".join(f"{s} {ms:.1f}" for s, ms in run.stage_ms.items())
                if run.stage_ms
                else "",
                run.ceiling,
                *run.protocol,
                *run.notes,
            ),
        )
    )
    return TableRow(
        run.name,
        (
            _marked(run),
            f"{ndcg.mean:.4f}",
            f"{ndcg.low:.3f} – {ndcg.high:.3f}",
            _ms(run),
            queries,
        ),
        tip,
    )


def _ms(run: RunInfo) -> str:
    if not run.timed:
        return "–"
    return f"{run.query_ms[0]:,.0f}" if run.query_ms[0] >= 10 else f"{run.query_ms[0]:.1f}"


def _marked(run: RunInfo) -> str:
    return " ".join((run.name, *run.options))
