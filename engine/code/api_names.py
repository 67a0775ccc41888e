"""The table of API names that mean the same in different frameworks."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from engine.code.prefixes import strip_prefix
from engine.paths import RESOURCES


_TWO_HUMPS = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2,}[a-z]")


@dataclass
class ApiNames:
    """Names → neutral name, by what has to be known about a name before it may be replaced.

    `qualified` holds dotted tails that count after a framework prefix (`torch.cat`), `methods`
    those that count after a dot (`x.unsqueeze`), `words` those that count anywhere (`LSTM`).
    """

    qualified: dict[str, str] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> ApiNames:
        """Read the table. Each group has `name`, and any of `apis`, `methods` and `words`."""
        names = cls()
        for group in json.loads(path.read_text(encoding="utf-8"))["groups"]:
            neutral = group["name"]
            for api in group.get("apis", ()):
                tail = strip_prefix(api)
                names.qualified.setdefault(tail, neutral)
                if _is_distinctive(tail):
                    names.words.setdefault(tail, neutral)
            for method in group.get("methods", ()):
                names.methods.setdefault(method, neutral)
            for word in group.get("words", ()):
                names.words[word] = neutral
        return names

    def neutral(self, parts: Sequence[str], *, qualified: bool, method: bool) -> tuple[int, str]:
        """How many leading parts keep their own tokens, and the neutral name for the rest.

        The name is empty if there is none. A method keeps its own tokens as well: `view` alone
        is too common a word to be replaced by `reshape`.
        """
        last = len(parts) - 1
        for start in range(max(last - 1, 0), last + 1):
            tail = ".".join(parts[start:])
            found = (self.qualified.get(tail) if qualified else None) or self.words.get(tail)
            if found is not None:
                return start, found
        return len(parts), self.methods.get(parts[-1], "") if method else ""


def _is_distinctive(name: str) -> bool:
    """Whether a name (`MaxPool2D`, not `Range`) says enough to need no prefix."""
    return _TWO_HUMPS.search(name) is not None and "." not in name


@lru_cache(maxsize=1)
def api_names() -> ApiNames:
    """The table that ships with Counterpart, read once."""
    return ApiNames.load(RESOURCES / "api_names.json")
