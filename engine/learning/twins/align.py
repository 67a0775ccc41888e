"""Brings counterparts together by framework, module and normalised name."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from engine.learning.definitions import Definition, definitions
from engine.learning.groups import Group, Text
from engine.learning.packages import SourceFile
from engine.learning.pairs.record import anonymous
from engine.learning.twins.marks import mark
from engine.learning.twins.names import normalised_name
from engine.learning.twins.rules import Place, place

TASK = "twins"

MIN_TOKENS = 25
MAX_LINES = 60
MAX_COPIES = 2  # of one routine that a package repeats for every model

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+")

Wanted = Callable[[SourceFile, Definition], bool]
"""Says whether a definition may be used at all; the leakage rules decide that."""


def twin_groups(
    files: Iterable[SourceFile],
    wanted: Wanted = lambda file, definition: True,
    losses: Counter[str] | None = None,
) -> Iterator[Group]:
    """Groups of counterparts in at least two frameworks, copies and hollow bodies marked.

    A routine that a package repeats for every model is given `MAX_COPIES` times; `losses` counts
    what that leaves out, and the definitions that are not `wanted`.
    """
    losses = Counter() if losses is None else losses
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    models: dict[str, str] = {}
    for file in files:
        placed = place(file.path)
        if placed is None:
            continue
        models.setdefault(placed.module, placed.model)
        for name, definition in _named(file, placed):
            codes = found[placed.module, name]
            if placed.framework in codes:
                continue
            if wanted(file, definition):
                codes[placed.framework] = definition.code
            else:
                losses["older than June 2019"] += 1
    copies: Counter[str] = Counter()
    for (module, _), codes in found.items():
        if len(codes) < 2:
            continue
        fingerprint = _without_model_name(next(iter(codes.values())), models[module])
        copies[fingerprint] += 1
        if copies[fingerprint] > MAX_COPIES:
            losses["repeated for another model"] += 1
            continue
        yield group_of(module.partition("/")[0], module, codes.values())


def group_of(source: str, module: str, codes: Iterable[str]) -> Group:
    """A marked group of Python codes; the module, as a hash, is its origin."""
    texts = tuple(Text(code, "Python") for code in codes)
    return mark(Group(TASK, source, texts, origin=anonymous(source, module)))


def is_worth_aligning(definition: Definition) -> bool:
    """Whether a definition says enough to have a counterpart, and not too much."""
    if len(_TOKEN.findall(definition.code)) < MIN_TOKENS or definition.short_name == "__repr__":
        return False
    lines = definition.code.count("\n") + 1
    return lines <= (2 * MAX_LINES if definition.kind == "class" else MAX_LINES)


def _named(file: SourceFile, placed: Place) -> Iterator[tuple[str, Definition]]:
    for definition in definitions(file.text):
        if is_worth_aligning(definition):
            yield normalised_name(definition.name, placed.model), definition


def _without_model_name(code: str, model: str) -> str:
    """The set of words of a routine with the model's name taken out, to see copies as copies."""
    name = model.replace("_", "")
    words = {word.lower().replace(name, "") if name else word.lower() for word in _words(code)}
    return " ".join(sorted(words))


def _words(code: str) -> list[str]:
    return _TOKEN.findall(code)
