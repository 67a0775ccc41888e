import ast
import random

from engine.learning.augment import (
    Chances,
    as_search_words,
    vary,
    with_docstring,
)
from engine.learning.groups import Text
from engine.learning.renaming import hide_function_name, rename_identifiers

CODE = """import torch
from torch import nn

def scaled_sum(values, scale=2, *rest):
    # multiply first
    total = 0
    for value in values:
        total += torch.mul(value, scale)
    return total
"""
NEVER = Chances(0, 0, 0, 0, 0, 0, 0)


def test_with_no_chances_nothing_changes():
    assert vary(Text(CODE, "Python"), NEVER, random.Random(0)) == CODE.rstrip()
    assert vary(Text("Sum it."), NEVER, random.Random(0)) == "Sum it."


def test_renaming_hides_the_names_and_keeps_the_program_valid():
    for seed in range(20):
        renamed = rename_identifiers(CODE, random.Random(seed))
        ast.parse(renamed)
        assert "scaled_sum" not in renamed
        assert "torch.mul(" in renamed


def test_the_function_name_is_hidden_where_it_is_called_too():
    code = "def grow(n):\n    return grow(n - 1) + 1"
    assert hide_function_name(code) == "def f(n):\n    return f(n - 1) + 1"
    assert hide_function_name("static int gcd(int a, int b) {").startswith("static int f(")


def test_the_neutral_view_has_no_imports_and_no_prefixes():
    view = vary(
        Text(CODE, "Python"), Chances(neutral=1, rename=0, hide_name=0, crop=0), random.Random(0)
    )
    assert "import" not in view
    assert "torch." not in view
    assert "mul(" in view


def test_imports_over_several_lines_go_as_a_whole():
    code = "from torch import (\n    cat,\n    stack,\n)\n\n" + CODE
    chances = Chances(neutral=0, no_imports=1, rename=0, hide_name=0, no_comments=0, crop=0)
    view = vary(Text(code, "Python"), chances, random.Random(0))
    assert view == CODE[CODE.index("def") :].rstrip()


def test_comments_are_those_of_the_language():
    chances = Chances(neutral=0, no_imports=0, rename=0, hide_name=0, no_comments=1, crop=0)
    half = "half = a  // 2  # rounded down"
    assert vary(Text(half, "Python"), chances, random.Random(0)) == "half = a  // 2"
    assert vary(Text("f(); // now", "Java"), chances, random.Random(0)) == "f();"
    assert vary(Text("# only this", "Python"), chances, random.Random(0)) == "# only this"


def test_search_words_are_short_and_lower_case():
    words = as_search_words("Returns the Leaves of a tree, from left to right.", random.Random(3))
    assert words == words.lower()
    assert "leaves" in words
    assert "," not in words


def test_the_same_generator_gives_the_same_view():
    views = {vary(Text(CODE, "Python"), Chances(), random.Random(5)) for _ in range(3)}
    assert len(views) == 1


def test_a_docstring_goes_under_the_whole_signature():
    code = "def f(\n    a: int,\n    b=None,\n) -> int:\n    x = a\n    return x"
    documented = with_docstring(code, "Give back what came.")
    assert ast.get_docstring(ast.parse(documented).body[0]) == "Give back what came."
    assert with_docstring("x = 1", "Nothing to document.") == "x = 1"
