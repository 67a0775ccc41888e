"""Comparisons as text: for the terminal, and as a table to paste elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.errors import DataError
from engine.evaluation import words
from engine.evaluation.metrics import STANDARD, parse_metric
from engine.types_evaluation import Comparison, Published, RunInfo

COLUMNS = ("ndcg@10", "mrr", "hit@10", "recall@100")
CHANGED = 5
PARTIAL = "†"
"""Stands behind a mean that is not over the same queries as its neighbours."""


def columns_of(comparison: Comparison) -> tuple[str, ...]:
    """The metrics of its table: the one compared, then the usual ones."""
    return tuple(dict.fromkeys((comparison.metric, *COLUMNS)))


def markdown(runs: Sequence[RunInfo], columns: Sequence[str] = COLUMNS) -> str:
    """A table in Markdown: means with their intervals, median time."""
    labels = [parse_metric(name).label for name in columns]
    lines = [
        "| run | " + " | ".join(labels) + " | ms |",
        "|---|" + "---:|" * (len(columns) + 1),
    ]
    for run in runs:
        cells = [_cell(run, name) for name in columns]
        ms = f"{run.query_ms[0]:,.0f}" if run.timed else "–"
        lines.append(f"| {marked(run)} | {' | '.join(cells)} | {ms} |")
    return "\n".join(lines)


def tab_separated(runs: Sequence[RunInfo], columns: Sequence[str] = COLUMNS) -> str:
    """The same for a spreadsheet, whole numbers and all digits."""
    head = ["run", "dataset", "pipeline", "queries"]
    for name in columns:
        head += [name, f"{name} low", f"{name} high"]
    lines = ["\t".join([*head, "ms p50", "ms p95", "parameters"])]
    for run in runs:
        row = [run.name, run.dataset, run.pipeline, str(run.done)]
        for name in columns:
            found = run.metrics.get(name)
            row += [repr(v) for v in (found.mean, found.low, found.high)] if found else ["", "", ""]
        row += [repr(ms) for ms in run.query_ms] if run.timed else ["", ""]
        row.append(str(run.parameters or ""))
        lines.append("\t".join(row))
    return "\n".join(lines)


def marked(run: RunInfo) -> str:
    """A run's name with the marks of the options that it was measured with."""
    return " ".join((run.name, *run.options))


def lines_of(comparison: Comparison) -> Iterator[str]:
    """The whole comparison for a terminal."""
    columns = columns_of(comparison)
    width = max(len(marked(run)) for run in comparison.runs)
    yield f"{comparison.dataset}: {words.queries(comparison.queries)}"
    labels = "  ".join(f"{parse_metric(name).label:>22}" for name in columns)
    yield f"{'':{width}}  {labels}  {'ms p50 / p95':>16}"
    for run in comparison.runs:
        cells = "  ".join(f"{_interval(run, name):>22}" for name in columns)
        times = f"{run.query_ms[0]:,.0f} / {run.query_ms[1]:,.0f}" if run.timed else "–"
        yield f"{marked(run):{width}}  {cells}  {times:>16}"
    yield from published_lines(comparison.published)
    yield ""
    for difference in comparison.differences:
        yield difference.verdict
        yield (
            f"  better on {difference.wins:,} queries, worse on {difference.losses:,}, the same on "
            f"{difference.ties:,}; p {difference.p_randomisation:.2g} (randomisation), "
            f"{difference.p_t:.2g} (t-test), {difference.p:.2g} corrected"
        )
    yield from _failures(comparison)
    yield from _changed(comparison)
    for note in comparison.notes:
        yield f"note: {note}"


def published_lines(figures: Iterable[Published]) -> Iterator[str]:
    """Published figures, those of one source on one line, and how the set measured here differs."""
    groups: dict[tuple[str, str], list[str]] = {}
    for figure in figures:
        what = f"{figure.system} {_metric_label(figure.metric)} {figure.value:.4f}"
        groups.setdefault((figure.source, figure.differs), []).append(what)
    for (source, differs), values in groups.items():
        yield f"published: {', '.join(values)} ({source}{f'; {differs}' if differs else ''})"


def _metric_label(name: str) -> str:
    """As people write it; accuracy and F1 are none of ours."""
    try:
        return parse_metric(name).label
    except DataError:
        return {"f1": "F1"}.get(name, name)


