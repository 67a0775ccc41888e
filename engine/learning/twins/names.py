"""One name for a routine, whatever the framework calls it."""

from __future__ import annotations

import re

_SAME_METHOD = {
    "call": "forward",
    "__call__": "forward",
    "hybrid_forward": "forward",
    "construct": "forward",
    "setup": "__init__",
    "build": "__init__",
}
_BRANDS = (
    "PyTorch|Pytorch|Torch|TensorFlowV2|TensorflowV2|TensorFlow|Tensorflow|TF2|TF|Flax|JAX|Jax|"
    "NumPy|Numpy|CuPy|Cupy|Paddle|MXNet|Mxnet|MindSpore|Mindspore|OpenVINO|ONNX|PT|MX|MS|OV|FX"
)
_PREFIX = re.compile(rf"^({_BRANDS})(?=[A-Z])")
_SUFFIX = re.compile(rf"(?<=[a-z0-9])({_BRANDS})$")
_FUNCTION_SUFFIX = re.compile(
    r"_(pytorch|torch|tensorflow|tf2?|flax|jax|numpy|np|paddle|mxnet|mindspore|ms|pt)$"
)


def normalised_name(qualified: str, model: str = "") -> str:
    """`TFBertLayer.call` and `BertLayer.forward` are one name: `bertlayer.forward`.

    With `model` (`bert`), its name is taken off the class too (`layer.forward`): ports that keep
    one file for a model call the class `Layer`.
    """
    parts = [_SAME_METHOD.get(part, _without_brand(part)) for part in qualified.split(".")]
    names = [part if part == "__init__" else part.strip("_").lower() for part in parts]
    key = model.replace("_", "").replace("-", "").lower()
    if key and names[0] != key:
        names[0] = names[0].replace(key, "", 1)
    return ".".join(names)


def _without_brand(part: str) -> str:
    if part[:1].isupper():
        return _SUFFIX.sub("", _PREFIX.sub("", part)) or part
    return _FUNCTION_SUFFIX.sub("", part)
