"""Dotted names that begin with a framework: `tf.keras.layers.Dense` is `Dense` to a reader.

Only whole components at the head of a chain are dropped, and never the last one. Components that
say something about the operation (`random`, `linalg`, `autograd`, `fft`) stay.
"""

from __future__ import annotations

import re
from typing import Final

from engine.code.tokens import name_set

ROOTS: Final = name_set(
    "torch torchvision torchtext torchaudio tf tensorflow tfa tfp tfds keras keras_core K "
    "np numpy onp jnp jax flax linen nnx optax haiku hk lax mx mxnet gluon npx nd paddle paddlenlp "
    "fluid mindspore ms mnp mint msnp nn F d2l"
)
"""Heads that are dropped wherever a chain begins with them."""

PACKAGES: Final = name_set(
    "nn functional optim utils data keras layers losses optimizers optimizer initializers "
    "initializer metrics metric activations callbacks models nd sym symbol np npx numpy gluon loss "
    "contrib rnn init schedules linen compat v1 v2 experimental python ops mint common train math "
    "ndarray api modules vision transforms regularizers lr lr_scheduler learning_rate_schedule "
    "operations composite preprocessing backend layer static dygraph fluid raw_ops"
)
"""Modules between the head and the name that say no more than the name does."""

_BEFORE_CLASS: Final = name_set(
    "layers losses optimizers optimizer initializers initializer metrics activations callbacks "
    "regularizers transforms rnn loss schedules optim init"
)
"""Modules often imported by name; as a head they are dropped only before a class name."""

_BEFORE_FUNCTION: Final = {
    "optim": frozenset({"lr_scheduler"}),
    "activations": frozenset({"relu", "softmax", "sigmoid", "tanh", "gelu", "elu", "selu"}),
    "losses": frozenset({"mean_squared_error", "binary_crossentropy", "categorical_crossentropy"}),
}
_NOT_A_MODULE: Final = name_set(
    "append extend insert pop remove clear copy count index reverse sort items keys values get "
    "update add discard setdefault write read close"
)

CHAIN: Final = re.compile(
    r"(?<![\w.])(?:"
    + "|".join(sorted(ROOTS | _BEFORE_CLASS | {"ops"}, key=len, reverse=True))
    + r")(?:\.[^\W\d]\w*+)++"
)
"""A dotted chain that may begin with a framework."""

HINTS: Final = tuple(sorted(f"{root}." for root in ROOTS | _BEFORE_CLASS | {"ops"}))


def droppable(parts: list[str]) -> int:
    """How many leading components of a dotted name belong to a framework (never all)."""
    last = len(parts) - 1
    if last < 1:
        return 0
    head, follower = parts[0], parts[1]
    if head in ROOTS:
        pass
    elif head in _BEFORE_CLASS:
        known = _BEFORE_FUNCTION.get(head, frozenset[str]())
        if not (follower[0].isupper() or follower in known or _initialises(head, follower)):
            return 0
    elif head != "ops" or follower in _NOT_A_MODULE:
        return 0
    count = 1
    while count < last and parts[count] in PACKAGES | ROOTS:
        count += 1
    return count


def _initialises(head: str, follower: str) -> bool:
    return head == "init" and follower.endswith("_") and len(follower) > 3


def strip_prefix(name: str) -> str:
    """The dotted name without its framework: `torch.nn.functional.relu` gives `relu`."""
    parts = name.split(".")
    return ".".join(parts[droppable(parts) :])