def protocol_lines(
    report: Mapping[str, Any], pipeline: str = "", reads_pairs: bool = True
) -> list[str]:
    """What only its protocol reports, in sentences; of one pipeline, or of all.

    `report` is what `counterpart eval --json` prints of one set.
    """
    said = [
        f"challenge: {row['pipeline']} in {row['language']}: nDCG within {row['within']:.4f}, "
        f"all {row['all']:.4f}{_asked(row)}"
        for row in report.get("challenge", ())
        if "within" in row and pipeline in ("", row["pipeline"])
    ]
    pairs = report.get("pairs")
    if pairs and reads_pairs:
        said.append(
            f"{pairs['pairs']:,} labelled pairs: the cross-encoder has accuracy "
            f"{pairs['accuracy']:.4f} and F1 {pairs['f1']:.4f} at {pairs['threshold']}, AUC "
            f"{pairs['auc']:.4f}"
        )
    return said


def _asked(row: Mapping[str, Any]) -> str:
    if "asked" not in row:
        return ""
    return f" over the first {row['asked']:,} of {row['of']:,} queries, not the challenge's figures"


def overview(runs: Sequence[RunInfo], metric: str = "ndcg@10") -> str:
    """Stored runs as a table in Markdown: an evaluation in each row, a pipeline in each column.

    A mean over other queries than its row says is marked, and a line below says over how many.
    """
    name = parse_metric(metric).name
    if name not in STANDARD:
        raise DataError(f"stored runs have no {name}; take one of {', '.join(STANDARD)}")
    rows: dict[str, dict[str, RunInfo]] = {}
    for run in runs:
        rows.setdefault(run.name.rpartition("/")[0], {})[run.pipeline] = run
    pipelines = list(dict.fromkeys(run.pipeline for run in runs))
    lines = [
        f"| {parse_metric(name).label} | queries | documents | {' | '.join(pipelines)} |",
        "|---|" + "---:|" * (len(pipelines) + 2),
    ]
    marked_runs: list[str] = []
    for evaluation, found in rows.items():
        first = next(iter(found.values()))
        cells = [_cell(found[p], name) if p in found else "–" for p in pipelines]
        for place, run in ((pipelines.index(run.pipeline), run) for run in found.values()):
            if name in run.metrics and (not run.complete or run.done != first.done):
                cells[place] += f" {PARTIAL}"
                marked_runs.append(f"{run.name} ({run.done:,} of {run.total:,})")
        said = " ".join((evaluation, *first.options))
        lines.append(f"| {said} | {first.done:,} | {first.documents:,} | {' | '.join(cells)} |")
    if marked_runs:
        said = ", ".join(marked_runs)
        lines += ["", f"{PARTIAL} over these queries alone, not to be compared: {said}"]
    return "\n".join(lines)


def _failures(comparison: Comparison) -> Iterator[str]:
    if not comparison.failures:
        return
    yield ""
    yield "without a relevant document on rank 1:"
    for group in comparison.failures:
        counts = " → ".join(f"{count:,}" for count in group.counts)
        examples = ", ".join(group.examples[:3])
        yield f"  {counts:>12}  {group.words}; {group.advice} (such as {examples})"


def _changed(comparison: Comparison) -> Iterator[str]:
    if len(comparison.runs) < 2:
        return
    for title, rows in (
        ("gained most:", comparison.per_query[:CHANGED]),
        ("lost most:", comparison.per_query[::-1][:CHANGED]),
    ):
        moved = [r for r in rows if (r.values[-1] > r.values[0]) is (title == "gained most:")]
        moved = [r for r in moved if r.values[-1] != r.values[0]]
        if moved:
            yield ""
            yield title
        for row in moved:
            text = " ".join(row.text.split())[:70]
            yield f"  {row.values[0]:.3f} → {row.values[-1]:.3f}  {row.query}  {text}"


def _interval(run: RunInfo, name: str) -> str:
    found = run.metrics.get(name)
    return f"{found.mean:.4f} [{found.low:.3f}, {found.high:.3f}]" if found else "–"


def _cell(run: RunInfo, name: str) -> str:
    found = run.metrics.get(name)
    return f"{found.mean:.4f} [{found.low:.3f}–{found.high:.3f}]" if found else "–"
