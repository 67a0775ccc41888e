from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontInfo, QImage, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QListWidget,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.types import Framework, Grade
from gui import badges
from gui.fonts import FAMILY, code_font, load_fonts, mono
from gui.icons import FOLDER, app_icon, icon
from gui.palette import contrast, oklch
from gui.shell_style import shell_style
from gui.style import style_sheet
from gui.theme import DARK, LIGHT, Syntax, Theme, apply_theme, current_theme, theme_signal

ENOUGH = 4.5
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    yield qapp
    apply_theme(qapp, "light")


def too_faint(colours: dict[str, str], grounds: dict[str, str]) -> list[str]:
    return [
        f"{name} on {ground}: {contrast(colour, behind):.2f}"
        for name, colour in colours.items()
        for ground, behind in grounds.items()
        if contrast(colour, behind) < ENOUGH
    ]


def test_contrast_is_the_one_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_oklch_agrees_with_known_colours() -> None:
    assert oklch(1, 0, 0) == "#ffffff"
    assert oklch(0.628, 0.2577, 29.23) == "#ff0000"
    assert oklch(0.452, 0.3132, 264.05) == "#0000ff"


@THEMES
def test_words_are_legible_wherever_they_stand(theme: Theme) -> None:
    grounds = {
        name: getattr(theme, name)
        for name in ("window", "surface", "hover", "selected", "selection", "control")
    }
    words = {name: getattr(theme, name) for name in ("text", "muted", "accent", "error")}
    grades = {f"grade {grade}": colour for grade, colour in theme.grades.items()}
    assert too_faint(words | grades, grounds) == []


@THEMES
def test_code_is_legible_in_panes_rows_and_selections(theme: Theme) -> None:
    code = {field.name: getattr(theme.syntax, field.name) for field in fields(Syntax)}
    grounds = {name: getattr(theme, name) for name in ("surface", "hover", "selected", "selection")}
    assert too_faint(code, grounds) == []


@THEMES
def test_helping_figures_buttons_and_errors_are_legible(theme: Theme) -> None:
    rows = {name: getattr(theme, name) for name in ("surface", "hover", "selected")}
    assert too_faint({"faint": theme.faint}, rows) == []
    assert contrast(theme.on_accent, theme.accent) >= ENOUGH
    assert contrast(theme.error, theme.error_surface) >= ENOUGH
    assert contrast(theme.text, theme.error_surface) >= ENOUGH


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("framework", list(Framework))
def test_badges_are_legible(framework: Framework, dark: bool) -> None:
    colours = badges.framework_colours(framework, dark)
    assert contrast(colours.word, colours.ground) >= ENOUGH


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_two_frameworks_look_the_same(dark: bool) -> None:
    colours = {badges.framework_colours(framework, dark) for framework in Framework}
    assert len(colours) == len(Framework)


@THEMES
def test_every_grade_has_a_colour_of_its_own(theme: Theme) -> None:
    assert len({theme.grades[grade] for grade in Grade}) == 4


def test_the_palette_follows_the_chosen_mode(app: QApplication) -> None:
    heard: list[Theme] = []
    theme_signal().changed.connect(heard.append)
    apply_theme(app, "dark")
    assert app.palette().color(QPalette.ColorRole.Base).name() == DARK.surface
    apply_theme(app, "light")
    assert app.palette().color(QPalette.ColorRole.Base).name() == LIGHT.surface
    assert [theme.name for theme in heard] == ["dark", "light"]


def test_the_system_is_followed_only_while_it_is_asked_for(app: QApplication) -> None:
    apply_theme(app, "dark")
    theme_signal().follow_system()  # as when the system turns light at sunrise
    assert current_theme() is DARK
    apply_theme(app, "system")
    dark = app.styleHints().colorScheme() == Qt.ColorScheme.Dark
    assert current_theme() is (DARK if dark else LIGHT)


def test_an_icon_takes_the_colours_of_the_theme_in_force(app: QApplication) -> None:
    apply_theme(app, "light")
    search = icon("search", "text")
    light = search.pixmap(QSize(16, 16)).toImage()
    apply_theme(app, "dark")
    assert search.pixmap(QSize(16, 16)).toImage() != light


def test_every_icon_draws_something(qapp: QApplication) -> None:
    names = [file.stem for file in FOLDER.glob("*.svg")]
    assert "search" in names
    for name in names:
        image = icon(name).pixmap(QSize(20, 20)).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(20) for y in range(20)), name
    assert not app_icon().isNull()


def test_an_icon_that_is_not_there_is_an_error(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")


def test_the_bundled_font_is_what_code_is_set_in(qapp: QApplication) -> None:
    assert load_fonts()
    assert QFontInfo(mono(10)).family() == FAMILY


def test_the_size_of_code_stays_legible(qapp: QApplication) -> None:
    font = code_font()
    font.reset()
    normal = font.points
    font.larger()
    assert font.points == normal + 1
    for _ in range(100):
        font.smaller()
    assert font.points >= 7
    font.reset()
    assert font.points == normal


@THEMES
@pytest.mark.parametrize("checked", [False, True])
def test_a_box_stands_out_and_a_tick_is_in_it(
    app: QApplication, theme: Theme, checked: bool
) -> None:
    apply_theme(app, "dark" if theme.dark else "light")
    box = QCheckBox("BM25")
    box.setStyleSheet(style_sheet(theme))
    box.setChecked(checked)
    box.resize(box.sizeHint())
    image = box.grab().toImage()
    place = box.style().subElementRect(
        QStyle.SubElement.SE_CheckBoxIndicator, QStyleOptionButton(), box
    )
    middle = box.height() // 2
    edge = image.pixelColor(place.left(), middle).name()
    assert contrast(edge, theme.window) >= ENOUGH
    seen = {image.pixelColor(x, middle).name() for x in range(2, 12)}
    assert ({theme.accent, theme.on_accent} <= seen) == checked


@THEMES
def test_the_focus_lays_no_veil_over_words(app: QApplication, theme: Theme, qtbot: QtBot) -> None:
    apply_theme(app, "dark" if theme.dark else "light")
    place = QWidget()
    qtbot.addWidget(place)
    place.setStyleSheet(style_sheet(theme) + shell_style(theme))
    rows = QListWidget()
    rows.setObjectName("sideList")
    rows.addItem("graded differently")
    rows.setCurrentRow(0)
    layout = QVBoxLayout(place)
    other = QPushButton("Other")
    for widget in (QPushButton("Choose…"), QCheckBox("BM25"), rows, other):
        layout.addWidget(widget)
    place.show()
    place.activateWindow()
    for widget in (layout.itemAt(number).widget() for number in range(3)):
        other.setFocus()
        before, whole = _inside(widget), widget.grab().toImage()
        widget.setFocus()
        qtbot.waitUntil(widget.hasFocus)
        assert _inside(widget) == before, widget
        assert widget.grab().toImage() != whole  # it is seen all the same, at an edge


def _inside(widget: QWidget) -> QImage:
    """Without the edge of a button, of a box and of the first row of a list."""
    image = widget.grab().toImage()
    left = 18 if isinstance(widget, QCheckBox) else 3
    return image.copy(left, 3, 60, 14)
