"""The API names that mean the same in different frameworks.

They come from the API maps (`resources/api_maps.json`): what the maps put into a row has the row's
neutral name, and `names` in the same file adds what no row holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from engine.code.prefixes import strip_prefix
from engine.paths import RESOURCES

_TWO_HUMPS = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2,}[a-z]")


@dataclass(frozen=True, slots=True)
class ApiGroup:
    """Names with one meaning: `apis` count after a framework prefix (`torch.cat`), and anywhere
    when they are class names; `methods` count after a dot; `words` count anywhere.

    The first of a framework's APIs is the usual one.
    """

    name: str
    apis: tuple[str, ...]
    methods: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def read_groups(path: Path) -> list[ApiGroup]:
    """The groups of the API maps: those of `names`, each with what the operations add to it."""
    table = json.loads(path.read_text(encoding="utf-8"))
    said = said_by(table["operations"])
    return [
        ApiGroup(
            group["name"],
            tuple(dict.fromkeys([*group.get("apis", ()), *said.get(group["name"], ())])),
            tuple(group.get("methods", ())),
            tuple(group.get("words", ())),
        )
        for group in table["names"]
    ]


def said_by(operations: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """The APIs of the operations by neutral name: the row's, or the spelling's if it has its own.

    (`tf.reshape(x, [-1])` flattens, and is still called `reshape`.)
    """
    said: dict[str, list[str]] = {}
    for row in operations:
        for spelling in row["in"].values():
            neutral = spelling.get("neutral", row["neutral"])
            if neutral:
                said.setdefault(neutral, []).append(spelling["api"])
    return said


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
        """Read the API maps."""
        names = cls()
        for group in read_groups(path):
            for api in group.apis:
                tail = strip_prefix(api)
                names.qualified.setdefault(tail, group.name)
                if _is_distinctive(tail):
                    names.words.setdefault(tail, group.name)
            names.methods.update(dict.fromkeys(group.methods, group.name))
            names.words.update(dict.fromkeys(group.words, group.name))
        return names

    @property
    def fingerprint(self) -> str:
        """Changes whenever a name may be called otherwise than before."""
        tables = (self.qualified, self.methods, self.words)
        listed = json.dumps([sorted(table.items()) for table in tables])
        return blake2b(listed.encode(), digest_size=6).hexdigest()

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
    return ApiNames.load(RESOURCES / "api_maps.json")
