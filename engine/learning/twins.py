"""The same routine in several frameworks, aligned by file, class and method name.

Libraries that support several backends keep the counterparts side by side under the same names
(`modeling_bert.py`, `modeling_tf_bert.py`). A rule says which framework a file belongs to and
which module it is the counterpart of; names then meet after the framework's own habits
(`TFBertLayer.call`, `BertLayer.forward`) are taken off.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.learning.definitions import Definition, definitions
from engine.learning.groups import Group, Text
from engine.learning.packages import SourceFile

TASK = "twins"

MIN_TOKENS = 25
MAX_LINES = 60
MAX_COPIES = 2  # of one routine that a package repeats for every model

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+")
_PREFIX = re.compile(r"^(TF|Flax|Paddle|PT)(?=[A-Z])")
_SAME_METHOD = {
    "call": "forward",
    "__call__": "forward",
    "hybrid_forward": "forward",
    "setup": "__init__",
    "build": "__init__",
}
_FRAMEWORK = {
    "": "PyTorch",
    "torch": "PyTorch",
    "pytorch": "PyTorch",
    "tf_": "TensorFlow",
    "tensorflow": "TensorFlow",
    "flax_": "JAX",
    "jax": "JAX",
    "numpy": "NumPy",
    "paddle": "Paddle",
    "mxnet": "MXNet",
    "mx": "MXNet",
    "mindspore": "MindSpore",
}


@dataclass(frozen=True)
class Rule:
    """Maps a path to its framework (group `f`, or `framework`) and module (groups joined)."""

    pattern: re.Pattern[str]
    module: str  # a template for re.Match.expand
    framework: str = ""

    def match(self, path: str) -> tuple[str, str] | None:
        """The framework and the module key of `path`, None if the rule does not apply."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        framework = self.framework or _FRAMEWORK.get(found.groupdict().get("f") or "", "")
        return (framework, found.expand(self.module)) if framework else None


def _rule(pattern: str, module: str, framework: str = "") -> Rule:
    return Rule(re.compile(pattern), module, framework)


RULES = (
    _rule(r"transformers/models/(\w+)/modeling_(?P<f>tf_|flax_|)\w+\.py", r"models/\1"),
    _rule(r"paddlenlp/transformers/(\w+)/modeling\.py", r"models/\1", "Paddle"),
    _rule(r"keras/src/backend/(?P<f>\w+)/(\w+)\.py", r"keras/\2"),
    _rule(r"ivy/functional/backends/(?P<f>\w+)/(.+)\.py", r"ivy/\2"),
    _rule(r"dgl/(nn|backend)/(?P<f>\w+)/(.+)\.py", r"dgl/\1/\3"),
    _rule(r"gluonts/(?P<f>mx|torch)/.+\.py", r"gluonts"),
    _rule(r"tensorlayerx/backend/ops/(?P<f>[a-z]+)_(\w+)\.py", r"tlx/\2"),
    _rule(r"tensorlayerx/(optimizers|nn/initializers)/(?P<f>[a-z]+)_\w+\.py", r"tlx/\1"),
    _rule(r"diffusers/(.+)_flax\.py", r"diffusers/\1", "JAX"),
    _rule(r"diffusers/(.+)\.py", r"diffusers/\1", "PyTorch"),
)
"""First match wins. Modules of different packages may meet (transformers and paddlenlp do)."""


def place(path: str) -> tuple[str, str] | None:
    """The framework and module key of a package's file, None if it has no twins."""
    for rule in RULES:
        found = rule.match(path)
        if found is not None:
            return found
    return None


def normalised_name(qualified: str) -> str:
    """`TFBertLayer.call` and `BertLayer.forward` are one name: `bertlayer.forward`."""
    parts = [_SAME_METHOD.get(part, _PREFIX.sub("", part)) for part in qualified.split(".")]
    return ".".join(part if part == "__init__" else part.strip("_").lower() for part in parts)


def twin_groups(files: Iterable[SourceFile]) -> Iterator[Group]:
    """Groups of counterparts in at least two frameworks."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for file in files:
        placed = place(file.path)
        if placed is None:
            continue
        framework, module = placed
        for definition in definitions(file.text):
            if _is_worth_aligning(definition):
                key = (module, normalised_name(definition.name))
                found[key].setdefault(framework, definition.code)
    copies: dict[str, int] = defaultdict(int)
    for (module, _), codes in found.items():
        fingerprint = _without_model_name(next(iter(codes.values())), module)
        if len(codes) < 2 or copies[fingerprint] >= MAX_COPIES:
            continue
        copies[fingerprint] += 1
        source = module.partition("/")[0]
        yield Group(TASK, source, tuple(Text(code, "Python") for code in codes.values()))


def _is_worth_aligning(definition: Definition) -> bool:
    if len(_TOKEN.findall(definition.code)) < MIN_TOKENS or definition.short_name == "__repr__":
        return False
    lines = definition.code.count("\n") + 1
    return lines <= (2 * MAX_LINES if definition.kind == "class" else MAX_LINES)


def _without_model_name(code: str, module: str) -> str:
    """The set of words of a routine with the model's name taken out, to see copies as copies."""
    model = module.rpartition("/")[2].replace("_", "")
    words = {word.lower().replace(model, "") for word in _TOKEN.findall(code)}
    return " ".join(sorted(words))
