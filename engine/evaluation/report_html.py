"""A comparison as one HTML file: no script, no other file, nothing from the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from engine.evaluation.metrics import parse_metric
from engine.evaluation.report import columns_of, marked
from engine.evaluation.report_charts import curves, quality_against_time, sorted_differences
from engine.types_evaluation import Comparison, QueryRanking, QueryView

LINES = 14
"""Of a document's text."""

SIDE_BY_SIDE = 5
"""Ranks of each ranking."""

_STYLE = """
:root { color-scheme: light dark; --text: #1c2026; --muted: #57606c; --ground: #fff;
  --line: #dfe2e8; --soft: #f5f6f8; --gain: #1c7237; --loss: #b02a1d;
  --c0: #2a57c5; --c1: #b4570b; --c2: #1c7237; --c3: #8a3aa0; --c4: #0d646d; --c5: #b02a1d;
  --c6: #6b6100; --c7: #4c5561; }
@media (prefers-color-scheme: dark) { :root { --text: #e2e5ea; --muted: #a6afbb;
  --ground: #1c1f24; --line: #2f343c; --soft: #23272e; --gain: #79d093; --loss: #ff9a8f;
  --c0: #8ab0ff; --c1: #edb27d; --c2: #79d093; --c3: #caa4f2; --c4: #6dccd2; --c5: #ff9a8f;
  --c6: #d9cf6d; --c7: #b4bcc8; } }
body { margin: 32px auto; max-width: 1180px; padding: 0 24px; background: var(--ground);
  color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 32px 0 8px; }
p.muted, .muted { color: var(--muted); } p { margin: 4px 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, td.words { text-align: left; }
th { color: var(--muted); font-weight: 500; } td small { color: var(--muted); display: block; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(460px, 1fr)); gap: 16px; }
svg { width: 100%; font: 11px system-ui, sans-serif; } svg text { fill: var(--muted); }
.grid { stroke: var(--line); } .key { width: 28px; height: 8px; margin-right: 4px; }
.legend span { margin-right: 16px; white-space: nowrap; font-size: 13px; }
details { border-bottom: 1px solid var(--line); padding: 6px 0; }
summary { cursor: pointer; } .sides { display: grid; gap: 16px;
  grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); }
pre { background: var(--soft); padding: 8px; overflow: auto; font-size: 12px; margin: 4px 0 12px; }
.gain { color: var(--gain); } .loss { color: var(--loss); }
"""


def page(comparison: Comparison, views: Sequence[QueryView] = ()) -> str:
    """The whole report; `views` are the queries to show side by side."""
    title = f"{comparison.dataset}: {', '.join(run.name for run in comparison.runs)}"
    body = "".join(_sections(comparison, views))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f'</title><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"</head><body>{body}</body></html>\n"
    )


def _sections(comparison: Comparison, views: Sequence[QueryView]) -> Iterator[str]:
    label = parse_metric(comparison.metric).label
    first = comparison.runs[0]
    yield f"<h1>{escape(comparison.dataset)}</h1>"
    yield (
        f'<p class="muted">{comparison.queries:,} queries over {first.documents:,} documents, '
        f"{label}; means with 95 % bootstrap intervals</p>"
    )
    yield from (f"<p>{escape(found.verdict)}</p>" for found in comparison.differences)
    yield from (f'<p class="muted">{escape(note)}</p>' for note in comparison.notes)
    yield _table(comparison)
    yield from _published(comparison)
    yield '<h2>Curves</h2><div class="charts">' + "".join(_charts(comparison, label)) + "</div>"
    yield from _tests(comparison)
    yield from _failures(comparison)
    yield from _queries(comparison, views)
    yield from _about(comparison)


def _table(comparison: Comparison) -> str:
    columns = columns_of(comparison)
    head = "".join(f"<th>{escape(parse_metric(name).label)}</th>" for name in columns)
    rows = []
    for run in comparison.runs:
        cells = ""
        for name in columns:
            found = run.metrics[name]
            cells += f"<td>{found.mean:.4f}<small>{found.low:.3f} – {found.high:.3f}</small></td>"
        times = f"{run.query_ms[0]:,.0f}<small>p95 {run.query_ms[1]:,.0f}</small>"
        times = f"<td>{times if run.timed else '–'}</td>"
        size = f"{run.parameters / 1e6:,.0f} M" if run.parameters else "–"
        rows.append(f"<tr><td>{escape(marked(run))}</td>{cells}{times}<td>{size}</td></tr>")
    return (
        f"<table><tr><th>run</th>{head}<th>ms per query</th><th>parameters</th></tr>"
        + "".join(rows)
        + "</table>"
    )


def _published(comparison: Comparison) -> Iterator[str]:
    if not comparison.published:
        return
    yield "<h2>Published</h2><table><tr><th>system</th><th>metric</th><th>value</th>"
    yield "<th>source</th><th>how the set differs</th></tr>"
    for figure in comparison.published:
        yield (
            f"<tr><td>{escape(figure.system)}</td><td>{escape(figure.metric)}</td>"
            f'<td>{figure.value:.4f}</td><td class="words">{escape(figure.source)}</td>'
            f'<td class="words">{escape(figure.differs or "not known to")}</td></tr>'
        )
    yield "</table>"


