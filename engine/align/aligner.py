"""The whole way from two texts to linked statements."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.align.decode import Pairs, decode
from engine.align.features import Matrix
from engine.align.hints import hints_for
from engine.align.large import parts_of
from engine.align.scoring import Comparison, Model, bundled_model
from engine.align.statements import Unit, statements
from engine.align.vectors import statement_vectors
from engine.job import JobContext
from engine.types_alignment import Alignment, AlignmentRequest, Link, Statement

KEPT = 16
"""Texts whose statements' vectors are remembered: the query's, above all."""

_CERTAIN = 30.0


class Aligner:
    """Aligns texts, one after the other. Not for two threads at once."""

    def __init__(self, model: Model | None = None) -> None:
        self._model = model or bundled_model()
        self._vectors: OrderedDict[tuple[str, str | None, str], Matrix] = OrderedDict()

    def align(
        self, request: AlignmentRequest, encoder: object | None, ctx: JobContext
    ) -> Alignment:
        """The alignment; one made without the encoder goes to `ctx.partial` first.

        An encoder that cannot tell pieces of a text apart is not asked. Raises `Cancelled`.
        """
        sides = _Sides(request, ctx)
        ctx.check()
        known = self._known_vectors(request, encoder)
        if known is None:
            alignment = self._aligned(sides, None, ctx)
            if not hasattr(encoder, "encode_pieces"):
                return alignment
            ctx.partial(alignment)
            ctx.check()
            known = self._new_vectors(sides, encoder)
        if known is None:
            return alignment
        ctx.check()
        return self._aligned(sides, known, ctx)

    # Vectors, remembered by text: a result is compared with the same query again and again.

    def _keys(
        self, request: AlignmentRequest, encoder: object | None
    ) -> list[tuple[str, str | None, str]]:
        mark = str(getattr(encoder, "fingerprint", ""))
        return [
            (request.left, request.left_language, mark),
            (request.right, request.right_language, mark),
        ]

    def _known_vectors(
        self, request: AlignmentRequest, encoder: object | None
    ) -> tuple[Matrix, Matrix] | None:
        one, other = (self._vectors.get(key) for key in self._keys(request, encoder))
        return (one, other) if one is not None and other is not None else None

    def _new_vectors(self, sides: _Sides, encoder: object | None) -> tuple[Matrix, Matrix] | None:
        request = sides.request
        keys = self._keys(request, encoder)
        units = [(sides.left, request.left_language), (sides.right, request.right_language)]
        missing = [i for i, key in enumerate(keys) if key not in self._vectors]
        found = statement_vectors(encoder, [units[i] for i in missing])
        if found is None:
            return None
        for i, vectors in zip(missing, found, strict=True):
            self._vectors[keys[i]] = vectors
        pair = self._vectors[keys[0]], self._vectors[keys[1]]
        for key in keys:
            self._vectors.move_to_end(key)
        while len(self._vectors) > KEPT:
            self._vectors.popitem(last=False)
        return pair

    # Links.

    def _aligned(
        self, sides: _Sides, vectors: tuple[Matrix, Matrix] | None, ctx: JobContext
    ) -> Alignment:
        request, left, right = sides.request, sides.left, sides.right
        by_hand = _statements_at(request.anchors, left, right)
        links: list[Link] = []
        for rows, columns in parts_of(left, right, by_hand, ctx.check):
            ctx.check()
            links += self._links(sides, rows, columns, vectors, by_hand, ctx)
        links = _with_all(by_hand, links)
        frameworks = request.left_framework, request.right_framework
        return Alignment(
            request=request,
            left=tuple(Statement(u.first, u.last, u.depth) for u in left),
            right=tuple(Statement(u.first, u.last, u.depth) for u in right),
            links=tuple(sorted(links, key=lambda link: (link.left, link.right))),
            with_model=vectors is not None,
            left_hints=hints_for(request.left, *frameworks),
            right_hints=hints_for(request.right, *frameworks[::-1]),
        )

    def _links(
        self,
        sides: _Sides,
        rows: Sequence[int],
        columns: Sequence[int],
        vectors: tuple[Matrix, Matrix] | None,
        by_hand: frozenset[tuple[int, int]],
        ctx: JobContext,
    ) -> list[Link]:
        """The links between some statements of the left and some of the right."""
        if not len(rows) or not len(columns):
            return []
        row_at = {row: place for place, row in enumerate(rows)}
        column_at = {column: place for place, column in enumerate(columns)}
        anchors = [(row_at[a], column_at[b]) for a, b in by_hand if a in row_at and b in column_at]
        part = (vectors[0][rows], vectors[1][columns]) if vectors is not None else None
        comparison = sides.compared(rows, columns)
        ctx.check()
        likely = comparison.likelihoods(part, self._model, anchors, ctx.check)
        ctx.check()
        in_order, moved = decode(_odds(likely, anchors), self._model.costs)
        made = [(pair, False) for pair in in_order] + [(pair, True) for pair in moved]
        made += [(pair, True) for pair in anchors if pair not in {known for known, _ in made}]
        links = []
        for (row, column), is_moved in made:
            pair = (rows[row], columns[column])
            links.append(Link(*pair, float(likely[row, column]), is_moved, pair in by_hand))
        return links


class _Sides:
    """The statements of both texts; how all compare with all is worked out once."""

    def __init__(self, request: AlignmentRequest, ctx: JobContext) -> None:
        self.request = request
        self.left = statements(request.left, request.left_language)
        ctx.check()
        self.right = statements(request.right, request.right_language)
        self._whole: Comparison | None = None

    def compared(self, rows: Sequence[int], columns: Sequence[int]) -> Comparison:
        """Some of the left with some of the right."""
        if len(rows) < len(self.left) or len(columns) < len(self.right):
            return Comparison(_picked(self.left, rows), _picked(self.right, columns))
        if self._whole is None:
            self._whole = Comparison(self.left, self.right)
        return self._whole


def _with_all(by_hand: frozenset[tuple[int, int]], links: list[Link]) -> list[Link]:
    """The links with those made by hand whose ends are in different parts of a large text.

    What the parts, each on its own, have linked to these ends gives way.
    """
    missing = by_hand - {(link.left, link.right) for link in links}
    if not missing:
        return links
    ours, theirs = {a for a, _ in missing}, {b for _, b in missing}
    kept = [
        link
        for link in links
        if link.by_hand or (link.left not in ours and link.right not in theirs)
    ]
    in_order = [(link.left, link.right) for link in kept if not link.moved]
    added = []
    for a, b in sorted(missing):
        crosses = any((a - c) * (b - d) < 0 for c, d in in_order)
        added.append(Link(a, b, 1.0, crosses, by_hand=True))
        if not crosses:
            in_order.append((a, b))
    return kept + added


def _odds(likely: NDArray[np.float64], anchors: Pairs) -> NDArray[np.float64]:
    clipped = np.clip(likely, 1e-6, 1 - 1e-6)
    odds = np.log(clipped / (1 - clipped))
    for row, column in anchors:  # hold, whatever else would have to give way
        odds[row, :] = odds[:, column] = -_CERTAIN
    for row, column in anchors:
        odds[row, column] = _CERTAIN * 100
    return np.asarray(odds, dtype=np.float64)


def _picked(units: Sequence[Unit], rows: Sequence[int]) -> list[Unit]:
    """Some statements; one whose parent is not among them has none."""
    place = {row: index for index, row in enumerate(rows)}
    return [
        Unit(u.first, u.last, u.depth, u.node, u.text, place.get(u.parent, -1))
        for u in (units[row] for row in rows)
    ]


def _statements_at(
    anchors: Sequence[tuple[int, int]], left: Sequence[Unit], right: Sequence[Unit]
) -> frozenset[tuple[int, int]]:
    """The statements on the lines of the anchors; a line without one does not count."""
    found = ((_at(left, a), _at(right, b)) for a, b in anchors)
    return frozenset((a, b) for a, b in found if a >= 0 and b >= 0)


def _at(units: Sequence[Unit], line: int) -> int:
    """The statement that stands on a line, -1 if there is none: the innermost that covers it."""
    covering = [i for i, unit in enumerate(units) if unit.first <= line <= unit.last]
    return covering[-1] if covering else -1
