"""What is read off a statement: its kind and what it assigns, also of texts with odd blanks."""

from __future__ import annotations

import pytest

from engine.align.statements import Unit, statements
from engine.align.traits import LONGEST_UNIT, Traits, traits_of

MANY = 3_900
"""Blanks that still fit into a unit; sharing them out in every way would take many minutes."""


def traits(text: str) -> Traits:
    return traits_of([Unit(0, text.count("\n"), 0, "line", text)])[0]


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("x: int = 3", {"x"}),
        ("const x: number = 3", {"x"}),
        ('name: str = ""', {"name"}),
        ("rows: list[int] = []", {"rows"}),
        ("int x = 3", {"x"}),
        ("std::string s = f()", {"s"}),
        ("this.a = 3", {"a"}),
        ("for (int i = 0; i < n; i++)", {"i"}),
        ("for key, value in rows:", {"key", "value"}),
        ("def f(a):", {"f"}),
    ],
)
def test_what_a_statement_assigns_or_defines(text: str, targets: set[str]) -> None:
    assert traits(text).targets == targets


@pytest.mark.parametrize(
    ("text", "blank"),
    [
        ("x = f(y)", " "),
        ("x = f(y)", "\n\t"),
        ("int x = 3", "\t"),
        ("for ( int i = 0 ; i )", " "),
        ("for x in y :", "\n  "),
        ("def f ( x ) :", " "),
    ],
)
def test_how_long_the_blanks_are_changes_nothing(text: str, blank: str) -> None:
    assert traits(text.replace(" ", blank * 40)) == traits(text)


@pytest.mark.parametrize(
    "text",
    [
        "x" + " " * MANY + "y",
        "x" + "\n\t" * (MANY // 2) + "y",
        "x : y" + " " * MANY + "z",
        "for (" + " " * MANY,
        "for x" + " " * MANY + "y",
        "def f" + " " * MANY + "!",
        "const " * 600 + "x",
        "this" + "." * MANY + "!",
        "class " + "x" * MANY + "!",
        "for " + "(" * MANY,
    ],
)
def test_no_text_is_too_much_to_be_looked_at(text: str) -> None:
    assert len(text) <= LONGEST_UNIT
    assert traits(text).kind


def test_a_long_line_of_brackets_is_looked_at_once() -> None:
    long = ")" * 1_000_000
    assert statements(long, None) == []
    assert [unit.first for unit in statements(f"a = 1\n{long}x", None)] == [0, 1]
