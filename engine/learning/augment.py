"""What a text may look like the next time training sees it.

Every choice comes from the `random.Random` that is passed in, so that a step can be repeated.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from engine.code.imports import drop_imports
from engine.code.neutral import neutral_view
from engine.learning.api_swap import swap_apis
from engine.learning.comments import drop_comments
from engine.learning.groups import Text
from engine.learning.renaming import hide_function_name, rename_identifiers

_STOP_WORDS = "a an the of for to is are be this that given from with and in it its on by as"
_STOP = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True, slots=True)
class Chances:
    """How often each change happens (probabilities)."""

    neutral: float = 0.5
    no_imports: float = 0.3
    rename: float = 0.1
    hide_name: float = 0.25
    no_comments: float = 0.4
    crop: float = 0.3
    question: float = 0.35
    swap: float = 0.0  # calls spelled as another framework does
    documented: float = 0.0  # of description–function pairs: the code keeps its docstring


def vary(text: Text, chances: Chances, rng: random.Random, max_lines: int = 60) -> str:
    """One view of `text`."""
    if not text.is_code:
        is_changed = rng.random() < chances.question
        return as_search_words(text.content, rng) if is_changed else text.content
    code = text.content
    if rng.random() < chances.no_comments:
        code = drop_comments(code, text.language)
    if rng.random() < chances.rename:
        code = rename_identifiers(code, rng, text.language)
    elif rng.random() < chances.hide_name:
        code = hide_function_name(code)
    if chances.swap and rng.random() < chances.swap:  # no draw where it is not asked for:
        code = swap_apis(code, rng)  # runs of older recipes stay what they were
    elif rng.random() < chances.neutral:
        code = neutral_view(code, text.language)
    elif rng.random() < chances.no_imports:
        code = drop_imports(code)
    lines = code.splitlines()
    if rng.random() < chances.crop and len(lines) > 8:
        lines = _window(lines, rng)
    view = "\n".join(lines[:max_lines])
    return view if view.strip() else text.content


def with_docstring(code: str, description: str) -> str:
    """Put a docstring under the first line that ends a Python signature, if there is one."""
    found = re.search(r":[ \t]*\n(?=([ \t]+)\S)", code)
    if found is None:
        return code
    return f'{code[: found.end()]}{found.group(1)}"""{description}"""\n{code[found.end() :]}'


def as_search_words(sentence: str, rng: random.Random) -> str:
    """A sentence the way people type it into a search box: `python sort list by key`."""
    words = re.sub(r"[^\w\s.'-]", " ", sentence.split(". ")[0]).lower().rstrip(".").split()
    words = [word for word in words if word not in _STOP or rng.random() < 0.4][:12]
    if words and words[0].endswith("s") and not words[0].endswith("ss"):
        words[0] = words[0][:-1]  # "returns the …" → "return …"
    query = " ".join(words) or sentence
    patterns = (
        "{}",
        "{}",
        "python {}",
        "{} python",
        "{} in python",
        "how to {}",
        "how to {} in python",
    )
    return rng.choice(patterns).format(query)


def _window(lines: list[str], rng: random.Random) -> list[str]:
    size = rng.randint(max(6, len(lines) // 2), len(lines))
    start = rng.randint(0, len(lines) - size)
    return lines[start : start + size]
