"""The figures of a trained version, before and after, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from engine.types_training import Comparison

_HEADS = ("", "before", "after", "95 % of the difference", "p", "better", "worse", "queries")
_GAP = "&nbsp;" * 4


class Figures(QLabel):
    """A row for each metric on each side; bold where the interval of the difference leaves out 0.

    It can be selected and copied. A screen reader gets a sentence for each row.
    """

    def __init__(self, comparisons: Sequence[Comparison], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setText(_table(comparisons) if comparisons else "")
        self.setAccessibleName("\n".join(map(comparison_in_words, comparisons)))


def comparison_in_words(one: Comparison) -> str:
    """`held-out nDCG@10: 0.612 → 0.655 (+0.012 to +0.071, p = 0.004), 9 better, 3 worse of 30`."""
    return (
        f"{one.data} {one.metric}: {one.before:.3f} → {one.after:.3f} "
        f"({_interval(one)}, p = {one.p_randomisation:.2g}), "
        f"{one.wins} better, {one.losses} worse of {one.queries}"
    )


def _interval(one: Comparison) -> str:
    return f"{one.low:+.3f} to {one.high:+.3f}".replace("-", "−")


def _table(comparisons: Sequence[Comparison]) -> str:
    heads = "".join(f'<td align="right">{_GAP if head else ""}{head}</td>' for head in _HEADS)
    return (
        '<table cellspacing="0" cellpadding="1">'
        f"<tr>{heads}</tr>{''.join(map(_row, comparisons))}</table>"
    )


def _row(one: Comparison) -> str:
    after, interval = f"{one.after:.3f}", _interval(one)
    if one.low > 0 or one.high < 0:
        after, interval = f"<b>{after}</b>", f"<b>{interval}</b>"
    cells = (
        f"{one.before:.3f}",
        after,
        interval,
        f"{one.p_randomisation:.2g}",
        str(one.wins),
        str(one.losses),
        str(one.queries),
    )
    figures = "".join(f'<td align="right">{_GAP}{cell}</td>' for cell in cells)
    return f"<tr><td>{escape(f'{one.data} {one.metric}')}</td>{figures}</tr>"
