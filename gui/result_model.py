"""The results as a list model that changes in place while a search is on its way."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from engine.types import Grade, Hit, Query, SearchResult
from gui import result_text

HitRole = Qt.ItemDataRole.UserRole + 1

_Index = QModelIndex | QPersistentModelIndex


class ResultModel(QAbstractListModel):
    """Hits in the order of the newest `SearchResult`.

    While the question stays the same, rows are known by their chunk's id: they are removed, added
    and moved, so that a selection stays on its chunk. Another question resets the model.
    """

    updated = Signal(object)  # after a change in place: list[str], the chunk ids in their old order

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hits: list[Hit] = []
        self._query: Query | None = None

    def set_result(self, result: SearchResult) -> None:
        """Show another answer; in place if it answers the question shown."""
        if result.query != self._query:
            self.beginResetModel()
            self._query = result.query
            self._hits = list(result.hits)
            self.endResetModel()
            return
        former = self.order()
        self._remove_absent({hit.chunk.id for hit in result.hits})
        self._append_new(result.hits)
        self._reorder(result.hits)
        self.updated.emit(former)

    def clear(self) -> None:
        """Show nothing."""
        self.beginResetModel()
        self._query = None
        self._hits = []
        self.endResetModel()

    def set_grade(self, chunk_id: str, grade: Grade | None) -> None:
        """Show a grade on a chunk's row, or none; nothing happens if it is not in the list."""
        row = self.row_of(chunk_id)
        if row is not None:
            self._hits[row] = replace(self._hits[row], grade=grade)
            self.dataChanged.emit(self.index(row), self.index(row))

    def hit_at(self, row: int) -> Hit:
        """The hit in a row. Raises `IndexError` outside the list."""
        if row < 0:
            raise IndexError(row)
        return self._hits[row]

    def hit(self, index: _Index) -> Hit | None:
        """The hit behind an index, None behind an invalid one."""
        return self._hits[index.row()] if index.isValid() else None

    def row_of(self, chunk_id: str) -> int | None:
        """The row of a chunk."""
        for row, hit in enumerate(self._hits):
            if hit.chunk.id == chunk_id:
                return row
        return None

    def order(self) -> list[str]:
        """The chunk ids from the first row to the last."""
        return [hit.chunk.id for hit in self._hits]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many results."""
        return 0 if parent.isValid() else len(self._hits)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A row by role; for screen readers in sentences."""
        hit = self.hit(index)
        if hit is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return result_text.name_of(hit.chunk)
            case Qt.ItemDataRole.AccessibleTextRole:
                return result_text.spoken(hit)
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return result_text.spoken_more(hit)
            case Qt.ItemDataRole.ToolTipRole:
                return _tool_tip(hit)
            case _ if role == HitRole:
                return hit
        return None

    def _remove_absent(self, staying: set[str]) -> None:
        for row in reversed(range(len(self._hits))):
            if self._hits[row].chunk.id not in staying:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._hits[row]
                self.endRemoveRows()

    def _append_new(self, hits: tuple[Hit, ...]) -> None:
        known = set(self.order())
        new = [hit for hit in hits if hit.chunk.id not in known]
        if new:
            first = len(self._hits)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self._hits.extend(new)
            self.endInsertRows()

    def _reorder(self, hits: tuple[Hit, ...]) -> None:
        """Take the new order, and what the hits say now."""
        former = {chunk_id: row for row, chunk_id in enumerate(self.order())}
        if self.order() != [hit.chunk.id for hit in hits]:
            self.layoutAboutToBeChanged.emit()
            old = self.persistentIndexList()
            row_now = {former[hit.chunk.id]: row for row, hit in enumerate(hits)}
            self._hits = list(hits)
            self.changePersistentIndexList(old, [self.index(row_now[i.row()]) for i in old])
            self.layoutChanged.emit()
        self._hits = list(hits)
        if hits:
            self.dataChanged.emit(self.index(0), self.index(len(hits) - 1))


def _tool_tip(hit: Hit) -> str:
    lines = [result_text.place_of(hit.chunk), result_text.stages_of(hit.ranks)]
    if hit.identical:
        lines.append(f"{len(hit.identical)} more with identical text")
    if hit.chunk.description:
        lines.append(hit.chunk.description.strip().splitlines()[0][:200])
    return "\n".join(line for line in lines if line)
