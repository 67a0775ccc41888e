"""Fit the shares of the stages on development sets, and write `fusion.json`.

    python -m engine.evaluation.fit SETS --out resources/fusion.json

One stage after the other, each with what was fitted before: the dense share of the two legs and
that of their levels within dialects, the share of the snippets' shapes, that of the witnesses, the
cross-encoder's share of the whole. Then the same without each
set in turn, which says how the shares fare on a set they were not fitted on. The sets must not be
those that the product is judged on. Vectors and the cross-encoder's scores are kept under
`--basedir`, by the model's fingerprint: a stopped run goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from engine.commands.numbers import part, positive
from engine.commands.output import ProgressPrinter
from engine.errors import DataError, DiskError, UserError
from engine.evaluation.fitted_set import FittedSet, collect_set
from engine.evaluation.shares import Curves, fit_share
from engine.job import JobContext
from engine.models.catalogue import BUNDLED, ModelChoice, load_cross_encoder, load_encoder
from engine.models.cross_encoder import CrossEncoder
from engine.models.encoder import Encoder
from engine.paths import Paths
from engine.retrieval.weights import NOTHING, Share, Weights, load_weights, share_record
from engine.types import QueryKind

STAGES = ("legs", "shapes", "witnesses", "rerank")
SHARES = {
    "legs": ("dense", "level"),
    "shapes": ("shape",),
    "witnesses": ("witness",),
    "rerank": ("rerank",),
}
"""The shares of each stage, as `Weights` names them."""

CURVES = {
    "dense": FittedSet.dense_curves,
    "level": FittedSet.level_curves,
    "shape": FittedSet.shape_curves,
    "witness": FittedSet.witness_curves,
    "rerank": FittedSet.rerank_curves,
}

KINDS = frozenset({QueryKind.WORDS, QueryKind.CODE})

MEASURE_ONLY = "measure-only"
"""A file of this name in a set's folder says that nothing may be fitted on the set."""


def fit(
    folders: Sequence[Path],
    encoder: Encoder,
    cross_encoder: CrossEncoder | None,
    *,
    current: Weights,
    rerank: int,
    limit: int | None,
    cache: Path,
    ctx: JobContext,
    first: str = STAGES[0],
    kinds: Set[QueryKind] = KINDS,
) -> dict[str, Any]:
    """The fitted shares and how the sets fare with them, in the form of `fusion.json`.

    `current` says what a share stays at when nothing can be fitted: a kind of query that no set
    has, and the reranking share without a cross-encoder. `rerank` candidates are reranked, and
    `limit` queries of each set used. Sets that are for measuring only are measured. The
    shares of the stages before the `first` of `STAGES` stay as they are, and so do those of queries
    that are not of the `kinds`.
    """
    fit_kinds = partial(_fit_kinds, kinds)
    fitted = STAGES[STAGES.index(first) :]
    sets = [
        collect_set(folder, name, encoder, current.hubs, limit, cache, ctx)
        for name, folder in named(folders)
    ]
    fitted_on = [found for found in sets if not (found.folder / MEASURE_ONLY).exists()]
    if not fitted_on:
        raise DataError("every set is for measuring only; give one to fit the shares on")
    dense, level = current.dense, current.level
    if "legs" in fitted:
        dense, level = _fit_legs(fitted_on, current, fit_kinds)
    weights = Weights(dense, NOTHING, NOTHING, level, hubs=current.hubs)
    for found in sets:
        found.compare_shapes(weights, ctx)
    shape = current.shape
    if "shapes" in fitted:
        shape = fit_kinds([found.shape_curves(weights) for found in fitted_on], shape, True)
    weights = Weights(dense, NOTHING, shape, level, hubs=current.hubs)
    for found in sets:
        found.hear_witnesses(weights, ctx)
    witness = current.witness
    if "witnesses" in fitted:
        curves = [found.witness_curves(weights) for found in fitted_on if found.has_witnesses]
        witness = fit_kinds(curves, witness, True)
    weights = replace(weights, witness=witness)
    if cross_encoder is not None:
        for found in sets:
            found.judge(weights, cross_encoder, rerank, cache, ctx)
        curves = [found.rerank_curves(weights) for found in fitted_on]
        weights = replace(weights, rerank=fit_kinds(curves, current.rerank, True))
    if cross_encoder is None:
        fitted = fitted[:-1]
    left_out = _leaving_one_out(fitted_on, weights, current, fitted, fit_kinds, ctx)
    rows = {
        found.name: found.row(weights, left_out.get(found.name), found in fitted_on)
        for found in sets
    }
    rerank_share = weights.rerank if cross_encoder is not None else current.rerank
    return {
        "dense": share_record(weights.dense),
        "level": share_record(weights.level),
        "shape": share_record(weights.shape),
        "witness": share_record(weights.witness),
        "rerank": share_record(rerank_share),
        "hubs": current.hubs,
        "fitted": {
            "metric": "ndcg@10",
            "encoder": encoder.fingerprint,
            "cross_encoder": cross_encoder.fingerprint if cross_encoder else None,
            "rerank_depth": rerank if cross_encoder else None,
            "sets": rows,
        },
    }


