"""pyqtgraph, imported beside the window: that takes a second, in which the window has to answer."""

from __future__ import annotations

import contextlib
import threading

from PySide6.QtCore import QObject, Signal


class PlottingLibrary(QObject):
    """Imports pyqtgraph in a thread of its own, once."""

    there = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._imported = False
        self._thread: threading.Thread | None = None

    def fetch(self) -> bool:
        """Whether it is there; if it is not, it is on its way, and `there` tells when it has come.

        `sys.modules` does not tell: it holds a module while that is being imported.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._import, name="plots", daemon=True)
            self._thread.start()
        return self._imported

    def _import(self) -> None:
        import pyqtgraph  # noqa: F401

        self._imported = True
        with contextlib.suppress(RuntimeError):  # the application has ended meanwhile
            self.there.emit()


_library: PlottingLibrary | None = None


def plotting_library() -> PlottingLibrary:
    """The one that all plots wait for."""
    global _library
    if _library is None:
        _library = PlottingLibrary()
    return _library
