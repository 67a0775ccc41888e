from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.code.normal import text_key


def test_layout_does_not_count() -> None:
    plain = "def f(x):\n    if x:\n        return 1\n    return 2\n"
    shifted = "\n\n    def f(x):   \n\n        if x:\n            return 1\n        return 2"
    tabs = "def f(x):\r\n\tif x:\r\n\t\treturn 1\r\n\treturn 2"
    two = "def f(x):\n  if x:\n    return 1\n  return 2"
    assert text_key(plain) == text_key(shifted) == text_key(tabs) == text_key(two)


def test_nesting_and_words_do_count() -> None:
    inside = "for x in xs:\n    f(x)\n    g(x)"
    after = "for x in xs:\n    f(x)\ng(x)"
    other = "for x in xs:\n    f(x)\n    h(x)"
    assert len({text_key(inside), text_key(after), text_key(other)}) == 3


def test_a_first_line_that_lost_its_indentation_is_the_same() -> None:
    assert text_key("def f(self):\n        return 1") == text_key(
        "    def f(self):\n        return 1"
    )


@given(st.text())
def test_keys_fit_a_signed_64_bit_integer(text: str) -> None:
    assert 0 <= text_key(text) < 2**63