def _charts(comparison: Comparison, label: str) -> Iterator[str]:
    names = [run.name for run in comparison.runs]
    points = []
    for run in filter(lambda run: run.timed, comparison.runs):
        found = run.metrics[comparison.metric]
        three = (found.mean, found.low, found.high)
        points.append((run.name, run.query_ms[0], three, run.parameters))
    if points:
        yield f"<div>{quality_against_time(points, label)}</div>"
    yield f"<div>{curves(list(zip(names, comparison.recall, strict=True)), 'recall@K')}</div>"
    kind = label.partition("@")[0]
    yield f"<div>{curves(list(zip(names, comparison.by_k, strict=True)), f'{kind}@K')}</div>"
    if len(names) > 1:
        changes = [row.values[-1] - row.values[0] for row in comparison.per_query]
        said = f"{label}: {names[-1]} − {names[0]}"
        yield f"<div>{sorted_differences(changes, said)}</div>"


def _tests(comparison: Comparison) -> Iterator[str]:
    if not comparison.differences:
        return
    yield f"<h2>Against {escape(comparison.runs[0].name)}</h2><table><tr><th>run</th>"
    yield "<th>difference</th><th>95 %</th><th>p (randomisation)</th><th>p (t-test)</th>"
    yield "<th>p (Holm)</th><th>better</th><th>worse</th><th>same</th></tr>"
    for found in comparison.differences:
        yield (
            f"<tr><td>{escape(found.run)}</td><td>{found.mean:+.4f}</td>"
            f"<td>{found.low:+.4f} – {found.high:+.4f}</td><td>{found.p_randomisation:.2g}</td>"
            f"<td>{found.p_t:.2g}</td><td>{found.p:.2g}</td><td>{found.wins:,}</td>"
            f"<td>{found.losses:,}</td><td>{found.ties:,}</td></tr>"
        )
    yield "</table>"


def _failures(comparison: Comparison) -> Iterator[str]:
    if not comparison.failures:
        return
    head = "".join(f"<th>{escape(run.name)}</th>" for run in comparison.runs)
    yield "<h2>Queries without a relevant document on rank 1</h2>"
    yield f"<table><tr><th>why</th>{head}<th>what would help</th></tr>"
    for group in comparison.failures:
        counts = "".join(f"<td>{count:,}</td>" for count in group.counts)
        yield (
            f"<tr><td>{escape(group.words)}<small>such as {escape(', '.join(group.examples))}"
            f'</small></td>{counts}<td class="words">{escape(group.advice)}</td></tr>'
        )
    yield "</table>"


def _queries(comparison: Comparison, views: Sequence[QueryView]) -> Iterator[str]:
    if not views:
        return
    values = {row.query: row.values for row in comparison.per_query}
    yield "<h2>Queries that changed most</h2>"
    for view in views:
        change = values[view.query][-1] - values[view.query][0]
        tone = "gain" if change > 0 else "loss" if change < 0 else "muted"
        line = " ".join(view.text.split())[:110]
        yield (
            f'<details><summary><b class="{tone}">{change:+.3f}</b> {escape(view.query)} '
            f'<span class="muted">{escape(line)}</span></summary><pre>'
            f"{escape(_cut(view.text))}</pre><div class='sides'>"
        )
        yield from (_side(ranking) for ranking in view.rankings)
        yield "</div></details>"


def _side(ranking: QueryRanking) -> str:
    went = ", ".join(
        f"{document} on {rank}" if rank else f"{document} not in the first {ranking.depth}"
        for document, rank in ranking.relevant[:5]
    )
    parts = [f"<div><b>{escape(ranking.run)}</b><p class='muted'>relevant: {escape(went)}</p>"]
    for found in ranking.documents[:SIDE_BY_SIDE]:
        grade = "not judged" if found.grade is None else f"grade {found.grade}"
        ways = {"BM25": found.ranks.bm25, "dense": found.ranks.dense}
        ways |= {"fused": found.ranks.fused, "rerank": found.ranks.rerank}
        way = " → ".join(f"{stage} {rank}" for stage, rank in ways.items() if rank)
        parts.append(
            f"<p>{found.rank}. {escape(found.document)} · {grade} "
            f'<span class="muted">{escape(way)}</span></p><pre>{escape(_cut(found.text))}</pre>'
        )
    return "".join([*parts, "</div>"])


def _about(comparison: Comparison) -> Iterator[str]:
    yield "<h2>How this was measured</h2>"
    for run in comparison.runs:
        models = ", ".join(
            f"{role} {model['name']} ({model['fingerprint'][:12]})"
            for role, model in run.models.items()
        )
        when = run.created.date().isoformat() if run.created else ""
        stages = ", ".join(f"{stage} {ms:.1f}" for stage, ms in run.stage_ms.items())
        said = f"{marked(run)}: {run.pipeline}; {models or 'no model'}; {when}"
        said += f"; mean ms by stage: {stages}" if stages else ""
        yield f"<p>{escape(said)}</p>"
    yield f'<p class="muted">{escape(comparison.runs[0].machine)}</p>'


def _cut(text: str) -> str:
    lines = text.splitlines()
    cut = "\n".join(line[:160] for line in lines[:LINES])
    return f"{cut}\n…" if len(lines) > LINES else cut
