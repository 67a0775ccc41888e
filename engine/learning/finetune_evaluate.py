"""Models before and after, on held-out queries and on the sample corpus, query by query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.code.normal import text_key
from engine.evaluation import metrics
from engine.evaluation.significance import compare, verdict
from engine.job import Job, JobContext
from engine.learning.mine_judged import JudgedQuery
from engine.retrieval.search import Searcher
from engine.types import Progress, Query
from engine.types_training import Comparison, QueryChange

DEPTH = 10
METRICS = ("nDCG@10", "MRR", "hit@10")
HELD_OUT, SAMPLE = "held-out", "sample"


@dataclass(frozen=True)
class Asked:
    """A query and what is right for it: text keys with grades. Others count as irrelevant."""

    query: Query
    grades: Mapping[int, int]
    skipped: frozenset[int] = frozenset()  # text keys that the ranking passes by


@dataclass(frozen=True)
class Sides:
    """Makes the searcher of a corpus with the models of before and of after."""

    before: Callable[[str], Searcher]
    after: Callable[[str], Searcher]


Values = list[tuple[float, ...]]


def of_judgements(queries: Sequence[JudgedQuery]) -> list[Asked]:
    """Held-out queries with their grades; what is right in a wrong framework counts as weak."""
    found = []
    for query in queries:
        right = {text_key(p.chunk.text) for p in query.positives}
        grades = {
            text_key(chunk.text): int(grade) if text_key(chunk.text) in right else min(grade, 1)
            for chunk, grade in query.graded
        }
        found.append(Asked(query.query, grades))
    return found


def measure(name: str, asked: Sequence[Asked], sides: Sides) -> Job[tuple[Values, Values]]:
    """The metrics of each query before and after, side by side; one search a step."""
    before: Values = []
    after: Values = []
    for done, one in enumerate(asked):
        for values, side in ((before, sides.before), (after, sides.after)):
            yield Progress(f"measuring: {name}", done, len(asked))
            values.append(values_of(one, side(one.query.corpus)))
    yield Progress(f"measuring: {name}", len(asked), len(asked))
    return before, after


def comparisons(name: str, before: Values, after: Values) -> list[Comparison]:
    """Each metric before and after, with the interval and tests of the paired difference."""
    found = []
    for place, metric in enumerate(METRICS):
        first, second = ([row[place] for row in values] for values in (before, after))
        if not first:
            continue
        test = compare(first, second)
        found.append(
            Comparison(
                name,
                metric,
                len(first),
                metrics.mean(first),
                metrics.mean(second),
                test.low,
                test.high,
                test.p_randomisation,
                test.wins,
                test.losses,
                verdict(test, "before", "after", metric),
            )
        )
    return found


def changes(asked: Sequence[Asked], before: Values, after: Values) -> list[QueryChange]:
    """The queries whose nDCG@10 changed, what got worse first."""
    found = [
        QueryChange(one.query, first[0], second[0])
        for one, first, second in zip(asked, before, after, strict=True)
        if abs(first[0] - second[0]) > 1e-9
    ]
    return sorted(found, key=lambda change: change.after - change.before)


def warning(found: Sequence[Comparison]) -> str:
    """Why one should hesitate to use what was trained; empty if nothing speaks against it."""
    by_name = {(one.data, one.metric): one for one in found}
    held_out = by_name.get((HELD_OUT, METRICS[0]))
    sample = by_name.get((SAMPLE, METRICS[0]))
    if sample is not None and sample.after < sample.before and sample.high < 0:
        lost = sample.before - sample.after
        return f"It forgot: nDCG@10 on the sample corpus fell by {lost:.3f}."
    if held_out is None:
        return "There were no held-out queries to measure it on."
    if held_out.after <= held_out.before:
        return "It is not better on the held-out queries."
    if held_out.low <= 0:
        return f"It may not be better: {held_out.queries} held-out queries cannot tell."
    return ""


def values_of(asked: Asked, searcher: Searcher) -> tuple[float, ...]:
    """The metrics of one query: nDCG@10, the reciprocal rank, and whether there is a hit."""
    query = replace(asked.query, k=DEPTH + len(asked.skipped) + 1)
    hits = searcher.search(query, JobContext()).hits
    keys = [text_key(hit.chunk.text) for hit in hits if not hit.is_query]
    ranking = [str(key) for key in keys if key not in asked.skipped][:DEPTH]
    qrels = {str(key): grade for key, grade in asked.grades.items()}
    # A weak result is none that was looked for: it counts in the gains, not as a hit.
    right = {key: grade for key, grade in qrels.items() if grade > 1}
    return (
        metrics.ndcg(ranking, qrels, DEPTH),
        metrics.reciprocal_rank(ranking, right),
        metrics.hit(ranking, right, DEPTH),
    )
