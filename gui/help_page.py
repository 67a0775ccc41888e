"""Help: every shortcut, and the state of the installation."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QMenu, QMenuBar, QTextBrowser, QVBoxLayout, QWidget

from engine.types_models import DoctorReport
from gui.theme import theme_signal


class HelpPage(QWidget):
    """One page of text, made from the menus, so that it cannot be out of date."""

    def __init__(self, bar: QMenuBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        self._report: DoctorReport | None = None
        self.text = QTextBrowser()
        self.text.setObjectName("helpText")
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setAccessibleName("Help")
        self.text.document().setDocumentMargin(24)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text)
        theme_signal().changed.connect(self.fill)

    def fill(self) -> None:
        """Write the page anew."""
        parts = [_state(self._report)] if self._report else []
        parts.append("<h2>Keyboard shortcuts</h2><p>Single keys act on the chosen result or ")
        parts.append("candidate while no text is being edited.</p>")
        for action in self._bar.actions():
            menu = action.menu()
            if isinstance(menu, QMenu):
                parts.append(_menu_table(menu))
        self.text.setHtml("".join(parts))

    def show_report(self, report: DoctorReport) -> None:
        """Put the state of the installation above the shortcuts."""
        self._report = report
        self.fill()


def _menu_table(menu: QMenu, above: str = "") -> str:
    """A menu's shortcuts, and after them those of the menus in it."""
    rows, below = [], []
    title = above + escape(menu.title().replace("&", ""))
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            below.append(_menu_table(inner, f"{title}: "))
        keys = [k.toString(QKeySequence.SequenceFormat.NativeText) for k in action.shortcuts()]
        if keys:
            words = escape(action.text().replace("&", "").rstrip("…"))
            rows.append(_row(words, " &nbsp;or&nbsp; ".join(map(escape, keys))))
    table = f"<h3>{title}</h3><table>{''.join(rows)}</table>" if rows else ""
    return "".join((table, *below))


def _state(report: DoctorReport) -> str:
    rows = [_row("Device", escape(report.device)), _row("Judgements", escape(report.store))]
    for model in report.models:
        words = " · ".join(
            filter(None, (model.name, model.state.value, model.precision, model.problem))
        )
        rows.append(_row(escape(model.role.capitalize()), escape(words)))
    rows += [_row(escape(k.capitalize()), escape(v)) for k, v in report.paths.items()]
    rows += [_row(escape(k), escape(v)) for k, v in report.versions.items()]
    problems = "".join(f"<p>{escape(line)}</p>" for line in report.problems)
    return f"<h2>State of the installation</h2>{problems}<table>{''.join(rows)}</table>"


def _row(left: str, right: str) -> str:
    return f"<tr><td width='260'>{left}</td><td>{right}</td></tr>"
