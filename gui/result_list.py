"""The list of results: two lines each, moved through with the keyboard, gliding when reranked."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEasingCurve,
    QEvent,
    QModelIndex,
    Qt,
    QVariantAnimation,
    Slot,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from gui.result_delegate import ResultDelegate
from gui.result_model import HitRole, ResultModel
from gui.result_row import row_fonts
from gui.theme import theme_signal

__all__ = ["HitRole", "ResultList", "ResultModel"]

LONGEST_GLIDE_MS = 140

_SAME_AS: dict[int, Qt.Key] = {
    Qt.Key.Key_J: Qt.Key.Key_Down,
    Qt.Key.Key_K: Qt.Key.Key_Up,
}


class ResultList(QListView):
    """Shows a `ResultModel`. J and K move like Down and Up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._glide = QVariantAnimation(self)
        self._glide.setStartValue(1.0)
        self._glide.setEndValue(0.0)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self.viewport().update)
        self._glide.finished.connect(self._arrived)
        self._shifts: dict[str, float] = {}
        self._results = ResultModel(self)
        self._delegate = ResultDelegate(self.shift_of, self)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("Results")
        self.setModel(self._results)
        theme_signal().changed.connect(self.viewport().update)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show a `ResultModel`; no other kind of model will do."""
        if not isinstance(model, ResultModel):
            raise TypeError(f"not a ResultModel: {model!r}")
        super().setModel(model)
        self._results = model
        model.updated.connect(self._start_glide)
        model.modelReset.connect(self._arrived)
        for changed in (model.modelReset, model.dataChanged, model.rowsInserted):
            changed.connect(self._fit_columns)

    def glide_ms(self) -> int:
        """How long a row may glide: 0 if the system asks for no motion."""
        hints = QGuiApplication.styleHints()  # kept: what it hands out dies with its wrapper
        if hasattr(hints, "accessibility"):  # since Qt 6.10, its motion since 6.12
            motion = getattr(hints.accessibility(), "motionPreference", None)
            if motion is not None and motion() == Qt.MotionPreference.ReducedMotion:
                return 0
        wanted = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self)
        return min(LONGEST_GLIDE_MS, wanted)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, or leave it to the list."""
        if event.modifiers() == Qt.KeyboardModifier.NoModifier and event.key() in _SAME_AS:
            event = QKeyEvent(QEvent.Type.KeyPress, _SAME_AS[event.key()], event.modifiers())
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are shortcuts here, not the beginning of a name."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows; those that rise above the others, which the list draws from the top."""
        super().paintEvent(event)
        if not self.gliding:
            return
        painter = QPainter(self.viewport())
        for chunk_id, shift in sorted(self._shifts.items(), key=lambda item: item[1]):
            row = self._results.row_of(chunk_id)
            if shift > 0 and row is not None:
                self._paint_row(painter, self._results.index(row))

    def _paint_row(self, painter: QPainter, index: QModelIndex) -> None:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        option.rect = self.visualRect(index)
        if self.selectionModel().isSelected(index):
            option.state |= QStyle.StateFlag.State_Selected
        self._delegate.paint(painter, option, index)

    @property
    def gliding(self) -> bool:
        """Whether rows are on their way."""
        return self._glide.state() != QVariantAnimation.State.Stopped

    def shift_of(self, chunk_id: str) -> float:
        """How far a chunk's row is from its place, in pixels."""
        return self._shifts.get(chunk_id, 0.0) * float(self._glide.currentValue() or 0.0)

    @Slot(object)
    def _start_glide(self, former: list[str]) -> None:
        """Let each row that was in the list before start from where it was."""
        duration = self.glide_ms()
        if not duration or not self.isVisible():
            return
        height = row_fonts(self.font()).height
        was = {chunk_id: row for row, chunk_id in enumerate(former)}
        moved = {
            chunk_id: (was[chunk_id] - row) * height + self.shift_of(chunk_id)
            for row, chunk_id in enumerate(self._results.order())
            if chunk_id in was
        }
        self._glide.stop()
        self._shifts = {chunk_id: shift for chunk_id, shift in moved.items() if shift}
        if not self._shifts:
            return
        self._glide.setDuration(duration)
        self._glide.start()

    @Slot()
    def _arrived(self) -> None:
        self._glide.stop()
        self._shifts = {}
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to the new width."""
        super().resizeEvent(event)
        self._fit_columns()

    @Slot()
    def _fit_columns(self) -> None:
        """Let all rows share their columns, so that they can be read downwards."""
        model = self._results
        hits = [model.hit_at(row) for row in range(model.rowCount())]
        self._delegate.fit_columns(hits, self.font(), self.viewport().width())
        self.viewport().update()
