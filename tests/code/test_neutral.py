from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.code.neutral import neutral_tokens, neutral_view
from engine.code.tokens import tokenize


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("torch.cat([a, b], dim=1)", "cat([a, b], dim=1)"),
        ("tf.keras.layers.Dense(3)", "Dense(3)"),
        ("tf.keras.losses.MeanSquaredError()", "MeanSquaredError()"),
        ("nn.Linear(2, 3)", "Linear(2, 3)"),
        ("F.relu(x)", "relu(x)"),
        ("gluon.nn.Dense(3)", "Dense(3)"),
        ("mx.nd.concat(a, b)", "concat(a, b)"),
        ("paddle.nn.functional.softmax(x)", "softmax(x)"),
        ("mindspore.ops.matmul(a, b)", "matmul(a, b)"),
        ("jnp.linalg.norm(x)", "linalg.norm(x)"),
        ("np.random.normal(0, 1)", "random.normal(0, 1)"),
        ("d2l.train(x)", "train(x)"),
        ("layers.Dense(3)", "Dense(3)"),
        ("f(np.zeros(3), torch.nn.init.zeros_(w))", "f(zeros(3), zeros_(w))"),
        ("torch.nn", "nn"),
    ],
)
def test_prefixes_go(text: str, view: str) -> None:
    assert neutral_view(text) == view


@pytest.mark.parametrize(
    "text",
    [
        "self.np.zeros(3)",
        "snp.zeros(3)",
        "my_torch.cat(x)",
        "torch = 3",
        "F + nn",
        "F(x).relu",
        "layers.append(x)",
        "ops.append(x)",
        "self.layers.Dense",
        "print('torch.cat')",
        'print("np.zeros and tf.ones")',
        '"""Uses torch.cat."""',
        "f'{np.zeros(3)}'",
        r"x = 'it\'s torch.cat'",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert neutral_view(text) == text


def test_other_languages_keep_their_short_names() -> None:
    assert neutral_view("return F.apply(x);", "Java") == "return F.apply(x);"
    assert neutral_view("return F.relu(x)", "Python") == "return relu(x)"


def test_an_apostrophe_in_a_comment_opens_no_string() -> None:
    assert neutral_view("# don't\nnp.sum(x)  # it's") == "# don't\nsum(x)  # it's"


@pytest.mark.parametrize(
    "imports",
    [
        "import torch",
        "import numpy as np, os",
        "import torch.nn as nn  # layers",
        "from torch import nn",
        "from torch.nn import (\n    Linear,\n    Conv2d,\n)",
        "from a import b, \\\n    c",
        "    from a import b",
        ">>> import torch",
        "import java.util.*;",
        "import static org.junit.Assert.*;",
        'import React, { useState } from "react";',
        "import {\n  a,\n  b,\n} from './m'",
        "const fs = require('fs');",
        "#include <vector>",
        "using System.Linq;",
        "using namespace std;",
        "use std::collections::{HashMap, HashSet};",
        "use App\\Models\\User;",
        "require 'json'",
        "package main",
        'import (\n\t"fmt"\n\tm "math"\n)',
        "%matplotlib inline",
        "!pip install torch",
    ],
)
def test_import_lines_go(imports: str) -> None:
    assert neutral_view(f"{imports}\nx = 1") == "x = 1"
    assert neutral_view(imports) == imports  # nothing else there: better than nothing


@pytest.mark.parametrize(
    "text",
    [
        "import the data from the file and sort it",
        "from the list take the first",
        "using (var file = Open()) {",
        "important = 1",
        "x = 1; import_data()",
        "import torch; x = torch",
        "use the force;",
    ],
)
def test_lines_that_only_look_like_imports_stay(text: str) -> None:
    assert neutral_view(text) == text


@pytest.mark.parametrize(
    "group",
    [
        ["torch.cat((a, b))", "tf.concat([a, b])", "np.concatenate([a, b])", "nd.concat(a, b)"],
        ["nn.Linear(3, 4)", "keras.layers.Dense(4)", "mx.sym.FullyConnected(x)", "Dense(4)"],
        ["with autograd.record():", "with tf.GradientTape() as tape:"],
        ["x.unsqueeze_(0)", "np.expand_dims(x, 0)", "unsqueeze(x, 0)"],
        ["trainer.step(8)", "optimizer.step()", "opt.apply_gradients(pairs)"],
        ["nn.CrossEntropyLoss()", "gloss.SoftmaxCrossEntropyLoss()", "optax.softmax_cross_entropy"],
        ["torch::nn::Conv2d(3)", "layers.Conv2D(3)", "paddle.nn.Conv2D(3)"],
    ],
)
def test_one_neutral_token_for_the_same_api(group: list[str]) -> None:
    common = set.intersection(*(set(neutral_tokens(text)) for text in group))
    assert any(len(token) > 3 for token in common), [neutral_tokens(text) for text in group]


def test_a_common_word_is_not_an_api() -> None:
    assert "concatenate" not in neutral_tokens("the cat sat")
    assert "concatenate" not in neutral_tokens("os.cat(x)")
    assert "reshape" not in neutral_tokens("a view of the lake")


def test_tokens_of_plain_code_are_those_of_its_view() -> None:
    text = "import os\n\ndef read_lines(path):\n    return open(path).read().splitlines()"
    assert neutral_tokens(text) == tokenize(neutral_view(text))


@given(st.text())
def test_any_text_has_a_view(text: str) -> None:
    assert bool(neutral_view(text)) == bool(text)
    assert bool(neutral_tokens(text)) or not tokenize(text)


@pytest.mark.parametrize(
    "piece", ["'", "\\'", '"', "torch.", "(tf,", "import ", "use a{\n", "a_A0"]
)
@pytest.mark.parametrize("start", ["", "x = ", "import ", "\n'"])
def test_long_lines_take_no_more_than_their_length(piece: str, start: str) -> None:
    """A pattern that backtracks over the line would not come to an end here."""
    text = start + piece * (100_000 // len(piece))
    assert neutral_view(text)
    neutral_tokens(text)
