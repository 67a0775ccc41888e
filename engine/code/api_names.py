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

    def neutral(self, parts: Sequence[str], *, qualified: bool, method: bool) -> str:
        """The neutral name of a dotted name whose framework prefix is gone; empty if none.

        `qualified` says that there was a prefix, `method` that the last part follows a dot.
        """
        last = parts[-1]
        for tail in (".".join(parts[-2:]), last):
            found = (self.qualified.get(tail) if qualified else None) or self.words.get(tail)
            if found is not None:
                return found
        return self.methods.get(last, "") if method else ""


def _is_distinctive(name: str) -> bool:
    """Whether a name (`MaxPool2D`, not `Range`) says enough to need no prefix."""
    return _TWO_HUMPS.search(name) is not None and "." not in name


@lru_cache(maxsize=1)
def api_names() -> ApiNames:
    """The table that ships with Counterpart, read once."""
    return ApiNames.load(RESOURCES / "api_names.json")
