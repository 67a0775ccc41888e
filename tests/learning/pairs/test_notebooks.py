from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import DataError
from engine.learning.pairs.notebooks import describe_markdown, notebook_pairs
from engine.learning.pairs.record import Kind

CODE = """%matplotlib inline
import torch
# Draw the weights of the first layer from a normal distribution with a small
# deviation, so that the units begin different from each other.
weights = torch.randn(784, 256) * 0.01
bias = torch.zeros(256)
# ten tokens are one too few for this to count
for step in range(10):
    weights = weights - rate * gradient(weights)
"""


def notebook(*cells):
    kinds = {"m": "markdown", "c": "code", "r": "raw"}
    return json.dumps(
        {
            "nbformat": 4,
            "metadata": {"kernelspec": {"language": "python"}},
            "cells": [{"cell_type": kinds[kind], "source": source} for kind, source in cells],
        }
    )


def test_a_markdown_cell_goes_with_the_code_below_and_comments_below_it():
    whole, child = notebook_pairs(
        notebook(("m", "## Initialise\nThe **weights** of the [layer](http://x.y)."), ("c", CODE)),
        "lesson.ipynb",
    )
    assert (whole.kind, child.kind) == (Kind.NOTEBOOK_MARKDOWN, Kind.NOTEBOOK_COMMENT)
    assert whole.text == "Initialise The weights of the layer."
    assert whole.code.startswith("import torch\n# Draw the weights")
    assert child.text.startswith("Draw the weights of the first layer")
    assert child.code == "weights = torch.randn(784, 256) * 0.01\nbias = torch.zeros(256)"
    assert child.parent == whole.reference and child.group == whole.group
    assert whole.torch_likeness == child.torch_likeness == pytest.approx(3 / 5, abs=1e-3)


@given(
    st.lists(
        st.one_of(
            st.builds("m{}".format, st.integers(0, 999)),
            st.builds("c{}".format, st.integers(0, 999)),
            st.sampled_from(["r", "e", "t"]),
        )
    )
)
def test_only_code_right_below_markdown_makes_a_pair(plan):
    cells = []
    for item in plan:
        if item[0] == "m":
            cells.append(("m", f"Here we compute the value of number {item[1:]} from the data."))
        elif item[0] == "c":
            cells.append(("c", f"value_{item[1:]} = compute({item[1:]})"))
        else:
            cells.append({"r": ("r", "raw"), "e": ("c", "  "), "t": ("m", "<br/>")}[item])
    expected = [
        (above[1:], below[1:])
        for above, below in pairwise(plan)
        if above[0] == "m" and below[0] == "c"
    ]
    pairs = list(notebook_pairs(notebook(*cells), "n"))
    assert [
        (pair.text.split(" number ")[1].split()[0], pair.code.split("(")[1][:-1]) for pair in pairs
    ] == expected
    assert len({pair.reference for pair in pairs}) == len(pairs)


def test_only_notebooks_that_import_what_was_asked_for():
    cells = (
        ("m", "Import all that we need for the rest."),
        ("c", "import torch\nx = torch.ones(3)"),
    )
    assert list(notebook_pairs(notebook(*cells), "n", ["torch"]))
    assert not list(notebook_pairs(notebook(*cells), "n", ["jax"]))


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("# 3.2 Load the *data*", "3.2 Load the data"),
        ("![a plot](x.png)", ""),
        ("Imports", ""),
        ("TODO: explain what this cell of the notebook does", ""),
        (
            "The loss is\n\n$$\\sum_i x_i$$\n\nwhich is to be small.",
            "The loss is which is to be small.",
        ),
        ("Run this in the shell before:\n```\npip install x\n```", "Run this in the shell before:"),
        ("对输入的张量进行归一化处理", ""),
    ],
)
def test_words_of_markdown(markdown, words):
    assert describe_markdown(markdown) == words


@pytest.mark.parametrize("text", ["", "{", '{"cells": [{"cell_type": "co', "[]", "{}"])
def test_what_is_no_notebook_is_told(text):
    with pytest.raises(DataError):
        list(notebook_pairs(text, "n"))
