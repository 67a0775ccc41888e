"""Cleaning a file of pairs: personal data, lengths, duplicates. What is lost where is counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import DataError
from engine.job import Job
from engine.learning.pairs.near_duplicates import SIMILARITY, Seen
from engine.learning.pairs.personal import code_without_personal_data, without_personal_data
from engine.learning.pairs.record import Pair, PairWriter, check_apart, read_pairs
from engine.learning.pairs.table import Row, Tally
from engine.learning.pairs.tokens import code_tokens, text_tokens
from engine.types import Progress

MIN_CODE_TOKENS = 13
MAX_TOKENS = 500

RULES = (
    f"code of {MIN_CODE_TOKENS} to {MAX_TOKENS} tokens (names, numbers, and every operator or "
    f"punctuation character by itself) and text of 1 to {MAX_TOKENS} words and numbers; one pair "
    f"for each code and for each text; no code that shares {SIMILARITY:.0%} of its runs of three "
    "tokens with one kept before (MinHash); user names, e-mail addresses, URLs that hold a user "
    "and clock times removed from text, comments and docstrings"
)
"""What `clean` does, in one sentence, for its report."""


@dataclass(frozen=True, slots=True)
class CleanReport:
    """The tables before and after, and for each kind how many pairs were lost to what.

    `changed` counts the pairs from which personal data was removed.
    """

    before: list[Row]
    after: list[Row]
    lost: Mapping[str, Mapping[str, int]]
    changed: int
    rules: str
    seconds: float


def clean(pairs: Path, out: Path) -> Job[CleanReport]:
    """Write the pairs that are worth keeping to `out`, which appears once it is complete.

    Of pairs that repeat each other the first is kept; a `parent` may name a pair that was lost.
    Raises `DataError` for a line that is no pair, a file without any, or one that is `out` itself,
    `DiskError` if `out` cannot be written.
    """
    check_apart(pairs, out)
    started = time.monotonic()
    before, after, seen = Tally(), Tally(), Seen()
    lost: dict[str, Counter[str]] = {}
    changed = number = 0
    with PairWriter(out) as writer:
        for number, pair in enumerate(read_pairs(pairs), 1):
            before.add(pair)
            cleaned = depersonalised(pair)
            changed += cleaned is not pair
            tokens = code_tokens(cleaned.code)
            reason = wrong_length(cleaned, len(tokens)) or seen.repeats(cleaned, tokens)
            if reason:
                lost.setdefault(pair.kind, Counter())[reason] += 1
            else:
                after.add(cleaned)
                writer.write(cleaned)
            if number % 100 == 0:
                rate = number / max(time.monotonic() - started, 1e-3)
                message = f"{writer.count:,} kept"
                yield Progress("cleaning pairs", number, None, message=message, rate=rate)
        if not number:
            raise DataError(f"{pairs} holds no pairs; mine some first")
    return CleanReport(
        before=before.rows(),
        after=after.rows(),
        lost={kind: dict(counts.most_common()) for kind, counts in sorted(lost.items())},
        changed=changed,
        rules=RULES,
        seconds=time.monotonic() - started,
    )


def depersonalised(pair: Pair) -> Pair:
    """The pair without personal data; the same object if there was none."""
    text, code = without_personal_data(pair.text), code_without_personal_data(pair.code)
    return pair if (text, code) == (pair.text, pair.code) else replace(pair, text=text, code=code)


def wrong_length(pair: Pair, count: int) -> str:
    """What is wrong with the pair's lengths, empty if nothing; `count` is its code tokens."""
    words = len(text_tokens(pair.text))
    if not words:
        return "no text"
    if count < MIN_CODE_TOKENS:
        return f"code under {MIN_CODE_TOKENS} tokens"
    if count > MAX_TOKENS:
        return f"code over {MAX_TOKENS} tokens"
    return f"text over {MAX_TOKENS} tokens" if words > MAX_TOKENS else ""
