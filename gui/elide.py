"""Cutting text so that what matters stays."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF


def elide_place(place: str, metrics: QFontMetricsF, width: float) -> str:
    """Shorten `a/b/c.py:3–9`: first the folders go, from the left, then the lines, then letters."""
    return _first_that_fits(_shorter_places(place), metrics, width)


def elide_name(name: str, metrics: QFontMetricsF, width: float) -> str:
    """Shorten `package.Class.method`: the outer names go first, then letters in the middle."""
    return _first_that_fits(_shorter_names(name), metrics, width)


def elide_end(text: str, metrics: QFontMetricsF, width: float) -> str:
    """Keep the beginning."""
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, width))


def _shorter_places(place: str) -> Iterator[str]:
    yield place
    parts = place.split("/")
    for first in range(1, len(parts)):
        yield "…/" + "/".join(parts[first:])
    yield parts[-1]
    yield parts[-1].rpartition(":")[0] or parts[-1]


def _shorter_names(name: str) -> Iterator[str]:
    yield name
    parts = name.split(".")
    if " " not in name:
        for first in range(1, len(parts)):
            yield "…" + ".".join(parts[first:])


def _first_that_fits(candidates: Iterator[str], metrics: QFontMetricsF, width: float) -> str:
    shortest = ""
    for candidate in candidates:
        if metrics.horizontalAdvance(candidate) <= width:
            return candidate
        shortest = candidate
    return metrics.elidedText(shortest, Qt.TextElideMode.ElideMiddle, max(0.0, width))
