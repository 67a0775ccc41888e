import ast
import random
import re

from hypothesis import given
from hypothesis import strategies as st

from engine.code.neutral import neutral_tokens
from engine.learning.api_swap import swap_apis
from engine.learning.augment import Chances, vary
from engine.learning.groups import Text

CODE = """import torch
import torch.nn.functional as F

def merge(a, b, weight):
    both = torch.cat([a, b], dim=1)
    return F.relu(torch.matmul(both, weight))
"""


def swapped(code, seeds=40):
    return {swap_apis(code, random.Random(seed)) for seed in range(seeds)}


def test_calls_are_spelled_as_another_framework_does():
    views = swapped(CODE)
    assert any("paddle.concat([a, b], dim=1)" in view for view in views)
    assert any("tf.concat([a, b], dim=1)" in view for view in views)
    assert len(views) >= 4
    assert not any(re.search(r"\btorch\b", view) for view in views)


def test_what_is_no_api_stays():
    for view in swapped(CODE):
        assert "def merge(a, b, weight):" in view
        assert len(view.splitlines()) == len(CODE.splitlines()) - 3  # the imports and a blank line
    assert swapped("def f(x):\n    return x.sort()\n") == {"def f(x):\n    return x.sort()\n"}


def test_imports_over_several_lines_go_as_a_whole():
    code = "from torch import (\n    cat,\n    stack,\n)\n\n" + CODE
    for view in swapped(code):
        ast.parse(view)
        assert view.startswith("def merge")


def test_a_class_is_replaced_by_a_class():
    for view in swapped("layer = torch.nn.Linear(4, 8)\n"):
        called = re.search(r"= ([\w.]+)\(", view).group(1)
        assert called.rpartition(".")[2][0].isupper(), view


def test_the_neutral_view_hardly_sees_it():
    whole = set(neutral_tokens(CODE, "Python"))
    for view in swapped(CODE):
        tokens = set(neutral_tokens(view, "Python"))
        assert len(tokens & whole) >= 0.7 * len(whole), view


@given(st.text(max_size=200), st.integers(0, 5))
def test_any_text_goes_through(text, seed):
    swap_apis(text, random.Random(seed))


def test_a_recipe_can_ask_for_it():
    chances = Chances(swap=1.0, neutral=0.0, no_imports=0.0, rename=0.0, hide_name=0.0, crop=0.0)
    view = vary(Text(CODE, "Python"), chances, random.Random(3))
    assert "torch" not in view
