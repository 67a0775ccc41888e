"""The soft colours of bands: hues that follow each other, in the theme's lightness."""

from __future__ import annotations

from PySide6.QtGui import QColor

from gui.palette import oklch, rgb
from gui.tokens import Theme

HUES = (250.0, 150.0, 75.0, 320.0, 195.0, 25.0)
"""Degrees in OKLCH: blue, green, amber, pink, teal, coral. Neighbouring bands differ."""

_LIGHT, _DARK = (0.94, 0.045), (0.315, 0.05)
_LIT_LIGHT, _LIT_DARK = (0.93, 0.064), (0.35, 0.075)
_EDGES_LIGHT, _EDGES_DARK = (0.72, 0.10), (0.56, 0.09)
_WEAKEST = 0.4
"""How much of its colour the least certain band keeps."""


def band_fill(theme: Theme, number: int, confidence: float, lit: bool = False) -> str:
    """The background of a band's lines: paler the less certain it is, stronger when lit."""
    if lit:
        lightness, chroma = _LIT_DARK if theme.dark else _LIT_LIGHT
    else:
        lightness, chroma = _DARK if theme.dark else _LIGHT
    strength = 1.0 if lit else _WEAKEST + (1.0 - _WEAKEST) * confidence
    return mixed(oklch(lightness, chroma, HUES[number % len(HUES)]), theme.surface, strength)


def band_edge(theme: Theme, number: int, confidence: float, lit: bool = False) -> str:
    """The outline of a band in the gutter."""
    if lit:
        return theme.accent
    lightness, chroma = _EDGES_DARK if theme.dark else _EDGES_LIGHT
    colour = oklch(lightness, chroma, HUES[number % len(HUES)])
    return mixed(colour, theme.surface, _WEAKEST + (1.0 - _WEAKEST) * confidence)


def mixed(colour: str, ground: str, strength: float) -> str:
    """`colour` laid over `ground` with an opacity in [0, 1]."""
    channels = zip(rgb(colour), rgb(ground), strict=True)
    return "#" + "".join(
        f"{round(255 * (strength * a + (1 - strength) * b)):02x}" for a, b in channels
    )


def q(colour: str) -> QColor:
    """The same colour for Qt."""
    return QColor(colour)
