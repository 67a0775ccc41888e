"""What each rule of the leakage filter catches, and how fast it is.

    python -m tests.benchmarks.leakage_rules DATA

Functions and questions of the evaluation sets in DATA are changed in ways that a copy in the wild
would be, and shown to each rule alone. A row says which part of them the rule still recognises.
"""

from __future__ import annotations

import builtins
import keyword
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from engine.learning.evaluation_sets import published_texts
from engine.learning.leakage.containment import ContainmentIndex
from engine.learning.leakage.guard import NEAR, LeakageFilter
from engine.learning.leakage.tokens import exact_key, shape_key, tokens_of
from engine.learning.minhash import NearIndex

COUNT = 500
NAME = re.compile(r"(?<![.\w])[a-z_]\w*")
DOCSTRING = re.compile(r"(\"{3}|'{3}).*?\1", re.S)
FIXED = {*keyword.kwlist, *dir(builtins), "self"}


def names(code: str) -> list[str]:
    """The names a function binds, most frequent first."""
    found = Counter(name for name in NAME.findall(code) if name not in FIXED)
    return [name for name, _ in found.most_common()]


def renamed(code: str, count: int) -> str:
    for number, name in enumerate(names(code)[:count]):
        code = re.sub(rf"(?<![.\w]){re.escape(name)}\b", f"other_{number}", code)
    return code


def every_fourth_line(code: str) -> str:
    lines = code.splitlines()
    for at in range(2, len(lines), 4):
        lines[at] = renamed(lines[at], 2)
    return "\n".join(lines)


def larger_part(code: str) -> str:
    lines = DOCSTRING.sub("", code).splitlines()
    return "\n".join(lines[: max(2 * len(lines) // 3, 1)])


def in_a_file(code: str) -> str:
    filler = "\n".join(f"def helper_{n}(a, b):\n    return a + b * {n}\n" for n in range(30))
    return f"{filler}\n{code}\n{filler}"


CODE: dict[str, Callable[[str], str]] = {
    "comments and layout changed": lambda code: code.replace("    ", "  ") + "\n# the end",
    "function inside a file": in_a_file,
    "first two thirds": larger_part,
    "function renamed": lambda code: re.sub(r"def \w+", "def other", code, count=1),
    "one name changed throughout": lambda code: renamed(code, 1),
    "two names changed on every fourth line": every_fourth_line,
    "all names changed": lambda code: renamed(code, 99),
}
WORDS: dict[str, Callable[[str], str]] = {
    "words in another order": lambda text: " ".join(reversed(text.split())),
    "one word more": lambda text: f"{text} please",
    "one word less": lambda text: " ".join(text.split()[1:]),
    "two words more": lambda text: f"please tell {text}",
}


def main(data: Path) -> None:
    texts = list(published_texts(data))
    contained, near, guard = ContainmentIndex(), NearIndex(NEAR), LeakageFilter()
    exact: set[int] = set()
    shapes: set[int | None] = set()
    started = time.perf_counter()
    for number, (name, text) in enumerate(texts):
        tokens = tokens_of(text)
        exact.add(exact_key(tokens))
        shapes.add(shape_key(text))
        contained.add(number, tokens)
        near.add(tokens)
        guard.add(name, text)
    print(f"learnt {len(texts):,} texts twice in {time.perf_counter() - started:.1f} s")
    shapes.discard(None)
    rules: dict[str, Callable[[str], bool]] = {
        "exact": lambda text: exact_key(tokens_of(text)) in exact,
        "renamed": lambda text: shape_key(text) in shapes,
        "contained": lambda text: contained.find(tokens_of(text)) is not None,
        "MinHash": lambda text: near.nearest(tokens_of(text)) is not None,
        "filter": lambda text: guard.leak(text) is not None,
    }
    chance = random.Random(0)
    codes = [text for name, text in texts if name == "cosqa corpus" and text.count("\n") > 5]
    words = [text for name, text in texts if name.startswith("cosqa") and "\n" not in text]
    words = [text for text in words if 5 <= len(text.split()) <= 12 and "def " not in text]
    print(f"\n{'':40} " + " ".join(f"{label:>9}" for label in rules))
    for label, change, pool in (
        *((label, change, codes) for label, change in CODE.items()),
        *((label, change, words) for label, change in WORDS.items()),
    ):
        chosen = [change(text) for text in chance.sample(pool, min(COUNT, len(pool)))]
        shares = [sum(map(rule, chosen)) / len(chosen) for rule in rules.values()]
        print(f"{label:40} " + " ".join(f"{share:9.2f}" for share in shares))
    print()
    sample = chance.sample(codes, min(2000, len(codes)))
    for label, rule in rules.items():
        started = time.perf_counter()
        for text in sample:
            rule(text)
        print(
            f"{label:10} {len(sample) / (time.perf_counter() - started):9,.0f} functions a second"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
