from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.pairs.comments import (
    MAX_CODE,
    block_end,
    commented_code,
    paragraph_end,
    parents,
)
from engine.learning.pairs.layout import Layout

TRAINING = """
import torch

class Trainer:
    def step(self, batch):
        # Run the model forward on the batch and measure how far
        # its outputs are from the labels.
        if self.model.training:
            # The gradients of the step before would be added to those of this one.
            self.optimizer.zero_grad()
            loss = self.loss(self.model(batch.x), batch.y)
            loss.backward()

            # Long sequences make the gradients explode, so they are cut to the norm.
            for group in self.optimizer.param_groups:
                torch.nn.utils.clip_grad_norm_(group["params"], 1.0)
            self.optimizer.step()
        else:
            loss = None
        # Keep a running mean of the loss so that the progress bar is smooth.
        self.mean = 0.9 * self.mean + 0.1 * (
            loss.item()

            if loss is not None else 0.0
        )
        self.count += 1

        return loss
"""


def found(source, min_tokens=8):
    return list(commented_code(Layout(source), min_tokens))


def test_comments_of_a_training_step():
    run, zero, clip, mean = found(TRAINING)
    assert run.text == (
        "Run the model forward on the batch and measure how far its outputs are from the labels."
    )
    assert run.is_block
    assert run.code.startswith("if self.model.training:\n    # The gradients")
    assert run.code.endswith("else:\n    loss = None")
    assert not zero.is_block
    assert zero.code == (
        "self.optimizer.zero_grad()\n"
        "loss = self.loss(self.model(batch.x), batch.y)\n"
        "loss.backward()"
    )
    assert clip.is_block
    assert clip.code.splitlines() == [
        "for group in self.optimizer.param_groups:",
        '    torch.nn.utils.clip_grad_norm_(group["params"], 1.0)',
    ]
    assert mean.code.startswith("self.mean = 0.9") and mean.code.endswith("self.count += 1")
    assert parents([run, zero, clip, mean]) == [None, 0, 0, None]


def test_a_block_ends_at_the_next_comment_as_far_in():
    (first, second) = found(
        "# Read every line of the file into a list of records.\n"
        "if path.exists():\n"
        "    records = read(path)\n"
        "# There is no file yet, so begin with an empty list of records.\n"
        "else:\n"
        "    records = []\n"
    )
    assert first.code == "if path.exists():\n    records = read(path)"
    assert second.code == "else:\n    records = []"


def test_a_decorated_function_is_one_block():
    (only,) = found(
        "# The cached result is shared by all of the callers of it.\n"
        "@functools.cache\n"
        "@traced(\n    deep=True,\n)\n"
        "def table(size):\n"
        "    return [0] * size\n"
        "\n"
        "x = table(3)\n"
    )
    assert only.is_block and only.code.endswith("return [0] * size")


def test_text_in_a_string_is_neither_comment_nor_blank_line():
    (only,) = found(
        "# Write the header of the report into the file that was opened.\n"
        'text = """\n# not a comment of the code at all, only text\n\nend\n"""\n'
        "file.write(text)\n\nmore()\n"
    )
    assert only.code.endswith('end\n"""\nfile.write(text)')


def test_a_comment_with_nothing_below_and_one_behind_code_make_no_pair():
    assert not found("# This is the part of the file with all of the helpers.\n\nx = 1\n")
    assert not found("x = 1  # the number of times that the loop was run so far\n")


def test_imports_alone_are_not_described():
    assert not found(
        "# Import it here and not above, or the two import each other.\nimport torch\n"
    )


def test_comments_within_brackets_describe_no_lines():
    assert not found(
        "options = dict(\n"
        "    # The rate at which the steps of the optimiser begin to be made.\n"
        "    rate=f(0.1),\n"
        ")\n"
    )


@pytest.mark.parametrize("made", ["(" * 200_000, "\\\n" * 100_000, "[\n" * 100_000])
def test_endless_nesting_is_no_code(made):
    assert not found("# Take the next of the values that are in the list.\n" + made)


