"""Palette and style sheet made from the tokens."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from engine.paths import RESOURCES
from gui.tokens import GRID, Theme

_Role = QPalette.ColorRole


def palette(theme: Theme) -> QPalette:
    """The palette of `theme`: what Fusion and every standard widget read."""
    roles = {
        _Role.Window: theme.window,
        _Role.WindowText: theme.text,
        _Role.Base: theme.surface,
        _Role.AlternateBase: theme.hover,
        _Role.Text: theme.text,
        _Role.PlaceholderText: theme.muted,
        _Role.Button: theme.control,
        _Role.ButtonText: theme.text,
        _Role.BrightText: theme.error,
        _Role.Highlight: theme.selection,
        _Role.HighlightedText: theme.text,
        _Role.Accent: theme.accent,
        _Role.Link: theme.accent,
        _Role.LinkVisited: theme.accent,
        _Role.ToolTipBase: theme.control,
        _Role.ToolTipText: theme.text,
        _Role.Light: theme.hover,
        _Role.Midlight: theme.hover,
        _Role.Mid: theme.hairline,
        _Role.Dark: theme.control_edge,
        _Role.Shadow: theme.control_edge,
    }
    result = QPalette()
    for role, colour in roles.items():
        result.setColor(role, QColor(colour))
    for role in (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.disabled))
    return result


def style_sheet(theme: Theme) -> str:
    """What the palette cannot say: hairlines, flat controls, quiet scroll bars."""
    return _SHEET.format(
        **{name: getattr(theme, name) for name in _USED},
        half=GRID // 2,
        grid=GRID,
        check=(RESOURCES / "icons" / f"check-{theme.name}.svg").as_posix(),
    )


_USED = (
    "window",
    "surface",
    "hover",
    "selected",
    "hairline",
    "control",
    "control_edge",
    "text",
    "muted",
    "disabled",
    "accent",
    "on_accent",
)

_SHEET = """
QSplitter::handle {{ background: {hairline}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QSplitter::handle:vertical {{ height: 1px; }}
QSplitter::handle:hover {{ background: {accent}; }}

QToolTip {{
    background: {control}; color: {text}; border: 1px solid {control_edge}; padding: {half}px;
}}

QMenu {{ background: {control}; border: 1px solid {control_edge}; padding: {half}px; }}
QMenu::item {{ padding: {half}px 24px; border-radius: {half}px; }}
QMenu::item:selected {{ background: {selected}; }}
QMenu::item:disabled {{ color: {disabled}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {hairline}; margin: {half}px {grid}px; }}

/* Fusion lays a veil over the words of what has the focus; here an edge shows it. */
QPushButton, QToolButton, QCheckBox, QAbstractItemView, QTabBar {{ outline: none; }}

QPushButton {{
    background: {control}; color: {text};
    border: 1px solid {control_edge}; border-radius: {half}px;
    padding: 3px 12px; min-height: 20px;
}}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {selected}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:disabled {{ color: {disabled}; border-color: {hairline}; }}
QPushButton:default, QPushButton[primary="true"] {{
    background: {accent}; color: {on_accent}; border-color: {accent};
}}
QPushButton[primary="true"]:focus {{ border-color: {text}; }}
QPushButton:default:disabled, QPushButton[primary="true"]:disabled {{
    background: {hover}; color: {disabled}; border-color: {hairline};
}}
QPushButton[flat="true"] {{ background: transparent; border-color: transparent; color: {accent}; }}
QPushButton[flat="true"]:hover {{ background: {hover}; }}
QPushButton[flat="true"]:focus {{ border-color: {accent}; }}

QToolButton {{
    background: transparent; border: 1px solid transparent; border-radius: {half}px; padding: 3px;
}}
QToolButton:hover {{ background: {hover}; }}
QToolButton:pressed, QToolButton:checked {{ background: {selected}; }}
QToolButton:focus {{ border-color: {accent}; }}

QCheckBox::indicator {{
    width: 13px; height: 13px; background: {control};
    border: 1px solid {muted}; border-radius: 3px;
}}
QCheckBox::indicator:checked {{
    background: {accent}; border-color: {accent}; image: url("{check}");
}}
QCheckBox::indicator:checked:disabled {{ background: {disabled}; border-color: {disabled}; }}
QCheckBox::indicator:focus {{ border-color: {accent}; }}
QCheckBox::indicator:checked:focus {{ border-color: {text}; }}

QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {control_edge}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 24px; }}
QScrollBar::handle:horizontal {{ min-width: 24px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; }}
"""
