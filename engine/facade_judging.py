"""The part of the façade that judging needs: queues, agreement, exchange. See `engine.engine`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.code.normal import clean
from engine.errors import DataError
from engine.job import Job
from engine.judgements.imported import DATASET
from engine.paths import place_of
from engine.types import Grade, Query
from engine.types_judging import (
    AgreementReport,
    Candidate,
    Disagreement,
    Exported,
    Merged,
    QuerySource,
    QueueInfo,
    QueueSpec,
    QueueView,
    Verdict,
)

if TYPE_CHECKING:
    from engine.datasets.shelf import Shelf
    from engine.judgements.agreement import Level, Weights
    from engine.judgements.queue import OpenQueue
    from engine.judgements.queue_store import QueueStore
    from engine.judgements.store import JudgementStore
    from engine.library import Library
    from engine.models.pair import ModelPair
    from engine.settings import Settings


class JudgingMethods:
    """What a user can ask for when judging."""

    _settings: Settings
    _queue: OpenQueue | None = None

    if TYPE_CHECKING:  # of the engine

        def _check_corpus(self, corpus: str | None) -> None: ...

        @property
        def _store(self) -> JudgementStore: ...

        @property
        def _library(self) -> Library: ...

        @property
        def _shelf(self) -> Shelf: ...

        @property
        def _models(self) -> ModelPair: ...

    def judge_name(self) -> str:
        """The name under which grades are kept."""
        return str(self._settings.get("judge", ""))

    def set_judge_name(self, name: str) -> str:
        """Keep grades under this name from now on. Raises `DataError` if it cannot be a judge's."""
        name = checked_judge(name)
        self._settings.set("judge", name or None)
        return name

    def queues(self) -> list[QueueInfo]:
        """The queues there are, the newest first."""
        return self._queues.infos()

    def make_queue(self, spec: QueueSpec) -> Job[QueueInfo]:
        """Pool results for a queue; one of that name gets the queries that it does not have yet.

        Closed early, the queue holds the queries that were finished. Raises `DataError`.
        """
        from engine.judgements import pool

        pool.check(spec)
        spec = replace(spec, name=clean(spec.name.strip()))
        queries = self._queries_of(spec)
        yield from self._library.prepare(spec.corpus)
        if set(spec.runs) != {"bm25"}:
            yield from self._models.load()
        yield from pool.fill_queue(
            self._queues, spec, queries, lambda: self._library.searcher(spec.corpus)
        )
        return next(info for info in self.queues() if info.name == spec.name)

    def open_queue(self, name: str, judge: str | None = None) -> QueueView:
        """Begin, or go on, where a judge left a queue. Raises `DataError` if there is none such."""
        from engine.judgements.queue import OpenQueue

        judge = self.judge_name() if judge is None else checked_judge(judge)
        self._queue = OpenQueue(self._store, name, judge)
        return self._queue.view()

    def answer(self, verdict: Verdict) -> QueueView:
        """Keep what a judge says of a candidate of the open queue."""
        return self._opened.answer(verdict)

    def undo_answer(self) -> QueueView:
        """Take back the judge's last change of a grade, in the queue or elsewhere."""
        return self._opened.undo()

    def answered_before(self, slot: int) -> Candidate | None:
        """The candidate of the open queue that was answered before a place."""
        return self._opened.before(slot)

    def remove_queue(self, name: str) -> None:
        """Remove a queue. What was judged in it stays."""
        self._queues.remove(name)
        if self._queue is not None and self._queue.name == name:
            self._queue = None

    def set_guidelines(self, queue: str, text: str) -> None:
        """Keep what the grades mean in a queue."""
        self._queues.set(queue, "guidelines", text)

    def agreement(
        self,
        corpus: str | None = None,
        judges: Sequence[str] = (),
        weights: Weights = "quadratic",
        level: Level = "ordinal",
    ) -> AgreementReport:
        """How well judges agree, with each other and with themselves.

        Raises `DataError` for a judge or a corpus that nobody knows.
        """
        from engine.judgements.compare import compare_judges

        self._check_corpus(corpus)
        return compare_judges(self._store.database, corpus, judges, weights=weights, level=level)

    def disagreements(
        self,
        corpus: str | None = None,
        judges: Sequence[str] = (),
        settled: bool = False,
        limit: int | None = None,
    ) -> list[Disagreement]:
        """What judges graded differently, the widest apart first.

        Raises `DataError` for a judge or a corpus that nobody knows.
        """
        from engine.judgements.compare import disagreements

        self._check_corpus(corpus)
        db = self._store.database
        return disagreements(db, corpus, judges, settled=settled, limit=limit)

    def settle(self, judgement: int, grade: Grade | None, note: str = "") -> None:
        """Settle a disagreement; None opens it again. The originals stay."""
        from engine.judgements.compare import settle

        settle(self._store.database, judgement, grade, note)

    def export_judgements(
        self,
        path: str,
        format: str = "",
        corpus: str | None = None,
        judges: Sequence[str] = (),
        queue: str = "",
    ) -> Job[Exported]:
        """Write judgements to a file or folder: see `engine.judgements.exchange.doors`."""
        from engine.judgements.exchange import doors

        place = place_of(path)
        return doors.export(self._store, place, format, corpus, tuple(judges), queue)

    def import_judgements(
        self,
        path: str,
        format: str = "",
        corpus: str = "",
        judge: str = "",
        queries: Path | None = None,
        documents: Path | None = None,
        mine: bool = False,
    ) -> Job[Merged]:
        """Merge judgements from a file or folder; nothing is lost and nothing doubled.

        `judge` gave those that name nobody; with `mine` it was who judges here without a name.
        Raises `DataError`, also where one of the two has to be said.
        """
        from engine.judgements.exchange import doors

        place = place_of(path)
        name = checked_judge(judge)
        return doors.merge(self._store, place, format, corpus, name, queries, documents, mine)

    @property
    def _queues(self) -> QueueStore:
        from engine.judgements.queue_store import QueueStore

        return QueueStore(self._store.database)

    @property
    def _opened(self) -> OpenQueue:
        if self._queue is None:
            raise DataError("no queue is open; choose one")
        return self._queue

    def _queries_of(self, spec: QueueSpec) -> list[Query]:
        from engine.judgements.query_files import read_queries

        source: QuerySource = spec.source
        if source.dataset:
            folder = self._shelf.folder(source.dataset)
            if folder is None:
                raise DataError(f"there is no data set named {source.dataset}; import it first")
            return read_queries(folder / "queries.jsonl", spec.corpus)
        if source.file:
            return read_queries(place_of(source.file), spec.corpus)
        if source.texts:
            if not all(text.strip() for text in source.texts):
                raise DataError("a query that was given is empty; give a snippet or a question")
            return [Query(text, spec.corpus) for text in dict.fromkeys(source.texts)]
        asked = self._store.recent_queries(source.history, spec.corpus)
        return [Query(one.text, one.corpus, one.kind, one.framework) for one in reversed(asked)]


def checked_judge(name: str) -> str:
    """A judge's name, trimmed. Raises `DataError` for one that means something else."""
    from engine.judgements.consensus import SETTLED

    name = clean(" ".join(name.split()))
    if name == SETTLED or name.startswith(DATASET):
        raise DataError(f"{name} cannot be a judge's name; choose another one")
    return name
