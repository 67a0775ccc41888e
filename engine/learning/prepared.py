"""What the recipe of the training data did: figures, and the tables that show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.learning.groups import Group
from engine.learning.leakage.report import FilterReport
from engine.learning.mining import OLDER
from engine.learning.pairs.cleaning import CleanReport
from engine.learning.pairs.split import SplitReport
from engine.learning.pairs.table import Row
from engine.learning.pairs.tokens import code_tokens, text_tokens

_TOKENS = ("text tokens", "code tokens")
_PAIRS = (
    "pairs from packages",
    "mined",
    "older",
    "length",
    "repeated",
    "leaking",
    "kept",
    *_TOKENS,
)
_PUBLISHED = ("published pairs", "read", "repeated", "leaking", "kept", *_TOKENS)
_MARKS = ("with near-copies", "with hollow bodies", "that teach")
_GROUPS = ("groups of codes", "found", "repeated", "leaking", "kept", *_MARKS, "code tokens")


@dataclass
class GroupCount:
    """What became of the groups of one source."""

    task: str
    source: str
    found: int = 0
    copies: int = 0
    leaking: int = 0
    kept: int = 0
    near: int = 0  # of those kept: with near-copies, with hollow texts, with anything to draw
    hollow: int = 0
    teaching: int = 0
    texts: int = 0
    words: int = 0
    code: int = 0
    codes: int = 0

    def add(self, group: Group, *, copied: bool, leaking: bool) -> bool:
        """Count a group; whether it is kept."""
        self.found += 1
        if copied or leaking:
            self.copies += copied
            self.leaking += leaking and not copied
            return False
        self.kept += 1
        self.near += bool(group.near_copies)
        self.hollow += bool(group.hollow)
        self.teaching += group.teaches
        self.texts += len(group.texts)
        for text in group.texts:
            if text.is_code:
                self.code += len(code_tokens(text.content))
                self.codes += 1
            else:
                self.words += len(text_tokens(text.content))
        return True

    @property
    def is_of_pairs(self) -> bool:
        """Whether the groups are pairs of a text and a code."""
        return self.codes < self.texts

    def as_pairs(self) -> list[object]:
        """A row of the table of published pairs."""
        row = [self.source, self.found, self.copies, self.leaking, self.kept]
        return [*row, self.words / max(self.texts - self.codes, 1), self.code / max(self.codes, 1)]

    def as_groups(self) -> list[object]:
        """A row of the table of groups of codes."""
        row = [f"{self.task}: {self.source}", self.found, self.copies, self.leaking, self.kept]
        return [*row, self.near, self.hollow, self.teaching, self.code / max(self.codes, 1)]


@dataclass(frozen=True)
class Prepared:
    """Everything the recipe counted. `mined` has an entry for each package, then the twins'."""

    packages: int
    licences: Mapping[str, int]
    evaluation_texts: int
    mined: Sequence[Mapping[str, int]]
    cleaned: CleanReport
    filtered: FilterReport
    split: SplitReport
    groups: Sequence[GroupCount]

    @property
    def pairs(self) -> int:
        """Pairs of text and code in all splits, those of the published sets included."""
        published = sum(count.kept for count in self.groups if count.is_of_pairs)
        return sum(self.split.pairs.values()) + published

    def teaching(self, task: str) -> int:
        """Groups of codes that teach something, in all splits: `twins` or `languages`."""
        return sum(count.teaching for count in self.groups if count.task == task)

    def as_json(self) -> dict[str, Any]:
        """The figures in terms of JSON."""
        return {
            "packages": self.packages,
            "licences": dict(self.licences),
            "evaluation_texts": self.evaluation_texts,
            "text_code_pairs": self.pairs,
            "twins_that_teach": self.teaching("twins"),
            "translations_that_teach": self.teaching("languages"),
            "pairs": list(self._pair_rows()),
            "split": {
                "pairs": dict(self.split.pairs),
                "repositories": dict(self.split.groups),
            },
            "groups": [vars(count) for count in self.groups],
            "twins_left_out": dict(self.mined[-1]),
            "leakage": self.filtered.as_json(),
        }

    def lines(self) -> Iterator[str]:
        """The tables, in Markdown."""
        published = [count for count in self.groups if count.is_of_pairs]
        codes = [count for count in self.groups if not count.is_of_pairs]
        yield from _table(_PAIRS, [list(row.values()) for row in self._pair_rows()])
        yield ""
        yield from _table(_PUBLISHED, [count.as_pairs() for count in published])
        yield ""
        yield from _table(_GROUPS, [count.as_groups() for count in codes])
        yield ""
        yield (
            f"{self.pairs:,} pairs of text and code; groups that teach: {self.teaching('twins'):,} "
            f"across frameworks, {self.teaching('languages'):,} across languages."
        )

    def _pair_rows(self) -> Iterator[dict[str, Any]]:
        lengths, removed = self.cleaned.lost, self.filtered.by(0)
        for row in self.cleaned.before:
            kind = row.kind
            kinds = list(lengths) if kind == "all" else [kind]
            lost = [lengths.get(name, {}) for name in kinds]
            length = sum(n for part in lost for why, n in part.items() if not _is_repeat(why))
            repeated = sum(n for part in lost for why, n in part.items() if _is_repeat(why))
            leaking = sum(removed.values()) if kind == "all" else removed.get(kind, 0)
            older = self._counted(OLDER, kind)
            after = _row_of(self.cleaned.after, kind)
            yield {
                "kind": kind,
                "mined": row.pairs + older,
                "older": older,
                "length": length,
                "repeated": repeated,
                "leaking": leaking,
                "kept": (after.pairs if after else 0) - leaking,
                "text_tokens": after.text_tokens if after else 0.0,
                "code_tokens": after.code_tokens if after else 0.0,
            }

    def _counted(self, what: str, kind: str) -> int:
        """A count of all packages; of every kind for `all`."""
        return sum(
            count
            for counts in self.mined[:-1]
            for name, count in counts.items()
            if name.startswith(f"{what} ") and (kind == "all" or name == f"{what} {kind}")
        )


def _is_repeat(reason: str) -> bool:
    return reason.startswith(("same", "nearly"))


def _row_of(rows: Sequence[Row], kind: str) -> Row | None:
    return next((row for row in rows if row.kind == kind), None)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|---|{'---:|' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(_cell(value) for value in row)} |"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
