"""Counts of pairs and tokens for each kind of source, as in Table 1 of the NLPyTorch paper."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.job import Job
from engine.learning.pairs.record import Pair, read_pairs
from engine.learning.pairs.tokens import code_tokens, text_tokens
from engine.types import Progress

EDGES = (13, 25, 50, 100, 200, 350, 501)
BUCKETS = ("under 13", "13–24", "25–49", "50–99", "100–199", "200–349", "350–500", "over 500")
"""The buckets of the histograms, in tokens."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of source: its pairs, mean tokens, and pairs in each of `BUCKETS`."""

    kind: str
    pairs: int
    text_tokens: float
    code_tokens: float
    text_histogram: tuple[int, ...]
    code_histogram: tuple[int, ...]


@dataclass(slots=True)
class _Sums:
    pairs: int = 0
    text: int = 0
    code: int = 0
    texts: Counter[int] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)

    def add(self, text: int, code: int) -> None:
        self.pairs += 1
        self.text += text
        self.code += code
        self.texts[bisect_right(EDGES, text)] += 1
        self.codes[bisect_right(EDGES, code)] += 1

    def row(self, kind: str) -> Row:
        return Row(
            kind=kind,
            pairs=self.pairs,
            text_tokens=round(self.text / self.pairs, 2) if self.pairs else 0.0,
            code_tokens=round(self.code / self.pairs, 2) if self.pairs else 0.0,
            text_histogram=tuple(self.texts[bucket] for bucket in range(len(BUCKETS))),
            code_histogram=tuple(self.codes[bucket] for bucket in range(len(BUCKETS))),
        )


class Tally:
    """Counts pairs as they pass by."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Sums] = {}
        self._all = _Sums()

    def add(self, pair: Pair) -> None:
        """Count one pair."""
        self.count(pair.kind, len(text_tokens(pair.text)), len(code_tokens(pair.code)))

    def count(self, kind: str, text: int, code: int) -> None:
        """Count one pair of that many tokens."""
        self._kinds.setdefault(kind, _Sums()).add(text, code)
        self._all.add(text, code)

    def rows(self) -> list[Row]:
        """A row for each kind, by name, and one for all."""
        return [
            *(sums.row(kind) for kind, sums in sorted(self._kinds.items())),
            self._all.row("all"),
        ]


def table(pairs: Path) -> Job[list[Row]]:
    """The rows of the table for a file of pairs. Raises `DataError` for a line that is none."""
    tally = Tally()
    for number, pair in enumerate(read_pairs(pairs), 1):
        tally.add(pair)
        if number % 500 == 0:
            yield Progress("counting", number, None)
    return tally.rows()


def table_lines(rows: list[Row], *, histograms: bool = False) -> Iterator[str]:
    """The table as lines of text."""
    yield f"{'':26} {'pairs':>9} {'text tokens':>12} {'code tokens':>12}"
    for row in rows:
        yield f"{row.kind:26} {row.pairs:9,} {row.text_tokens:12.1f} {row.code_tokens:12.1f}"
    if histograms:
        yield ""
        yield f"{'share of pairs, %':26} " + " ".join(f"{bucket:>8}" for bucket in BUCKETS)
        for row in rows:
            yield f"{row.kind + ' text':26} " + _shares(row.text_histogram, row.pairs)
            yield f"{row.kind + ' code':26} " + _shares(row.code_histogram, row.pairs)


def _shares(histogram: tuple[int, ...], pairs: int) -> str:
    return " ".join(f"{100 * count / max(pairs, 1):8.1f}" for count in histogram)
