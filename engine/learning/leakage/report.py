"""What a leakage filter removed, in figures and examples."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from engine.learning.leakage.guard import Leak

EXAMPLES_PER_REASON = 3
_EXCERPT = 300  # characters


@dataclass(frozen=True, slots=True)
class Example:
    """A removed row: the side that leaked, what it resembles, and why."""

    row: int  # line of the file, from 1
    side: str
    text: str
    set: str
    reason: str
    overlap: float
    resembles: str


@dataclass
class FilterReport:
    """How many rows there were and went, by source, evaluation set, reason and side."""

    rows: int = 0
    removed: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    evaluation_texts: int = 0

    @property
    def removed_rows(self) -> int:
        """How many rows went."""
        return sum(self.removed.values())

    def note(self, row: int, source: str, side: str, text: str, leak: Leak) -> None:
        """Count a removed row, and keep it as an example if its reason has few."""
        self.removed[source, leak.name, leak.reason.value, side] += 1
        alike = [example for example in self.examples if example.reason == leak.reason]
        if len(alike) < EXAMPLES_PER_REASON:
            self.examples.append(
                Example(
                    row,
                    side,
                    text[:_EXCERPT],
                    leak.name,
                    leak.reason.value,
                    round(leak.overlap, 3),
                    leak.resembles[:_EXCERPT],
                )
            )

    def by(self, *places: int) -> dict[str, int]:
        """Removed rows counted by some of source (0), set (1), reason (2) and side (3)."""
        counts: Counter[str] = Counter()
        for key, count in self.removed.items():
            counts[" · ".join(key[place] for place in places)] += count
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def as_json(self) -> dict[str, Any]:
        """The report in terms of JSON."""
        return {
            "rows": self.rows,
            "kept": self.rows - self.removed_rows,
            "removed": self.removed_rows,
            "evaluation_texts": self.evaluation_texts,
            "by_set_and_reason": self.by(1, 2),
            "by_side": self.by(3),
            "by_source": self.by(0),
            "examples": [
                {name: getattr(example, name) for name in Example.__slots__}
                for example in self.examples
            ],
        }
