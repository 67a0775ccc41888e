from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from gui.elide import elide_end, elide_name, elide_place
from gui.fonts import load_fonts, mono

PLACE = "src/project/nn/attention.py:1042–1078"
NAME = "models.MultiHeadAttention.forward"


@pytest.fixture
def metrics(qapp: QApplication) -> QFontMetricsF:
    load_fonts()
    return QFontMetricsF(mono(10))


@pytest.mark.parametrize(
    ("characters", "shown"),
    [
        (50, PLACE),
        (36, "…/project/nn/attention.py:1042–1078"),
        (27, "…/nn/attention.py:1042–1078"[:27]),
        (22, "attention.py:1042–1078"),
        (15, "attention.py"),
    ],
)
def test_a_place_loses_folders_then_lines(
    metrics: QFontMetricsF, characters: int, shown: str
) -> None:
    width = metrics.horizontalAdvance("x") * characters + 0.1
    assert elide_place(PLACE, metrics, width) == shown


@pytest.mark.parametrize(
    ("characters", "shown"),
    [(40, NAME), (28, "…MultiHeadAttention.forward"), (12, "…forward")],
)
def test_a_name_loses_its_outer_names(metrics: QFontMetricsF, characters: int, shown: str) -> None:
    width = metrics.horizontalAdvance("x") * characters + 0.1
    assert elide_name(NAME, metrics, width) == shown


@pytest.mark.parametrize("text", [PLACE, NAME, "", "a heading with spaces. and a dot", "ü" * 300])
@pytest.mark.parametrize("width", [-5, 0, 3, 40, 100])
def test_nothing_is_wider_than_its_room(metrics: QFontMetricsF, text: str, width: float) -> None:
    for elide in (elide_place, elide_name, elide_end):
        shown = elide(text, metrics, width)
        assert shown in ("", "…") or metrics.horizontalAdvance(shown) <= width
