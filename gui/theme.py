"""How the tokens reach the application, and how it follows the system.

Whoever paints for itself asks `current_theme()` when it paints, and repaints on
`theme_signal().changed`; everything else follows the palette.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication

from gui.fonts import load_fonts
from gui.style import palette
from gui.tokens import DARK, GRID, LIGHT, Syntax, Theme

__all__ = [
    "DARK",
    "GRID",
    "LIGHT",
    "Mode",
    "Syntax",
    "Theme",
    "ThemeSignal",
    "apply_theme",
    "current_theme",
    "theme_signal",
]

Mode = Literal["system", "light", "dark"]

_SCHEMES = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}


class ThemeSignal(QObject):
    """Keeps the theme in force and tells when it is another one."""

    changed = Signal(object)  # Theme

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.mode: Mode = "system"
        self._app: QApplication | None = None

    def attach(self, app: QApplication, mode: Mode) -> None:
        """Dress `app` from now on; see `apply_theme`."""
        self.mode = mode
        hints = app.styleHints()
        if self._app is not app:
            self._app = app
            load_fonts()
            app.setStyle("Fusion")
            hints.colorSchemeChanged.connect(self.follow_system)
        if mode == "system":
            hints.unsetColorScheme()
            self.follow_system()
        else:
            hints.setColorScheme(_SCHEMES[mode])  # for the window frame and the native dialogs
            self._use(DARK if mode == "dark" else LIGHT)

    @Slot()
    def follow_system(self) -> None:
        """Take the theme that fits the system's colour scheme, unless one was chosen."""
        if self._app is not None and self.mode == "system":
            dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
            self._use(DARK if dark else LIGHT)

    def _use(self, theme: Theme) -> None:
        assert self._app is not None
        self.theme = theme
        self._app.setPalette(palette(theme))
        self.changed.emit(theme)


_signal: ThemeSignal | None = None


def theme_signal() -> ThemeSignal:
    """The one object whose `changed` tells of a new theme."""
    global _signal
    if _signal is None:
        _signal = ThemeSignal()
    return _signal


def current_theme() -> Theme:
    """The theme in force."""
    return theme_signal().theme


def apply_theme(app: QApplication, mode: Mode = "system") -> None:
    """Show `app` in the system's colour scheme, following its changes, or in the one given."""
    theme_signal().attach(app, mode)
