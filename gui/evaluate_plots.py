"""The plots of a comparison, on pyqtgraph, in the window's own colours.

A plot is drawn when it is seen and pyqtgraph is there, which is fetched for the first of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.types import Grade
from engine.types_evaluation import Comparison, RunInfo
from gui import texts
from gui.evaluate_rows import metric_label
from gui.plotting import plotting_library
from gui.theme import Theme, current_theme, theme_signal

if TYPE_CHECKING:
    from pyqtgraph import PlotItem, PlotWidget

LIGHT = ("#2a57c5", "#b4570b", "#1c7237", "#8a3aa0", "#0d646d", "#b02a1d", "#6b6100", "#4c5561")
DARK = ("#8ab0ff", "#edb27d", "#79d093", "#caa4f2", "#6dccd2", "#ff9a8f", "#d9cf6d", "#b4bcc8")
DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DashDotDotLine,
)
LARGEST, SMALLEST = 44, 10
"""Pixels across of the largest model's circle, and of a run without a model."""

Draw = Callable[["Plot", Comparison], None]


def colour(number: int, theme: Theme) -> QColor:
    """The colour of the run of that number."""
    family = DARK if theme.dark else LIGHT
    return QColor(family[number % len(family)])


class Plot(QWidget):
    """One plot of a comparison. What it shows is said in words below it as well."""

    drawn = Signal()

    def __init__(self, name: str, draw: Draw, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._draw = draw
        self._comparison: Comparison | None = None
        self._widget: PlotWidget | None = None
        self.words = QLabel()
        self.words.setObjectName("muted")
        self.words.setWordWrap(True)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 8, 16, 8)
        self._layout.addWidget(self.words)
        theme_signal().changed.connect(self._redraw)
        plotting_library().there.connect(self._redraw)

    @property
    def is_drawn(self) -> bool:
        """Whether there is something to be seen, and to be saved."""
        return self._widget is not None

    @property
    def item(self) -> PlotItem:
        """What is drawn on."""
        assert self._widget is not None
        return self._widget.getPlotItem()

    def show_comparison(self, comparison: Comparison) -> None:
        """Draw another comparison, at once if the plot is seen, else when it is."""
        self._comparison = comparison
        if self.isVisible():
            self._redraw()

    def showEvent(self, event: object) -> None:
        """Draw what has come meanwhile."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._redraw()

    def save(self, path: str) -> None:
        """Write the plot as PNG (twice the screen's size) or SVG. Raises `OSError`."""
        assert self._widget is not None
        if Path(path).suffix.lower() == ".svg":
            from PySide6.QtSvg import QSvgGenerator

            generator = QSvgGenerator()
            generator.setFileName(path)
            generator.setSize(self._widget.size())
            generator.setViewBox(self._widget.rect())
            generator.setTitle(self.accessibleName())
            painter = QPainter(generator)
            self._widget.render(painter)
            painter.end()
            written = Path(path).is_file()
        else:
            from PySide6.QtGui import QPixmap

            picture = QPixmap(self._widget.size() * 2)
            picture.fill(QColor(current_theme().surface))
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._widget.render(painter)
            painter.end()
            written = picture.save(path)
        if not written:
            raise OSError(f"cannot write {path}")

    @Slot()
    def _redraw(self) -> None:
        if self._comparison is None or not self.isVisible():
            return
        if not plotting_library().fetch():
            self.words.setText("drawing…")
            return
        import pyqtgraph

        theme = current_theme()
        if self._widget is not None:
            self._layout.removeWidget(self._widget)
            self._widget.hide()
            self._widget.deleteLater()
        pyqtgraph.setConfigOptions(antialias=True)
        self._widget = pyqtgraph.PlotWidget(background=theme.surface)
        self._widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._widget.setMenuEnabled(False)
        self._layout.insertWidget(0, self._widget, 1)
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.setPen(QColor(theme.hairline))
            axis.setTextPen(QColor(theme.muted))
            axis.enableAutoSIPrefix(False)
        self.item.showGrid(x=False, y=True, alpha=0.25)
        self.item.hideButtons()
        self._draw(self, self._comparison)
        self.drawn.emit()


def draw_quality(plot: Plot, comparison: Comparison) -> None:
    """Quality against time per query, circle area as model size (figure 2 of CasCode)."""
    import pyqtgraph

    theme = current_theme()
    largest = max((run.parameters or 0 for run in comparison.runs), default=0) or 1
    said = []
    for number, run in enumerate(comparison.runs):
        if not run.timed:
            said.append(f"{run.name} {_mean(run, comparison)}, its time not known")
            continue
        found, ms = run.metrics[comparison.metric], max(run.query_ms[0], 0.01)
        size = SMALLEST + (LARGEST - SMALLEST) * math.sqrt((run.parameters or 0) / largest)
        ink, x = colour(number, theme), math.log10(ms)
        fill = QColor(ink)
        fill.setAlphaF(0.45)
        plot.item.addItem(
            pyqtgraph.PlotDataItem([x, x], [found.low, found.high], pen=pyqtgraph.mkPen(ink))
        )
        plot.item.addItem(
            pyqtgraph.ScatterPlotItem([x], [found.mean], size=size, brush=fill, pen=ink)
        )
        name = _short(run.name, comparison)
        beside = (size / 2 + 4) / max(plot.fontMetrics().horizontalAdvance(name), 1)
        left = _has_neighbour(number, comparison)
        word = pyqtgraph.TextItem(
            name, color=theme.text, anchor=(1 + beside if left else -beside, 0.5)
        )
        word.setPos(x, found.mean)
        plot.item.addItem(word)
        model = f", {run.parameters / 1e6:,.0f}\u00a0M\u00a0parameters" if run.parameters else ""
        said.append(f"{run.name} {_mean(run, comparison)} at {ms:,.1f} ms{model}")
    times = [math.log10(max(run.query_ms[0], 0.01)) for run in comparison.runs if run.timed]
    low, high = min(times, default=0.0) - 0.4, max(times, default=2.0) + 0.8
    _log_axis(plot, low, high)
    plot.item.setXRange(low, high)
    _label(plot, "ms per query, median", metric_label(comparison.metric))
    lead = "The circle's area is the size of the models; " if times else ""
    plot.words.setText(f"{lead}{'; '.join(said)}.")


def _mean(run: RunInfo, comparison: Comparison) -> str:
    return f"{run.metrics[comparison.metric].mean:.4f}"


def _has_neighbour(number: int, comparison: Comparison) -> bool:
    """Whether another run stands just right of this one, where its name would be written."""
    one = comparison.runs[number]
    values = [run.metrics[comparison.metric].mean for run in comparison.runs]
    near = 0.1 * (max(values) - min(values))
    return any(
        1.0 <= other.query_ms[0] / max(one.query_ms[0], 0.01) < 2.5
        and abs(values[place] - values[number]) <= near
        for place, other in enumerate(comparison.runs)
        if place != number and other.timed
    )


def draw_recall(plot: Plot, comparison: Comparison) -> None:
    """recall@K (figure 4 of CasCode)."""
    _draw_curves(plot, comparison, comparison.recall, "recall@K")


def draw_by_k(plot: Plot, comparison: Comparison) -> None:
    """The metric against K (figure 5 of CasCode)."""
    kind = metric_label(comparison.metric).partition("@")[0]
    _draw_curves(plot, comparison, comparison.by_k, f"{kind}@K")


def draw_changes(plot: Plot, comparison: Comparison) -> None:
    """Per-query differences of the last run and the first, sorted."""
    import pyqtgraph

    theme = current_theme()
    changes = sorted(row.values[-1] - row.values[0] for row in comparison.per_query)
    places = list(range(len(changes)))
    gain, loss = QColor(theme.grades[Grade.EXACT]), QColor(theme.grades[Grade.IRRELEVANT])
    brushes = [gain if value > 0 else loss for value in changes]
    bars = pyqtgraph.BarGraphItem(
        x=places, height=changes, width=0.8, brushes=brushes, pen=pyqtgraph.mkPen(None)
    )
    plot.item.addItem(bars)
    plot.item.getAxis("bottom").setTicks([[]])
    plot.item.addLine(y=0, pen=pyqtgraph.mkPen(QColor(theme.control_edge)))
    queries = texts.count(len(changes), "query", "queries")
    _label(plot, f"{queries}, sorted", metric_label(comparison.metric))
    better = sum(value > 0 for value in changes)
    worse = sum(value < 0 for value in changes)
    names = f"{comparison.runs[-1].name} against {comparison.runs[0].name}"
    plot.words.setText(
        f"{names}: better on {better:,} of {queries}, worse on {worse:,}, the same on "
        f"{len(changes) - better - worse:,}."
        if len(comparison.runs) > 1
        else "Choose two runs to see which queries changed."
    )


def _draw_curves(
    plot: Plot,
    comparison: Comparison,
    curves: Sequence[Sequence[tuple[int, float]]],
    label: str,
) -> None:
    import pyqtgraph

    theme = current_theme()
    legend = plot.item.addLegend(offset=(-16, -16), labelTextColor=theme.text)
    legend.setBrush(QColor(theme.surface))
    for number, (run, curve) in enumerate(zip(comparison.runs, curves, strict=True)):
        pen = pyqtgraph.mkPen(colour(number, theme), width=2, style=DASHES[number % len(DASHES)])
        plot.item.plot(
            [math.log10(k) for k, _ in curve],
            [value for _, value in curve],
            pen=pen,
            name=_short(run.name, comparison),
        )
    ticks = [(math.log10(k), str(k)) for k in (1, 2, 5, 10, 20, 50, 100)]
    plot.item.getAxis("bottom").setTicks([ticks])
    plot.item.setXRange(0.0, 2.7)  # the legend stands beside the curves
    _label(plot, "K", label)
    ends = [
        f"{run.name} {dict(curve)[10]:.4f} at 10 and {dict(curve)[100]:.4f} at 100"
        for run, curve in zip(comparison.runs, curves, strict=True)
    ]
    plot.words.setText("; ".join(ends) + ".")


def _log_axis(plot: Plot, low: float, high: float) -> None:
    """Ticks at 1, 2 and 5 times each power of ten; at the powers alone where there are many."""
    steps = (1, 2, 5) if high - low < 2.5 else (1,)
    values = [n * 10.0**p for p in range(math.floor(low), math.ceil(high) + 1) for n in steps]
    ticks = [(math.log10(value), f"{value:,g}") for value in values]
    plot.item.getAxis("bottom").setTicks([ticks])


def _label(plot: Plot, x: str, y: str) -> None:
    style = {"color": current_theme().muted, "font-size": "9pt"}
    plot.item.setLabel("bottom", x, **style)
    plot.item.setLabel("left", y, **style)


def _short(name: str, comparison: Comparison) -> str:
    """A run's name without what all of them have in common."""
    groups = {run.name.rpartition("/")[0] for run in comparison.runs}
    return name.rpartition("/")[2] if len(groups) == 1 else name
