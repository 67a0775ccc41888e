"""What a text may look like the next time training sees it.

Every choice comes from the `random.Random` that is passed in, so that a step can be repeated.
"""

from __future__ import annotations

import keyword
import random
import re
from dataclasses import dataclass

from engine.code.neutral import neutral_view
from engine.learning.api_swap import swap_apis
from engine.learning.groups import Text

_COMMENT = re.compile(r"(?m)^\s*(#|//).*\n|\s{2,}(#|//) .*$")
_IMPORT = re.compile(r"(?m)^\s*(from\s+\S+\s+import\s.*|import\s.*|using\s+[\w.]+;|#include.*)\n?")
_DEFINED = re.compile(
    r"\bdef\s+(\w+)|\bfunction\s+(\w+)|\b(\w+)\s*\([^()]*\)\s*(?:throws \w+\s*)?\{"
)
_ASSIGNED = re.compile(
    r"\b([A-Za-z_]\w*)\s*(?:[-+*/|&]?=(?!=)|\bin\b)|,\s*([A-Za-z_]\w*)\s*(?=[,)=])"
)
_PARAMETER = re.compile(r"\bdef\s+\w+\s*\(([^)]*)\)")
_STOP_WORDS = "a an the of for to is are be this that given from with and in it its on by as"
_STOP = frozenset(_STOP_WORDS.split())
_COMMON_NAMES = (
    "self cls super True False this new return if else while for switch case int str float list "
    "dict set tuple len range print static public private void boolean final var let const"
)
_KEPT = frozenset(keyword.kwlist) | frozenset(_COMMON_NAMES.split())


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
        code = _COMMENT.sub("", code)
    if rng.random() < chances.rename:
        code = rename_identifiers(code, rng)
    elif rng.random() < chances.hide_name:
        code = hide_function_name(code)
    if chances.swap and rng.random() < chances.swap:  # no draw where it is not asked for:
        code = swap_apis(code, rng)  # runs of older recipes stay what they were
    elif rng.random() < chances.neutral:
        code = neutral_view(code, text.language)
    elif rng.random() < chances.no_imports:
        code = _IMPORT.sub("", code)
    lines = code.splitlines()
    if rng.random() < chances.crop and len(lines) > 8:
        lines = _window(lines, rng)
    return "\n".join(lines[:max_lines]) or text.content


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


def hide_function_name(code: str) -> str:
    """Replace the first defined function's name by `f`, everywhere in the snippet."""
    name = _first_defined(code)
    return re.sub(rf"\b{re.escape(name)}\b", "f", code) if name else code


def rename_identifiers(code: str, rng: random.Random) -> str:
    """Rename the function, its parameters and its variables, as AdvTest does (Lu et al., 2021)."""
    names = [name for name in local_names(code) if rng.random() < 0.9]
    style = rng.choice(("arg_{}", "var{}", "x{}", "v_{}", "loc_{}"))
    mapping = {name: style.format(number) for number, name in enumerate(names)}
    defined = _first_defined(code)
    if defined:
        mapping[defined] = rng.choice(("f", "Func", "solve", "func"))
    if not mapping:
        return code
    pattern = re.compile(r"(?<![.\w])(" + "|".join(map(re.escape, mapping)) + r")\b")
    return pattern.sub(lambda found: mapping[found.group(1)], code)


def local_names(code: str) -> list[str]:
    """Names that the snippet itself introduces, in order, found without a parser."""
    found: dict[str, None] = {}
    for parameters in _PARAMETER.findall(code):
        for part in parameters.split(","):
            found[re.split(r"[:=]", part)[0].strip(" *\n")] = None
    for groups in _ASSIGNED.findall(code):
        for name in groups:
            found[name] = None
    return [name for name in found if name.isidentifier() and name not in _KEPT]


def _first_defined(code: str) -> str:
    found = _DEFINED.search(code)
    name = next((group for group in found.groups() if group), "") if found else ""
    return "" if name in _KEPT or name.startswith("__") else name


def _window(lines: list[str], rng: random.Random) -> list[str]:
    size = rng.randint(max(6, len(lines) // 2), len(lines))
    start = rng.randint(0, len(lines) - size)
    return lines[start : start + size]
