import ast
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.python_names import PythonNames
from engine.learning.renaming import rename_identifiers

HARD = r'''import numpy as np
from torch import (
    cat,
)

class Layer(Base, metaclass=Meta):
    width: int = 3
    size = 2

    def __init__(self, dim, size=1):
        super().__init__(dim=dim)
        self.dim, self.size = dim, size

def merge(first, /, second: dict[str, int] = None, *rest, axis=0, **more):
    """Merge first and second."""
    total = count = 0  # first
    (left, right), *others = rest
    first[count], first.axis = "a \
total = 1", 2
    count += 1
    self.note: Path | None = None
    note: Final = f"{first!r:>{count}} first {{first}} {merge(first, axis=axis, dim=1)}"
    with open(note, mode="r") as file, lock as (key, _):
        names = [name for name in file if name]
    try:
        pairs = {key: value for key, (value, _) in more.items()}
    except (ValueError, KeyError) as error:
        raise error
    for step in range(10): done = step == 2
    if (found := cat([left, right], axis=1)) is not None and total:
        return Layer(dim=3).run(axis=lambda item, rate=2: item * rate)
    def inner(axis):
        nonlocal names
        return axis
    return inner(axis=axis), np.sum(found, axis=axis), pairs["first"], names, others, done
'''


def bound_by_the_tree(code):
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def everywhere(code):
    return {rename_identifiers(code, random.Random(seed)) for seed in range(60)}


def test_the_names_bound_are_those_that_a_syntax_tree_binds():
    names = PythonNames(HARD)
    assert set(names.bound) == bound_by_the_tree(HARD) - {"width", "size"}
    assert names.kept == {"np", "numpy", "torch", "cat", "Layer", "width", "size", "__init__"}
    assert names.function == "merge"


def test_a_renamed_program_is_the_same_program():
    for renamed in everywhere(HARD):
        ast.parse(renamed)
        for kept in (
            "super().__init__(dim=",
            "cat([",
            ", axis=1)",
            "self.size = ",
            "metaclass=Meta",
            "width: int",
            '"""Merge first and second."""',
            'mode="r"',
            "first {{first}} {",
            '["first"]',
            "# first",
            ".run(axis=lambda",
            "np.sum(",
        ):
            assert kept in renamed, (kept, renamed)
        assert "merge(" not in renamed


def test_keywords_of_its_own_functions_go_with_their_parameters():
    code = "def grow(depth, dim=0):\n    return grow(depth=depth - 1) + cat(depth, dim=dim)"
    for renamed in everywhere(code):
        arguments = ast.parse(renamed).body[0].args.args
        depth, dim = (argument.arg for argument in arguments)
        function = renamed[4 : renamed.index("(")]
        assert f"{function}({depth}={depth} - 1) + cat({depth}, dim={dim})" in renamed


@pytest.mark.parametrize(
    ("code", "stays"),
    [
        ("x = torch.cat([x, x], dim=1)\ndim = 2", "dim=1)"),
        ("def f(x):\n    return f'{x}' + f(b'x')", "b'x'"),
        ("y = conv(x, kernel_size=3, padding=1)\npadding = 1", "kernel_size=3, padding=1"),
        ("loss = a.loss + mean(\n    x,\n    loss=1)", "a.loss"),
    ],
)
def test_what_is_no_variable_stays(code, stays):
    assert all(stays in renamed for renamed in everywhere(code))


def test_a_function_called_f_leaves_the_prefix_of_strings_alone():
    for renamed in everywhere("def f(item):\n    return f'{item}' + rf'item'"):
        name = ast.parse(renamed).body[0].args.args[0].arg
        assert f"return f'{{{name}}}' + rf'item'" in renamed


def test_fragments_that_do_not_parse_are_read_too():
    fragment = (
        "        total = merge(total, axis=1)\n    return total\nif (broken:\nwhile x:\n  y = 1"
    )
    assert list(PythonNames(fragment).bound) == ["total", "y"]
    assert all("axis=1" in renamed for renamed in everywhere(fragment))


def test_new_names_are_new():
    code = "def func(x0, x1, v):\n    arg_0 = f(x0, x1)\n    return arg_0 + loc_0 + var0 + v_0 + v"
    for renamed in everywhere(code):
        names = {node.id for node in ast.walk(ast.parse(renamed)) if isinstance(node, ast.Name)}
        assert len(names) == 8


def test_other_languages_are_renamed_too():
    code = "int add(int a, int b) {\n  total = a + b;\n  return total;\n}"
    renamed = [rename_identifiers(code, random.Random(seed), "Java") for seed in range(9)]
    assert all("add" not in text for text in renamed)
    assert any("total" not in text for text in renamed)


@given(st.text("def fx(a=1,b):\n'\"{}[].*lambda in#", max_size=80), st.integers(0, 5))
def test_any_text_goes_through(text, seed):
    rename_identifiers(text, random.Random(seed))