Fit = Callable[[Sequence[Curves], Share, bool], Share]


def _fit_kinds(
    kinds: Set[QueryKind], sets: Sequence[Curves], current: Share, may_be_off: bool
) -> Share:
    """`fit_share` for some kinds of query; the others keep their part of `current`."""
    found = fit_share(sets, current, may_be_off)
    return Share(
        words=found.words if QueryKind.WORDS in kinds else current.words,
        code=found.code if QueryKind.CODE in kinds else current.code,
    )


def _fit_legs(sets: Sequence[FittedSet], current: Weights, fit: Fit) -> tuple[Share, Share]:
    """The dense share and that of the levels. Each depends on the other: two rounds."""
    dense, level = current.dense, current.level
    levelled = [found for found in sets if any(legs.has_levels for legs in found.legs)]
    for _ in range(2):
        curves = [found.level_curves(Weights(dense, NOTHING)) for found in levelled]
        level = fit(curves, current.level, True)
        curves = [found.dense_curves(Weights(dense, NOTHING, NOTHING, level)) for found in sets]
        dense = fit(curves, dense, False)
    return dense, level


def named(folders: Sequence[Path]) -> list[tuple[str, Path]]:
    """The sets in some folders, or below them, by names. Raises `DataError` if one has none."""
    found: dict[str, Path] = {}
    for folder in folders:
        inside = sorted(path.parent for path in folder.rglob("corpus.jsonl"))
        if not inside:
            raise DataError(f"{folder} holds no set in BEIR layout; give the folder of one or more")
        for path in inside:
            name = folder.resolve().name if path == folder else path.relative_to(folder).as_posix()
            found[name] = path
    return list(found.items())


def _leaving_one_out(
    sets: Sequence[FittedSet],
    weights: Weights,
    current: Weights,
    stages: Sequence[str],
    fit: Fit,
    ctx: JobContext,
) -> dict[str, Weights]:
    """The shares of some stages fitted on all sets but one, by the name of that one.

    What the other sets would score is taken with the earlier stages as fitted on all of them.
    """
    if len(sets) < 2:
        return {}
    curves = {
        share: {
            found.name: CURVES[share](found, weights)
            for found in sets
            if share != "witness" or found.has_witnesses
        }
        for stage in stages
        for share in SHARES[stage]
    }
    fitted: dict[str, Weights] = {}
    for found in sets:
        ctx.check()
        without = weights
        for share, of_sets in curves.items():
            others = [one for name, one in of_sets.items() if name != found.name]
            line = fit(others, getattr(current, share), share != "dense")
            without = without.with_share(share, line)
        fitted[found.name] = without
    return fitted


