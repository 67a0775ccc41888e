"""Spells a snippet's API calls as another framework does: `torch.cat` becomes `paddle.concat`.

Only names change, by the maps that the neutral view reads too (`resources/api_maps.json`): order
and names of arguments stay. That is no translation that would run; it is a view that keeps a model
from telling tasks apart by the framework they are written in.
"""

from __future__ import annotations

import random
from collections import Counter
from functools import lru_cache

from engine.code.api_spellings import ROOTS, api_spellings, is_class
from engine.code.imports import drop_imports
from engine.code.prefixes import CHAIN, strip_prefix
from engine.types import Framework

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


def swap_apis(code: str, rng: random.Random) -> str:
    """`code` with its calls as another framework spells them, imports left out.

    The framework is drawn among those that have a name for most of the calls. Code without a call
    that the table knows comes back as it is.
    """
    known = api_spellings()
    found = [match for match in CHAIN.finditer(code) if _key(match.group()) in known]
    if not found:
        return code
    operations = [known[_key(match.group())] for match in found]
    reach = Counter(
        framework
        for match, spellings in zip(found, operations, strict=True)
        for framework, a_class in spellings
        if a_class == is_class(match.group())
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
        names = spellings.get((target, is_class(match.group())))
        if names:
            pieces += [code[end : match.start()], _usual(names[0])]
            end = match.end()
    return drop_imports("".join([*pieces, code[end:]]))


def _key(chain: str) -> str:
    return strip_prefix(chain)


def _usual(name: str) -> str:
    for full, short in _USUAL:
        if name.startswith(full):
            return short + name[len(full) :]
    return name


@lru_cache(maxsize=1)
def _usual_frameworks() -> dict[str, Framework]:
    alike = Counter(short for _, short in _USUAL)
    known = {
        short.rstrip("."): ROOTS[full.partition(".")[0]]
        for full, short in _USUAL
        if alike[short] == 1  # `nn.` says nothing
    }
    return known | ROOTS


def _written_in(chain: str) -> Framework | None:
    return _usual_frameworks().get(chain.partition(".")[0])
