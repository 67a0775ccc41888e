"""The chosen result: beside the query statement by statement, in one column with it, or alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QToolButton, QWidget

from engine.types import Chunk, Hit, QueryKind, SearchResult, SearchStage
from engine.types_alignment import Alignment, AlignmentRequest, Receipt
from gui import texts
from gui.aligned_actions import AlignActions, ViewMode, add_keys
from gui.aligned_bands import Side
from gui.aligned_unified import UnifiedView
from gui.aligned_view import AlignedView
from gui.badges import BadgeRow
from gui.code_view import CodeView, first_number
from gui.icons import icon
from gui.pane import Pane
from gui.receipt_drawer import HEIGHT, ReceiptDrawer
from gui.welcome import Message

Anchors = tuple[tuple[int, int], ...]


class _Viewer(CodeView):
    """Leaves the key for copying to the window while nothing is selected: it copies it all."""

    def event(self, event: QEvent) -> bool:
        """Claim the key only for a selection."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Copy)
            and not self.textCursor().hasSelection()
        ):
            event.ignore()
            return False
        return super().event(event)


class ViewerPane(Pane):
    """Shows one hit."""

    alignment_wanted = Signal(object)  # AlignmentRequest
    mode_changed = Signal()
    receipt_wanted = Signal(object, str)  # Query, and a chunk: an id, a name, or path:line
    places_wanted = Signal(str, str)  # corpus, and what somebody may mean by this

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__("Result", parent)
        self.subtitle.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.align_actions = AlignActions(self)
        add_keys(self, self.align_actions)
        self.code = _Viewer()
        self.code.setAccessibleName("Code of the result")
        self.aligned = AlignedView()
        self.unified = UnifiedView()
        self._nothing = Message()
        self._nothing.say("", "The result you choose is shown here, beside your query.")
        self._stack = QStackedWidget()
        for page in (self._nothing, self.code, self.aligned, self.unified):
            self._stack.addWidget(page)
        self.drawer = ReceiptDrawer()
        self.drawer.hide()
        self._halves = QSplitter(Qt.Orientation.Vertical)
        self._halves.setHandleWidth(4)
        self._halves.setChildrenCollapsible(False)
        self._halves.addWidget(self._stack)
        self._halves.addWidget(self.drawer)
        self._halves.setStretchFactor(0, 1)
        self.set_body(self._halves)
        self._badges = BadgeRow()
        self.add_to_second_line(self._badges)
        shown = self.align_actions
        self._compare_buttons = [
            self.add_button(action)
            for action in (shown.modes[ViewMode.ALIGNED], shown.lock, shown.fold, shown.receipt)
        ]
        self._hit_buttons = [self.add_button(action) for action in actions]
        self._hit_buttons.append(self._more_button())
        for button in (*self._compare_buttons, *self._hit_buttons):
            button.setIconSize(QSize(16, 16))
        self._hit: Hit | None = None
        self._result: SearchResult | None = None
        self._explained = ""  # the chunk whose receipt was asked for last
        self._wanted = ViewMode.ALIGNED
        self._anchors: dict[tuple[str, ...], Anchors] = {}  # by `_key`
        self.alignment: Alignment | None = None
        self._bind()
        self.show_hit(None)

    def _more_button(self) -> QToolButton:
        more = QAction(icon("ellipsis"), "More ways to see and to carry over", self)
        menu = QMenu(self)
        self.align_actions.fill(menu)
        more.setMenu(menu)
        button = self.add_button(more)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    def _bind(self) -> None:
        actions = self.align_actions
        for mode, action in actions.modes.items():
            action.triggered.connect(lambda _=False, mode=mode: self.set_mode(mode))
        actions.lock.toggled.connect(self.aligned.set_locked)
        actions.fold.toggled.connect(self.aligned.set_folding)
        actions.across.triggered.connect(self.aligned.go_across)
        actions.anchor.triggered.connect(self.aligned.anchor_here)
        actions.release.triggered.connect(self.release_anchors)
        self.aligned.anchored.connect(self.add_anchors)
        self.aligned.told.connect(self._tell)
        actions.receipt.toggled.connect(self._show_drawer)
        self.drawer.asked.connect(self._ask_receipt)
        self.drawer.sought.connect(self._ask_places)

    # -- what is shown

    @property
    def hit(self) -> Hit | None:
        """What is shown."""
        return self._hit

    @property
    def mode(self) -> ViewMode:
        """How it is shown: as wanted, but a question in words has nothing to stand beside."""
        can = (
            self._hit is not None
            and self._result is not None
            and self._result.understanding.kind is QueryKind.CODE
        )
        return self._wanted if can else ViewMode.PLAIN

    def set_mode(self, mode: ViewMode) -> None:
        """Show results in another way from now on."""
        self._wanted = mode
        self._tell("")
        self._arrange()

    def show_hit(self, hit: Hit | None, result: SearchResult | None = None) -> None:
        """Show a hit of a result, or that none is chosen."""
        asked = self._request()
        former, self._hit, self._result = self._hit, hit, result
        if hit is None:
            self.title.setText("Result")
            self.subtitle.setText("")
            self._badges.set_badges(None, ())
        else:
            chunk = hit.chunk
            self.title.setText(chunk.name or chunk.path.rpartition("/")[2])
            self.subtitle.setText(" · ".join((place(chunk), *_notes(hit))))
            self._badges.set_badges(chunk.language, chunk.frameworks)
            if former is None or former.chunk != chunk:  # else keep the place in the code
                self.code.set_code(chunk.text, chunk.language, first_number(chunk))
        if self._request() != asked or self.alignment is None:
            self.alignment = None
            self._begin()
        self._arrange()
        self._refresh_receipt()

    def _begin(self) -> None:
        """Show the two texts, and ask for their alignment."""
        request = self._request()
        if request is None or self._hit is None or self.mode is ViewMode.PLAIN:
            return
        self.aligned.show_texts(request, first_number(self._hit.chunk), self.titles())
        self.alignment_wanted.emit(request)

    def _arrange(self) -> None:
        mode, hit = self.mode, self._hit
        for button in self._hit_buttons:
            button.setVisible(hit is not None)
        comparable = hit is not None and mode is not ViewMode.PLAIN
        for button in self._compare_buttons:
            button.setVisible(hit is not None)
        for action in self.align_actions.of_alignment():
            action.setEnabled(comparable)
        self.align_actions.modes[mode].setChecked(True)
        if comparable and self.alignment is None:
            self._begin()
        bands = self.aligned.bands
        if mode is ViewMode.UNIFIED and self.alignment and bands and hit is not None:
            self.unified.show_alignment(self.alignment, bands, first_number(hit.chunk))
        pages = {
            ViewMode.ALIGNED: self.aligned,
            ViewMode.UNIFIED: self.unified if self.alignment is not None else self.code,
            ViewMode.PLAIN: self.code,
        }
        self._stack.setCurrentWidget(pages[mode] if hit is not None else self._nothing)
        self.mode_changed.emit()

    # -- receipts

    def _show_drawer(self, shown: bool) -> None:
        if shown and self._halves.sizes()[1] == 0:
            self._halves.setSizes([max(self._halves.height() - HEIGHT, HEIGHT), HEIGHT])
        self.drawer.setVisible(shown)
        if shown:
            self._refresh_receipt()
            self.drawer.tree.setFocus()

    def _refresh_receipt(self) -> None:
        """Ask for the receipt of what is shown, if anybody would see it."""
        if self.drawer.isHidden():
            return
        final = self._result is not None and self._result.stage is SearchStage.DONE
        if self._hit is not None and final:
            self._ask_receipt(self._hit.chunk.id)
        else:
            self.drawer.show_problem("")  # what stands there is of another list

    @Slot(object)
    def show_receipt(self, receipt: Receipt) -> None:
        """Show a receipt, if it is of what is shown, or of what was asked for instead."""
        if self._hit is None or self._result is None or receipt.query != self._result.query:
            return
        if self._explained != self._hit.chunk.id or receipt.chunk_id == self._explained:
            self.drawer.show_receipt(receipt)

    def _ask_receipt(self, chunk: str) -> None:
        if self._result is not None:
            self._explained = chunk
            self.receipt_wanted.emit(self._result.query, chunk)

    @Slot(str)
    def _ask_places(self, text: str) -> None:
        if self._result is not None:
            self.places_wanted.emit(self._result.query.corpus, text)

    def focus_code(self) -> None:
        """Go to the code that is shown."""
        shown = self._stack.currentWidget()
        (self.aligned.sides[Side.RIGHT] if shown is self.aligned else shown).setFocus()

    def set_wrap(self, wrap: bool) -> None:
        """Break long lines, or let them run on."""
        for view in (self.code, self.aligned, self.unified):
            view.set_wrap(wrap)

    # -- alignment

    def _request(self) -> AlignmentRequest | None:
        if self._hit is None or self._result is None:
            return None
        chunk = self._hit.chunk
        return AlignmentRequest(
            self._result.query.text.replace("\r\n", "\n"),
            self._result.understanding.language,
            chunk.text,
            chunk.language,
            self._anchors.get(self._key(), ()),
            self._result.understanding.framework,
            next(iter(chunk.frameworks), None),
        )

    def _key(self) -> tuple[str, ...]:
        """What links made by hand belong to: they are lines of these very texts."""
        assert self._hit is not None and self._result is not None
        query, chunk = self._result.query, self._hit.chunk
        return query.corpus, query.text, chunk.id, chunk.text

    @Slot(object)
    def show_alignment(self, alignment: Alignment) -> None:
        """Show an alignment, if it is of what is shown."""
        if self._hit is None or alignment.request != self._request():
            return
        self.alignment = alignment
        self.aligned.show_alignment(alignment)
        self._arrange()

    @Slot(object, object)
    def add_anchors(self, left: Sequence[int], right: Sequence[int]) -> None:
        """Put lines together by hand; what they stood with by hand before is let go."""
        if self._hit is None or self._result is None:
            return
        before = self._anchors.get(self._key(), ())
        kept = [(a, b) for a, b in before if a not in left and b not in right]
        self._set_anchors((*kept, *((a, b) for a in left for b in right)))

    @Slot()
    def release_anchors(self) -> None:
        """Let go of everything that was put together by hand."""
        if self._hit is not None and self._result is not None:
            self._set_anchors(())

    def _set_anchors(self, anchors: Anchors) -> None:
        self._anchors[self._key()] = anchors
        request = self._request()
        if request is not None:
            self.alignment_wanted.emit(request)

    def selected_query_lines(self) -> tuple[int, ...] | None:
        """The lines of the query that are selected in the aligned view; None if none are."""
        left = self.aligned.sides[Side.LEFT]
        if self.mode is not ViewMode.ALIGNED or not left.textCursor().hasSelection():
            return None
        return left.lines_in_hand()

    def titles(self) -> tuple[str, str]:
        """What the two sides are, in words."""
        if self._hit is None or self._result is None:
            return "", ""
        seen = self._result.understanding
        what = [str(seen.language or ""), str(seen.framework or "")]
        return " · ".join(filter(None, ("Your query", *what))), place(self._hit.chunk)

    @Slot(str)
    def _tell(self, words: str) -> None:
        if self._hit is not None:
            self.subtitle.setText(words or place(self._hit.chunk))


def place(chunk: Chunk) -> str:
    """`src/net.py, lines 10–42`, or `src/net.py, outline of lines 10–300`."""
    where = f"cell {chunk.cell + 1}, " if chunk.cell is not None else ""
    if chunk.is_outline:
        where += "outline of "
    if chunk.end_line > chunk.start_line:
        return f"{chunk.path}, {where}lines {chunk.start_line}–{chunk.end_line}"
    return f"{chunk.path}, {where}line {chunk.start_line}"


def _notes(hit: Hit) -> list[str]:
    notes = []
    if hit.is_query:
        notes.append("this is the query itself")
    if hit.identical:
        notes.append(f"+{texts.count(len(hit.identical), 'identical', 'identical')}")
    return notes