def test_a_tower_of_blocks_is_not_written_once_for_each_floor():
    lines = []
    for depth in range(500):
        lines += [" " * depth + line for line in ("# Take the next of the values in it.", "if a:")]
    spans = found("\n".join([*lines, " " * 500 + "x = f(1)"]))
    assert spans and sum(len(span.code) for span in spans) < 3_000_000
    assert all(len(span.code) <= MAX_CODE for span in spans)


def test_short_comments_are_left_out():
    source = "# one two of the four\nx = f(1)\n"
    assert not found(source, 10)
    assert found(source, 5)


def test_fragments_that_do_not_parse_are_read_all_the_same():
    (only,) = found(
        "    # Move the model to the device that it is to run on.\n    model.to(device\n"
    )
    assert only.code == "model.to(device"


# Properties, on programs made of simple statements, blocks, comments and blank lines.

WORDS = "Take the next of the values that are in the list {}."


@st.composite
def programs(draw, depth=0):
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["plain", "plain", "if", "for", "def", "try", "blank"]))
        number = draw(st.integers(0, 99))
        if draw(st.booleans()):
            lines.append("# " + WORDS.format(number))
        if kind == "blank":
            lines.append("")
        elif kind == "plain" or depth == 2:
            lines.append(f"x{number} = f({number})")
        else:
            body = textwrap.indent(draw(programs(depth + 1)), "    ")
            head = {"if": "if a:", "for": "for b in c:", "def": "def d():", "try": "try:"}[kind]
            lines += [head, body]
            if kind == "try":
                lines += ["except E:", textwrap.indent(draw(programs(depth + 1)), "    ")]
    lines.append("end()")
    return "\n".join(lines)


@given(programs())
def test_a_block_comment_has_everything_of_the_blocks_indentation(source):
    layout = Layout(source)
    lines = source.split("\n")
    for comment in layout.comments:
        end = block_end(layout, comment)
        start = comment.last + 1
        header = lines[start].strip().endswith(":") and not layout.is_blank(start)
        assert (end is not None) == (header and layout.indent(start) == comment.indent)
        if end is None:
            continue
        inside = [line for line in range(start + 1, end) if lines[line].strip()]
        assert all(
            layout.indent(line) > comment.indent or layout.is_clause(line) for line in inside
        )
        rest = [line for line in range(end, len(lines)) if lines[line].strip()]
        if rest:
            after = rest[0]
            assert layout.indent(after) <= comment.indent and not layout.is_clause(after)
        code = textwrap.dedent("\n".join(lines[start:end]))
        if not code.startswith("except"):
            ast.parse(code)


@given(programs())
def test_any_other_comment_has_the_lines_up_to_the_next_blank_one(source):
    layout = Layout(source)
    lines = source.split("\n")
    for comment in layout.comments:
        start = comment.last + 1
        end = paragraph_end(layout, comment)
        assert end >= start
        assert all(lines[line].strip() for line in range(start, end))
        after = next((n for n in range(end, len(lines)) if not layout.is_comment(n)), None)
        assert (
            after is None
            or end == len(lines)
            or not lines[end].strip()
            or layout.is_comment(end)
            or layout.indent(end) < comment.indent
        )


@given(programs())
def test_nested_comments_give_nested_pairs(source):
    spans = found(source)
    assert [span.first for span in spans] == sorted(span.first for span in spans)
    for span, parent in zip(spans, parents(spans), strict=True):
        holding = [
            index
            for index, other in enumerate(spans)
            if other is not span and other.first < span.first and other.last >= span.last
        ]
        assert parent == (holding[-1] if holding else None)
        if parent is not None:
            own = {line.strip() for line in span.code.split("\n")}
            assert own <= {line.strip() for line in spans[parent].code.split("\n")}


@given(programs())
def test_without_comments_the_program_does_the_same(source):
    bare = Layout(source).without_comments()
    assert "#" not in bare
    assert ast.dump(ast.parse(bare)) == ast.dump(ast.parse(source))
