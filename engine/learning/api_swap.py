"""Spells a snippet's API calls as another framework does: `torch.cat` becomes `paddle.concat`.

Only names change, by the maps that the neutral view reads too (`resources/api_maps.json`): order
and names of arguments stay. That is no translation that would run; it is a view that keeps a model
from telling tasks apart by the framework they are written in.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from engine.code.api_names import read_groups
from engine.code.prefixes import CHAIN, strip_prefix
from engine.paths import RESOURCES
from engine.types import Framework

_ROOTS = {
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
_USUAL = (  # how people import these; the longest first
    ("torch.nn.functional.", "F."),
    ("torch.nn.", "nn."),
    ("torch.optim.", "optim."),
    ("paddle.nn.functional.", "F."),
    ("paddle.nn.", "nn."),
    ("mx.gluon.nn.", "nn."),
    ("mx.gluon.", "gluon."),
    ("mx.nd.", "nd."),
    ("jax.numpy.", "jnp."),
    ("jax.lax.", "lax."),
    ("flax.linen.", "nn."),
    ("keras.layers.", "layers."),
    ("mindspore.nn.", "nn."),
    ("mindspore.ops.", "ops."),
    ("numpy.", "np."),
)
_IMPORT = re.compile(r"(?m)^\s*(?:from\s+\S+\s+import\s.*|import\s.*)\n?")

Spellings = Mapping[tuple[Framework, bool], tuple[str, ...]]
"""The names of one operation by framework, and whether they name a class."""


def swap_apis(code: str, rng: random.Random) -> str:
    """`code` with its calls as another framework spells them, imports left out.

    The framework is drawn among those that have a name for most of the calls. Code without a call
    that the table knows comes back as it is.
    """
    known = _table()
    found = [match for match in CHAIN.finditer(code) if _key(match.group()) in known]
    if not found:
        return code
    operations = [known[_key(match.group())] for match in found]
    reach = Counter(
        framework
        for match, spellings in zip(found, operations, strict=True)
        for framework, is_class in spellings
        if is_class == _is_class(match.group())
    )
    for framework in {_written_in(match.group()) for match in found}:
        if framework is not None:
            del reach[framework]
    if not reach:
        return code
    most = max(reach.values())
    target = rng.choice(sorted(name for name, count in reach.items() if count >= 0.8 * most))
    pieces, end = [], 0
    for match, spellings in zip(found, operations, strict=True):
        names = spellings.get((target, _is_class(match.group())))
        if names:
            pieces += [code[end : match.start()], _usual(names[0])]
            end = match.end()
    return _IMPORT.sub("", "".join([*pieces, code[end:]]))


@lru_cache(maxsize=1)
def _table() -> dict[str, Spellings]:
    return spellings_by_name(RESOURCES / "api_maps.json")


def spellings_by_name(path: Path) -> dict[str, Spellings]:
    """The spellings of each operation of the API maps, by every name it has without its prefix."""
    table: dict[str, Spellings] = {}
    for group in read_groups(path):
        names: dict[tuple[Framework, bool], list[str]] = defaultdict(list)
        for api in group.apis:
            framework, is_class = kind_of(api)
            if framework is not None:
                names[framework, is_class].append(api)
        spellings = {key: tuple(found) for key, found in names.items()}
        for api in group.apis:
            table.setdefault(strip_prefix(api), spellings)
    return table


def _key(chain: str) -> str:
    return strip_prefix(chain)


def kind_of(api: str) -> tuple[Framework | None, bool]:
    """The framework of a name in full, and whether it names a class."""
    return _ROOTS.get(api.partition(".")[0]), _is_class(api)


def _is_class(name: str) -> bool:
    return name.rpartition(".")[2][:1].isupper()


def _usual(name: str) -> str:
    for full, short in _USUAL:
        if name.startswith(full):
            return short + name[len(full) :]
    return name


@lru_cache(maxsize=1)
def _usual_frameworks() -> dict[str, Framework]:
    alike = Counter(short for _, short in _USUAL)
    known = {
        short.rstrip("."): _ROOTS[full.partition(".")[0]]
        for full, short in _USUAL
        if alike[short] == 1  # `nn.` says nothing
    }
    return known | _ROOTS


def _written_in(chain: str) -> Framework | None:
    return _usual_frameworks().get(chain.partition(".")[0])
