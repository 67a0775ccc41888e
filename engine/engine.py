"""The façade: one method for each thing a user can ask for.

Making an `Engine` is cheap and touches no disk. One thread uses it at a time: the window's engine
thread, or the command line. Calls run through; jobs are generators of `Progress` (see `engine.job`)
and keep what they have finished when they are closed early.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.code.understand import understand
from engine.errors import CounterpartError
from engine.facade_evaluation import EvaluationMethods
from engine.facade_judging import JudgingMethods
from engine.facade_training import TrainingMethods
from engine.job import Job, JobContext
from engine.judgements.records import Undone
from engine.judgements.standing import with_grades
from engine.judgements.store import JudgementStore
from engine.library import Library
from engine.models.catalogue import ModelRole
from engine.models.desk import ModelDesk
from engine.models.pair import ModelPair
from engine.models.shelf import ModelShelf
from engine.paths import Paths
from engine.settings import Settings
from engine.types import (
    Chunk,
    Judgement,
    JudgementDraft,
    Query,
    QueryKind,
    RecentQuery,
    SearchResult,
    Understanding,
)
from engine.types_alignment import Alignment, AlignmentRequest, Receipt
from engine.types_corpora import (
    CorpusInfo,
    CorpusSpec,
    DatasetInfo,
    DatasetPreview,
    DatasetRequest,
    Fetching,
    IndexReport,
    SkippedFile,
    Source,
    WatchNews,
)
from engine.types_models import DoctorReport, ModelInfo, ModelListing, ModelPlan, RuntimeTrial

if TYPE_CHECKING:
    from engine.align.aligner import Aligner
    from engine.datasets.shelf import Shelf


class Engine(JudgingMethods, EvaluationMethods, TrainingMethods):
    """Corpora, models and judgements of one installation."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self._settings = Settings(paths.settings)
        self._pair: ModelPair | None = None
        self._open_store: JudgementStore | None = None
        self._open_library: Library | None = None

    # Corpora

    def corpora(self) -> list[CorpusInfo]:
        """Every corpus, the built-in sample first; none of a data set half imported."""
        infos = self._library.infos()
        if self.paths.datasets.is_dir():
            infos = self._shelf.whole(infos)
        return infos

    def prepare(self, corpus: str) -> Job[CorpusInfo]:
        """Make a corpus ready for the first search. Raises `CorpusError` if there is none such."""
        return self._library.prepare(corpus)

    def parse_source(self, text: str) -> Source:
        """The source that a text names. Raises `DataError` if there is none such."""
        from engine.corpus.sources.naming import parse_source

        return parse_source(text)

    def index(self, spec: CorpusSpec, fetching: Fetching | None = None) -> Job[IndexReport]:
        """Make a corpus, or bring one of that name up to date, ready for BM25.

        Raises `ConsentError` if something would have to be downloaded and `fetching` says no.
        """
        return self._library.index(spec, fetching)

    def follow_corpora(self, names: Sequence[str] | None = None) -> None:
        """Follow these corpora, or all that are set to be: see `news`."""
        self._library.follow_corpora(names)

    def set_watch(self, corpus: str, watch: bool) -> CorpusInfo:
        """Keep whether a corpus is followed."""
        return self._library.set_watch(corpus, watch)

    def news(self) -> WatchNews:
        """The corpora whose files have changed and come to rest. Asks, and waits for nothing."""
        return self._library.news()

    def follow(self, corpus: str) -> Job[IndexReport | None]:
        """Take in what has changed in a corpus; None if it is being indexed already."""
        return self._library.follow(corpus)

    def embed(self, corpus: str) -> Job[CorpusInfo]:
        """Give every chunk that has none a vector of the current encoder."""
        return self._library.embed(corpus)

    def remove_corpus(self, name: str) -> None:
        """Remove a corpus's index. Its sources and judgements stay.

        The corpus of an imported data set is removed with all of that data set.
        """
        shelf = self._shelf
        if shelf.folder(name) is not None:
            shelf.remove(name)
        else:
            self._library.remove(name)

    def skipped_files(self, corpus: str) -> tuple[SkippedFile, ...]:
        """The files of a corpus that are left out, and why."""
        return self._library.skipped_files(corpus)

    def chunk(self, corpus: str, chunk_id: str) -> Chunk:
        """One chunk. Raises `CorpusError` if the corpus does not hold it."""
        return self._library.chunk(corpus, chunk_id)

    # Data sets

    def datasets(self) -> list[DatasetInfo]:
        """The data sets that were imported."""
        return self._shelf.infos()

    def preview_dataset(self, request: DatasetRequest) -> Job[DatasetPreview]:
        """What importing a data set would give. Keeps nothing."""
        from engine.datasets.opening import preview

        return preview(request, self.paths.cache)

    def import_dataset(self, request: DatasetRequest) -> Job[DatasetInfo]:
        """Import a data set as a corpus with judgements; all of it or nothing."""
        return self._shelf.add(request)

    def remove_dataset(self, name: str) -> None:
        """Remove a data set, its corpus and the judgements that came with it."""
        self._shelf.remove(name)

    # Searching

    def understand(self, text: str, kind: QueryKind = QueryKind.AUTO) -> Understanding:
        """What a text is: words or code, in which language, with which frameworks."""
        return understand(text, kind)

    def search(self, query: Query, ctx: JobContext) -> SearchResult:
        """Search; better and better lists go to `ctx.partial` on the way. Raises `Cancelled`."""
        searcher = self._library.searcher(query.corpus)
        grades = self._store.grades(query.corpus, query.text)

        def graded(result: SearchResult) -> SearchResult:
            return with_grades(result, grades)

        return graded(searcher.search(query, ctx.mapped(graded)))

    def explain(self, query: Query, chunk: str, ctx: JobContext) -> Receipt:
        """How a chunk came by its place for a query, or why it has none.

        `chunk` is an id, a file's path as the corpus has it with a line (`src/net.py:12`), or a
        name that only one chunk has. Raises `CorpusError` if there is no such chunk.
        """
        chunk_id = self._library.chunk_id(query.corpus, chunk)
        return self._library.searcher(query.corpus).explain(query, chunk_id, ctx)

    def chunks_called(self, corpus: str, text: str) -> list[Chunk]:
        """Chunks that somebody who types `text` may mean: by name, path, or path and line."""
        return self._library.chunks_called(corpus, text)

    def align(self, request: AlignmentRequest, ctx: JobContext) -> Alignment:
        """Which statements of two texts stand for each other. Raises `Cancelled`.

        An alignment made without the encoder goes to `ctx.partial` first.
        """
        return self._aligner.align(request, self._models.encoder, ctx)

    def aligned_part(self, alignment: Alignment, of_lines: Sequence[int] | None = None) -> str:
        """The right side's lines that have a counterpart (among these lines of the left)."""
        from engine.align.export import aligned_part

        return aligned_part(alignment, of_lines)

    def aligned_table(self, alignment: Alignment, titles: tuple[str, str]) -> str:
        """Both sides as a Markdown table."""
        from engine.align.export import markdown_table

        return markdown_table(alignment, titles)

    def save_aligned_page(
        self, alignment: Alignment, titles: tuple[str, str], first_line: int, path: Path
    ) -> Path:
        """Both sides as an HTML page at `path`. Raises `DiskError`."""
        from engine.align.export import html_page
        from engine.errors import DiskError

        try:
            path.write_text(html_page(alignment, titles, first_line), encoding="utf-8")
        except OSError as error:
            raise DiskError(
                f"{path} cannot be written ({error.strerror}); choose another"
            ) from None
        return path

    def remember(self, query: Query, kind: QueryKind) -> None:
        """Put a query on top of the history."""
        self._store.remember_query(query, kind)

    def recent_queries(self, limit: int = 30) -> list[RecentQuery]:
        """The queries asked last, newest first."""
        return self._store.recent_queries(limit)

    # Judging

    def judge(self, draft: JudgementDraft) -> Judgement | None:
        """Keep, change or (grade None) take back a grade."""
        return self._store.judge(draft, self._judge)

    def undo_judgement(self) -> Undone | None:
        """Take back the last change of a grade; None if there is none. `str()` says what it did."""
        return self._store.undo(self._judge)

    def judgements(self, corpus: str | None = None) -> list[Judgement]:
        """The grades that stand, oldest first. Raises `DataError` for a corpus nobody knows."""
        found = self._store.judgements(corpus)
        if not found:
            self._check_corpus(corpus)
        return found

    def _check_corpus(self, corpus: str | None) -> None:
        """Raise `DataError` for a corpus that is not here and of which nothing is judged."""
        from engine.judgements.known import check_corpus

        if corpus is not None:
            check_corpus(self._store.database, corpus, [info.name for info in self.corpora()])

    # Models and settings

    def models(self) -> tuple[ModelInfo, ...]:
        """Where the two models stand."""
        return self._models.infos

    def load_models(self) -> Job[tuple[ModelInfo, ...]]:
        """Load the models that are not loaded yet. One that fails says so in its info."""
        return self._models.load()

    def list_models(self) -> Job[tuple[ModelListing, ...]]:
        """The models one can choose: the catalogue, what was downloaded, what is in use."""
        return self._model_desk.listing()

    def plan_model(self, role: ModelRole, name: str, ask: bool = False) -> Job[ModelPlan]:
        """What getting and running a model would take; asks the hub about it only with `ask`.

        Raises `ModelError` if it cannot be had or may not be run.
        """
        return self._model_desk.plan(role, name, ask=ask)

    def download_model(self, role: ModelRole, name: str) -> Job[ModelPlan]:
        """Fetch a model from the hub, on from where that broke off; nothing if it is here.

        Raises `ModelError` if the hub fails or a file comes damaged, `DiskError`.
        """
        return self._model_desk.download(role, name)

    def remove_model(self, name: str) -> int:
        """As `remove_version`, of what was downloaded of a model."""
        encoder = ModelShelf(self.paths.models).encoder_folder(name)
        with self._without_vectors(encoder, name) as freed:
            self._model_desk.remove(name)
        return sum(freed)

    def choose_model(
        self, role: ModelRole, name: str, anyway: bool = False
    ) -> Job[tuple[ModelInfo, ...]]:
        """Use another model for one stage from now on: `bundled`, a folder or a Hugging Face id.

        Raises `ModelError` if it is not here, cannot be loaded, or takes more memory than is free
        (unless it is to be tried `anyway`); then the former one stays.
        """
        return self._model_desk.choose(role, name, anyway=anyway)

    def use_runtime(self, name: str) -> str:
        """Run models on the CPU in the runtime of that name from the next start; `auto` chooses.

        Returns one line if its packages are missing, so that another one is used, else nothing.
        Raises `ModelError` if there is no such runtime.
        """
        from engine.models.runtime import RUNTIME, Runtime, missing_packages

        line = missing_packages(name)
        self._settings.set(RUNTIME, None if name == Runtime.AUTO else name)
        return line

    def measure_runtimes(self) -> Job[tuple[RuntimeTrial, ...]]:
        """Try the CPU runtimes on the chosen models; the best is used from the next start.

        Raises `ModelError`, `DiskError`.
        """
        return self._model_desk.measure_runtimes(self.paths.runtimes)

    def setting(self, key: str, default: Any = None) -> Any:
        """A setting (a JSON value)."""
        return self._settings.get(key, default)

    def set_setting(self, key: str, value: Any) -> None:
        """Keep a setting; None removes it. Raises `DiskError`."""
        self._settings.set(key, value)

    # Health

    def doctor(self) -> DoctorReport:
        """Versions, device, models, folders and the health of what is kept."""
        from engine.health import examine

        return examine(self)

    def troubles(self) -> tuple[str, ...]:
        """What was found damaged and kept aside since the start, one line each."""
        found = [self._settings.problem]
        if self._open_store is not None:
            found.append(self._open_store.problem)
        return tuple(line for line in found if line)

    def store_health(self) -> str:
        """`ok`, or one line of trouble."""
        try:
            return self._store.problem or "ok"
        except CounterpartError as error:
            return str(error)

    def close(self) -> None:
        """Close every file."""
        if self._open_store is not None:
            self._open_store.close()
            self._open_store = None
        if self._open_library is not None:
            self._open_library.close()
            self._open_library = None

    # What is opened when it is first needed.

    @property
    def _store(self) -> JudgementStore:
        if self._open_store is None:
            self.paths.make()
            self._open_store = JudgementStore(self.paths.store)
        return self._open_store

    @cached_property
    def _aligner(self) -> Aligner:
        from engine.align.aligner import Aligner

        return Aligner()

    @property
    def _judge(self) -> str:
        return str(self._settings.get("judge", ""))

    @property
    def _library(self) -> Library:
        if self._open_library is None:
            self.paths.make()
            self._open_library = Library(self.paths, self._models)
            if self.paths.datasets.is_dir():
                self._shelf.sweep()
        return self._open_library

    @property
    def _shelf(self) -> Shelf:
        from engine.datasets.shelf import Shelf

        return Shelf(self.paths, self._library, self._store)

    @property
    def _models(self) -> ModelPair:
        if self._pair is None:
            paths = self.paths
            self._pair = ModelPair(
                self._settings, ModelShelf(paths.models), paths.runtimes, paths.cache
            )
        return self._pair

    @property
    def _model_desk(self) -> ModelDesk:
        return ModelDesk(self._models, ModelShelf(self.paths.models))
