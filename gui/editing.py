"""What the Edit menu reaches: the field that is typed in, or the text that is selected."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit


def editor() -> QPlainTextEdit | QLineEdit | None:
    """The field that is typed in, None where nothing can be typed."""
    widget = QApplication.focusWidget()
    if isinstance(widget, QPlainTextEdit | QLineEdit) and not widget.isReadOnly():
        return widget
    return None


def to_editor(method: str) -> bool:
    """Tell it to `cut`, `paste`, `undo` or `redo`. False if there is none."""
    widget = editor()
    if widget is not None:
        getattr(widget, method)()
    return widget is not None


def copy_selected() -> bool:
    """Copy what is selected in a text or in a field. False if nothing can be."""
    widget = QApplication.focusWidget()
    selecting = isinstance(widget, QPlainTextEdit) and widget.textCursor().hasSelection()
    if selecting or isinstance(widget, QLineEdit):
        widget.copy()
        return True
    return False
