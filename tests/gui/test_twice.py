"""What is not to be had back takes two presses, and a double click is one of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.twice import TwiceButton


@pytest.fixture
def button(qtbot: QtBot) -> Iterator[TwiceButton]:
    """A button beside a field."""
    window = QWidget()
    layout = QVBoxLayout(window)
    button = TwiceButton("Remove", "Remove for good")
    for widget in (button, QLineEdit()):
        layout.addWidget(widget)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    yield button


def test_the_second_press_counts(button: TwiceButton, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(button.pressed_twice):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.text() == "Remove for good"
    with qtbot.waitSignal(button.pressed_twice):
        QTest.keyClick(button, Qt.Key.Key_Space)


def test_a_double_click_is_one_press(button: TwiceButton, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(button.pressed_twice):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        QTest.mouseDClick(button, Qt.MouseButton.LeftButton)  # the second press alone
        QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert button.text() == "Remove for good"


def test_who_goes_elsewhere_begins_anew(button: TwiceButton) -> None:
    button.setFocus()
    button.click()
    field = button.window().findChild(QLineEdit)
    assert field is not None
    field.setFocus()
    assert button.text() == "Remove"
