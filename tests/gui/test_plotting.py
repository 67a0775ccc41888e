"""The window does not wait for the library that draws."""

from __future__ import annotations

import subprocess
import sys

SEEN_FROM_WITHIN = """
import sys, threading

from PySide6.QtWidgets import QApplication

from gui.evaluate_plots import Plot

asked_by = []

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "pyqtgraph":
            asked_by.append(threading.current_thread().name)

sys.meta_path.insert(0, Watch())
app = QApplication([])
plot = Plot("three points", lambda plot, points: plot.words.setText(f"{len(points)} points"))
plot.drawn.connect(app.quit)
plot.show()
plot.show_comparison([1, 2, 3])
before = plot.is_drawn, plot.words.text()
app.exec()
print(ascii([*before, plot.is_drawn, plot.words.text(), asked_by]))
"""


def test_it_is_imported_in_a_thread_and_the_plot_follows() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SEEN_FROM_WITHIN], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == r"[False, 'drawing\u2026', True, '3 points', ['plots']]"
