"""Cutting text so that what matters stays."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF


def elide_place(place: str, metrics: QFontMetricsF, width: float) -> str:
    """Drop leading folders of `a/b/c.py:3–9` until it fits; the file and its lines stay longest."""
    if metrics.horizontalAdvance(place) <= width:
        return place
    parts = place.split("/")
    for first in range(1, len(parts)):
        shorter = "…/" + "/".join(parts[first:])
        if metrics.horizontalAdvance(shorter) <= width:
            return shorter
    if metrics.horizontalAdvance(parts[-1]) <= width:
        return parts[-1]
    return metrics.elidedText(parts[-1], Qt.TextElideMode.ElideMiddle, width)


def elide_name(name: str, metrics: QFontMetricsF, width: float) -> str:
    """Drop the outer names of `package.Class.method` until it fits; the innermost stays longest."""
    if metrics.horizontalAdvance(name) <= width:
        return name
    parts = name.split(".")
    for first in range(1, len(parts)):
        shorter = "…" + ".".join(parts[first:])
        if metrics.horizontalAdvance(shorter) <= width:
            return shorter
    return metrics.elidedText(parts[-1], Qt.TextElideMode.ElideMiddle, width)


def elide_end(text: str, metrics: QFontMetricsF, width: float) -> str:
    """Keep the beginning."""
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, width))
