from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.align.aligner import Aligner
from engine.align.export import aligned_part, html_page, markdown_table, rows_of
from engine.job import JobContext
from engine.types_alignment import Alignment, AlignmentRequest, Link, Statement
from tests.align.labelled import labelled_pairs

PAIR = next(pair for pair in labelled_pairs() if pair.number == 6)


@pytest.fixture(scope="module")
def alignment() -> Alignment:
    left, right = PAIR.left, PAIR.right
    request = AlignmentRequest(left.text, left.language, right.text, right.language)
    return Aligner().align(request, None, JobContext())


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 8),
    st.integers(1, 8),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=10, unique=True),
)
def test_every_line_is_in_exactly_one_row(n: int, m: int, ends: list[tuple[int, int]]) -> None:
    request = AlignmentRequest("\n" * (n - 1), None, "\n" * (m - 1), None)
    links = tuple(Link(a, b, 0.5) for a, b in ends if a < n and b < m)
    statements = [tuple(Statement(line, line) for line in range(count)) for count in (n, m)]
    rows = rows_of(Alignment(request, *statements, links))
    assert sorted(line for row in rows for line in row.left) == list(range(n))
    assert sorted(line for row in rows for line in row.right) == list(range(m))
    for link in links:
        assert any(link.left in row.left and link.right in row.right for row in rows)


def test_the_aligned_part_is_what_has_a_counterpart(alignment: Alignment) -> None:
    part = aligned_part(alignment)
    lines = PAIR.right.text.split("\n")
    linked = [
        line
        for number in sorted({link.right for link in alignment.links})
        for line in range(alignment.right[number].first, alignment.right[number].last + 1)
    ]
    assert part.split("\n") == [lines[line] for line in linked]
    assert 0 < len(linked) < len(lines)
    first = PAIR.left.text.split("\n").index("    def forward(self, x):")
    assert aligned_part(alignment, [first]) == "def forward(self, inputs):"


def test_the_aligned_part_keeps_what_its_lines_stand_in() -> None:
    right = (
        "def run():\n    if late:\n        stop()\n"
        "    for x in xs:\n        step(x)\n        log(x)"
    )
    statements = tuple(
        Statement(line, line, depth) for line, depth in enumerate((0, 1, 2, 1, 2, 2))
    )
    request = AlignmentRequest("a\nb", None, right, "Python")
    left = (Statement(0, 0), Statement(1, 1))

    def part(*links: tuple[int, int]) -> str:
        made = tuple(Link(a, b, 0.9) for a, b in links)
        return aligned_part(Alignment(request, left, statements, made))

    assert part((0, 4), (1, 5)) == "step(x)\nlog(x)"  # the loop encloses all of it
    assert part((0, 2), (1, 4)) == "if late:\n    stop()\nfor x in xs:\n    step(x)"
    assert part((0, 1), (1, 5)) == "if late:\nfor x in xs:\n    log(x)"
    assert part() == ""


def test_a_markdown_table_has_two_columns_whatever_is_in_the_code() -> None:
    request = AlignmentRequest("a = b | c\nprint(`x`)", None, "a = b || c", None)
    links = (Link(0, 0, 0.9),)
    alignment = Alignment(request, (Statement(0, 0), Statement(1, 1)), (Statement(0, 0),), links)
    lines = markdown_table(alignment, ("one | two", "other")).strip().split("\n")
    assert lines[0] == "| one \\| two | other |"
    assert lines[2] == "| `a = b \\| c` | `a = b \\|\\| c` |"
    assert lines[3] == "| `` print(`x`) `` |  |"
    assert all(len(re.split(r"(?<!\\)\|", line)) == 4 for line in lines)


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_holds_both_texts_and_needs_nothing_from_elsewhere(alignment: Alignment) -> None:
    page = html_page(alignment, ("<query>", "src/net.py"), first_line=40)
    parser = Texts()
    parser.feed(page)
    for line in (PAIR.left.text + "\n" + PAIR.right.text).split("\n"):
        assert line.strip() in parser.text
    assert "<query>" in parser.text
    assert "40 class ResidualUnit" in parser.text
    assert not {"script", "link", "img"} & set(parser.tags)
    assert "http" not in page
