import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.groups import Group, Text, read_groups, write_groups
from engine.learning.negatives import choose_groups
from engine.learning.sampling import Sampler
from engine.learning.twins import mark
from engine.learning.twins.marks import is_hollow
from tests.learning.test_twins import SPREAD_OTHER, SPREAD_TORCH

HOLLOW = "def spread(self, values, axis=None):\n    raise NotImplementedError('spread')"


def group_of(*codes):
    return Group("twins", "made", tuple(Text(code, "Python") for code in codes))


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "...",
        "raise NotImplementedError",
        "assert values is not None\n    raise ValueError(f'no {axis}')",
        "return None",
        "return values",
        "return self.backend.spread(values, axis=axis)",
        "return super().spread(values, axis, keepdims=True)",
        "_C_ops.spread(values, axis)",
    ],
)
def test_a_body_that_does_nothing_itself_is_hollow(body):
    assert is_hollow(f"def spread(self, values, axis=None):\n    {body}")


@pytest.mark.parametrize(
    "body",
    [
        "return torch.std(values, dim=axis)",
        "return values + 1",
        "return self.spread(values * 2)",
        "values = self.check(values)\n    return self.spread(values)",
        "if axis:\n        raise ValueError\n    return values.std()",
    ],
)
def test_a_body_that_does_something_is_not(body):
    assert not is_hollow(f"def spread(self, values, axis=None):\n    {body}")


def test_a_class_is_hollow_if_all_of_its_methods_are():
    stub = "class A:\n    def f(self):\n        pass\n\n    def g(self):\n        raise KeyError"
    assert is_hollow(stub)
    assert not is_hollow(stub + "\n\n    def h(self, x):\n        return x * 2")


def test_code_that_does_not_parse_is_not_called_hollow():
    assert not is_hollow("def spread(:")


def test_copies_and_hollow_bodies_are_marked_and_kept():
    copy = SPREAD_TORCH.replace("torch.square", "ms.square")
    marked = mark(group_of(SPREAD_TORCH, copy, SPREAD_OTHER, HOLLOW))
    assert marked.texts == group_of(SPREAD_TORCH, copy, SPREAD_OTHER, HOLLOW).texts
    assert marked.near_copies == ((0, 1),)
    assert marked.hollow == (3,)
    assert marked.drawable() == [(0, 2), (1, 2)]


def test_comments_do_not_hide_a_copy():
    noted = "# a very different remark about something else entirely, with many words\n"
    assert mark(group_of(SPREAD_TORCH, noted + SPREAD_TORCH)).near_copies == ((0, 1),)


def test_marks_survive_the_file(tmp_path):
    marked = mark(group_of(SPREAD_TORCH, SPREAD_TORCH, SPREAD_OTHER, HOLLOW))
    plain = group_of(SPREAD_TORCH, SPREAD_OTHER)
    write_groups(tmp_path / "groups.jsonl", [marked, plain])
    assert list(read_groups(tmp_path / "groups.jsonl")) == [marked, plain]
    assert "hollow" not in (tmp_path / "groups.jsonl").read_text().splitlines()[1]


@given(
    st.integers(2, 5).flatmap(
        lambda size: st.tuples(
            st.just(size),
            st.sets(st.integers(0, size - 1)),
            st.sets(st.tuples(st.integers(0, size - 2), st.just(size - 1))),
        )
    ),
    st.integers(),
)
def test_training_never_draws_what_is_marked(marks, seed):
    size, hollow, copies = marks
    texts = tuple(Text(f"def f{place}(): return {place}", "Python") for place in range(size))
    group = Group("twins", "made", texts, tuple(sorted(hollow)), tuple(sorted(copies)))
    if not group.teaches:
        return
    first, second = (texts.index(text) for text in group.draw(random.Random(seed)))
    assert first != second
    assert not {first, second} & hollow
    assert (min(first, second), max(first, second)) not in copies


def test_groups_that_teach_nothing_are_not_trained_on():
    useless = mark(group_of(SPREAD_TORCH, HOLLOW))
    useful = mark(group_of(SPREAD_TORCH, SPREAD_OTHER))
    assert choose_groups([useless, useful], {"twins": 9}, seed=0) == {"twins": [useful]}
    batch = Sampler([useless, useful], {"twins": 1.0}, seed=0).batch(0, 1)
    assert HOLLOW not in batch.left_originals + batch.right_originals
