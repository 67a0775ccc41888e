"""Which frameworks a piece of code uses, from its imports, aliases and calls."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from engine.code.signals import (
    HEADS,
    MODULES,
    TAIL_ENDS,
    TAIL_HEADS,
    TAILS,
    WORDS,
    Candidates,
)
from engine.errors import DataError
from engine.types import Framework

_WORD: Final = re.compile(r"[^\W\d]\w*+")
_CHAIN: Final = re.compile(r"[^\W\d]\w*+(?:\.[^\W\d]\w*+)*+")
_IMPORT: Final = re.compile(
    r"^[ \t]*+(?:>>>[ ])?+(?:import[ \t]++([\w., \t]++)"
    r"|from[ \t]++([\w.]++)[ \t]++import[ \t]*+(?:\(([^()]*+)\)|((?:[^\n(\\;#]|\\\n)++)))",
    re.MULTILINE,
)
# A short alias that the text binds itself: `tf = TarFile(...)`, `open(f) as tf:`, `def f(np):`.
_REBOUND: Final = re.compile(
    r"(?:^|[;,(]|\bfor|\bas)[ \t]*+(?:\*{0,2}|self,[ \t]*)("
    + "|".join(sorted(HEADS.keys() - MODULES.keys()))
    + r")[ \t]*+(?:=(?!=)|:|,[^\n()]{0,80}\)[ \t]*:$|\)[ \t]*:$|\bin\b)",
    re.MULTILINE,
)
_TF_KERAS: Final = "tf.keras"  # not an identifier: marks that names come from tensorflow.keras
_IMPORT_VOTES: Final = 2
_NUMPY_WEIGHT: Final = 0.2  # NumPy beside another framework is a helper

_ALIASES: Final = {
    **{framework.value.lower(): framework for framework in Framework},
    **HEADS,
    "paddlepaddle": Framework.PADDLE,
    "jax/flax": Framework.JAX,
    "tensorflow/keras": Framework.TENSORFLOW,
    "tf.keras": Framework.KERAS,
    "mxnet/gluon": Framework.MXNET,
    "tensorflow2": Framework.TENSORFLOW,
    "apache mxnet": Framework.MXNET,
    "ms": Framework.MINDSPORE,
    "pt": Framework.PYTORCH,
}


def parse_framework(name: str) -> Framework:
    """The framework of that name or alias, whatever its case. Raises `DataError` otherwise."""
    found = _ALIASES.get(name.strip().lower())
    if found is None:
        known = ", ".join(framework.value for framework in Framework)
        raise DataError(f"unknown framework {name.strip()!r}; choose one of {known}")
    return found


def import_aliases(text: str) -> dict[str, Framework]:
    """What the imports of a file bind, for the chunks that are cut from it.

    `np` is MXNet after `from mxnet import np`. The key "tf.keras", if present, says that Keras was
    imported from TensorFlow, so that its names count for both.
    """
    aliases: dict[str, Framework] = {}
    for module, name, bound in _imports(text):
        path = f"{module}.{name}" if name else module
        found = _of_path(path)
        if not found:
            continue
        aliases[bound] = found[-1] if bound != path.split(".")[0] or name else found[0]
        if len(found) > 1:
            aliases[_TF_KERAS] = Framework.TENSORFLOW
    return aliases


def _imports(text: str) -> Iterator[tuple[str, str, str]]:
    """Module, imported name ("" for a whole module) and bound name of every import."""
    if "import" not in text:
        return
    for modules, source, wrapped, plain in _IMPORT.findall(text):
        for part in (modules or wrapped or plain).replace("\\\n", " ").split(","):
            words = part.split("#")[0].split()
            if not words:
                continue
            name = words[0]
            renamed = words[2] if len(words) > 2 and words[1] == "as" else ""
            if source:
                yield source, name, renamed or name
            else:
                yield name, "", renamed or name.split(".")[0]


def _of_path(path: str) -> tuple[Framework, ...]:
    """The framework a dotted path names first; with Keras if it leads there."""
    parts = path.split(".")
    for part in parts:
        first = MODULES.get(part)
        if first is not None:
            if first is Framework.TENSORFLOW and "keras" in parts:
                return first, Framework.KERAS
            return (first,)
    return ()


def detect_frameworks(
    text: str, aliases: Mapping[str, Framework] | None = None
) -> tuple[Framework, ...]:
    """The frameworks that the text uses, most prominent first; empty if none shows.

    `aliases` is what `import_aliases` found in the whole file when `text` is a part of it.
    """
    known = aliases or {}
    words = set(_WORD.findall(text))
    if _says_nothing(words, known):
        return ()
    bound = {**known, **import_aliases(text)}
    votes: Counter[Framework] = Counter()
    shared: list[Candidates] = []
    for module, name, _ in _imports(text):
        votes.update(_of_path(f"{module}.{name}") * _IMPORT_VOTES)
    local = frozenset(_REBOUND.findall(text)).difference(bound)
    for chain in _CHAIN.findall(text):
        _vote(chain, bound, local, votes, shared)
    imported = frozenset(bound.values()) - {Framework.NUMPY}
    _settle(votes, [_among(candidates, imported) for candidates in shared])
    if Framework.NUMPY in votes and votes[Framework.MXNET] and not {"np", "numpy"} & bound.keys():
        votes[Framework.MXNET] += votes.pop(Framework.NUMPY)  # `np` beside `npx` is MXNet's own
    return _ordered(votes)


def _says_nothing(words: set[str], known: Mapping[str, Framework]) -> bool:
    """Whether none of the words could count, so that most code needs no further look."""
    return (
        words.isdisjoint(HEADS)
        and words.isdisjoint(WORDS)
        and (words.isdisjoint(TAIL_HEADS) or words.isdisjoint(TAIL_ENDS))
        and (not known or words.isdisjoint(known))
    )


def _vote(
    chain: str,
    bound: Mapping[str, Framework],
    local: frozenset[str],
    votes: Counter[Framework],
    shared: list[Candidates],
) -> None:
    """Count one dotted name: for a framework at once, or as shared between candidates."""
    parts = chain.split(".")
    framework = bound.get(parts[0])
    if framework is None and len(parts) > 1 and parts[0] not in local:
        framework = HEADS.get(parts[0])
    if framework is not None:
        votes[framework] += 1
        if "keras" in parts and framework is Framework.TENSORFLOW:
            votes[Framework.KERAS] += 1
        elif framework is Framework.KERAS and _TF_KERAS in bound:
            votes[Framework.TENSORFLOW] += 1
        return
    candidates = WORDS.get(parts[-1])
    if len(parts) > 1:
        candidates = TAILS.get(".".join(parts[:2])) or TAILS.get(".".join(parts[-2:])) or candidates
    if candidates is not None:
        shared.append(candidates)


def _among(candidates: Candidates, imported: frozenset[Framework]) -> Candidates:
    """Those of the candidates that the file imports, where it imports any framework at all.

    `backward()` speaks for PyTorch in code without imports, and for nobody else in a file that
    imports MXNet.
    """
    return tuple(name for name in candidates if name in imported) if imported else candidates


def _settle(votes: Counter[Framework], shared: list[Candidates]) -> None:
    """Give each shared name to the candidate that the rest of the text speaks for."""
    guesses: Counter[Framework] = Counter()
    for candidates in shared:
        for place, framework in enumerate(candidates):
            guesses[framework] += 12 // (len(candidates) * (place + 1))
    certain = {framework for framework in votes if framework is not Framework.NUMPY}
    for candidates in filter(None, shared):
        pool = certain.intersection(candidates) if len(candidates) > 1 else ()
        votes[max(pool or candidates, key=lambda framework: guesses[framework])] += 1


def _ordered(votes: Counter[Framework]) -> tuple[Framework, ...]:
    order = list(Framework)

    def rank(framework: Framework) -> tuple[float, int]:
        weight = _NUMPY_WEIGHT if framework is Framework.NUMPY else 1.0
        return -votes[framework] * weight, order.index(framework)

    return tuple(sorted((name for name, count in votes.items() if count), key=rank))
