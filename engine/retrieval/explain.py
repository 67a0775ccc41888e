"""Receipts: how a chunk's score came about, part by part, or where a chunk was lost.

Scores are float32 and are added up in that precision. Every step therefore ends with what rounding
made of its sum, where that is not nothing: the parts of a step add up to its total exactly.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.retrieval.candidates import Ids, Mask, Scores
from engine.retrieval.filters import allowed_rows
from engine.retrieval.receipt_parts import as_step, mixed, mixed_in
from engine.retrieval.rerank import standardised
from engine.types import QueryKind
from engine.types_alignment import Receipt, ReceiptPart, ReceiptStep

if TYPE_CHECKING:
    from engine.corpus.table import ChunkTable
    from engine.retrieval.bm25 import LexicalIndex
    from engine.retrieval.ranking import Ranking

MOST_TERMS = 12
"""Query terms listed one by one; the rest are one part."""

_LOWEST = -1e9


class Explainer:
    """Explains the places of one finished ranking."""

    def __init__(
        self,
        ranking: Ranking,
        table: ChunkTable,
        groups: Ids,
        lexical: LexicalIndex,
    ) -> None:
        self._ranking = ranking
        self._table = table
        self._groups = groups
        self._lexical = lexical

    def receipt(self, row: int) -> Receipt:
        """The receipt for a row of the table, whether it is in the list or not."""
        ranking = self._ranking
        position = self._position(row)
        rank = None
        if position is not None:
            rank = int(np.flatnonzero(ranking.order == position)[0]) + 1
        shown = rank is not None and rank <= ranking.query.k and self._stands(row, position)
        steps = [self._bm25_step(row)]
        dense = self._dense_step(row)
        steps += [dense] if dense else []
        if position is not None:
            steps += self._candidate_steps(position)
        verdict, remedy = ("", "") if shown else self._why_not(row, position, rank)
        return Receipt(
            query=ranking.query,
            understanding=ranking.understanding,
            chunk_id=self._table.ids[row],
            rank=rank if shown else None,
            score=steps[-1].total if position is not None else None,
            steps=tuple(steps),
            filters=self._filters(),
            folded=self._folded(row),
            verdict=verdict,
            remedy=remedy,
        )

    # Where a row is.

    def _position(self, row: int) -> int | None:
        """The row's group among the candidates, if it passes the filters."""
        allowed = self._ranking.allowed
        if allowed is not None and not allowed[row]:
            return None
        found = np.flatnonzero(self._ranking.candidates.groups == self._groups[row])
        return int(found[0]) if len(found) else None

    def _stands(self, row: int, position: int | None) -> bool:
        return position is not None and int(self._ranking.candidates.rows[position]) == row

    def _members(self, row: int) -> Ids:
        """The rows of the same group that pass the filters."""
        same = self._groups == self._groups[row]
        if self._ranking.allowed is not None:
            same = same & self._ranking.allowed
        return np.flatnonzero(same)

    def _folded(self, row: int) -> tuple[str, ...]:
        return tuple(self._table.ids[other] for other in self._members(row) if other != row)

    # The steps of a score.

    def _bm25_step(self, row: int) -> ReceiptStep:
        """Which terms matched, and what each gave; of copies, the one that matches best."""
        tokens = self._ranking.tokens
        members = self._members(row)
        scores = self._lexical.scores(tokens)
        best = int(members[int(scores[members].argmax())]) if len(members) else row
        terms = sorted(self._lexical.contributions(tokens, best), key=lambda term: -term[1])
        parts = [ReceiptPart(token, value) for token, value in terms[:MOST_TERMS]]
        if len(terms) > MOST_TERMS:
            rest = math.fsum(value for _, value in terms[MOST_TERMS:])
            parts.append(ReceiptPart(f"{len(terms) - MOST_TERMS} more terms", rest))
        distinct = len(set(tokens))
        words = f"{len(terms)} of the query's {distinct} terms occur here"
        rank = self._rank_in("bm25", row)
        words += f"; rank {rank}" if rank else ""
        return as_step("BM25", parts, float(scores[best]), words)

    def _dense_step(self, row: int) -> ReceiptStep | None:
        asked = self._ranking.asked
        if asked is None:
            return None
        position = self._position(row)
        members = self._members(row)
        similarities, _ = asked.of(members if len(members) else np.array([row]))
        if np.isnan(similarities).all():
            return ReceiptStep("dense", 0.0, (), "no vector yet")
        similarity = float(np.nanmax(similarities))
        if position is not None:  # to the last digit as the search had it
            similarity = float(self._ranking.candidates.dense[position])
            if np.isnan(similarity):
                return ReceiptStep("dense", 0.0, (), "no vector yet when this was searched")
        rank = self._rank_in("dense", row)
        without = ""
        if self._ranking.dialects is not None:
            own = self._ranking.dialects.of(self._ranking.understanding)
            without = " (without what its dialect has in common)" if own is not None else ""
        words = f"cosine of the query's vector{without} and the chunk's"
        words += f"; rank {rank}" if rank else ""
        return as_step("dense", [ReceiptPart("similarity", similarity)], similarity, words)

    def _rank_in(self, leg: str, row: int) -> int | None:
        """The rank in a leg's list; None if the list does not hold it."""
        position = self._position(row)
        if position is None:
            return None
        candidates = self._ranking.candidates
        ranks = candidates.bm25_rank if leg == "bm25" else candidates.dense_rank
        return int(ranks[position]) or None

    def _candidate_steps(self, position: int) -> list[ReceiptStep]:
        steps = [step for step in (self._hub_step(position),) if step]
        steps += [self._fusion_step(position)]
        steps += [step for step in (self._shape_step(position),) if step]
        steps += [step for step in (self._witness_step(position),) if step]
        steps += [step for step in (self._rerank_step(position),) if step]
        return steps

    def _hub_step(self, position: int) -> ReceiptStep | None:
        """What was taken off the similarity; None if nothing was."""
        candidates = self._ranking.candidates
        similarity, distinct = candidates.dense[position], candidates.distinct[position]
        if np.isnan(similarity) or similarity == distinct:
            return None
        taken = float(distinct) - float(similarity)
        penalty = self._ranking.shares.hubs
        note = f"{penalty:.2f} × {-taken / penalty:.3f}, its mean similarity to them"
        parts = [
            ReceiptPart("similarity", float(similarity)),
            ReceiptPart("nearest neighbours", taken, note),
        ]
        words = "less what it is similar to anyway: its nearest neighbours in the corpus"
        return as_step("distinct", parts, float(distinct), words)

    def _fusion_step(self, position: int) -> ReceiptStep:
        ranking, found = self._ranking, self._ranking.candidates
        shares = ranking.shares
        dense, level = float(np.float32(shares.dense)), float(np.float32(shares.level))
        parts = mixed(found.bm25, found.distinct, dense, position, 1.0 - level, "")
        if level > 0.0:
            levels = found.bm25_level, found.dense_level
            parts += mixed(*levels, dense, position, level, " level")
        total = float(shares.mixed[position])
        if np.isnan(found.dense).all():
            words = "BM25 alone: there are no vectors to ask"
        elif not found.bm25.any():
            words = "no term matched: dense"
        else:
            partly = f", of a corpus {shares.coverage:.0%} embedded" if shares.coverage < 1 else ""
            kind = _kind(ranking.understanding.kind)
            words = f"{kind} query → dense {dense:.2f}{partly}; {_reasons(ranking)}"
        return as_step("fusion", parts, total, words + self._dialect(position))

    def _dialect(self, position: int) -> str:
        """What the levels of a candidate are, if they count."""
        dialects, level = self._ranking.dialects, self._ranking.shares.level
        if dialects is None or level == 0.0:
            return ""
        name = dialects.name(int(dialects.rows[self._ranking.candidates.rows[position]]))
        return (
            f"; {level:.0%} is what stands out in its own dialect: a level counts deviations from "
            f"the mean of {name}"
        )

    def _shape_step(self, position: int) -> ReceiptStep | None:
        shares = self._ranking.shares
        words = "the shape of the code, names aside"
        around = shares.mixed, shares.shaped
        return mixed_in("shape", shares.alike, shares.shape, position, around, words)

    def _witness_step(self, position: int) -> ReceiptStep | None:
        shares = self._ranking.shares
        words = "how much it resembles the best candidates of other languages and frameworks"
        around = shares.shaped, self._ranking.fused
        return mixed_in("witnesses", shares.support, shares.witness, position, around, words)

    def _rerank_step(self, position: int) -> ReceiptStep | None:
        ranking = self._ranking
        total = ranking.combined[position]
        if np.isnan(total):
            return None
        head = ranking.first_order[~np.isnan(ranking.judged[ranking.first_order])]
        told = standardised(ranking.fused[head], ranking.judged[head])
        at = int(np.flatnonzero(head == position)[0])
        share = ranking.shares.rerank
        parts = [
            ReceiptPart("first stage", (1.0 - share) * float(ranking.fused[position]),
                        f"share {1 - share:.3f} × {float(ranking.fused[position]):.3f}"),
            ReceiptPart("cross-encoder", share * float(told[at]),
                        f"share {share:.3f} × {float(told[at]):.3f} "
                        f"(probability {float(ranking.judged[position]):.4f})"),
        ]  # fmt: skip
        before = int(np.flatnonzero(ranking.first_order == position)[0]) + 1
        after = int(np.flatnonzero(ranking.order == position)[0]) + 1
        moved = f"moved it from {before} to {after}" if before != after else f"left it at {after}"
        return as_step("cross-encoder", parts, float(total), f"read the first {len(head)}; {moved}")

    # Filters, and what was lost.

    def _filters(self) -> tuple[str, ...]:
        query = self._ranking.query
        named = (
            ("framework", query.framework.value if query.framework else None),
            ("language", query.language),
            ("path", query.path),
        )
        return tuple(f"{name}: {value}" for name, value in named if value)

    def _why_not(self, row: int, position: int | None, rank: int | None) -> tuple[str, str]:
        """In which stage a row was lost, and what would have kept it."""
        ranking = self._ranking
        if ranking.allowed is not None and not ranking.allowed[row]:
            lost = self._filters_against(row)
            return (
                f"filtered out before the search: it does not pass {' and '.join(lost)}",
                f"search without the filter on {' and '.join(n.split(':')[0] for n in lost)}",
            )
        if position is None:
            return self._not_a_candidate(row)
        if not self._stands(row, position):
            other = self._table.ids[int(ranking.candidates.rows[position])]
            return (
                f"folded: {other} has the same text and stands for it, at rank {rank}",
                "nothing is lost; the copies are listed with the one that is shown",
            )
        assert rank is not None
        return self._below_the_list(position, rank)

    def _filters_against(self, row: int) -> list[str]:
        query = self._ranking.query
        lost = []
        for name in ("framework", "language", "path"):
            value = getattr(query, name)
            if value is None:
                continue
            bare = replace(query, framework=None, language=None, path=None)
            allowed = allowed_rows(self._table, replace(bare, **{name: value}))
            if allowed is not None and not allowed[row]:
                lost.append(f"{name}: {getattr(value, 'value', value)}")
        return lost or ["the documents left out"]

    def _not_a_candidate(self, row: int) -> tuple[str, str]:
        ranking = self._ranking
        depth = ranking.shares.depth
        standings = []
        if ranking.bm25 is not None:
            scores = ranking.bm25.compared
            standings.append(_standing("BM25", scores, row, self._groups, ranking.allowed))
        if ranking.asked is not None:
            dense = ranking.asked.of(np.arange(len(self._groups)))[1]
            if not np.isnan(dense[row]):
                dense = np.nan_to_num(dense, nan=_LOWEST)
                standings.append(_standing("dense", dense, row, self._groups, ranking.allowed))
        by = "" if ranking.dialects is None else " among levels"
        found = [
            f"{name} rank {rank}{by}" if rank else f"no {name} match" for name, rank in standings
        ]
        return (
            f"no candidate: {' and '.join(found)}, where the first {depth} of each list go on",
            "use more of its words in the query, or narrow the search to its framework, language "
            "or path",
        )

    def _below_the_list(self, position: int, rank: int) -> tuple[str, str]:
        ranking = self._ranking
        k = ranking.query.k
        last = int(ranking.order[k - 1])
        reranked = not np.isnan(ranking.combined[position])
        stage = "after the cross-encoder" if reranked else "after fusion"
        ours, theirs = ranking.final_score(position), ranking.final_score(last)
        seen_last = not np.isnan(ranking.combined[last])
        if seen_last and not reranked:
            gap = "the cross-encoder read only what was before it"
            return f"rank {rank} {stage}: below the {k} shown; {gap}", (
                f"ask for at least {rank} results, or let the cross-encoder read {rank}"
            )
        return (
            f"rank {rank} {stage}: below the {k} shown, {theirs - ours:.4f} behind the last",
            f"ask for at least {rank} results",
        )


def _standing(
    name: str, scores: Scores, row: int, groups: Ids, allowed: Mask | None
) -> tuple[str, int | None]:
    """The rank of a row's group by a leg's scores; None if BM25 finds nothing in it."""
    if allowed is not None:
        scores = np.where(allowed, scores, np.float32(_LOWEST))
    best = np.full(int(groups.max()) + 1, _LOWEST, dtype=np.float32)
    np.maximum.at(best, groups, scores)
    own = best[groups[row]]
    if name == "BM25" and own <= 0:
        return name, None
    return name, int(np.count_nonzero(best > own)) + 1


def _kind(kind: QueryKind) -> str:
    return "words" if kind is QueryKind.WORDS else "code"


def _reasons(ranking: Ranking) -> str:
    """What of the query decided the shares."""
    features = ranking.features
    return (
        f"{round(math.expm1(features.length))} terms, the best match holds "
        f"{math.exp(features.explained):.0%} of them by weight, both lists share "
        f"{round(10 * features.agreement)} of their first 10, {features.same_language:.0%} of the "
        f"corpus is in its language, the closest vector counts as {features.closest:.2f}"
    )
