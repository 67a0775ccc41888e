"""What the API names of a snippet are called in the other one's framework."""

from __future__ import annotations

import re

from engine.code.api_maps import api_maps
from engine.types import Framework

MOST_HINTS = 300
"""Of one text."""

_CALLED = re.compile(r"(?<![\w.])[^\W\d]\w*+(?:\.[^\W\d]\w*+)*+(?=\s*\()")


def hints_for(text: str, source: Framework | None, target: Framework | None) -> dict[str, str]:
    """A hint for each dotted name that `text` calls and the maps know, by the name as written."""
    if source is None or target is None or source == target:
        return {}
    hints: dict[str, str] = {}
    for name in dict.fromkeys(_CALLED.findall(text)):
        hint = api_maps().hint(name, source, target)
        if hint:
            hints[name] = hint
        if len(hints) >= MOST_HINTS:
            break
    return hints
