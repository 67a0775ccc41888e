"""Near-duplicates by MinHash fingerprints of token runs (Broder, 1997), found by banded hashing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rensa import RMinHash, RMinHashLSH

PERMUTATIONS = 128
_SEED = 20190601
_BANDS = {0.5: 32, 0.7: 16, 0.8: 16}  # rows 4, 8 and 8: a pair at the threshold is met mostly


def fingerprint(items: Iterable[str]) -> RMinHash:
    """The MinHash of a set of strings; the same set gives the same one everywhere."""
    sketch: RMinHash = RMinHash(num_perm=PERMUTATIONS, seed=_SEED)
    sketch.update(list(items))
    return sketch


def runs(tokens: Sequence[str], length: int) -> list[str]:
    """Every run of `length` tokens, joined; of fewer tokens, the one run there is."""
    if len(tokens) <= length:
        return [" ".join(tokens)] if tokens else []
    return [" ".join(tokens[at : at + length]) for at in range(len(tokens) - length + 1)]


class NearIndex:
    """Finds, among token sequences seen before, one whose runs overlap by `threshold` (Jaccard).

    The overlap is estimated from 128 permutations, so its standard error is about 0.04. `threshold`
    is one of 0.5, 0.7 and 0.8.
    """

    def __init__(self, threshold: float = 0.7, run: int = 3) -> None:
        self.threshold = threshold
        self.run = run
        self._sketches: list[RMinHash] = []
        self._buckets = RMinHashLSH(
            threshold=threshold, num_perm=PERMUTATIONS, num_bands=_BANDS[threshold]
        )

    def __len__(self) -> int:
        return len(self._sketches)

    def add(self, tokens: Sequence[str]) -> int:
        """Remember a sequence; returns its number, counted from 0."""
        number = len(self._sketches)
        sketch = fingerprint(runs(tokens, self.run))
        self._sketches.append(sketch)
        self._buckets.insert(number, sketch)
        return number

    def nearest(self, tokens: Sequence[str]) -> tuple[int, float] | None:
        """The number and overlap of the nearest sequence at or above the threshold, if any."""
        if not tokens:
            return None
        sketch = fingerprint(runs(tokens, self.run))
        best: tuple[int, float] | None = None
        for number in self._buckets.query(sketch):
            overlap = float(sketch.jaccard(self._sketches[number]))
            if overlap >= self.threshold and (best is None or overlap > best[1]):
                best = number, overlap
        return best
