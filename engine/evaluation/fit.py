"""Fit the shares of the stages on development sets, and write `fusion.json`.

    python -m engine.evaluation.fit SET... --out resources/fusion.json

First the dense share of the two legs, then the cross-encoder's share of the whole, each for queries
in words and in code: a grid search for the best mean nDCG@10 over the sets, among the shares that
leave no set below its better leg. The sets must not be those that the product is judged on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.commands.output import ProgressPrinter
from engine.errors import UserError
from engine.evaluation.beir import load_beir
from engine.evaluation.grid import Choice, Trial, choose
from engine.evaluation.legs import QueryLegs, collect, judge_heads
from engine.evaluation.metrics import mean
from engine.evaluation.run import Prepared, prepare
from engine.job import JobContext
from engine.models.catalogue import BUNDLED, ModelChoice, load_cross_encoder, load_encoder
from engine.models.cross_encoder import CrossEncoder
from engine.models.encoder import Encoder
from engine.paths import Paths
from engine.retrieval.candidates import Ids, Scores
from engine.retrieval.weights import StageWeights, Weights, load_weights
from engine.types import QueryKind

MEASURE_ONLY = "measure-only"
"""A file of this name in a set's folder says that nothing may be fitted on the set."""


@dataclass(slots=True)
class FittedSet:
    """A development set, what its stages score, and (later) the cross-encoder's scores."""

    prepared: Prepared
    legs: list[QueryLegs]
    judged: list[Scores]

    @property
    def is_words(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which queries are words, (queries,)."""
        return np.array([legs.kind is QueryKind.WORDS for legs in self.legs], dtype=np.bool_)

    @property
    def best_leg(self) -> float:
        """The mean nDCG@10 of the better leg."""
        return max(
            mean(legs.bm25_ndcg() for legs in self.legs),
            mean(legs.dense_ndcg() for legs in self.legs),
        )


def fit(
    folders: Sequence[Path],
    encoder: Encoder,
    cross_encoder: CrossEncoder | None,
    *,
    current: Weights,
    rerank: int,
    step: float,
    limit: int | None,
    cache: Path,
    ctx: JobContext,
) -> dict[str, Any]:
    """The fitted shares and how the sets fare with them, in the form of `fusion.json`.

    `current` says what a share stays at when nothing can be fitted: a kind of query that no set
    has, and the reranking shares without a cross-encoder. `rerank` candidates are reranked.
    """
    sets = [_collect(folder, encoder, limit, cache, ctx) for folder in folders]
    grid = [round(float(value), 4) for value in np.arange(0.0, 1.0 + step / 2, step)]
    dense = _search(
        sets,
        grid,
        (current.words.dense, current.code.dense),
        lambda found, query, share: found.legs[query].fused_ndcg(
            share, current.of(found.legs[query].kind).trust
        ),
    )
    weights = _weights(grid, dense, current, (current.words.rerank, current.code.rerank))
    if cross_encoder is not None:
        for found in sets:
            found.judged = _judge(found, weights, cross_encoder, rerank, cache, ctx)
        shares = _search(
            sets,
            grid,
            (current.words.rerank, current.code.rerank),
            lambda found, query, share: _reranked(found, query, weights, share),
        )
        weights = _weights(grid, dense, current, (grid[shares.words], grid[shares.code]))
    return _report(sets, weights, encoder, cross_encoder, rerank)


def _collect(
    folder: Path, encoder: Encoder, limit: int | None, cache: Path, ctx: JobContext
) -> FittedSet:
    data = load_beir(folder)
    prepared = prepare(
        data, encoder=encoder, rerank=None, use_target=False, limit=limit, cache=cache, ctx=ctx
    )
    return FittedSet(prepared, collect(prepared, encoder, ctx), [])


def _search(
    sets: Sequence[FittedSet],
    grid: Sequence[float],
    current: tuple[float, float],
    score: Callable[[FittedSet, int, float], float],
) -> Choice:
    trials = [
        Trial(
            scores=np.array(
                [[score(found, query, share) for share in grid] for query in range(len(found.legs))]
            ),
            is_words=found.is_words,
            floor=found.best_leg,
        )
        for found in sets
    ]
    nearest = [int(np.abs(np.array(grid) - share).argmin()) for share in current]
    return choose(trials, (nearest[0], nearest[1]))


def _weights(
    grid: Sequence[float], dense: Choice, current: Weights, rerank: tuple[float, float]
) -> Weights:
    return Weights(
        words=StageWeights(grid[dense.words], rerank[0], current.words.trust),
        code=StageWeights(grid[dense.code], rerank[1], current.code.trust),
    )


def _judge(
    found: FittedSet,
    weights: Weights,
    cross_encoder: CrossEncoder,
    depth: int,
    cache: Path,
    ctx: JobContext,
) -> list[Scores]:
    heads = [
        (legs.view, legs.candidates.rows[_order(legs, weights)[:depth]]) for legs in found.legs
    ]
    stage = f"{found.prepared.name}: reranking"
    return judge_heads(found.prepared.collection, heads, cross_encoder, cache, ctx, stage)


def _order(legs: QueryLegs, weights: Weights) -> Ids:
    stage = weights.of(legs.kind)
    return legs.fused(stage.dense, stage.trust)[0]


def _reranked(found: FittedSet, query: int, weights: Weights, share: float) -> float:
    legs = found.legs[query]
    return legs.reranked_ndcg(weights.of(legs.kind), found.judged[query], share)


def _report(
    sets: Sequence[FittedSet],
    weights: Weights,
    encoder: Encoder,
    cross_encoder: CrossEncoder | None,
    rerank: int,
) -> dict[str, Any]:
    return {
        "words": asdict(weights.words),
        "code": asdict(weights.code),
        "fitted": {
            "metric": "ndcg@10",
            "encoder": encoder.fingerprint,
            "cross_encoder": cross_encoder.fingerprint if cross_encoder else None,
            "rerank_depth": rerank if cross_encoder else None,
            "sets": {found.prepared.name: _row(found, weights) for found in sets},
        },
    }


def _row(found: FittedSet, weights: Weights) -> dict[str, float]:
    queries = range(len(found.legs))
    row = {
        "queries": len(found.legs),
        "words": int(found.is_words.sum()),
        "bm25": mean(legs.bm25_ndcg() for legs in found.legs),
        "dense": mean(legs.dense_ndcg() for legs in found.legs),
        "hybrid": mean(
            legs.fused_ndcg(weights.of(legs.kind).dense, weights.of(legs.kind).trust)
            for legs in found.legs
        ),
    }
    if found.judged:
        row["rerank"] = mean(
            _reranked(found, query, weights, weights.of(found.legs[query].kind).rerank)
            for query in queries
        )
    return {name: round(value, 4) for name, value in row.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    options = _parser().parse_args(arguments)
    printer = ProgressPrinter()
    try:
        encoder = load_encoder(ModelChoice("encoder", options.encoder))
        cross_encoder = None
        if options.cross_encoder != "none":
            cross_encoder = load_cross_encoder(ModelChoice("cross-encoder", options.cross_encoder))
        fitted = fit(
            options.sets,
            encoder,
            cross_encoder,
            current=load_weights(),
            rerank=options.rerank,
            step=options.step,
            limit=options.limit,
            cache=Paths.default(options.basedir).cache,
            ctx=JobContext(on_progress=printer),
        )
    except UserError as error:
        printer.finish()
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        printer.finish()
        sys.stderr.write("stopped; what was encoded and scored is kept\n")
        return 130
    printer.finish()
    text = json.dumps(fitted, indent=2) + "\n"
    if options.out is not None:
        options.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine.evaluation.fit",
        description="Fit the shares of BM25, vectors and cross-encoder on development sets.",
    )
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET", help="folder in BEIR layout")
    parser.add_argument("--out", type=Path, help="write the JSON here too")
    parser.add_argument("--encoder", default=BUNDLED, help="bundled, a folder or an id")
    parser.add_argument("--cross-encoder", default=BUNDLED, help="the same, or none")
    parser.add_argument("--rerank", type=int, default=30, help="candidates reranked (default 30)")
    parser.add_argument("--step", type=float, default=0.05, help="step of the grid (default 0.05)")
    parser.add_argument("--limit", type=int, help="use the first queries of each set only")
    parser.add_argument("--basedir", help="where cached vectors and scores are kept")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
