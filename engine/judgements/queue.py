"""A queue as one judge works through it: what comes next, what was said, how far it is."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from functools import cached_property
from heapq import nsmallest
from itertools import pairwise
from statistics import median

from engine.code.understand import understand
from engine.database import transaction
from engine.errors import DataError
from engine.judgements import records, writing
from engine.judgements.arrangement import Slot, arrange
from engine.judgements.queue_store import Item, QueueStore
from engine.judgements.store import WHAT, JudgementStore
from engine.types import Grade, JudgementDraft, Mark
from engine.types_judging import Candidate, Order, QueueView, Standing, Verdict

AHEAD = 12
"""How many candidates are handed over at once, so that the next is on the screen at a key press."""

LONGEST_LOOK = 120.0
"""Seconds; a longer time between two answers was a pause, and says nothing of the pace."""

_REMEMBERED = 25


class OpenQueue:
    """One judge's way through one queue. Raises `DataError` if there is no such queue.

    The order and what was said before are read once; each answer costs one write, whatever the
    size of the queue. Grades given meanwhile by another process are seen when it is opened again.
    """

    def __init__(self, store: JudgementStore, name: str, judge: str) -> None:
        self._store = store
        self._queues = QueueStore(store.database)
        self._row = self._queues.row(name)
        self.name, self.judge = self._row["name"], records.clean(judge)
        order, seed = Order(self._row["arrangement"]), f"{self._row['seed']}:{self.judge}"
        pools = self._queues.pools(self._row["id"], order)
        self._slots = arrange(pools, order, seed, self._row["repeats"])
        self._query_places = {pool.query: place for place, pool in enumerate(pools, 1)}
        self._said = self._queues.said(self._row["corpus"], self.judge, pools)
        self._skipped = set(self._queues.skipped(self._row["corpus"], self.judge))
        answered = {item for item, row in self._said.items() if row.grade is not None or row.mark}
        self._open = {
            place
            for place, slot in enumerate(self._slots)
            if (self._is_open(place) if slot.again else slot.item not in answered)
        }
        self._later: dict[int, str] = {}  # skipped places, and since when
        for item, row in self._said.items():
            if row.mark == Mark.SKIPPED:
                self._note_skipped(item)
        self._answered_at: deque[float] = deque(maxlen=_REMEMBERED)
        self._items: dict[int, Item] = {}

    @cached_property
    def _places(self) -> dict[int, list[int]]:
        """The places of each item; not needed before the first answer."""
        found: dict[int, list[int]] = defaultdict(list)
        for place, slot in enumerate(self._slots):
            found[slot.item].append(place)
        return found

    def view(self, said: str = "", shown: int | None = None) -> QueueView:
        """How far it is and what comes next; `shown` is a slot to be looked at before that."""
        upcoming = nsmallest(AHEAD, self._open)
        if len(upcoming) < AHEAD:  # what was skipped comes when all else is done
            later = sorted(self._later, key=self._later.__getitem__)
            upcoming += later[: AHEAD - len(upcoming)]
        at = shown if shown is not None else next(iter(upcoming), len(self._slots) - 1)
        return QueueView(
            self.name,
            self.judge,
            self._standing(at),
            tuple(self.candidate(place) for place in upcoming),
            self._row["guidelines"],
            said,
            self.candidate(shown) if shown is not None else None,
        )

    def candidate(self, place: int) -> Candidate:
        """The candidate in a place, with what the judge has said of it there."""
        slot = self._slot(place)
        item = self._item(slot.item)
        grade, mark, note = self._given(slot)
        language = understand(item.query.text, item.kind).language
        return Candidate(place, item.query, language, item.chunk, grade, mark, note, slot.item)

    def answer(self, verdict: Verdict) -> QueueView:
        """Keep a grade or a mark.

        Raises `DataError` for a place that is not there, and where something else lies there than
        the judge saw: it was shown from another queue, or in another judge's order.
        """
        slot = self._slot(verdict.slot)
        if verdict.item not in (None, slot.item):
            raise DataError(f"that was not shown from {self.name} as it is now; grade it again")
        item = self._item(slot.item)
        said = self._said.get(slot.item)
        if verdict.grade is None and verdict.mark is None and said is None:
            return self.view()
        with transaction(self._store.database, WHAT) as db:
            if slot.again and said is not None:
                writing.repeat(db, said.judgement, verdict.grade, verdict.mark, verdict.note)
            else:
                draft = JudgementDraft(
                    item.query,
                    item.chunk,
                    verdict.grade,
                    verdict.note,
                    ranks=item.ranks,
                    scores=item.scores,
                    mark=verdict.mark,
                )
                writing.give(db, draft, self.judge, item.kind)
        self._answered_at.append(time.monotonic())
        self._learn(slot.item)
        return self.view()

    def undo(self) -> QueueView:
        """Take back the judge's last change, wherever it was made, and go there if it is here."""
        undone = self._store.undo(self.judge)
        if undone is None:
            return self.view("there is nothing to undo")
        judged = (item for item, s in self._said.items() if s.judgement == undone.judgement)
        item = next(judged, None)
        if item is None:
            return self.view(str(undone))
        self._learn(item)
        again = (place for place in self._places[item] if self._slots[place].again == undone.again)
        return self.view(str(undone), next(again, None))

    def before(self, place: int) -> Candidate | None:
        """The candidate answered before a place, None if there is none."""
        for earlier in range(min(place, len(self._slots)) - 1, -1, -1):
            if earlier not in self._open and not self._is_passed_over(earlier):
                return self.candidate(earlier)
        return None

    def _slot(self, place: int) -> Slot:
        if not 0 <= place < len(self._slots):
            raise DataError(f"the queue {self.name} has no place {place}; open it again")
        return self._slots[place]

    def _item(self, number: int) -> Item:
        if number not in self._items:
            if len(self._items) > 10 * AHEAD:
                self._items.clear()
            self._items[number] = self._queues.item(number)
        return self._items[number]

    def _learn(self, item: int) -> None:
        """Read what the store has for an item now."""
        kept = self._item(item)
        draft = JudgementDraft(kept.query, kept.chunk, None)
        row = writing.find(self._store.database, draft, self.judge)
        if row is None:
            self._said.pop(item, None)
        else:
            self._said[item] = self._queues.said_of(row["id"])
            if self._said[item].mark == Mark.SKIPPED:
                self._skipped.add(row["id"])
        for place in self._places[item]:
            (self._open.add if self._is_open(place) else self._open.discard)(place)
        self._note_skipped(item)

    def _note_skipped(self, item: int) -> None:
        place = next(place for place in self._places[item] if not self._slots[place].again)
        said = self._said.get(item)
        if said is not None and said.mark == Mark.SKIPPED:
            self._later[place] = self._queues.remark(said.judgement)[1]
        else:
            self._later.pop(place, None)

    def _given(self, slot: Slot) -> tuple[Grade | None, Mark | None, str]:
        said = self._said.get(slot.item)
        if said is None:
            return None, None, ""
        grade, mark = (said.again_grade, said.again_mark) if slot.again else (said.grade, said.mark)
        note = "" if slot.again else self._queues.remark(said.judgement)[0]
        return records.grade_of(grade), Mark(mark) if mark else None, note

    def _is_open(self, place: int) -> bool:
        slot = self._slots[place]
        said = self._said.get(slot.item)
        if said is None:
            return True
        if not slot.again:
            return said.grade is None and not said.mark
        waits = said.again_grade is None and not said.again_mark
        return waits and not self._is_passed_over(place)

    def _is_passed_over(self, place: int) -> bool:
        """Whether it is a return that is not asked for.

        Of something without a grade there is nothing to compare; and what was skipped comes last,
        so that its return would follow at its heels.
        """
        slot = self._slots[place]
        said = self._said.get(slot.item)
        if not slot.again or said is None or said.again_grade is not None or said.again_mark:
            return False
        return said.judgement in self._skipped or (said.grade is None and bool(said.mark))

    def _standing(self, at: int) -> Standing:
        place = self._query_places.get(self._slots[at].query, 0) if self._slots else 0
        times = list(self._answered_at)
        gaps = [b - a for a, b in pairwise(times) if b - a < LONGEST_LOOK]
        return Standing(
            done=len(self._slots) - len(self._open) - len(self._later),
            total=len(self._slots),
            query=place,
            queries=len(self._query_places),
            skipped=len(self._later),
            seconds_each=median(gaps) if len(gaps) >= 3 else None,
        )
