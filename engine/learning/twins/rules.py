"""Which files of which packages are counterparts of each other."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FRAMEWORK = {
    "": "PyTorch",
    "torch": "PyTorch",
    "pytorch": "PyTorch",
    "pt": "PyTorch",
    "tf_": "TensorFlow",
    "tf2": "TensorFlow",
    "tensorflow": "TensorFlow",
    "tensorflow_v2": "TensorFlow",
    "flax_": "JAX",
    "flax": "JAX",
    "jax": "JAX",
    "numpy": "NumPy",
    "cupy": "CuPy",
    "paddle": "Paddle",
    "mxnet": "MXNet",
    "mx": "MXNet",
    "mindspore": "MindSpore",
    "oneflow": "OneFlow",
    "keras": "Keras",
    "onnx": "ONNX",
    "openvino": "OpenVINO",
}
_BACKEND = r"(?P<f>torch|pytorch|tensorflow_v2|tensorflow|numpy|jax|mxnet|cupy|paddle)"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file stands: its framework, and the module it is the counterpart of.

    `model` is the name that classes of this module carry and that is no part of the routine's.
    """

    framework: str
    module: str
    model: str = ""


@dataclass(frozen=True)
class Rule:
    """Maps a path to its framework (group `f`, or `framework`) and module (groups joined)."""

    pattern: re.Pattern[str]
    module: str  # a template for re.Match.expand
    framework: str = ""

    def match(self, path: str) -> Place | None:
        """The place of `path`, None if the rule does not apply."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        groups = found.groupdict()
        framework = self.framework or _FRAMEWORK.get(groups.get("f") or "", "")
        if not framework:
            return None
        module = found.expand(self.module)
        if module.startswith("vision/"):
            module = _network(module)
        return Place(framework, module, groups.get("model") or "")


def _rule(pattern: str, module: str, framework: str = "") -> Rule:
    return Rule(re.compile(pattern), module, framework)


_MODEL = r"(?P<model>\w+)"

_TRANSFORMERS = (
    _rule(
        rf"transformers/models/{_MODEL}/modeling_(?P<f>tf_|flax_|)\w+\.py",
        r"transformers/\g<model>",
    ),
    _rule(rf"paddlenlp/transformers/{_MODEL}/modeling\.py", r"transformers/\g<model>", "Paddle"),
    _rule(
        rf"mind(?:nlp|one)/transformers/models/{_MODEL}/modeling_\w+\.py",
        r"transformers/\g<model>",
        "MindSpore",
    ),
    _rule(rf"easydel/modules/{_MODEL}/modeling_\w+\.py", r"transformers/\g<model>", "JAX"),
    _rule(rf"mlx_lm/models/{_MODEL}\.py", r"transformers/\g<model>", "MLX"),
    _rule(rf"keras_hub/src/models/{_MODEL}/\w+\.py", r"transformers/\g<model>", "Keras"),
    _rule(r"transformers/modeling_(?P<f>tf_|flax_|)(\w+)\.py", r"transformers/\2"),
    _rule(r"transformers/generation/(?P<f>tf_|flax_|)(\w+)\.py", r"transformers/generation/\2"),
    _rule(r"mind(?:nlp|one)/transformers/modeling_(\w+)\.py", r"transformers/\1", "MindSpore"),
    _rule(
        r"mind(?:nlp|one)/transformers/generation/(\w+)\.py",
        r"transformers/generation/\1",
        "MindSpore",
    ),
)
_DIFFUSERS = (
    _rule(
        r"ppdiffusers/(?:models|pipelines|schedulers)/(?:\w+/)*(\w+)\.py", r"diffusers/\1", "Paddle"
    ),
    _rule(r"mindone/diffusers/(?:\w+/)*(\w+)\.py", r"diffusers/\1", "MindSpore"),
    _rule(r"diffusers/(?:\w+/)*(pipeline)_flax_(\w+)\.py", r"diffusers/\1_\2", "JAX"),
    _rule(r"diffusers/(?:\w+/)*(\w+)_flax\.py", r"diffusers/\1", "JAX"),
    _rule(r"diffusers/(?:\w+/)*(\w+)\.py", r"diffusers/\1", "PyTorch"),
    _rule(r"ppdiffusers/peft/(.+)\.py", r"peft/\1", "Paddle"),
    _rule(r"mindone/peft/(.+)\.py", r"peft/\1", "MindSpore"),
    _rule(r"peft/(.+)\.py", r"peft/\1", "PyTorch"),
)
_BACKENDS = (
    _rule(r"keras/src/backend/(?P<f>\w+)/(\w+)\.py", r"keras/\2"),
    _rule(r"ivy/functional/backends/(?P<f>\w+)/(.+)\.py", r"ivy/\2"),
    _rule(r"dgl/(nn|backend)/(?P<f>\w+)/(.+)\.py", r"dgl/\1/\3"),
    _rule(r"gluonts/(?P<f>mx|torch)/.+\.py", r"gluonts"),
    _rule(r"tensorlayerx/backend/ops/(?P<f>[a-z]+)_(\w+)\.py", r"tensorlayerx/\2"),
    _rule(r"tensorlayerx/(?:\w+/)*?(\w+/\w+)/(?P<f>[a-z]+)_(\w+)\.py", r"tensorlayerx/\1/\3"),
    _rule(r"tensorlayerx/(\w+)/(?P<f>[a-z]+)_(\w+)\.py", r"tensorlayerx/\1/\3"),
    _rule(r"tensorlayerx/nn/core/core_(?P<f>[a-z]+)\.py", r"tensorlayerx/core"),
    _rule(rf"tensorly/backend/{_BACKEND}_backend\.py", r"tensorly"),
    _rule(rf"eagerpy/tensor/{_BACKEND}\.py", r"eagerpy"),
    _rule(rf"kymatio/(.*)(backend|frontend)/{_BACKEND}_\2\.py", r"kymatio/\1\2"),
    _rule(r"einops/layers/(?P<f>torch|tensorflow|flax|paddle|keras|oneflow)\.py", r"einops"),
    _rule(rf"art/(.+/\w+)_{_BACKEND}\.py", r"art/\1"),
    _rule(rf"art/(.+)/{_BACKEND}(?:_(\w+))?\.py", r"art/\1/\3"),
    _rule(
        r"nncf/quantization/(.+)/(?P<f>torch|onnx|openvino)_backend\.py",
        r"nncf/\1",
    ),
    _rule(r"neural_compressor/(?P<f>torch|tensorflow|jax)/(.+)\.py", r"neural_compressor/\2"),
    _rule(r"deepctr/(models|layers|)/?(?:\w+/)*(\w+)\.py", r"deepctr/\1", "TensorFlow"),
    _rule(r"deepctr_torch/(models|layers|)/?(?:\w+/)*(\w+)\.py", r"deepctr/\1", "PyTorch"),
    _rule(r"gluoncv/torch/(?:\w+/)*(\w+)\.py", r"gluoncv", "PyTorch"),
    _rule(r"gluoncv/(?!auto/|torch/)(?:\w+/)*(\w+)\.py", r"gluoncv", "MXNet"),
)
_VISION = (
    _rule(r"paddle/vision/models/(\w+)\.py", r"vision/\1", "Paddle"),
    _rule(r"(?:paddleclas/)?ppcls/arch/backbone/(?:\w+/)*(\w+)\.py", r"vision/\1", "Paddle"),
    _rule(r"mindcv/models/(?:layers/)?(\w+)\.py", r"vision/\1", "MindSpore"),
    _rule(r"timm/(?:models|layers)/(?:layers/)?(\w+)\.py", r"vision/\1", "PyTorch"),
    _rule(r"torchvision/models/(\w+)\.py", r"vision/\1", "PyTorch"),
    _rule(r"torchvision/transforms/(\w+)\.py", r"torchvision/\1", "PyTorch"),
    _rule(r"paddle/vision/transforms/(\w+)\.py", r"torchvision/\1", "Paddle"),
)
RULES = (*_TRANSFORMERS, *_DIFFUSERS, *_BACKENDS, *_VISION)
"""First match wins. Modules of different packages may meet (transformers and paddlenlp do)."""

_LONG_NAMES = {
    "visiontransformer": "vit",
}


def place(path: str) -> Place | None:
    """The framework and module key of a package's file, None if it has no twins."""
    for rule in RULES:
        found = rule.match(path)
        if found is not None:
            return found
    return None


def _network(module: str) -> str:
    """One key for `swin_transformer`, `swintransformer` and `vision_transformer`, `vit`."""
    folder, _, name = module.rpartition("/")
    name = name.replace("_", "")
    return f"{folder}/{_LONG_NAMES.get(name, name)}"
