from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.types import Framework, Grade
from gui.badges import BadgeRow
from gui.code_line import coloured
from gui.grade_mark import paint_grade

SIZE = 16


def shape(grade: Grade) -> QImage:
    """The mark of a grade in black on white, whatever colour it has on the screen."""
    image = QImage(SIZE, SIZE, QImage.Format.Format_Grayscale8)
    image.fill(255)
    painter = QPainter(image)
    paint_grade(painter, grade, QRectF(0, 0, SIZE, SIZE), "#000000", "#ffffff")
    painter.end()
    return image


def difference(one: QImage, other: QImage) -> float:
    """The share of the pixels that are clearly lighter in one of two images."""
    pixels = [(x, y) for x in range(SIZE) for y in range(SIZE)]
    unlike = sum(abs(one.pixelColor(*at).red() - other.pixelColor(*at).red()) > 96 for at in pixels)
    return unlike / len(pixels)


@pytest.mark.parametrize(
    "pair", list(combinations(Grade, 2)), ids=lambda pair: f"{pair[0]}-{pair[1]}"
)
def test_grades_differ_without_colour(qapp: QApplication, pair: tuple[Grade, Grade]) -> None:
    assert difference(shape(pair[0]), shape(pair[1])) > 0.04


def test_badges_say_their_words(qtbot: QtBot) -> None:
    row = BadgeRow()
    qtbot.addWidget(row)
    row.set_badges("Python", (Framework.TENSORFLOW, Framework.KERAS))
    assert row.accessibleName() == "TensorFlow, Keras, Python"
    wide = row.sizeHint().width()
    assert not row.grab().isNull()
    row.set_badges("Python", ())
    assert 0 < row.sizeHint().width() < wide
    row.set_badges(None, ())
    assert row.isHidden()


def test_a_line_of_code_is_coloured_without_losing_a_character() -> None:
    line = "q = self.w_q(x)  # 🙂 why"
    pieces = coloured(line, "Python")
    assert "".join(text for text, _ in pieces) == line
    assert ("# 🙂 why", "comment") in pieces
    assert coloured(line, "") == ((line, ""),)
