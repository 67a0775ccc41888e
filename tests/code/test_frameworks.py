from __future__ import annotations

import pytest

from engine.code.frameworks import detect_frameworks, import_aliases, parse_framework
from engine.errors import DataError
from engine.types import Framework
from tests.code.snippets import FRAMEWORKS


@pytest.mark.parametrize(("expected", "text"), FRAMEWORKS)
def test_frameworks_of_snippets(expected: tuple[Framework, ...], text: str) -> None:
    assert detect_frameworks(text) == expected


def test_imports_of_the_file_decide_for_its_chunks() -> None:
    aliases = import_aliases("from mxnet import np, npx\nfrom mxnet.gluon import nn\n")
    assert aliases == dict.fromkeys(("np", "npx", "nn"), Framework.MXNET)
    assert detect_frameworks("x = np.ones((2, 3))", aliases) == (Framework.MXNET,)
    assert detect_frameworks("x = np.ones((2, 3))") == (Framework.NUMPY,)
    assert detect_frameworks("layer = nn.Linear(2, 3)", aliases) == (Framework.MXNET,)


def test_names_imported_from_tf_keras_count_for_both() -> None:
    aliases = import_aliases("from tensorflow.keras.layers import (\n    Dense,\n    Flatten,\n)\n")
    assert aliases["Dense"] is Framework.KERAS
    assert set(detect_frameworks("Dense(3)(Flatten()(x))", aliases)) == {
        Framework.KERAS,
        Framework.TENSORFLOW,
    }
    assert detect_frameworks("Dense(3)", import_aliases("from keras.layers import Dense")) == (
        Framework.KERAS,
    )


def test_renamed_and_dotted_imports() -> None:
    text = "import jax.numpy as jnp, numpy as onp\nimport torch.nn.functional as F  # losses\n"
    assert import_aliases(text) == {
        "jnp": Framework.JAX,
        "onp": Framework.NUMPY,
        "F": Framework.PYTORCH,
    }
    assert import_aliases("import torch.nn") == {"torch": Framework.PYTORCH}
    assert import_aliases("import os\nfrom pathlib import Path") == {}


def test_the_most_used_framework_comes_first_and_numpy_last() -> None:
    text = "np.save('x', np.array(np.abs(y)))\nz = torch.mean(y)\npaddle.to_tensor(torch.ones(1))"
    assert detect_frameworks(text) == (Framework.PYTORCH, Framework.PADDLE, Framework.NUMPY)


@pytest.mark.parametrize(
    ("name", "framework"),
    [
        ("PyTorch", Framework.PYTORCH),
        (" torch ", Framework.PYTORCH),
        ("TF", Framework.TENSORFLOW),
        ("gluon", Framework.MXNET),
        ("flax", Framework.JAX),
        ("JAX/Flax", Framework.JAX),
        ("paddlepaddle", Framework.PADDLE),
        ("numpy", Framework.NUMPY),
        ("mindspore", Framework.MINDSPORE),
        ("keras", Framework.KERAS),
    ],
)
def test_names_of_frameworks(name: str, framework: Framework) -> None:
    assert parse_framework(name) is framework


def test_an_unknown_framework_says_which_there_are() -> None:
    with pytest.raises(DataError, match=r"'caffe'.*PyTorch.*NumPy"):
        parse_framework("caffe")


def test_calls_do_not_speak_for_a_framework_the_file_does_not_import() -> None:
    text = "def step(params, loss):\n    loss.backward()\n    params.zero_grad()\n"
    assert detect_frameworks(text) == (Framework.PYTORCH,)
    used = f"{text}    gluon.Trainer(params)\n"
    aliases = import_aliases("from mxnet import gluon")
    assert detect_frameworks(used, aliases) == (Framework.MXNET,)
