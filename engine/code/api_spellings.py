"""How each framework calls what a name stands for: names only, arguments are in `api_maps`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from engine.code.api_names import read_groups
from engine.code.prefixes import strip_prefix
from engine.paths import RESOURCES
from engine.types import Framework

ROOTS = {
    "torch": Framework.PYTORCH,
    "torchvision": Framework.PYTORCH,
    "tf": Framework.TENSORFLOW,
    "keras": Framework.KERAS,
    "mx": Framework.MXNET,
    "paddle": Framework.PADDLE,
    "jax": Framework.JAX,
    "flax": Framework.JAX,
    "optax": Framework.JAX,
    "mindspore": Framework.MINDSPORE,
    "numpy": Framework.NUMPY,
}
"""The framework of a name in full, by its first component."""

Spellings = Mapping[tuple[Framework, bool], tuple[str, ...]]
"""The names of one meaning by framework and whether they name a class; the usual one first."""


def spellings_by_name(path: Path) -> dict[str, Spellings]:
    """The spellings of every name of the API maps, by the name without its prefix."""
    table: dict[str, Spellings] = {}
    for group in read_groups(path):
        names: dict[tuple[Framework, bool], list[str]] = defaultdict(list)
        for api in group.apis:
            framework, of_class = kind_of(api)
            if framework is not None:
                names[framework, of_class].append(api)
        spellings = {key: tuple(found) for key, found in names.items()}
        for api in group.apis:
            table.setdefault(strip_prefix(api), spellings)
    return table


@lru_cache(maxsize=1)
def api_spellings() -> dict[str, Spellings]:
    """Those of the maps that ship with Counterpart, read once."""
    return spellings_by_name(RESOURCES / "api_maps.json")


def kind_of(api: str) -> tuple[Framework | None, bool]:
    """The framework of a name in full, and whether it names a class."""
    return ROOTS.get(api.partition(".")[0]), is_class(api)


def is_class(name: str) -> bool:
    """Whether a dotted name ends as classes do."""
    return name.rpartition(".")[2][:1].isupper()