def table(fitted: dict[str, Any]) -> str:
    """How the sets fare, to be read.

    The margin is over the better leg: with these shares, and with those fitted without the set.
    """
    lines = [f"{'nDCG@10':26} queries   BM25  dense hybrid rerank  hit@1  margin  left out"]
    for name, row in fitted["fitted"]["sets"].items():
        best = max(row["bm25"], row["dense"])
        last = row.get("rerank", row["hybrid"])
        out = f"{row['left_out'] - best:+7.4f}" if "left_out" in row else "      –"
        note = "  (measured only)" if row.get("measured_only") else ""
        lines.append(
            f"{name:26} {row['queries']:7} {row['bm25']:6.4f} {row['dense']:6.4f} "
            f"{row['hybrid']:6.4f} {last:6.4f} {row['hit@1']:6.4f} {last - best:+7.4f}  {out}{note}"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    options = _parser().parse_args(arguments)
    printer = ProgressPrinter()
    try:
        if options.out is not None:
            check_out(options.out)
        current = load_weights()
        if options.hubs is not None:
            current = replace(current, hubs=options.hubs)
        paths = Paths.default(options.basedir)
        paths.make()
        encoder = load_encoder(ModelChoice("encoder", options.encoder))
        cross_encoder = None
        if options.cross_encoder != "none":
            cross_encoder = load_cross_encoder(ModelChoice("cross-encoder", options.cross_encoder))
        fitted = fit(
            options.sets,
            encoder,
            cross_encoder,
            current=current,
            rerank=options.rerank,
            limit=options.limit,
            cache=paths.cache,
            ctx=JobContext(on_progress=printer),
            first=options.first,
            kinds=KINDS if options.kind is None else {QueryKind(options.kind)},
        )
        text = json.dumps(fitted, indent=1) + "\n"
        if options.out is not None:
            write_out(options.out, text)
    except UserError as error:
        printer.finish()
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        printer.finish()
        sys.stderr.write("stopped; what was encoded and scored is kept\n")
        return 130
    printer.finish()
    sys.stdout.write(text if options.json else table(fitted))
    return 0


def check_out(out: Path) -> None:
    """Raise `DataError` before all the work if the weights cannot be written at its end."""
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise DataError(f"--out {out} is no file in a folder that exists; give another")


def write_out(out: Path, text: str) -> None:
    """Put a whole file in the place of `out`. Raises `DiskError`."""
    try:
        partial = out.with_name(f"{out.name}.partial")  # without its weights nothing searches
        partial.write_text(text, encoding="utf-8")
        partial.replace(out)
    except OSError as error:
        raise DiskError(
            f"cannot write {out} ({error.strerror or error}); give another --out: what was encoded "
            "and scored is kept"
        ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine.evaluation.fit",
        description="Fit how much each stage of the search counts, on development sets.",
    )
    parser.add_argument(
        "sets",
        nargs="+",
        type=Path,
        metavar="SETS",
        help="a set in BEIR layout, or a folder of sets",
    )
    parser.add_argument("--out", type=Path, help="write the weights here")
    parser.add_argument("--json", action="store_true", help="print the weights, not the table")
    parser.add_argument("--encoder", default=BUNDLED, help="bundled, a folder or an id")
    parser.add_argument("--cross-encoder", default=BUNDLED, help="the same, or none")
    parser.add_argument(
        "--rerank", type=positive, default=30, help="candidates reranked (default 30)"
    )
    parser.add_argument(
        "--limit", type=positive, default=250, help="queries used of each set (default 250)"
    )
    parser.add_argument(
        "--first",
        choices=STAGES,
        default=STAGES[0],
        help="the first stage to fit; the shares of those before it stay (default: legs, so all)",
    )
    parser.add_argument(
        "--kind",
        choices=sorted(kind.value for kind in KINDS),
        help="fit the shares for queries of this kind only; the others stay",
    )
    parser.add_argument(
        "--hubs",
        type=part,
        help="what of their hubness is taken off similarities, 0 to 1 (default: as it is)",
    )
    parser.add_argument("--basedir", help="where cached vectors and scores are kept")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
