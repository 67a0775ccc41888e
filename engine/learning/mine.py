"""Hard negatives from judgements: verified ones first, then mined ones, then random ones.

An unjudged candidate of the current pipeline is only a guess: it is kept if the cross-encoder puts
it below the positives by a margin (positive-aware mining, Moreira et al., 2024) and if it does not
look like one of them.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.code.normal import text_key
from engine.errors import DataError
from engine.job import Job, JobContext
from engine.learning.mine_filters import Lookalikes, by_score
from engine.learning.mine_judged import JudgedQuery
from engine.retrieval.views import READ_TOGETHER, chunk_view, query_view
from engine.types import Chunk, Hit, Progress, QueryKind, Understanding
from engine.types_training import (
    FORMATS,
    VERIFIED,
    MinedQuery,
    MiningOptions,
    MiningReport,
    Negative,
    Origin,
    Positive,
)

if TYPE_CHECKING:
    from engine.models.cross_encoder import CrossEncoder
    from engine.retrieval.search import Searcher

SAMPLES = 30
MOST = 1_000_000
"""Of ranks and of negatives for a query; there are no corpora of which more would be looked at."""

_LOOKED_AT = 100  # random chunks between two looks at whether to stop


@dataclass
class Mined:
    """What was mined, and what was left out for which reason."""

    queries: list[MinedQuery] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    without_positive: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """Where unjudged candidates come from: a searcher, its cross-encoder, and random chunks.

    `draw` gives every chunk of the corpus once, in an order that the generator decides.
    """

    searcher: Searcher
    cross_encoder: CrossEncoder | None
    draw: Callable[[random.Random], Iterator[Chunk]]


def check(options: MiningOptions) -> None:
    """Raise `DataError` for options that make no sense."""
    if not 0 <= options.range_min < options.range_max:
        raise DataError("range_min is at least 0 and below range_max")
    if max(options.range_max, options.num_negatives) > MOST:
        raise DataError(f"range_max and num_negatives are at most {MOST:,}")
    bounds = (options.max_score, options.min_score)
    margins = (options.absolute_margin, options.relative_margin)
    if not all(value is None or math.isfinite(value) for value in (*bounds, *margins)):
        raise DataError("scores and margins are numbers, or none")
    if options.num_negatives < 1:
        raise DataError("num_negatives is 1 or more")
    high, low = bounds
    if low is not None and high is not None and low > high:
        raise DataError(f"min_score {low:g} is above max_score {high:g}: nothing lies between")
    if options.sampling_strategy not in ("top", "random"):
        raise DataError("sampling_strategy is top or random")
    if options.output_format not in FORMATS:
        raise DataError(f"output_format is one of {', '.join(FORMATS)}")
    if not options.origins:
        raise DataError("say at least one origin that negatives may come from")


def mine(
    judged: Sequence[JudgedQuery], source_of: Callable[[str], Source], options: MiningOptions
) -> Job[Mined]:
    """Mine for each query that has a positive; one query a step."""
    check(options)
    mined = Mined()
    for done, query in enumerate(judged):
        progress = Progress("mining negatives", done, len(judged))
        yield progress
        positives = query.positives
        if not positives:
            mined.without_positive += 1
            continue
        rng = random.Random(f"{options.seed}:{query.query.corpus}:{query.query.text}")
        looks = Lookalikes(query.query.text, query.language, [p.chunk for p in positives])
        negatives = _verified(query, looks, options, mined)
        taken = {text_key(chunk.text) for chunk, _ in query.graded} | query.elsewhere
        if len(negatives) < options.num_negatives and _wants_more(options):
            source = source_of(query.query.corpus)
            if Origin.MINED in options.origins:
                positives, found = _mine(query, positives, source, looks, options, mined)
                negatives += _some(found, options.num_negatives - len(negatives), options, rng)
                taken |= {text_key(found.chunk.text) for found in negatives}
            if Origin.RANDOM in options.origins:
                missing = options.num_negatives - len(negatives)
                drawn = source.draw(rng)
                negatives += yield from _random(drawn, looks, taken, missing, progress)
        mined.queries.append(
            MinedQuery(query.query, query.language, tuple(positives), tuple(negatives))
        )
    yield Progress("mining negatives", len(judged), len(judged))
    return mined


def report(mined: Mined, options: MiningOptions) -> MiningReport:
    """Counts by origin, and up to thirty negatives beside their positive, of all origins."""
    counts = Counter(found.origin for query in mined.queries for found in query.negatives)
    return MiningReport(
        queries=len(mined.queries),
        without_positive=mined.without_positive,
        positives=sum(len(query.positives) for query in mined.queries),
        counts={origin: counts[origin] for origin in Origin if counts[origin]},
        skipped=dict(mined.skipped.most_common()),
        short=sum(len(query.negatives) < options.num_negatives for query in mined.queries),
        samples=tuple(_samples(mined.queries, options.seed)),
        notes=tuple(mined.notes),
    )


def _verified(
    query: JudgedQuery, looks: Lookalikes, options: MiningOptions, mined: Mined
) -> list[Negative]:
    """What was judged, up to the quota: the irrelevant first. Text that a positive has is none."""
    found = []
    for negative in query.negatives:
        if negative.origin not in options.origins:
            continue
        if reason := looks.same_text(negative.chunk):
            mined.skipped[reason] += 1
        else:
            found.append(negative)
    return found[: options.num_negatives]


def _wants_more(options: MiningOptions) -> bool:
    return bool(set(options.origins) - set(VERIFIED))


def _mine(
    query: JudgedQuery,
    positives: list[Positive],
    source: Source,
    looks: Lookalikes,
    options: MiningOptions,
    mined: Mined,
) -> tuple[list[Positive], list[Negative]]:
    """The positives with their scores, and what passes the filters, best rank first."""
    model = source.cross_encoder
    if model is None:
        line = "the cross-encoder is not loaded: nothing was mined, only judged and random ones"
        if line not in mined.notes:
            mined.notes.append(line)
        return positives, []
    asked = replace(query.query, k=options.range_max)
    hits = source.searcher.search(asked, JobContext()).hits[options.range_min :]
    graded = {text_key(chunk.text) for chunk, _ in query.graded} | query.elsewhere
    candidates: list[Hit] = []
    for hit in hits:
        if text_key(hit.chunk.text) in graded or hit.is_query:
            continue
        if reason := looks.reason(hit.chunk):
            mined.skipped[reason] += 1
        else:
            candidates.append(hit)
    read = [hit for hit in candidates if hit.scores.rerank is None]  # the search read the others
    chunks = [positive.chunk for positive in positives] + [hit.chunk for hit in read]
    view = query_view(query.query.text, _understood(query))[:READ_TOGETHER]
    scores = [float(score) for score in model.score(view, [chunk_view(c) for c in chunks])]
    scored = [
        replace(positive, score=score) for positive, score in zip(positives, scores, strict=False)
    ]
    lowest = min(scores[: len(positives)])
    rest = iter(scores[len(positives) :])
    found = []
    for hit in candidates:
        score = next(rest) if hit.scores.rerank is None else hit.scores.rerank
        if reason := by_score(score, lowest, options):
            mined.skipped[reason] += 1
        else:
            found.append(Negative(hit.chunk, Origin.MINED, hit.rank - 1, score))
    return scored, found


def _some(
    found: Sequence[Negative], count: int, options: MiningOptions, rng: random.Random
) -> list[Negative]:
    if options.sampling_strategy == "top":
        return list(found[:count])
    return rng.sample(found, min(count, len(found)))


def _random(
    chunks: Iterator[Chunk], looks: Lookalikes, taken: set[int], count: int, progress: Progress
) -> Job[list[Negative]]:
    """So many of the chunks that look like no counterpart, or all of them."""
    found: list[Negative] = []
    if count < 1:
        return found
    for number, chunk in enumerate(chunks, 1):
        key = text_key(chunk.text)
        if key not in taken and not looks.reason(chunk):
            taken.add(key)
            found.append(Negative(chunk, Origin.RANDOM))
            if len(found) >= count:
                break
        if number % _LOOKED_AT == 0:
            yield progress
    return found


def _understood(query: JudgedQuery) -> Understanding:
    kind = QueryKind.CODE if query.language else query.kind
    return Understanding(kind, query.language)


def _samples(queries: Iterable[MinedQuery], seed: int) -> list[MinedQuery]:
    """Pairs to look at: of each origin in turn, from queries at random."""
    rng = random.Random(seed)
    waiting: dict[Origin, list[MinedQuery]] = {origin: [] for origin in Origin}
    for query in queries:
        for negative in query.negatives:
            pair = replace(query, positives=query.positives[:1], negatives=(negative,))
            waiting[negative.origin].append(pair)
    for found in waiting.values():
        rng.shuffle(found)
    samples: list[MinedQuery] = []
    # What was guessed needs the eye most; what was judged has had it.
    order = (Origin.MINED, Origin.RANDOM, Origin.FRAMEWORK, Origin.WEAK, Origin.JUDGED)
    while len(samples) < SAMPLES and any(waiting.values()):
        for origin in order:
            if waiting[origin] and len(samples) < SAMPLES:
                samples.append(waiting[origin].pop())
    return samples
