"""An alignment as bands, without any widget."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.types_alignment import Alignment, AlignmentRequest, Link, Statement
from gui.aligned_bands import ALONE, LEAST_FOLD, NEUTRAL, Bands, Side
from gui.aligned_colours import HUES, band_fill
from gui.aligned_unified import unified
from gui.palette import contrast
from gui.tokens import DARK, LIGHT, Theme


def alignment_of(n: int, m: int, *links: Link) -> Alignment:
    """Two texts of n and m lines, each line a statement."""
    request = AlignmentRequest("x\n" * (n - 1) + "x", None, "y\n" * (m - 1) + "y", None)
    left, right = (tuple(Statement(line, line) for line in range(count)) for count in (n, m))
    return Alignment(request, left, right, links)


ALIGNMENTS = st.tuples(
    st.integers(1, 9),
    st.integers(1, 9),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.booleans()), max_size=9),
).map(
    lambda drawn: alignment_of(
        drawn[0],
        drawn[1],
        *(Link(a, b, 0.5, moved) for a, b, moved in drawn[2] if a < drawn[0] and b < drawn[1]),
    )
)


@settings(max_examples=100, deadline=None)
@given(ALIGNMENTS)
def test_linked_lines_share_a_band_and_no_others(alignment: Alignment) -> None:
    bands = Bands(alignment)
    for link in alignment.links:
        number = bands.number_at(Side.LEFT, link.left)
        assert number >= 0
        assert number == bands.number_at(Side.RIGHT, link.right)
    linked = {link.left for link in alignment.links}
    for line in set(range(bands.counts[0])) - linked:
        assert bands.number_at(Side.LEFT, line) == ALONE
    assert [band.number for band in bands.bands] == list(range(len(bands.bands)))


@settings(max_examples=100, deadline=None)
@given(ALIGNMENTS)
def test_levels_rise_on_both_sides_and_both_ends_meet(alignment: Alignment) -> None:
    bands = Bands(alignment)
    for side in Side:
        count = bands.counts[side]
        places = [bands.across(side, step / 4) for step in range(4 * count + 1)]
        assert all(a <= b for a, b in itertools.pairwise(places))
        assert places[0] == 0.0
        assert places[-1] == bands.counts[side.other]


@settings(max_examples=100, deadline=None)
@given(ALIGNMENTS)
def test_one_column_has_every_line_once_in_order(alignment: Alignment) -> None:
    rows = unified(alignment, Bands(alignment))
    for side in Side:
        lines = [row.line for row in rows if row.side is side]
        assert lines == list(range(Bands(alignment).counts[side]))


def test_a_statement_that_stands_for_several_is_one_band() -> None:
    bands = Bands(alignment_of(2, 4, Link(0, 0, 0.9), Link(0, 1, 0.7), Link(1, 3, 0.4)))
    assert [band.lines for band in bands.bands] == [
        (((0, 0),), ((0, 1),)),
        (((1, 1),), ((3, 3),)),
    ]
    assert bands.bands[0].confidence == pytest.approx(0.8)
    assert bands.bands[0].spoken(Side.RIGHT, 10) == "lines 10–11"
    assert bands.bands[1].spoken(Side.LEFT) == "line 2"
    assert bands.share(Side.RIGHT) == 0.75


def test_only_long_runs_are_folded() -> None:
    n = LEAST_FOLD + 3
    bands = Bands(alignment_of(n, 2, Link(0, 0, 0.9), Link(n - 1, 1, 0.9)))
    assert bands.folds(Side.LEFT) == [(1, n - 2)]
    assert bands.folds(Side.RIGHT) == []


def test_lines_without_a_statement_are_neutral() -> None:
    request = AlignmentRequest("# hello\nx = 1", "Python", "y = 2", "Python")
    alignment = Alignment(request, (Statement(1, 1),), (Statement(0, 0),), (Link(0, 0, 1.0),))
    bands = Bands(alignment)
    assert bands.number_at(Side.LEFT, 0) == NEUTRAL
    assert bands.number_at(Side.LEFT, 99) == NEUTRAL


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("lit", [False, True])
def test_code_is_legible_on_every_band(theme: Theme, lit: bool) -> None:
    words = [theme.text]
    words += [getattr(theme.syntax, name) for name in theme.syntax.__slots__]
    for number, confidence in itertools.product(range(len(HUES)), (0.2, 0.6, 1.0)):
        ground = band_fill(theme, number, confidence, lit)
        assert min(contrast(word, ground) for word in words) >= 4.5


def test_a_surer_band_is_further_from_the_ground() -> None:
    for theme in (LIGHT, DARK):
        fills = [band_fill(theme, 0, confidence) for confidence in (0.2, 0.6, 1.0)]
        distances = [contrast(fill, theme.surface) for fill in fills]
        assert distances == sorted(distances)
        assert len(set(fills)) == 3
