from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.pairs.descriptions import (
    describe_comment,
    is_code,
    is_licence,
    is_pragma,
    is_undone,
)


@pytest.mark.parametrize(
    "text",
    [
        "Copyright 2019 The Authors of this file. All rights reserved.",
        "Licensed under the Apache License, Version 2.0 (the terms of it)",
        "SPDX-License-Identifier: MIT",
        "Permission is hereby granted, free of charge, to any person who has it",
    ],
)
def test_licences_are_no_descriptions(text):
    assert is_licence(text) and describe_comment(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "noqa: E501",
        "type: ignore[arg-type]",
        "pylint: disable=too-many-locals, and so on with the rest of it",
        "fmt: off",
        "pragma: no cover",
        "mypy does not see that this is never None at this point",
        "Imported here to avoid a circular import of the two modules",
        "-*- coding: utf-8 -*-",
        "Copied from transformers.models.bert.modeling_bert.BertLayer with Bert->Roberta",
    ],
)
def test_remarks_to_tools_are_no_descriptions(text):
    assert describe_comment(text) == ""


def test_a_comment_of_pragmas_is_one():
    assert is_pragma("noqa: E501\ntype: ignore") and not is_pragma("noqa: E501\nAdd one to it.")


@pytest.mark.parametrize(
    "text",
    [
        "TODO: make this work for a batch of more than one",
        "FIXME the order of the keys is not kept by this",
        "This is slow. XXX use the cache that we have for it",
        "todo(someone): remove this when the new one is in",
    ],
)
def test_work_left_to_do_is_no_description(text):
    assert is_undone(text) and describe_comment(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "x = x.view(-1, 16 * 5 * 5)",
        "print(model)\nfor p in model.parameters():\n    p.requires_grad = False",
        "self.conv = nn.Conv2d(\n    in_channels=3,\n    out_channels=64,\n)",
        "else:\n    return None",
        "import torch",
        "assert x.shape == (3, 4), x.shape",
        "@torch.no_grad()\ndef f(x):\n    return x",
    ],
)
def test_commented_out_code_is_no_description(text):
    assert is_code(text) and describe_comment(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "return the value of the tensor as a Python number",
        "for each of the layers, freeze all but the last (see the paper)",
        "Set learning_rate = 0.1 for the first ten epochs, then lower it by a factor of 10",
        "if the mask is given, positions that are 0 in it get a weight of zero",
        "from the left to the right, as in the text",
    ],
)
def test_sentences_about_code_are_descriptions(text):
    assert not is_code(text)
    assert describe_comment(text) == text


def test_frames_pragmas_and_lines_are_taken_off():
    text = (
        "-------------------\n--- Scale the scores by the root of the size ---\nnoqa: E501\n====="
    )
    assert describe_comment(text) == "Scale the scores by the root of the size"


@pytest.mark.parametrize(
    "text", ["", "----", "1 2 3 4 5 6 7 8 9", "对输入的张量进行归一化处理 of the"]
)
def test_what_is_not_english_prose_is_no_description(text):
    assert describe_comment(text) == ""


NAMES = st.sampled_from(["x", "model", "self.loss", "data_loader", "np.array"])
EXPRESSIONS = st.builds("{}({}, {})".format, NAMES, NAMES, st.integers(0, 99))
STATEMENTS = st.one_of(
    st.builds("{} = {}".format, NAMES, EXPRESSIONS),
    st.builds("{} += {}".format, NAMES, EXPRESSIONS),
    EXPRESSIONS,
    st.builds("return {}".format, EXPRESSIONS),
    st.builds("if {}:\n    {} = {}".format, EXPRESSIONS, NAMES, EXPRESSIONS),
    st.builds("assert {} == {}".format, EXPRESSIONS, NAMES),
)


@given(st.lists(STATEMENTS, min_size=1, max_size=5))
def test_no_commented_out_program_is_a_description(statements):
    text = "\n".join(statements)
    ast.parse("def f():\n" + "\n".join("    " + line for line in text.split("\n")))
    assert describe_comment(text) == ""
